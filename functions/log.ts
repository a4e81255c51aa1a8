import { Logger } from "@aws-lambda-powertools/logger";
import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import type { Change } from "../shared/plan/change.ts";
import { openSeconds } from "../shared/report/alerts.ts";
import type { Report } from "../shared/report/report.ts";

// The service name comes from POWERTOOLS_SERVICE_NAME, which the alarms of the stack name too.
export const logger = new Logger();

/** Above this many characters a log line would be cut: the report then goes in parts. */
const lineLengthMax = 200_000;

/** One structured line for the run and one for each environment that is not simply in sync. */
export function logReport(report: Report): void {
  const { environments, alerts, calls, ...run } = report;
  logger.info("run", { ...run, alerts, calls, environments: environments.length });
  for (const environment of environments) {
    if (environment.outcome === "in-sync") continue;
    const size = JSON.stringify(environment).length;
    if (size <= lineLengthMax) logger.info("environment", { environment });
    else {
      const { changes, ...rest } = environment;
      logger.info("environment", { environment: rest });
      for (const change of changes) logger.info("change", { environment: rest.name, change });
    }
  }
  for (const error of report.errors) logger.error(error.message, { code: error.code });
}

/** What the report does not say of its run. */
export type RunEnd = {
  /** Whether the heartbeat was written: only a run over all environments that got through does. */
  readonly heartbeat: boolean;
  /** Alerts that reached nobody. */
  readonly undelivered: number;
};

/** Alerts that tell of somebody being let in, or who would be. */
const trustAlerts: ReadonlySet<string> = new Set([
  "trust-widened",
  "trust-widening-held",
  "trust-widening-applied",
  "audience-widened",
]);

/** Alerts that tell of a role being able to do more, or that it would be. */
const permissionAlerts: ReadonlySet<string> = new Set([
  "permissions-widened",
  "permissions-widening-held",
  "permissions-widening-applied",
]);

/**
 * Writes the run's metrics, which the alarms of `stack/alerts.yml` watch.
 *
 * Counters come every time, so that no series is missing until its first failure. They count what
 * happened in this run: widenings by their alerts, which are sent when something happens or begins
 * to wait and never again while it stays, so that no alarm rings anew for a thing that was told.
 * What stays (held, not ready) is a gauge, and only a run over all environments can read it: one
 * that an event sent to a single environment would make it jump.
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

/** Puts what a write is about to take away whole into the log, so that a stopped run loses nothing. */
export function logRemoval(environment: string, change: Change): void {
  const { action, resource, id, before } = change;
  if (before === null) return;
  logger.info("removal", { environment, action, resource, id, before });
}
