import type { Alert } from "../report/report.ts";
import type { Memory } from "./memory.ts";

/** Alerts that say what has happened, which may happen again in the same words. */
const ofEvents: ReadonlySet<Alert["kind"]> = new Set([
  "drift-corrected",
  "contended",
  "adopted",
  "run-interrupted",
]);

function keyOf({ kind, environment, title, text }: Alert): string {
  return JSON.stringify([kind, environment, title, text]);
}

/**
 * Leaves out what this process has reported word for word while it could write no status: each run would
 * report the same again, for as long as Parameter Store takes no write.
 */
export function withoutReported(
  memory: Memory | undefined,
  alerts: readonly Alert[],
): readonly Alert[] {
  if (memory === undefined) return alerts;
  return alerts.filter((alert) => ofEvents.has(alert.kind) || !memory.reported.has(keyOf(alert)));
}

/**
 * Remembers what a run has reported, if nothing else remembers it. What it has not found of the
 * environments that it looked at is over, and is reported when it begins again.
 */
export function rememberReported(
  memory: Memory | undefined,
  found: readonly Alert[],
  given: {
    /** Environments that the run has looked at. */
    readonly environments: readonly { readonly name: string }[];
    /** What no channel took is not reported yet. */
    readonly undelivered: readonly Alert[];
    readonly isStored: boolean;
  },
): void {
  if (memory === undefined) return;
  const { undelivered, isStored } = given;
  const { reported } = memory;
  const names = new Set(given.environments.map(({ name }) => name));
  if (isStored) reported.clear();
  const now = new Set(found.map(keyOf));
  for (const key of reported) {
    const [, environment]: readonly unknown[] = JSON.parse(key);
    const isSeen = typeof environment === "string" && names.has(environment);
    if (isSeen && !now.has(key)) reported.delete(key);
  }
  if (isStored) return;
  for (const alert of undelivered) now.delete(keyOf(alert));
  for (const key of now) reported.add(key);
}
