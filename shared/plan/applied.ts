import type { Fault } from "../aws/reading.ts";
import { type Change, type ChangeResult, writesPolicy } from "./change.ts";
import { comingOf } from "./choice.ts";
import type { ControlEntry } from "./control.ts";
import { desiredIn, type EnvironmentPlan } from "./environment.ts";
import { tooLongCode } from "./observed.ts";
import type { Orphans } from "./orphans.ts";
import type { ValidVersion, WrittenHalf } from "./record.ts";
import type { RecordFence } from "./record-after.ts";
import type { Left } from "./removal.ts";
import { isIgnoredTag, tagsBefore } from "./tags.ts";
import type { DriftWidening } from "./widening.ts";

/** One environment as a run found it, with what it means to do. */
export type PlannedEnvironment = {
  readonly entry: ControlEntry;
  readonly plan: EnvironmentPlan;
  readonly orphans: Orphans;
  /** Is its provider ours to write? Another home's is used as it is. */
  readonly ownsProvider: boolean;
  /** What is not on its provider once this run is over, of all that it asked for; left out where it has a document. */
  readonly parted?: readonly string[];
};

/** What a run may write for an environment, or why it may not. */
export type Writes = "allowed" | "observe" | "suspend" | "dry-run";

/** A planned environment with what the run then did for it. */
export type AppliedPlan = PlannedEnvironment & {
  readonly writes: Writes;
  /** How each change ended: the plan's own, those of the provider it owns, removals of orphans. */
  readonly results: readonly ChangeResult[];
  /** What went wrong outside of the changes: the provider, the record, a removal. */
  readonly faults: readonly Fault[];
  /** ARNs that an earlier version had and that nobody keeps right any more. */
  readonly retained: readonly string[];
  /** What was to be removed and stays, because it is somebody else's too. */
  readonly left: readonly Left[];
  /** Is something that it asked of a provider before, and asks no more, not proved to be off? */
  readonly unreleased: boolean;
  /** Everything of a removed environment is gone: its record and status go too. */
  readonly forgotten: boolean;
  /** Widenings of the provider that it shares, reported in one of the sharing environments. */
  readonly audienceWidenings: readonly DriftWidening[];
  /** The record as this run left it in Parameter Store. */
  readonly fence: RecordFence;
  /** What the run's first look has opened by a version that was overtaken meanwhile; left out where it was not. */
  readonly overtaken?: AppliedPlan;
  /** Has the version in force begun in this very run, though a newer one that is refused has overtaken it since? */
  readonly begunHere?: true;
};

/** A plan of which nothing is applied yet. */
export function notApplied(
  planned: PlannedEnvironment,
  writes: Writes,
  fence: RecordFence,
): AppliedPlan {
  return {
    ...planned,
    writes,
    fence,
    results: [],
    faults: [],
    retained: [],
    left: [],
    unreleased: false,
    forgotten: false,
    audienceWidenings: [],
  };
}

/** The same environment, in which more went wrong. */
export function withFaults(applied: AppliedPlan, faults: readonly Fault[]): AppliedPlan {
  return { ...applied, faults: [...applied.faults, ...faults] };
}

/** The changes that were made. */
export function changesMade(results: readonly ChangeResult[]): readonly Change[] {
  return results.flatMap(({ change, outcome }) => (outcome === "applied" ? [change] : []));
}

/** Was it made, or does nobody know that it was not? */
export function mayBeMade(result: ChangeResult): boolean {
  return result.outcome === "applied" || (result.outcome === "failed" && result.mayBeMade === true);
}

/** What went wrong with changes themselves. */
export function faultsOf(results: readonly ChangeResult[]): readonly Fault[] {
  return results.flatMap((result) => (result.outcome === "failed" ? [result.fault] : []));
}

/** Did the account or the control surface change between the read and the write? */
export function isStale({ faults, results }: AppliedPlan): boolean {
  return [...faults, ...faultsOf(results)].some(({ kind }) => kind === "stale");
}

