import { type AppliedPlan, tooLongFaults } from "../plan/applied.ts";
import { refusalOf } from "../plan/choice.ts";
import { openOldRoles } from "../plan/closing-changes.ts";
import { isTrustUnseen } from "../plan/environment.ts";
import type { Outcome } from "./report.ts";

/** One word for the whole: what keeps the newest version from being in force comes first. */
export function outcomeOf(applied: AppliedPlan): Outcome {
  const { plan, results, faults, writes } = applied;
  if (plan.choice.kind === "orphaned") return "orphaned";
  const refused = refusalOf(plan.choice)?.kind;
  if (refused === "conflict" || refused === "invalid") return refused;
  if (refused === "unknown") return "failed";
  if (isTrustUnseen(plan)) return "failed";
  if (plan.blocked.length > 0) return "conflict";
  if (plan.kind === "unwritable" || tooLongFaults(results).length > 0) return "invalid";
  if (refused === "held") return "held";
  if (writes === "suspend") return "suspended";
  if (results.some(({ outcome }) => outcome === "left")) return "drifted";
  const stays = plan.settings.length > 0 || openOldRoles(applied).length > 0;
  if (stays && writes !== "allowed") return "drifted";
  const missing = plan.kind !== "nothing" && plan.resolution.missing.length > 0;
  const left = [plan.kept, plan.foreignTags, plan.unmarked].flat().length;
  const waiting = stays || left + plan.problems.length + plan.faults.length > 0;
  if (missing || waiting || faults.length > 0) return "degraded";
  if (results.some(({ outcome }) => outcome !== "applied")) return "degraded";
  return results.length > 0 ? "reconciled" : "in-sync";
}
