import type { Account } from "../aws/account.ts";
import { iamArn, parseArn } from "../aws/arn.ts";
import { type CircleciProvider, circleciProviderOf } from "../circleci/tokens.ts";
import type { PolicyPrincipal, TrustPolicy } from "../policy/document.ts";

/** The CircleCI providers that a policy's Allows let in, or that its condition keys speak of. */
export function providersIn(policy: TrustPolicy): readonly CircleciProvider[] {
  const providers = new Map<string, CircleciProvider>();
  let admitsAnyProvider = false;
  let home: Account = { id: "123456789012", partition: "aws" };
  for (const { effect, principals } of policy.statements) {
    for (const principal of principals.principals) {
      home = accountOfPrincipal(principal) ?? home;
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
      const provider = circleciProviderOf(iamArn(home, `oidc-provider/${prefix}`));
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

/** The account that a principal is in, as far as its id says so. */
export function accountOfPrincipal(principal: PolicyPrincipal): Account | null {
  if (principal.kind === "account")
    return { id: principal.account, partition: principal.partition ?? "aws" };
  return principal.kind === "exact" ? (parseArn(principal.id)?.account ?? null) : null;
}
