import { type AppliedPlan, changesMade, mayBeMade } from "../plan/applied.ts";
import type { ChangeResult } from "../plan/change.ts";
import { type Choice, letThroughOf, versionOf } from "../plan/choice.ts";
import { isCorrection } from "../plan/correction.ts";
import type { EnvironmentPlan } from "../plan/environment.ts";
import { isOwnWork } from "../plan/own-work.ts";
import type { DriftWidening } from "../plan/widening.ts";
import { wereOpen, wideningKeys } from "../report/reported-doors.ts";

/** Keeps what the first pass found and applied; the outcome is the second one's. */
export function joined(before: AppliedPlan, after: AppliedPlan): AppliedPlan {
  const done = before.results.filter(
    (result) => result.outcome === "applied" || isNeverSeen(result, after),
  );
  const steps = changesMade(done).map(({ step }) => step);
  const news = (widenings: readonly DriftWidening[]) =>
    widenings.filter((widening) => !isOwnWork(widening, steps));
  const plan: EnvironmentPlan = {
    ...withLetThrough(after.plan, before.plan.choice),
    widenings: unionOf(before.plan.widenings, news(after.plan.widenings)),
    shutAgain: [
      ...before.plan.shutAgain,
      ...after.plan.shutAgain.filter(
        ({ opened }) => !before.plan.shutAgain.some((other) => other.opened === opened),
      ),
    ],
    adopted: [...before.plan.adopted, ...after.plan.adopted].filter(
      ({ id }, index, all) => all.findIndex((other) => other.id === id) === index,
    ),
  };
  return {
    ...after,
    ...overtakenBy(before, after.plan.choice),
    ...(hasBegun(before, after.plan.choice) ? { begunHere: true } : {}),
    audienceWidenings: unionOf(before.audienceWidenings, news(after.audienceWidenings)),
    orphans: {
      ...after.orphans,
      widenings: unionOf(before.orphans.widenings, news(after.orphans.widenings)),
    },
    plan,
    results: [...done, ...after.results],
  };
}

/** May a write have been made that the second pass has neither repeated nor looked at? */
function isNeverSeen(result: ChangeResult, { plan }: AppliedPlan): boolean {
  return result.outcome !== "applied" && mayBeMade(result) && plan.faults.length > 0;
}

/** What either look found open, each door once: somebody may open another one between the two. */
function unionOf(
  before: readonly DriftWidening[],
  after: readonly DriftWidening[],
): readonly DriftWidening[] {
  const known = before.flatMap(wideningKeys);
  const isKnown = (widening: DriftWidening) => wereOpen(known, wideningKeys(widening));
  return [...before, ...after.filter((widening) => !isKnown(widening))];
}

/** A version that has opened something in the first pass, where the second goes on with another one, or with none. */
function overtakenBy(before: AppliedPlan, after: Choice): Pick<AppliedPlan, "overtaken"> {
  const { choice } = before.plan;
  const opened = before.results.some(
    (result) =>
      mayBeMade(result) && result.change.effect !== "closes" && result.change.bracket !== "back",
  );
  if (!opened || letThroughOf(choice) === null || isAtSame(choice, after)) return {};
  return { overtaken: before };
}

/** Does the second pass go on with an edit of the first, though a newer version is refused by now? */
function hasBegun({ plan, begunHere }: AppliedPlan, after: Choice): boolean {
  const isEdit = begunHere === true || !isCorrection(plan);
  return isEdit && after.kind === "applied" && isAtSame(plan.choice, after);
}

function isAtSame(one: Choice, other: Choice): boolean {
  const [at, otherAt] = [versionOf(one), versionOf(other)];
  return at?.version === otherAt?.version && at?.digest === otherAt?.digest;
}

/** A version that the first pass let through is no less let through where the second goes on with it. */
function withLetThrough(plan: EnvironmentPlan, before: Choice): EnvironmentPlan {
  const letThrough = letThroughOf(before);
  if (plan.kind === "nothing" || letThrough === null || !isAtSame(before, plan.choice)) return plan;
  return { ...plan, choice: { ...plan.choice, letThrough } };
}
