import type { AppliedPlan } from "../plan/applied.ts";
import { isRecent } from "../plan/last-writes.ts";
import { type HoldersKey, reportedBefore } from "./reported-key.ts";

type Holding = Pick<AppliedPlan, "entry" | "plan" | "orphans">;

/**
 * How many others hold the deploy policy of the version in force, as a policy or as a boundary: they gain
 * what a later version adds to it, and no guard knows who they let in. Roles with an old name do not count,
 * for they let go of it first. Our own role counts only where it was seen to hold it: another may have taken
 * its place. Where somebody claims what is ours, no later version is written: then as many as were reported.
 * The policy says only how many hold it: one who takes another's place is not seen.
 */
export function otherHolders({ entry, plan, orphans }: Holding): number {
  if (plan.kind !== "planned" || plan.policy === null || plan.blocked.length > 0) {
    return reportedHolders({ entry });
  }
  const { policy } = plan;
  if (policy.uncounted === true) return reportedHolders({ entry });
  const old = [...orphans.roles, ...orphans.loose];
  // A plan by which an old role lets go of it shows that role without it, and IAM counted before.
  const lettingGo = plan.changes.flatMap(({ step }) =>
    step.do === "detach" && step.arn === policy.arn ? [step.name] : [],
  );
  const held = old.filter(
    ({ name, attached }) => attached.includes(policy.arn) || lettingGo.includes(name),
  );
  const own = new Set(held.map(({ name }) => name)).size + (plan.roleHolds ? 1 : 0);
  return Math.max(0, policy.attachmentCount - own) + policy.boundaryUsageCount;
}

/** How many a status says. */
export function reportedHolders(of: Pick<Holding, "entry">): number {
  return reportedBefore(of).find((key) => key.kind === "holders")?.count ?? 0;
}

/** Is there another one than were reported? */
export function isAnotherHolder(of: Holding): boolean {
  return otherHolders(of) > reportedHolders(of);
}

/**
 * How many hold it, as far as a run may say. IAM may count for a while who let go of it in our last run: then
 * nothing is new yet.
 */
export function knownHolders(of: Holding & Pick<AppliedPlan, "fence">, now: Date): number {
  const { last } = of.fence.record;
  return last !== null && isRecent(last, now) ? reportedHolders(of) : otherHolders(of);
}

/** The key under which a status remembers how many. */
export function holdersKeys(
  of: Holding & Pick<AppliedPlan, "fence">,
  now: Date,
): readonly HoldersKey[] {
  const count = knownHolders(of, now);
  return count === 0 ? [] : [{ kind: "holders", count }];
}
