import {
  type CircleciProvider,
  circleciProviderOf,
  keyPresence,
  sendsProjectId,
  usualValue,
} from "../circleci/tokens.ts";
import type { PolicyPrincipal, TrustPolicy } from "../policy/document.ts";
import type { TrustRequest } from "./request.ts";

/** The CircleCI providers that a policy's Allows let in, or that its condition keys speak of. */
export function providersIn(policy: TrustPolicy): readonly CircleciProvider[] {
  const providers = new Map<string, CircleciProvider>();
  let admitsAnyProvider = false;
  let home = "arn:aws:iam::123456789012";
  for (const { effect, principals } of policy.statements) {
    for (const principal of principals.principals) {
      home = homeIn(principal) ?? home;
      if (effect === "Deny") continue;
      if (principal.kind === "everybody" || principal.kind === "any-federated")
        admitsAnyProvider = true;
      const provider =
        principal.kind === "exact" && principal.type === "Federated"
          ? circleciProviderOf(principal.id)
          : null;
      if (provider !== null) providers.set(provider.arn, provider);
    }
  }
  if (!admitsAnyProvider) return [...providers.values()];
  for (const { conditions } of policy.statements) {
    for (const { key } of conditions) {
      const prefix = /^(oidc\.circleci\.com(?:\/org\/[0-9a-f-]{36})?):/.exec(key)?.[1];
      const provider = circleciProviderOf(`${home}:oidc-provider/${prefix}`);
      if (
        provider !== null &&
        ![...providers.values()].some(({ keyPrefix }) => keyPrefix === prefix)
      ) {
        providers.set(provider.arn, provider);
      }
    }
  }
  return [...providers.values()];
}

/** Partition and account of a principal, as the ARNs of that account's providers begin. */
function homeIn(principal: PolicyPrincipal): string | null {
  if (principal.kind === "account")
    return `arn:${principal.partition ?? "aws"}:iam::${principal.account}`;
  if (principal.kind !== "exact") return null;
  const [, partition, account] = /^arn:([^:]*):[^:]*:[^:]*:(\d{12}):/.exec(principal.id) ?? [];
  return account === undefined ? null : `arn:${partition}:iam::${account}`;
}

/** What AWS sees of a CircleCI token. */
export type Claims = {
  readonly subject: string;
  readonly audience: string;
  /** Null where the token has no such claim. */
  readonly projectId: string | null;
};

/**
 * The request that STS makes of a token, with a plausible value for every further key that the
 * policy asks for and that a token's request has.
 */
export function requestOfToken(input: {
  readonly policy: TrustPolicy;
  readonly provider: CircleciProvider;
  readonly claims: Claims;
  /** Overrides for keys of the moment, such as aws:currenttime; in lower case. */
  readonly context?: ReadonlyMap<string, string>;
}): TrustRequest {
  const { provider, claims } = input;
  const key = (name: string): string => `${provider.keyPrefix}:${name}`;
  const context = new Map<string, readonly string[]>([
    [key("aud"), [claims.audience]],
    [key("sub"), [claims.subject]],
  ]);
  if (claims.projectId !== null && sendsProjectId(provider))
    context.set(key("oidc.circleci.com/project-id"), [claims.projectId]);
  for (const { conditions } of input.policy.statements) {
    for (const condition of conditions) {
      if (context.has(condition.key)) continue;
      if (condition.key === key("oaud")) context.set(condition.key, [claims.audience]);
      const given = input.context?.get(condition.key);
      const value = given ?? usualValue(keyPresence(provider, condition.key));
      if (value !== null) context.set(condition.key, [value]);
    }
  }
  return {
    principal: { type: "Federated", id: provider.arn },
    action: "sts:AssumeRoleWithWebIdentity",
    context,
  };
}
