import type { AppliedPlan } from "../plan/applied.ts";
import { asIfWritten, orphanFate, withOrphansSettled } from "../plan/orphan-fate.ts";
import type { Planning } from "./planning.ts";
import type { RunContext } from "./run-context.ts";

/** Deals with what environments had and have no more, as `orphanFate` decides. */
export async function clearOrphans(
  run: RunContext,
  applied: readonly AppliedPlan[],
  planning: Planning,
): Promise<readonly AppliedPlan[]> {
  if (run.wake.dryRun) return clearedAhead(run, applied, planning);
  const cleared = applied.flatMap((each) => {
    const fate = orphanFate(each);
    return fate === "removed" ? [] : [withOrphansSettled(each, fate, planning.snapshot)];
  });
  if (cleared.length === applied.length) return cleared;
  // Only a removal needs what plans and carries it out, and that is rare.
  const { removeOrphans } = await import("./remove-orphans.ts");
  return removeOrphans(run, applied, planning);
}

/** A dry run lists what a run would remove once all else that it lists is written. */
async function clearedAhead(
  run: RunContext,
  applied: readonly AppliedPlan[],
  planning: Planning,
): Promise<readonly AppliedPlan[]> {
  const { force } = run.wake;
  const settled = applied.map((each) => {
    const fate = orphanFate(each);
    // Nothing is removed in a dry run.
    return fate === "removed" ? each : withOrphansSettled(each, fate, planning.snapshot);
  });
  const written = applied.map((each) => asIfWritten(each, force));
  if (written.every((each) => each === null)) return settled;
  const { removalsAhead } = await import("./remove-orphans.ts");
  return removalsAhead(run, settled, { written, planning });
}
