import type { Fault } from "../aws/reading.ts";
import { type Change, stopsOpening } from "../plan/change.ts";

/** How one change ended. `skipped`: an earlier one failed, and this one might have opened a door. */
export type Applied =
  | {
      readonly change: Change;
      readonly outcome: "applied";
      /** The id of the policy version that was written; `null` where none was. */
      readonly policyVersion: string | null;
    }
  | { readonly change: Change; readonly outcome: "failed"; readonly fault: Fault }
  | { readonly change: Change; readonly outcome: "skipped" };

export type Course = {
  readonly write: (change: Change) => Promise<Applied>;
  /**
   * Asked before each write, which is told by then. `stop` ends everything but what closes: the
   * run was overtaken.
   */
  readonly beforeWrite?: (change: Change) => Promise<"go" | "stop">;
};

/**
 * Carries changes out in their order. After a failure only what closes goes on: the rest waits
 * for the next run, which plans from what is then there. A tag or a description that fails stops
 * nothing, for it changes nobody's access.
 *
 * Where the deploy policy was taken off the role and the first step of what that was for fails, it
 * is put back at once: nothing has changed, so nothing is open that was not before.
 */
export async function carryOut(
  changes: readonly Change[],
  course: Course,
): Promise<readonly Applied[]> {
  const outcomes: Applied[] = [];
  let mayOpen = true;
  for (const change of changes) {
    if (change.bracket === "close" && outcomes.some(isPutBack)) continue;
    if (mayOpen || change.effect === "closes") {
      mayOpen = (await isStopped(change, course)) ? false : mayOpen;
    }
    if ((!mayOpen && change.effect !== "closes") || isIdle(change, outcomes)) {
      outcomes.push({ change, outcome: "skipped" });
      continue;
    }
    const applied = await course.write(change);
    outcomes.push(applied);
    if (applied.outcome !== "failed" || !stopsOpening(change)) continue;
    const attach = mayOpen && isFirstInside(outcomes) ? closeOf(changes) : null;
    if (attach !== null) outcomes.push(await putBack(attach, course));
    mayOpen = false;
  }
  return outcomes;
}

async function isStopped(change: Change, { beforeWrite }: Course): Promise<boolean> {
  return beforeWrite !== undefined && (await beforeWrite(change)) === "stop";
}

/** Of use only after a write that did not happen. */
function isIdle({ follows }: Change, outcomes: readonly Applied[]): boolean {
  if (follows === undefined) return false;
  return outcomes.findLast(({ change }) => change.step.do === follows)?.outcome !== "applied";
}

/** Is the latest outcome the first of a bracket's inside, right after what opened it? */
function isFirstInside(outcomes: readonly Applied[]): boolean {
  const [opened, latest] = outcomes.slice(-2);
  return (
    latest?.change.bracket === "inside" &&
    opened?.change.bracket === "open" &&
    opened.outcome === "applied"
  );
}

function closeOf(changes: readonly Change[]): Change | null {
  return changes.find(({ bracket }) => bracket === "close") ?? null;
}

async function putBack(attach: Change, course: Course): Promise<Applied> {
  const change: Change = {
    ...attach,
    reason: "put back at once: the first step that it was taken off for failed",
    putBack: true,
  };
  const stopped = await isStopped(change, course);
  return stopped ? { change, outcome: "skipped" } : course.write(change);
}

function isPutBack({ change }: Applied): boolean {
  return change.putBack === true;
}
