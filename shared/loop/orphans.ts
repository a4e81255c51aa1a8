import type { AppliedPlan } from "../plan/applied.ts";
import { orphanFate, withOrphansSettled } from "../plan/orphan-fate.ts";
import type { Planning } from "./planning.ts";
import type { RunContext } from "./run-context.ts";

/** Deals with what environments had and have no more, as `orphanFate` decides. */
export async function clearOrphans(
  run: RunContext,
  applied: readonly AppliedPlan[],
  planning: Planning,
): Promise<readonly AppliedPlan[]> {
  const cleared = applied.flatMap((each) => {
    const fate = orphanFate(each);
    return fate === "removed" ? [] : [withOrphansSettled(each, fate, planning.snapshot)];
  });
  if (cleared.length === applied.length) return cleared;
  // Only a removal needs what plans and carries it out, and that is rare.
  const { removeOrphans } = await import("./remove-orphans.ts");
  return removeOrphans(run, applied, planning);
}
