import type { EnvironmentDocument } from "../document/index.ts";
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

/** The mode of the newest version that is neither invalid nor held: the one chosen now, or last. */
export function modeOf({ choice, evidence }: EnvironmentPlan): EnvironmentDocument["mode"] {
  const record = evidence.kind === "record" ? evidence.record.mode : null;
  const chosen = versionOf(choice)?.document.mode ?? null;
  return (choice.kind === "newest" ? chosen : (record ?? chosen)) ?? "enforce";
}

/** What a run may write for an environment, from its mode. */
export function writesOf(plan: EnvironmentPlan, permission: WritePermission): Writes {
  if (permission.dryRun) return "dry-run";
  const mode = modeOf(plan);
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
