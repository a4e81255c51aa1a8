import { afterEach, expect, test, vi } from "vitest";
import { countReport, type RunEnd } from "../../functions/metrics.ts";
import type { Alert, AlertKind, EnvironmentReport, Report } from "../../shared/report/report.ts";
import { leanInFolder, packagedTemplate } from "./package.ts";
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

/** The metrics that a run under the deployed environment writes, by name, and as which service. */
function written(
  report: Report,
  end: RunEnd,
  stack = template,
): { readonly values: ReadonlyMap<string, unknown>; readonly services: ReadonlySet<unknown> } {
  const place = { account: "123456789012", region: "us-east-1" };
  const environment = functionEnvironment(stack, "reconcile", place);
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  // Powertools writes past the console unless it is reported that somebody looks; then it would stop
  // writing metrics.
  vi.stubEnv("POWERTOOLS_DEV", "true");
  const lines = vi.spyOn(console, "log").mockImplementation(() => undefined);
  countReport(report, end);
  const entries = lines.mock.calls.flatMap(([line]) => {
    const entry: unknown = JSON.parse(String(line));
    return isRecord(entry) && isRecord(entry["_aws"]) ? [entry] : [];
  });
  lines.mockRestore();
  const metrics = entries.flatMap(Object.entries).filter(([name]) => /^[A-Z]/.test(name));
  return { values: new Map(metrics), services: new Set(entries.map(({ service }) => service)) };
}

const good: RunEnd = { heartbeat: true, undelivered: 0 };

function alertOf(kind: AlertKind): Alert {
  return { kind, severity: "critical", environment: "production", title: "", text: "" };
}

const condition = { status: true, reason: "", message: "", since: "2026-11-22T10:00:00.000Z" };
const heldAndNotReady: EnvironmentReport = {
  name: "production",
  version: 2,
  appliedVersion: 1,
  outcome: "held",
  changes: [],
  widenings: [
    {
      source: "desired",
      resource: "trust-policy",
      disposition: "held",
      admitted: null,
      undecided: [],
      actor: null,
      openedAt: null,
      closedAt: null,
    },
  ],
  conditions: {
    SpecValid: condition,
    ResourcesResolved: condition,
    InSync: condition,
    TrustAsIntended: condition,
    Ready: { ...condition, status: false },
  },
  outputs: {},
  errors: [],
};

test("a run writes the metrics that the alarms watch, as the service they watch", () => {
  const { values, services } = written(quietRun, good);
  const watched = resourcesOfType(template, "AWS::CloudWatch::Alarm")
    .map(([, { Properties }]) => Properties)
    .filter(({ Namespace }) => Namespace === "OidcReconciler");
  expect(watched).toHaveLength(7);
  for (const { MetricName } of watched) expect([...values.keys()]).toContain(MetricName);
  expect([...services]).toEqual(["oidc-reconciler-prod"]);
});

test("with lean monitoring a run writes no metric, whatever has happened", () => {
  const failed = { ...quietRun, errors: [{ code: "KMSAccessDenied", message: "no key" }] };
  expect([...written(failed, good, packagedTemplate(leanInFolder)).values.keys()]).toEqual([]);
});

test("a quiet run counts nothing but its heartbeat", () => {
  expect(Object.fromEntries(written(quietRun, good).values)).toEqual({
    TrustWidenings: 0,
    PermissionWidenings: 0,
    DriftCorrections: 0,
    RunErrors: 0,
    AlertsUndelivered: 0,
    Heartbeat: 1,
    VersionsHeld: 0,
    EnvironmentsNotReady: 0,
  });
});

test("what stays held is a gauge, and rings the bell of widenings only when it begins", () => {
  const held = { ...quietRun, environments: [heldAndNotReady] };
  const first = written({ ...held, alerts: [alertOf("trust-widening-held")] }, good).values;
  expect([first.get("TrustWidenings"), first.get("VersionsHeld")]).toEqual([1, 1]);
  const later = written(held, good).values;
  expect([later.get("TrustWidenings"), later.get("VersionsHeld")]).toEqual([0, 1]);
  expect(later.get("EnvironmentsNotReady")).toBe(1);
});

test.each<[AlertKind, string | null]>([
  ["trust-widened", "TrustWidenings"],
  ["trust-widening-held", "TrustWidenings"],
  ["trust-widening-applied", "TrustWidenings"],
  ["audience-widened", "TrustWidenings"],
  ["permissions-widened", "PermissionWidenings"],
  ["drift-corrected", "DriftCorrections"],
  ["adopted", null],
  ["target-missing", null],
])("an alert %s is counted as %s", (kind, metric) => {
  const { values } = written({ ...quietRun, alerts: [alertOf(kind)] }, good);
  const counters = ["TrustWidenings", "PermissionWidenings", "DriftCorrections"];
  expect(counters.filter((name) => values.get(name) === 1)).toEqual(
    metric === null ? [] : [metric],
  );
});

test("a run that an event sent to one environment moves no gauge and is not a heartbeat", () => {
  const { values } = written(quietRun, { heartbeat: false, undelivered: 0 });
  expect([...values.keys()].toSorted()).toEqual([
    "AlertsUndelivered",
    "DriftCorrections",
    "PermissionWidenings",
    "RunErrors",
    "TrustWidenings",
  ]);
});

test("alerts that reached nobody and errors of the run have a counter each", () => {
  const failed = { ...quietRun, errors: [{ code: "KMSAccessDenied", message: "no key" }] };
  const { values } = written(failed, { heartbeat: true, undelivered: 3 });
  expect([values.get("RunErrors"), values.get("AlertsUndelivered")]).toEqual([1, 3]);
});
