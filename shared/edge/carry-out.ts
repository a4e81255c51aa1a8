import {
  type Change,
  type ChangeResult,
  closesForGood,
  stopsOpening,
  writesPolicy,
} from "../plan/change.ts";
import { closingPart } from "../plan/closing-part.ts";

export type Course = {
  readonly write: (change: Change) => Promise<ChangeResult>;
  /**
   * Called before each write. `stop` ends everything except what closes: another run has taken
   * over. `end` ends that too: the time is over.
   */
  readonly beforeWrite?: (change: Change) => Promise<Answer>;
};

type Answer = "go" | "stop" | "end";

type Failed = Extract<ChangeResult, { readonly outcome: "failed" }>;

/**
 * Applies changes in their order. After a failure only what closes continues, of a write that also
 * opens its closing part: the rest waits for the next run, which plans from what it finds then. A tag or description that fails stops nothing,
 * because it changes nobody's access.
 *
 * The deploy policy is detached, or everybody kept out, for what opens meanwhile, and so only where that may
 * still be carried out. If the first step that opens then fails, that is undone in the same run, once what closes
 * is closed: nothing opens that was not open before.
 */
export async function carryOut(
  changes: readonly Change[],
  course: Course,
): Promise<readonly ChangeResult[]> {
  const outcomes: ChangeResult[] = [];
  let mayOpen = true;
  let isOver = false;
  let isEnded = false;
  let isToPutBack = false;
  const isDue = (change: Change) =>
    !isEnded && (mayOpen || closesForGood(change) || (!isOver && isNobodys(change)));
  for (const change of changes) {
    if (change.bracket === "close" && isToPutBack && !isPolicyOpen(outcomes)) {
      outcomes.push(...(await putBack(change, course)));
      continue;
    }
    const answer = isDue(change) ? await answerTo(change, course) : "go";
    if (answer !== "go") {
      mayOpen = false;
      isOver = true;
    }
    isEnded ||= answer === "end";
    const idle = isIdle(change, outcomes);
    if (!isDue(change) || idle) {
      outcomes.push({ change, outcome: "skipped" });
      if (!idle && !isEnded) outcomes.push(...(await closeOnly(change, course)));
      continue;
    }
    const applied = await course.write(change);
    outcomes.push(applied);
    if (applied.outcome !== "failed" || !stopsOpening(change)) continue;
    isToPutBack ||= mayOpen && isRefused(applied) && isNothingOpened(outcomes);
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
  if (part === null || (await answerTo(part, course)) === "end") return [];
  return [await course.write(part)];
}

async function answerTo(change: Change, { beforeWrite }: Course): Promise<Answer> {
  return (await beforeWrite?.(change)) ?? "go";
}

/** Does it complete a write that did not happen? */
function isIdle({ follows }: Change, outcomes: readonly ChangeResult[]): boolean {
  if (follows === undefined) return false;
  return outcomes.findLast(({ change }) => change.step.do === follows)?.outcome !== "applied";
}

/**
 * Did AWS say no? What no answer came to may be there, and be shown by no look yet; so may what it says is not as it
 * was read.
 */
function isRefused({ fault, unanswered }: Failed): boolean {
  return unanswered !== true && (fault.kind === "denied" || fault.kind === "refused");
}

/** Could something in the deploy policy not be closed? Then the policy stays where it is. */
function isPolicyOpen(outcomes: readonly ChangeResult[]): boolean {
  return outcomes.some(
    ({ change, outcome }) =>
      outcome === "failed" && change.effect === "closes" && writesPolicy(change.step),
  );
}

/** Was the latest outcome the first of a bracket that could have opened anything? */
function isNothingOpened(outcomes: readonly ChangeResult[]): boolean {
  const begun = outcomes.findLastIndex(({ change }) => change.bracket === "open");
  const inside = outcomes.slice(begun + 1, -1);
  return (
    outcomes.at(-1)?.change.bracket === "inside" &&
    outcomes[begun]?.outcome === "applied" &&
    inside.every(({ change, outcome }) => outcome === "skipped" || change.effect !== "opens")
  );
}

/** What ends the bracket waits all the same where what is put back is less. */
async function putBack(last: Change, course: Course): Promise<readonly ChangeResult[]> {
  const { putBack: change } = last;
  const waits = { change: last, outcome: "skipped" } as const;
  if (change === undefined || (await answerTo(change, course)) !== "go") return [waits];
  const written = await course.write(change);
  return change.step.do === "attach" ? [written] : [waits, written];
}
