import { alertOf } from "./alert.ts";
import { type Journal, type JournalAlert, titleLengthMax } from "./journal.ts";
import type { Alert, AlertKind } from "./report.ts";

/**
 * One alert for each environment of which an interrupted run had found something.
 *
 * @param again this run's own alerts: what they repeat, word for word, is not repeated here too
 */
export function interruptedAlerts(
  journal: Journal,
  runIds: readonly string[],
  again: readonly Alert[],
): readonly Alert[] {
  const isAgain = (alert: JournalAlert) =>
    again.some(
      ({ kind, environment, title }) =>
        kind === alert.kind &&
        environment === alert.environment &&
        title.slice(0, titleLengthMax) === alert.title,
    );
  return runIds.flatMap((runId) => {
    const entry = journal[runId];
    if (entry === undefined) return [];
    const environments = [...new Set(entry.alerts.map(({ environment }) => environment))];
    const more = Object.entries(entry.more).map(([kind, count]) => `${count} of kind ${kind}`);
    const last =
      more.length === 0
        ? ""
        : `It had found more, for which the journal had no room: ${more.join(", ")}.`;
    const places = environments.length === 0 ? ["unknown"] : environments;
    return places.map((environment): Alert => {
      const found = entry.alerts.filter((alert) => alert.environment === environment);
      const severe = found.some(({ kind }) => urgent.has(kind)) || more.length > 0;
      const only = found.filter((alert) => !isAgain(alert));
      const repeated = found.length - only.length;
      return alertOf({
        kind: "run-interrupted",
        severity: severe ? "critical" : "warning",
        environment,
        title: `${environment}: a run ended before its alerts were sent`,
        parts: [
          `Run ${runId}, which began before ${entry.at}, ended before its alerts were sent. It had found:`,
          ...only.map(({ kind, title }) => `${kind}: ${title}`),
          ...(repeated === 0
            ? []
            : [`What this run found as well has its own alert (${repeated}).`]),
          ...(last === "" ? [] : [last]),
          "The function's log has in full what it corrected, before each write. This run has looked again.",
          `Search the log for ${runId}.`,
        ],
      });
    });
  });
}

const urgent: ReadonlySet<AlertKind> = new Set<AlertKind>([
  "trust-widened",
  "permissions-widened",
  "audience-widened",
  "sessions-revoked",
  "contended",
  "reconcile-failed",
]);
