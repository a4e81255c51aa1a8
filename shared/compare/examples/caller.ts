import { parseArn } from "../../aws/arn.ts";
import { askingOf, isIdentityArn, tokenPrefix } from "../../callers/asking.ts";
import { exampleArn, type Situation, situationsOf } from "../../callers/situations.ts";
import type { Caller } from "../../policy/caller.ts";
import type { RequestPrincipal, TrustRequest } from "../../policy/request.ts";
import { complement, type Literal } from "../../solve/dimension.ts";
import { type ExampleSearch, isInAccount, isSessionName, requestWith } from "./search.ts";
import { leavesOpen, literalsOf } from "./situation-literals.ts";

/** Callers of one kind that are looked at one by one. */
const callersMax = 4;

const isSaml = ({ id }: Caller): boolean => id.includes(":saml-provider/");

/** Those of one kind are asked together, and in this order. */
const kinds = [
  ({ type, id }: Caller) => type === "AWS" && isIdentityArn(id),
  (caller: Caller) => caller.type === "Federated" && !isSaml(caller),
  (caller: Caller) => caller.type === "Federated" && isSaml(caller),
  ({ type }: Caller) => type === "Service",
];

/** A request of an AWS identity, a service or another provider that proves the difference. */
export function callerRequest(search: ExampleSearch): TrustRequest | null {
  for (const isOfKind of kinds) {
    let left = search.space.callers.filter(
      (caller) =>
        isOfKind(caller) &&
        askingOf(caller) !== null &&
        (caller.type !== "Federated" || isInAccount(search, caller.id)),
    );
    for (let tried = 0; tried < callersMax && left.length > 0; tried += 1) {
      const caller = nextOf(search, left);
      if (caller === null) break;
      const request = requestOfCaller(search, caller);
      if (request !== null) return request;
      left = left.filter((other) => other !== caller);
    }
  }
  return null;
}

/**
 * Which of these callers makes a request that proves the difference? All are asked at once, for a usual
 * request first: what that leaves open, the situation of one caller may settle.
 */
function nextOf(search: ExampleSearch, callers: readonly Caller[]): Caller | null {
  const own = [search.space.callerIn(callers)];
  const request = usualRequest(search, callers, own) ?? requestWith(search, own);
  return callers.find(({ id }) => id === request?.principal.id) ?? null;
}

function requestOfCaller(search: ExampleSearch, caller: Caller): TrustRequest | null {
  for (const situation of situationsOf(caller, search.policies) ?? []) {
    if (leavesOpen(situation, search)) continue;
    const request = usualRequest(search, [caller], literalsOf(situation, search));
    if (request === null) continue;
    const shown = withTokenKeys({ ...request, principal: whoAsks(request, situation) }, caller);
    if (isNamed(shown) && search.isWitness(shown)) return shown;
  }
  return null;
}

/** A request as these callers make them, beside what is documented of each; null where that is open. */
function usualRequest(
  search: ExampleSearch,
  callers: readonly Caller[],
  own: readonly Literal[],
): TrustRequest | null {
  const { space } = search;
  const askings = callers.flatMap((caller) => askingOf(caller) ?? []);
  const uses = space.actionIn((action) => askings.some(({ actions }) => actions.includes(action)));
  const literals = [...own, uses];
  for (const key of space.requests.keys.keys()) {
    if (askings.some(({ isOpen }) => isOpen(key))) return null;
    const here = space.requests.isPresent(key);
    if (!askings.some(({ takes }) => takes(key))) literals.push(complement(here));
    else if (askings.every(({ always }) => always.includes(key))) literals.push(here);
    else if (key === "sts:rolesessionname") literals.push(isSessionName(search));
  }
  return requestWith(search, literals);
}

/** Of the callers that a stranger stands for, the one that the request's own keys name. */
function whoAsks({ principal, context }: TrustRequest, situation: Situation): RequestPrincipal {
  const { caller } = situation;
  if (caller.type !== "AWS" || caller.standsFor === "itself") return principal;
  const held = (name: string): string | undefined => context.get(`aws:${name}`)?.[0];
  const id =
    held("principalarn") ?? exampleArn(situation, held("principalaccount"), held("username"));
  return { type: "AWS", id };
}

/** Does an AWS identity have a name that IAM gives, and do the keys agree on account and user? */
function isNamed({ principal, context }: TrustRequest): boolean {
  const agrees = (name: string, expected: string | undefined): boolean =>
    context.get(`aws:${name}`)?.every((value) => value === expected) ?? true;
  return (
    principal.type !== "AWS" ||
    [principal.id, ...(context.get("aws:principalarn") ?? [])].every(
      (arn) =>
        isIdentityArn(arn) &&
        agrees("principalaccount", parseArn(arn)?.account.id) &&
        agrees("username", arn.split("/").at(-1)),
    )
  );
}

/** No token without audience and subject, also where no condition asks for them. */
function withTokenKeys(request: TrustRequest, caller: Caller): TrustRequest {
  if (caller.type !== "Federated" || isSaml(caller)) return request;
  const prefix = tokenPrefix(caller);
  const context = new Map([
    [`${prefix}aud`, ["any-audience"]],
    [`${prefix}sub`, ["any-subject"]],
    ...request.context,
  ]);
  return { ...request, context };
}
