import { type CircleciProvider, circleciProviderOf } from "../circleci/tokens.ts";
import type { PolicyPrincipal, TrustPolicy } from "../policy/document.ts";

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
