import {
  type Asking,
  askingOf,
  isIdentityArn,
  sessionNames,
  tokenPrefix,
} from "../callers/asking.ts";
import type { Caller } from "../callers/caller.ts";
import { ofType, type Situation, situationsOf } from "../callers/situations.ts";
import type { Literal } from "./dimension.ts";
import type { RequestPrincipal, TrustRequest } from "./request.ts";
import { literalsOf } from "./situation-literals.ts";
import { isInAccount, requestWith, type Sought } from "./sought.ts";
import { complement } from "./terms.ts";

/** Callers of one kind that are looked at one by one. */
const callersMax = 4;

const kinds = [
  ({ type }: Caller) => type === "AWS",
  ({ type, id }: Caller) => type === "Federated" && !id.includes(":saml-provider/"),
  ({ type }: Caller) => type === "Federated",
  ({ type }: Caller) => type === "Service",
];

/** A request of an AWS identity, a service or another provider that proves the difference. */
export function callerRequest(sought: Sought): TrustRequest | null {
  for (const isOfKind of kinds) {
    let tried = 0;
    for (const caller of sought.space.callers.filter(isOfKind)) {
      const asking = askingOf(caller);
      if (asking === null || (caller.type === "Federated" && !isInAccount(sought, caller.id)))
        continue;
      const own = [
        sought.space.callerIn((other) => other === caller),
        sought.space.actionIn((action) => asking.actions.includes(action)),
      ];
      if (requestWith(sought, own) === null) continue;
      const request = requestOfCaller(sought, asking, caller);
      if (request !== null) return request;
      tried += 1;
      if (tried === callersMax) break;
    }
  }
  return null;
}

function requestOfCaller(sought: Sought, asking: Asking, caller: Caller): TrustRequest | null {
  const holds = usual(sought, asking);
  if (holds === null) return null;
  for (const situation of situationsOf(caller, [sought.before, sought.after]) ?? []) {
    const request = requestWith(sought, [
      ...literalsOf(situation, sought),
      sought.space.actionIn((action) => asking.actions.includes(action)),
      ...holds,
    ]);
    if (request === null) continue;
    const shown = withTokenKeys({ ...request, principal: whoAsks(request, situation) }, caller);
    if (isNamed(shown) && sought.isWitness(shown)) return shown;
  }
  return null;
}

/** What such a caller's requests hold beside what is documented of each; null where that is open. */
function usual({ space: { space } }: Sought, asking: Asking): readonly Literal[] | null {
  const literals: Literal[] = [];
  for (const key of space.keys.keys()) {
    if (asking.isOpen(key)) return null;
    const here = space.isPresent(key);
    if (!asking.takes(key)) literals.push(complement(here));
    else if (asking.always.includes(key)) literals.push(here);
    else if (key === "sts:rolesessionname") {
      const names = { kind: "text", set: { kind: "machine", machine: sessionNames } } as const;
      literals.push(space.within(space.dimensionOf(key), names, key));
    }
  }
  return literals;
}

/** Of the callers that a stranger stands for, the one whom the request's own keys name. */
function whoAsks(
  { principal, context }: TrustRequest,
  { caller, account }: Situation,
): RequestPrincipal {
  if (caller.type !== "AWS" || caller.stands === "itself") return principal;
  const arn = context.get("aws:principalarn")?.[0];
  const theirs = account ?? context.get("aws:principalaccount")?.[0];
  const role = theirs === undefined ? caller.id : caller.id.replace(/\d{12}/, theirs);
  return { type: "AWS", id: arn ?? ofType(role, context.get("aws:principaltype")?.[0]) };
}

/** Has an AWS identity a name that IAM gives, in the account that the request names? */
function isNamed({ principal, context }: TrustRequest): boolean {
  const arns = [principal.id, ...(context.get("aws:principalarn") ?? [])];
  const account = context.get("aws:principalaccount")?.[0];
  const isInIt = (arn: string): boolean => account === undefined || arn.split(":")[4] === account;
  return principal.type !== "AWS" || arns.every((arn) => isIdentityArn(arn) && isInIt(arn));
}

/** No token without audience and subject, also where no condition asks for them. */
function withTokenKeys(request: TrustRequest, caller: Caller): TrustRequest {
  if (caller.type !== "Federated" || caller.id.includes(":saml-provider/")) return request;
  const prefix = tokenPrefix(caller);
  const context = new Map([
    [`${prefix}aud`, ["any-audience"]],
    [`${prefix}sub`, ["any-subject"]],
    ...request.context,
  ]);
  return { ...request, context };
}
