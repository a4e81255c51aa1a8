import type { Fault } from "../aws/reading.ts";
import type { Change } from "../plan/change.ts";
import type { Choice } from "../plan/choice.ts";
import type { ValidVersion } from "../plan/control.ts";
import type { EnvironmentPlan } from "../plan/environment.ts";
import { tooLongCode } from "../plan/observed.ts";
import type { Orphans } from "../plan/orphans.ts";
import type { Left } from "../plan/removal.ts";
import type { Outcome } from "./report.ts";

/** How a change ended, as far as a report cares. */
export type Carried = {
  readonly change: Change;
  /** `left`: never tried, since the mode or a dry run says so. */
  readonly outcome: "applied" | "failed" | "skipped" | "left";
  readonly fault: Fault | null;
  /** The id of the policy version that it wrote; `null` where it wrote none. */
  readonly policyVersion: string | null;
};

export type Writes = "allowed" | "observe" | "suspend" | "dry-run";

/** What a run did for one environment, before it is put into words. */
export type Carriage = {
  readonly plan: EnvironmentPlan;
  readonly orphans: Orphans;
  readonly carried: readonly Carried[];
  /** What went wrong beside the plan: the provider, the record, an orphan's removal. */
  readonly faults: readonly Fault[];
  /** What an earlier version had and nobody keeps right any more. */
  readonly retained: readonly string[];
  /** What was to be removed and stays, because it is somebody else's too. */
  readonly left: readonly Left[];
  /** Is something that it asked of a provider before, and asks no more, not proved to be off? */
  readonly unreleased: boolean;
  /** Everything of a removed environment is gone: its record and status go too. */
  readonly forgotten: boolean;
  readonly writes: Writes;
};

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

/** Is everything written that the version in force closes? Then it is the measure from now on. */
export function isEverythingClosed({ plan, carried, faults, unreleased }: Carriage): boolean {
  const written = carried.every(
    ({ change, outcome }) => outcome === "applied" || openers.has(change.step.do),
  );
  const overtaken = faults.some(({ kind }) => kind === "moved");
  const whole = plan.faults.length + plan.problems.length + plan.blocked.length === 0;
  return written && !overtaken && whole && !unreleased;
}

/** The version that counts as applied after this run, if it is the one chosen; an observed one never is. */
export function appliedBy(carriage: Carriage): ValidVersion | null {
  const { plan, writes } = carriage;
  const counts = writes === "allowed" && isEverythingClosed(carriage);
  return plan.choice.kind === "newest" && counts ? plan.choice.at : null;
}

/** Does the deploy policy give, now that the run is over, what its targets resolved to? */
export function isPolicyAsResolved({ plan, carried }: Carriage): boolean {
  const written = carried.every(
    ({ change: { step }, outcome }) => !policyWrites.has(step.do) || outcome === "applied",
  );
  const whole = plan.faults.length + plan.problems.length + plan.blocked.length === 0;
  return written && whole && plan.desired !== null;
}

const policyWrites: ReadonlySet<Change["step"]["do"]> = new Set([
  "create-policy",
  "create-policy-version",
]);

/** Did the run do all that it meant to, so that nothing is left for the next one? */
export function isComplete({ plan, carried, faults }: Carriage): boolean {
  return (
    carried.every(({ outcome }) => outcome === "applied") &&
    plan.faults.length === 0 &&
    plan.problems.length === 0 &&
    faults.length === 0 &&
    plan.blocked.length === 0
  );
}

/** One word for the whole: what keeps the newest version from being in force comes first. */
export function outcomeOf(carriage: Carriage): Outcome {
  const { plan, carried, faults, writes } = carriage;
  if (plan.choice.kind === "orphaned") return "orphaned";
  const refused = refusalOutcome(plan.choice);
  if (refused === "conflict" || refused === "invalid") return refused;
  if (refused === "unknown") return "failed";
  if (plan.faults.length > 0) return "failed";
  if (plan.blocked.length > 0) return "conflict";
  if (isUnwritable(plan) || tooLongFaults(carried).length > 0) return "invalid";
  if (refused === "held") return "held";
  if (writes === "suspend") return "suspended";
  if (carried.some(({ outcome }) => outcome === "left")) return "drifted";
  if (plan.settings.length > 0 && writes !== "allowed") return "drifted";
  const missing = (plan.resolution?.missing.length ?? 0) > 0;
  const left = plan.kept.length + plan.foreignTags.length + plan.settings.length;
  const waiting = left > 0 || plan.problems.length > 0;
  if (missing || waiting || faults.length > 0) return "degraded";
  if (carried.some(({ outcome }) => outcome !== "applied")) return "degraded";
  return carried.length > 0 ? "reconciled" : "in-sync";
}

/** A document that IAM has no room for is invalid: a conflict is somebody else's claim. */
export function isUnwritable(plan: EnvironmentPlan): boolean {
  return plan.inForce !== null && plan.desired === null && plan.problems.length > 0;
}

/** What IAM itself refused for its length, where nobody could know before. */
export function tooLongFaults(carried: readonly Carried[]): readonly Fault[] {
  return carried.flatMap(({ fault }) => (fault?.code === tooLongCode ? [fault] : []));
}

function refusalOutcome(choice: Choice): "invalid" | "conflict" | "held" | "unknown" | null {
  if (choice.kind === "applied" || choice.kind === "nothing") return choice.refusal.kind;
  return null;
}
