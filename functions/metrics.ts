import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import { openSeconds } from "../shared/report/alert-draft.ts";
import type { Report } from "../shared/report/report.ts";

/** What the report does not say about its run. */
export type RunEnd = {
  /** Whether the heartbeat was written: only a run over all environments that finished writes it. */
  readonly heartbeat: boolean;
  /** How many alerts no channel took. */
  readonly undelivered: number;
};

/** Alerts about somebody who can assume the role now, or who could if the version were applied. */
const trustAlerts: ReadonlySet<string> = new Set([
  "trust-widened",
  "trust-widening-held",
  "trust-widening-applied",
  "audience-widened",
]);

/** Alerts about a role that can do more now, or that could if the version were applied. */
const permissionAlerts: ReadonlySet<string> = new Set([
  "permissions-widened",
  "permissions-widening-held",
  "permissions-widening-applied",
]);

/**
 * Writes the run's metrics, which the alarms of `stack/` watch.
 *
 * Counters are written every time, so that no series is missing until its first failure. They count
 * what happened in this run. Widenings are counted by their alerts: these are sent once, so no alarm
 * goes off twice for the same widening. What lasts (held, not ready) is a gauge, and only a run over
 * all environments can read it: a run over a single environment would make it jump.
 */
export function countReport(report: Report, end: RunEnd): void {
  const metrics = new Metrics({ namespace: "OidcReconciler" });
  const { environments, alerts } = report;
  const drift = environments.flatMap((environment) =>
    environment.widenings.filter(({ source }) => source === "drift"),
  );
  const reverted = drift.filter(({ disposition }) => disposition === "reverted");
  const corrected = alerts.filter(({ kind }) => kind === "drift-corrected");
  const count = (name: string, value: number) => metrics.addMetric(name, MetricUnit.Count, value);
  count("TrustWidenings", alerts.filter(({ kind }) => trustAlerts.has(kind)).length);
  count("PermissionWidenings", alerts.filter(({ kind }) => permissionAlerts.has(kind)).length);
  count("DriftCorrections", reverted.length + corrected.length);
  count("RunErrors", report.errors.length);
  count("AlertsUndelivered", end.undelivered);
  if (end.heartbeat) {
    count("Heartbeat", 1);
    count("VersionsHeld", environments.filter(({ outcome }) => outcome === "held").length);
    const notReady = environments.filter(({ conditions }) => !conditions.Ready.status);
    count("EnvironmentsNotReady", notReady.length);
  }
  for (const widening of drift) {
    const seconds = openSeconds(widening);
    if (seconds !== null) metrics.addMetric("TimeToSafe", MetricUnit.Seconds, seconds);
  }
  metrics.publishStoredMetrics();
}
