import { afterEach, expect, test, vi } from "vitest";
import { countReport } from "../../functions/log.ts";
import type { Report } from "../../shared/report/report.ts";
import { packagedTemplate } from "./package.ts";
import { functionEnvironment, isRecord, resourcesOfType } from "./template.ts";

const template = packagedTemplate();

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

const quietRun: Report = {
  runId: "00000000-0000-4000-8000-000000000001",
  trigger: "schedule",
  dryRun: false,
  account: "123456789012",
  startedAt: "2026-11-22T10:00:00.000Z",
  durationMs: 412,
  environments: [],
  alerts: [],
  errors: [],
  calls: {},
};

/** The metrics that a run under the deployed environment writes, each as `name service`. */
function written(report: Report): readonly string[] {
  const place = { account: "123456789012", region: "us-east-1" };
  const environment = functionEnvironment(template, "reconcile", place);
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  // Powertools writes past the console unless it is told that somebody looks; then it would stop
  // writing metrics.
  vi.stubEnv("POWERTOOLS_DEV", "true");
  vi.stubEnv("POWERTOOLS_METRICS_DISABLED", "false");
  const lines = vi.spyOn(console, "log").mockImplementation(() => undefined);
  countReport(report);
  return lines.mock.calls.flatMap(([line]) => {
    const entry: unknown = JSON.parse(String(line));
    if (!isRecord(entry) || !isRecord(entry["_aws"])) return [];
    return Object.keys(entry)
      .filter((name) => /^[A-Z]/.test(name))
      .map((name) => `${name} ${entry["service"]}`);
  });
}

test("a run writes the metrics that the alarms watch, as the service they watch", () => {
  const metrics = written(quietRun);
  const watched = resourcesOfType(template, "AWS::CloudWatch::Alarm")
    .map(([, { Properties }]) => Properties)
    .filter(({ Namespace }) => Namespace === "OidcReconciler")
    .map(({ MetricName }) => `${MetricName} oidc-reconciler-prod`);
  expect(watched).toHaveLength(2);
  for (const metric of watched) expect(metrics).toContain(metric);
});
