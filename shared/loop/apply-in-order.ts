import { type Change, type ChangeResult, closesForGood } from "../plan/change.ts";
import { isLate, isOver, mayWait } from "./ending.ts";
import type { RunContext } from "./run-context.ts";

/**
 * Applies changes in their order, and writes into the log before each what it takes away.
 *
 * @param given.mayOpen asked before each step that does not only close
 * @param given.noted awaited before the first: nothing is done that no later run could report
 */
export async function applyInOrder(
  run: RunContext,
  changes: readonly Change[],
  given: {
    readonly environment: string;
    readonly mayOpen: (change: Change) => Promise<boolean>;
    readonly noted: Promise<void>;
    /** Called once nothing more opens, while what only closes is still to come. */
    readonly opened?: () => unknown;
  },
): Promise<readonly ChangeResult[]> {
  if (changes.length === 0) return [];
  // A run that has nothing to write starts faster without them.
  const { applyChanges } = await import("../edge/apply.ts");
  const { isRealised } = await import("./read-back.ts");
  const last = changes.findLastIndex(({ effect }) => effect !== "closes");
  return applyChanges(run.clients, changes, {
    beforeWrite: async (change) => {
      if (isOver(run)) return "end";
      const opens = !closesForGood(change);
      if (opens && (isLate(run) || !(await given.mayOpen(change)))) return "stop";
      await given.noted;
      if (last >= 0 && change === changes[last + 1]) given.opened?.();
      run.logRemoval(given.environment, change);
      return "go";
    },
    readBack: (change) => isRealised(run.clients, change),
    mayWait: (ms) => mayWait(run, ms),
    insists: run.insists === true,
  });
}

/** What is not applied: the mode forbids it, or it waits. */
export function leftAll(
  changes: readonly Change[],
  outcome: "left" | "skipped",
): readonly ChangeResult[] {
  return changes.map((change) => ({ change, outcome }));
}
