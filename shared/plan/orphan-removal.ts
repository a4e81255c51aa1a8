import type { ObservedProvider, ObservedRole } from "./observed.ts";
import type { Orphans } from "./orphans.ts";
import type { Owner } from "./ownership.ts";
import { type Holders, planProviderRemoval, planRemoval, type RemovalPlan } from "./removal.ts";

/**
 * What takes roles and policies of orphans away, roles first, so that nobody gets in while the rest
 * goes.
 *
 * @param given.detached ARNs of policies that the role in force let go of in this run
 */
export function orphanRemoval(
  { roles, policies }: Orphans,
  given: { readonly detached: readonly string[]; readonly holders: Holders | null },
): RemovalPlan {
  return planRemoval({ roles, policies, ...given });
}

/**
 * What takes providers away, once the roles are gone.
 *
 * @param given.usedBy roles of the account that name a provider
 */
export function providerRemoval(
  { providers }: Orphans,
  given: {
    readonly owner: Owner;
    readonly usedBy: (provider: ObservedProvider) => readonly ObservedRole[];
  },
): RemovalPlan {
  const { owner, usedBy } = given;
  const plans = providers.map((provider) =>
    planProviderRemoval({ provider, owner, usedBy: usedBy(provider) }),
  );
  return {
    changes: plans.flatMap(({ changes }) => changes),
    left: plans.flatMap(({ left }) => left),
  };
}
