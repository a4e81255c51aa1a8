import type { Writes } from "./applied.ts";
import type { Change } from "./change.ts";
import type { PlanContext } from "./context.ts";
import type { EnvironmentPlan } from "./environment.ts";
import { type Decided, passiveMode } from "./mode.ts";
import { isPaused } from "./quarrel.ts";

/** What a person or a timer asked of the run. */
export type WritePermission = {
  readonly dryRun: boolean;
  readonly force: boolean;
  /** What is applied: all of it, or only what closes, while targets are waited for. */
  readonly steps: "all" | "closing";
};

/** What a run may write for an environment, from its mode. */
export function writesOf(decided: Decided, permission: WritePermission): Writes {
  return permission.dryRun ? "dry-run" : (passiveMode(decided, permission) ?? "allowed");
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
