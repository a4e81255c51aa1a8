import { type Change, type ChangeResult, stopsOpening } from "../plan/change.ts";
import { closingPart } from "../plan/closing-part.ts";

export type Course = {
  readonly write: (change: Change) => Promise<ChangeResult>;
  /**
   * Called before each write. `stop` ends everything except what closes: another run has taken
   * over.
   */
  readonly beforeWrite?: (change: Change) => Promise<"go" | "stop">;
};

/**
 * Applies changes in their order. After a failure only what closes continues, of a write that also
 * opens its closing part: the rest waits for the next run, which plans from what it finds then. A tag or description that fails stops nothing,
 * because it changes nobody's access.
 *
 * If the deploy policy was detached and the first step that needed it detached fails, it is attached
 * again in the same run, once what closes is closed: nothing opens that was not open before.
 */
export async function carryOut(
  changes: readonly Change[],
  course: Course,
): Promise<readonly ChangeResult[]> {
  const outcomes: ChangeResult[] = [];
  let mayOpen = true;
  let isOver = false;
  let isToPutBack = false;
  const isDue = (change: Change) =>
    mayOpen || change.effect === "closes" || (!isOver && isNobodys(change));
  for (const change of changes) {
    if (change.bracket === "close" && isToPutBack) {
      outcomes.push(await putBack(change, course));
      continue;
    }
    if (isDue(change) && (await isStopped(change, course))) {
      mayOpen = false;
      isOver = true;
    }
    const idle = isIdle(change, outcomes);
    if (!isDue(change) || idle) {
      outcomes.push({ change, outcome: "skipped" });
      if (!idle) outcomes.push(...(await closeOnly(change, course)));
      continue;
    }
    const applied = await course.write(change);
    outcomes.push(applied);
    if (applied.outcome !== "failed" || !stopsOpening(change)) continue;
    isToPutBack ||= mayOpen && isFirstInside(outcomes);
    mayOpen = false;
  }
  return outcomes;
}

/** Does it take tags off of which nobody's access hangs? */
function isNobodys({ step, effect }: Change): boolean {
  return step.do === "untag-role" && effect === "neutral";
}

/** Closing waits for nothing, not even where the same write would have let somebody in. */
async function closeOnly(change: Change, course: Course): Promise<readonly ChangeResult[]> {
  const part = closingPart(change);
  if (part === null) return [];
  await isStopped(part, course);
  return [await course.write(part)];
}

async function isStopped(change: Change, { beforeWrite }: Course): Promise<boolean> {
  return beforeWrite !== undefined && (await beforeWrite(change)) === "stop";
}

/** Does it complete a write that did not happen? */
function isIdle({ follows }: Change, outcomes: readonly ChangeResult[]): boolean {
  if (follows === undefined) return false;
  return outcomes.findLast(({ change }) => change.step.do === follows)?.outcome !== "applied";
}

/** Is the latest outcome the first of a bracket's inside, right after what opened it? */
function isFirstInside(outcomes: readonly ChangeResult[]): boolean {
  const [opened, latest] = outcomes.slice(-2);
  return (
    latest?.change.bracket === "inside" &&
    opened?.change.bracket === "open" &&
    opened.outcome === "applied"
  );
}

async function putBack(attach: Change, course: Course): Promise<ChangeResult> {
  const change: Change = {
    ...attach,
    reason: "put back: the first step that it was taken off for failed",
  };
  const stopped = await isStopped(change, course);
  return stopped ? { change, outcome: "skipped" } : course.write(change);
}
