import { Logger } from "@aws-lambda-powertools/logger";
import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
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

/** All counters every time, so that no series is missing until its first failure. */
export function countReport(report: Report): void {
  const metrics = new Metrics({ namespace: "OidcReconciler" });
  const { environments } = report;
  const drift = environments.flatMap((environment) =>
    environment.widenings.filter(({ source }) => source === "drift"),
  );
  const corrected = environments.flatMap(({ changes }) => changes.filter(({ applied }) => applied));
  const notReady = environments.filter(({ conditions }) => !conditions.Ready.status);
  // Whether it happened or would have: a held edit is an alarm too, and stays one while it is held.
  const trust = environments.flatMap((environment) =>
    environment.widenings.filter(({ resource }) => resource === "trust-policy"),
  );
  const beat = report.dryRun || report.errors.some(({ message }) => message.includes("heartbeat"));
  metrics.addMetric("TrustWidenings", MetricUnit.Count, trust.length);
  metrics.addMetric("DriftCorrections", MetricUnit.Count, corrected.length);
  metrics.addMetric("EnvironmentsNotReady", MetricUnit.Count, notReady.length);
  metrics.addMetric("RunErrors", MetricUnit.Count, report.errors.length);
  if (!beat && report.account !== null) metrics.addMetric("Heartbeat", MetricUnit.Count, 1);
  for (const widening of drift) {
    const seconds = openSeconds(widening);
    if (seconds !== null) metrics.addMetric("TimeToSafe", MetricUnit.Seconds, seconds);
  }
  metrics.publishStoredMetrics();
}
