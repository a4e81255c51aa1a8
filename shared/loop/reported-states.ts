import type { Alert } from "../report/report.ts";
import type { Memory } from "./memory.ts";

/** Alerts that say how something is, and not that something has happened. */
const ofStates: ReadonlySet<Alert["kind"]> = new Set([
  "reconcile-failed",
  "conflict",
  "spec-invalid",
  "target-missing",
]);

function keyOf({ kind, environment, title, text }: Alert): string {
  return JSON.stringify([kind, environment, title, text]);
}

/**
 * Leaves out what this process has reported word for word while it could write no status: each run would
 * report the same state again, for as long as Parameter Store takes no write.
 */
export function withoutReported(
  memory: Memory | undefined,
  alerts: readonly Alert[],
): readonly Alert[] {
  if (memory === undefined) return alerts;
  return alerts.filter((alert) => !ofStates.has(alert.kind) || !memory.reported.has(keyOf(alert)));
}

/** Remembers what a run has reported of states, if nothing else remembers it. */
export function rememberReported(
  memory: Memory | undefined,
  alerts: readonly Alert[],
  isStored: boolean,
): void {
  if (memory === undefined) return;
  if (isStored) memory.reported.clear();
  else for (const alert of alerts) memory.reported.add(keyOf(alert));
}
