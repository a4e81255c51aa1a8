import type { Writes } from "./applied.ts";
import type { Change } from "./change.ts";
import { versionOf } from "./choice.ts";
import type { PlanContext } from "./context.ts";
import type { EnvironmentPlan } from "./environment.ts";
import { isPaused } from "./quarrel.ts";

/** What a person or a timer asked of the run. */
export type WritePermission = {
  readonly dryRun: boolean;
  readonly force: boolean;
  /** What is applied: all of it, or only what closes, while targets are waited for. */
  readonly steps: "all" | "closing";
};

/** What a run may write for an environment, from the mode of the version in force. */
export function writesOf(plan: EnvironmentPlan, permission: WritePermission): Writes {
  if (permission.dryRun) return "dry-run";
  const record = plan.evidence.kind === "record" ? plan.evidence.record.mode : null;
  // Of the newest version that is neither invalid nor held: the one chosen now, or chosen last.
  const chosen = versionOf(plan.choice)?.document.mode ?? null;
  const mode = (plan.choice.kind === "newest" ? chosen : (record ?? chosen)) ?? "enforce";
  switch (mode) {
    case "enforce":
      return "allowed";
    case "observe":
      return permission.force ? "allowed" : "observe";
    case "suspend":
      return "suspend";
    default:
      return mode satisfies never;
  }
}

/** Changes that wait, because somebody undoes them again and again. */
export function pausedIn(
  context: Pick<PlanContext, "installation" | "now">,
  { changes, evidence }: EnvironmentPlan,
): readonly Change[] {
  if (evidence.kind !== "record") return [];
  const { quarrels } = evidence.record;
  const { periodMinutes } = context.installation;
  return changes.filter((change) =>
    isPaused(change, { quarrels, periodMinutes, now: context.now }),
  );
}
