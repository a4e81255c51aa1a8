import { circleciProviderOf } from "../circleci/tokens.ts";
import type { Literal } from "./dimension.ts";
import type { RequestPrincipal, TrustRequest } from "./request.ts";
import { holdsOneOf, isInAccount, requestWith, type Sought } from "./sought.ts";
import { complement } from "./terms.ts";

/** What the request of a caller that is no CircleCI job looks like. */
type CallerKind = {
  readonly includes: (caller: RequestPrincipal) => boolean;
  readonly actions: readonly string[];
  /** Keys of other kinds of callers are absent. */
  readonly takesKey: (key: string, caller: RequestPrincipal) => boolean;
  /** Keys that are always there: with this value, or with any where it is null. */
  readonly always: (
    caller: RequestPrincipal,
  ) => readonly (readonly [key: string, value: string | null])[];
};

const momentary = ["aws:currenttime", "aws:epochtime", "aws:requestedregion"].map(
  (key) => [key, null] as const,
);

const isGeneralKey = (key: string): boolean => /^(?:aws|sts|iam):/.test(key);

/** Keys that tell of an identity provider, or of a caller that has signed. */
const isProvidersKey = (key: string): boolean =>
  /^(?:aws:federatedprovider|sts:roleauthorizedbyidp)$/.test(key);
const isSignersKey = (key: string): boolean =>
  /^aws:(?:principal|username$|userid$|multifactorauth|tokenissuetime)/.test(key);

/** The beginning of the condition keys of an OIDC provider's tokens. */
function keyPrefixOf(caller: RequestPrincipal): string {
  return caller.id.replace(/^.*:oidc-provider\//, "").toLowerCase();
}

/** Strangers that somebody would have to set up first are left out. */
const callerKinds: readonly CallerKind[] = [
  {
    // A root user cannot assume roles.
    includes: (caller) => caller.type === "AWS" && !caller.id.endsWith(":root"),
    actions: ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity", "sts:SetContext"],
    takesKey: (key) => isGeneralKey(key) && !isProvidersKey(key),
    always: ({ id }) => [
      ...momentary,
      ["aws:principalarn", /:(?:role|user)\//.test(id) ? id : null],
      ["aws:principalaccount", id.split(":")[4] ?? null],
    ],
  },
  {
    includes: (caller) =>
      caller.type === "Federated" &&
      !caller.id.includes(":saml-provider/") &&
      !caller.id.includes(":oidc-provider/idp.example.com") &&
      circleciProviderOf(caller.id) === null,
    actions: ["sts:AssumeRoleWithWebIdentity", "sts:TagSession", "sts:SetSourceIdentity"],
    takesKey: (key, caller) =>
      (isGeneralKey(key) && !isSignersKey(key)) || key.startsWith(`${keyPrefixOf(caller)}:`),
    always: (caller) => [
      ...momentary,
      [`${keyPrefixOf(caller)}:aud`, null],
      [`${keyPrefixOf(caller)}:sub`, null],
      ["aws:federatedprovider", caller.id],
    ],
  },
  {
    includes: (caller) => caller.type === "Federated" && caller.id.includes(":saml-provider/"),
    actions: ["sts:AssumeRoleWithSAML", "sts:TagSession", "sts:SetSourceIdentity"],
    takesKey: (key) => (isGeneralKey(key) && !isSignersKey(key)) || key.startsWith("saml:"),
    always: (caller) => [
      ...momentary,
      ["saml:aud", null],
      ["saml:sub", null],
      ["aws:federatedprovider", caller.id],
    ],
  },
  {
    includes: (caller) => caller.type === "Service" && !caller.id.startsWith("any-service"),
    actions: ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity", "sts:SetContext"],
    takesKey: (key) => isGeneralKey(key) && !isProvidersKey(key),
    always: () => momentary,
  },
];

/** Callers of one kind that are looked at one by one. */
const callersMax = 4;

/** A request of an AWS identity, a service or another provider that proves the difference. */
export function callerRequest(sought: Sought): TrustRequest | null {
  for (const kind of callerKinds) {
    const callers = sought.space.callers.filter(
      (caller) =>
        kind.includes(caller) && (caller.type !== "Federated" || isInAccount(sought, caller.id)),
    );
    const tried: RequestPrincipal[] = [];
    while (tried.length < callersMax) {
      const open = callers.filter((caller) => !tried.includes(caller));
      const some =
        open.length === 0
          ? null
          : requestWith(sought, [
              sought.space.callerIn((caller) => open.includes(caller)),
              sought.space.actionIn((action) => kind.actions.includes(action)),
            ]);
      if (some === null) break;
      const request = requestOfCaller(sought, kind, some.principal);
      if (request !== null) return request;
      tried.push(
        ...open.filter(({ type, id }) => type === some.principal.type && id === some.principal.id),
      );
    }
  }
  return null;
}

function requestOfCaller(
  sought: Sought,
  kind: CallerKind,
  caller: RequestPrincipal,
): TrustRequest | null {
  const { space } = sought.space;
  const literals: Literal[] = [
    sought.space.callerIn((other) => other.type === caller.type && other.id === caller.id),
    sought.space.actionIn((action) => kind.actions.includes(action)),
  ];
  for (const key of space.keys.keys()) {
    if (!kind.takesKey(key, caller)) literals.push(complement(space.isPresent(key)));
  }
  for (const [key, value] of kind.always(caller)) {
    if (!space.keys.has(key)) continue;
    literals.push(value === null ? space.isPresent(key) : holdsOneOf(sought, key, [value]));
  }
  const request = requestWith(sought, literals);
  if (request === null || request.action === "sts:AssumeRole" || caller.type !== "Federated")
    return request;
  return withTokenKeys(request, caller);
}

/** No token without audience and subject, also where no condition asks for them. */
function withTokenKeys(request: TrustRequest, caller: RequestPrincipal): TrustRequest {
  if (caller.id.includes(":saml-provider/")) return request;
  const context = new Map(request.context);
  const prefix = keyPrefixOf(caller);
  for (const name of ["aud", "sub"]) {
    if (!context.has(`${prefix}:${name}`))
      context.set(`${prefix}:${name}`, [`any-${name === "aud" ? "audience" : "subject"}`]);
  }
  return { ...request, context };
}
