import { type CircleciProvider, circleciProviderOf, type TokenShape } from "../circleci/tokens.ts";
import type { PrincipalType } from "../policy/document.ts";
import type { Literal } from "./dimension.ts";
import type { RequestPrincipal, TrustRequest } from "./request.ts";
import { requestWith, type Sought } from "./sought.ts";
import { complement } from "./terms.ts";
import { tokenRequest } from "./token-witness.ts";

/** A request that proves a difference, as it is shown to people and programs. */
export type Witness = {
  readonly principal: { readonly type: PrincipalType; readonly id: string };
  readonly action: string;
  /** A key that is not here is absent from the request. */
  readonly context: Readonly<Record<string, readonly string[]>>;
  /**
   * Can such a request be made? For CircleCI: by a token of a shape that CircleCI signs, with an
   * audience that the provider takes. For other callers: the action is one that such a caller uses
   * and no key is of another kind of caller. The providers are those of the surroundings, or those
   * that the documents name.
   */
  readonly reachable: boolean;
  /** The shape of the CircleCI token, null for every other request. */
  readonly token: TokenShape | null;
};

/**
 * The witness to show for a difference: a request that a CircleCI token can make, if there is one,
 * then one that another caller can make, then the one at hand. Null where none passes the plain
 * evaluation.
 */
export function showRequest(sought: Sought): Witness | null {
  for (const provider of providersOf(sought)) {
    const token = tokenRequest(sought, provider);
    if (token !== null)
      return witnessOf(sought, token.request, { reachable: true, token: token.shape });
  }
  for (const kind of callerKinds) {
    const request = callerRequest(sought, kind);
    if (request !== null) return witnessOf(sought, request, { reachable: true, token: null });
  }
  if (!sought.isWitness(sought.plain)) return null;
  return witnessOf(sought, sought.plain, { reachable: false, token: null });
}

function providersOf(sought: Sought): readonly CircleciProvider[] {
  return sought.space.callers.flatMap((caller) => {
    const provider = caller.type === "Federated" ? circleciProviderOf(caller.id) : null;
    if (provider === null || !isInAccount(sought, provider.arn)) return [];
    return [provider];
  });
}

function isInAccount({ surroundings }: Sought, arn: string): boolean {
  return surroundings === null || surroundings.providers.some((provider) => provider.arn === arn);
}

type CallerKind = {
  readonly includes: (caller: RequestPrincipal) => boolean;
  readonly actions: readonly string[];
  /** Keys of other kinds of callers are absent. */
  readonly takesKey: (key: string, callers: readonly RequestPrincipal[]) => boolean;
};

const isGeneralKey = (key: string): boolean => /^(?:aws|sts|iam):/.test(key);

/** The callers that are no CircleCI job. Strangers are left out where they would have to be set up first. */
const callerKinds: readonly CallerKind[] = [
  {
    // A root user cannot assume roles.
    includes: (caller) => caller.type === "AWS" && !caller.id.endsWith(":root"),
    actions: ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity", "sts:SetContext"],
    takesKey: (key) => isGeneralKey(key),
  },
  {
    includes: (caller) =>
      caller.type === "Federated" &&
      !caller.id.includes(":saml-provider/") &&
      !caller.id.includes(":oidc-provider/idp.example.com") &&
      circleciProviderOf(caller.id) === null,
    actions: ["sts:AssumeRoleWithWebIdentity", "sts:TagSession", "sts:SetSourceIdentity"],
    takesKey: (key, callers) =>
      isGeneralKey(key) ||
      callers.some((caller) =>
        key.startsWith(`${caller.id.replace(/^.*:oidc-provider\//, "").toLowerCase()}:`),
      ),
  },
  {
    includes: (caller) => caller.type === "Federated" && caller.id.includes(":saml-provider/"),
    actions: ["sts:AssumeRoleWithSAML", "sts:TagSession", "sts:SetSourceIdentity"],
    takesKey: (key) => isGeneralKey(key) || key.startsWith("saml:"),
  },
  {
    includes: (caller) => caller.type === "Service" && !caller.id.startsWith("any-service"),
    actions: ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity", "sts:SetContext"],
    takesKey: (key) => isGeneralKey(key),
  },
];

function callerRequest(sought: Sought, kind: CallerKind): TrustRequest | null {
  const { space } = sought;
  const callers = space.callers.filter(
    (caller) =>
      kind.includes(caller) && (caller.type !== "Federated" || isInAccount(sought, caller.id)),
  );
  if (callers.length === 0) return null;
  const literals: Literal[] = [
    space.callerIn((caller) => callers.includes(caller)),
    space.actionIn((action) => kind.actions.includes(action)),
  ];
  for (const key of space.space.keys.keys()) {
    if (!kind.takesKey(key, callers)) literals.push(complement(space.space.isPresent(key)));
  }
  return requestWith(sought, literals);
}

function witnessOf(
  sought: Sought,
  request: TrustRequest,
  how: { readonly reachable: boolean; readonly token: TokenShape | null },
): Witness {
  const spelling = new Map<string, string>();
  for (const policy of [sought.after, sought.before]) {
    for (const { conditions } of policy.statements) {
      for (const { key, keyText } of conditions) if (!spelling.has(key)) spelling.set(key, keyText);
    }
  }
  const context = Object.fromEntries(
    [...request.context].map(([key, values]) => [spelling.get(key) ?? key, values]),
  );
  return { principal: request.principal, action: request.action, context, ...how };
}
