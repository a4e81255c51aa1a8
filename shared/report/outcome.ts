import type { Change } from "../plan/change.ts";
import type { Choice } from "../plan/choice.ts";
import type { EnvironmentPlan } from "../plan/environment.ts";
import type { Fault } from "../plan/observed.ts";
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

/** What a run did for one environment, before it is put into words. */
export type Carriage = {
  readonly plan: EnvironmentPlan;
  readonly carried: readonly Carried[];
  /** What went wrong beside the plan: the provider, the label, an orphan's removal. */
  readonly faults: readonly Fault[];
  /** What an earlier version had and nobody keeps right any more. */
  readonly retained: readonly string[];
  /** Everything of a removed environment is gone, its status too. */
  readonly forgotten: boolean;
  readonly writes: "allowed" | "observe" | "suspend" | "dry-run";
};

export function isComplete(carriage: Carriage): boolean {
  return (
    carriage.carried.every(({ outcome }) => outcome === "applied") &&
    carriage.plan.faults.length === 0 &&
    carriage.faults.length === 0 &&
    carriage.plan.blocked.length === 0
  );
}

/** One word for the whole: what keeps the newest version from being in force comes first. */
export function outcomeOf(carriage: Carriage): Outcome {
  const { plan, carried, faults, writes } = carriage;
  if (plan.choice.kind === "orphaned") return "orphaned";
  const refused = refusalOutcome(plan.choice);
  if (refused === "conflict" || refused === "invalid") return refused;
  if (plan.faults.length > 0) return "failed";
  if (plan.blocked.length > 0) return "conflict";
  if (refused === "held") return "held";
  if (writes === "suspend") return "suspended";
  if (carried.some(({ outcome }) => outcome === "left")) return "drifted";
  const missing = (plan.resolution?.missing.length ?? 0) > 0;
  if (missing || faults.length > 0) return "degraded";
  if (carried.some(({ outcome }) => outcome !== "applied")) return "degraded";
  return carried.length > 0 ? "reconciled" : "in-sync";
}

function refusalOutcome(choice: Choice): "invalid" | "conflict" | "held" | null {
  if (choice.kind === "applied" || choice.kind === "nothing") return choice.refusal.kind;
  return null;
}
