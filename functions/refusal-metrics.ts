import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import type { RefusalReport } from "../shared/runs/refusals.ts";

/** Writes what a batch of refused calls came to; the alarms of `stack/alarms.yml` watch the last two. */
export function countRefusals({ refusals, errors }: RefusalReport, undelivered: number): void {
  const metrics = new Metrics({ namespace: "OidcReconciler" });
  const strangers = Object.values(refusals.strangers).reduce((sum, calls) => sum + calls, 0);
  const count = (name: string, value: number) => metrics.addMetric(name, MetricUnit.Count, value);
  count("JobsRefused", refusals.ownCalls);
  count("StrangersRefused", strangers);
  count("RunErrors", errors.length);
  count("AlertsUndelivered", undelivered);
  metrics.publishStoredMetrics();
}