/** What IAM itself refused for its length, where nobody could know before. */
export function tooLongFaults(results: readonly ChangeResult[]): readonly Fault[] {
  return faultsOf(results).filter(({ code }) => code === tooLongCode);
}

/** Steps that only ever open: a version whose other writes are made is applied without them. */
const openers: ReadonlySet<Change["step"]["do"]> = new Set([
  "attach",
  "create-policy",
  "create-provider",
  "add-audience",
  "delete-boundary",
  "tag-role",
  "untag-role",
  "tag-policy",
  "tag-provider",
]);

/** Is everything written that the version in force closes? Then it is the baseline from now on. */
export function isEverythingClosed({ plan, results, faults, unreleased }: AppliedPlan): boolean {
  const written = results.every(
    (result) =>
      result.outcome === "applied" ||
      (openers.has(result.change.step.do) && !isStillToGo(result, plan)),
  );
  const overtaken = faults.some(({ kind }) => kind === "stale");
  return written && !overtaken && isWhole(plan) && !unreleased;
}

/**
 * Has a run not come to a tag that the version in force leaves to others, and one before it had set? The next run
 * takes it off, and only a known version says that it is ours. What IAM refuses to take off stays as if others had set it.
 */
function isStillToGo(result: ChangeResult, plan: EnvironmentPlan): boolean {
  const { change } = result;
  if (change.step.do !== "untag-role") return false;
  const isRefused = result.outcome === "failed" && result.fault.kind !== "transient";
  const ignored = desiredIn(plan)?.role.ignoreTags ?? [];
  const tags = Object.entries(tagsBefore(change));
  return !isRefused && tags.some(([key, value]) => isIgnoredTag(key, value, ignored));
}

/**
 * The version that counts as applied after this run: the newest one, or one that had begun before the newest, which is
 * refused. An observed one never does.
 */
export function appliedBy(applied: AppliedPlan): ValidVersion | null {
  const { plan, writes } = applied;
  const counts = writes === "allowed" && isEverythingClosed(applied);
  return counts ? comingOf(plan.choice, plan.evidence) : null;
}

/** The halves of the version that has begun of which nothing is left to write, whatever became of the other one. */
export function halvesWritten(applied: AppliedPlan): readonly WrittenHalf[] {
  return (["trust", "permissions"] as const).filter((half) =>
    isNothingLeft(applied, (change) => isOfHalf(half, change)),
  );
}

/** Is every such change of the version that has begun made, or was there none to make? */
export function isNothingLeft(
  { plan, results, faults, writes, fence }: AppliedPlan,
  concerns: (change: Change) => boolean,
): boolean {
  const coming = comingOf(plan.choice, plan.evidence);
  const isBegun = coming !== null && coming.digest === fence.record.begun?.digest;
  const overtaken = faults.some(({ kind }) => kind === "stale");
  const left = results.some(({ change, outcome }) => outcome !== "applied" && concerns(change));
  return writes === "allowed" && isBegun && !overtaken && isWhole(plan) && !left;
}

/** Tags, a description and how long sessions last are of neither. */
function isOfHalf(half: WrittenHalf, { resource, step }: Change): boolean {
  switch (step.do) {
    case "create-role":
      return true;
    case "update-role":
    case "tag-role":
    case "untag-role":
    case "tag-policy":
      return false;
    default:
      return (resource === "trust-policy") === (half === "trust") && resource !== "oidc-provider";
  }
}

/** Does the deploy policy give, now that the run is over, what its targets resolved to? */
export function isPolicyAsResolved({ plan, results }: AppliedPlan): boolean {
  const written = results.every(
    ({ change: { step }, outcome }) => !writesPolicy(step) || outcome === "applied",
  );
  return written && isWhole(plan);
}

/** Did the run do all that it meant to, so that nothing is left for the next one? */
export function isComplete({ plan, results, faults }: AppliedPlan): boolean {
  return (
    results.every(({ outcome }) => outcome === "applied") && faults.length === 0 && isWhole(plan)
  );
}

function isWhole({ faults, problems, blocked }: EnvironmentPlan): boolean {
  return faults.length + problems.length + blocked.length === 0;
}
