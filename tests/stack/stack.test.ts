import { spawnSync } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { everyChoice, packagedTemplate, packageStack } from "./package.ts";
import {
  functionEnvironment,
  isRecord,
  resolved,
  resourceOf,
  resourcesOfType,
} from "./template.ts";

const place = { account: "123456789012", region: "eu-central-1" };
const startedAt = performance.now();
// Afresh, whatever other tests have packaged before: this is about packaging itself.
const packaged = packageStack();
const packagingMs = performance.now() - startedAt;
const { template } = packaged;
const chosen = packagedTemplate(everyChoice);
afterAll(packaged.dispose);

const functions = ["reconcile", "audit", "diagnose"] as const;

const require = createRequire(import.meta.url);
const choices = require("../../stack/choices.cjs");

function properties(logicalId: string, from = template): Readonly<Record<string, unknown>> {
  return resourceOf(from, logicalId).Properties;
}

describe("packaging", () => {
  test("needs no credentials, no network and few seconds", () => {
    // Two seconds on an idle machine; the limit leaves room for a busy one.
    expect(packagingMs).toBeLessThan(25_000);
  });

  test("puts each function's bundle into an archive of its own, and nothing else", () => {
    const files = readdirSync(join(packaged.folder, ".serverless"));
    expect(files.filter((file) => file.endsWith(".zip")).toSorted()).toEqual([
      "audit.zip",
      "diagnose.zip",
      "reconcile.zip",
    ]);
    for (const name of functions) {
      const listing = spawnSync("unzip", ["-Z1", `.serverless/${name}.zip`], {
        cwd: packaged.folder,
        encoding: "utf8",
      });
      // Not every machine has unzip.
      if (listing.error === undefined) {
        expect(listing.stdout.trim()).toBe(`dist/functions/${name}.mjs`);
      }
    }
  });

  test.each([
    ["schedule", "soon"],
    ["schedule", "0"],
    ["schedule", "721"],
    ["schedule", "1.5"],
    ["concurrency", "-1"],
    ["concurrency", "many"],
  ])("refuses a wrong number for the %s and says what is allowed: %s", async (part, value) => {
    await expect(choices[part]({ resolveVariable: async () => value })).rejects.toThrow(
      /must be a whole number from/,
    );
  });

  test("passes the linter for CloudFormation templates, where it is installed", () => {
    const file = join(packaged.folder, "template.json");
    writeFileSync(file, JSON.stringify(template));
    const forwarding = fileURLToPath(new URL("../../stack/forwarding.yml", import.meta.url));
    // W3005: osls itself names each role once more than it needs to.
    const lint = spawnSync("cfn-lint", ["--ignore-checks", "W3005", "--", file, forwarding], {
      encoding: "utf8",
    });
    if (lint.error !== undefined) return;
    expect(lint.stdout + lint.stderr).toBe("");
  }, 60_000);
});

describe("the functions", () => {
  test.each(functions)("%s runs its bundle on Node 24 on arm64", (name) => {
    const logicalId = `${name.charAt(0).toUpperCase()}${name.slice(1)}LambdaFunction`;
    expect(properties(logicalId)).toMatchObject({
      Handler: `dist/functions/${name}.handler`,
      Runtime: "nodejs24.x",
      Architectures: ["arm64"],
      FunctionName: `oidc-reconciler-prod-${name}`,
    });
  });

  test.each(functions)("%s knows its prefix, its topic and its bus", (name) => {
    expect(functionEnvironment(template, name, place)).toEqual({
      OIDC_PARAMETER_PREFIX: "/oidc-reconciler",
      OIDC_ALERT_TOPIC_ARN: "arn:aws:sns:eu-central-1:123456789012:oidc-reconciler-prod-alerts",
      OIDC_EVENT_BUS: "default",
      POWERTOOLS_SERVICE_NAME: "oidc-reconciler-prod",
      POWERTOOLS_METRICS_NAMESPACE: "OidcReconciler",
      POWERTOOLS_LOG_LEVEL: "INFO",
    });
  });

  test("keep their logs for a while and hand over what they could not handle", () => {
    const logs = resourcesOfType(template, "AWS::Logs::LogGroup");
    expect(logs).toHaveLength(functions.length);
    for (const [, group] of logs) expect(group.Properties["RetentionInDays"]).toBe(400);
    const configured = resourcesOfType(template, "AWS::Lambda::EventInvokeConfig");
    expect(configured).toHaveLength(functions.length);
    for (const [, config] of configured) {
      const { DestinationConfig } = config.Properties;
      expect(resolved(DestinationConfig, template, place)).toEqual({
        OnFailure: {
          Destination: "arn:aws:sqs:eu-central-1:123456789012:oidc-reconciler-prod-failures",
        },
      });
    }
  });

  test("reserve concurrency only where it is asked for", () => {
    for (const name of ["Reconcile", "Audit", "Diagnose"]) {
      expect(properties(`${name}LambdaFunction`)).not.toHaveProperty(
        "ReservedConcurrentExecutions",
      );
    }
    expect(properties("ReconcileLambdaFunction", chosen)).toMatchObject({
      ReservedConcurrentExecutions: 1,
    });
    // Throttles are then how runs wait for each other.
    expect(properties("ReconcileThrottles")).toMatchObject({ EvaluationPeriods: 1 });
    expect(properties("ReconcileThrottles", chosen)).toMatchObject({ EvaluationPeriods: 3 });
  });
});

describe("the schedule", () => {
  test("comes every quarter of an hour, the audit once a week", () => {
    expect(properties("Schedule")).toMatchObject({ ScheduleExpression: "rate(15 minutes)" });
    expect(properties("WeeklyAudit")).toMatchObject({
      ScheduleExpression: "cron(0 6 ? * MON *)",
    });
  });

  test("can be another, and the heartbeat's alarm follows", async () => {
    expect(properties("Schedule", chosen)).toMatchObject({
      ScheduleExpression: "rate(60 minutes)",
    });
    expect(properties("NoHeartbeat", chosen)).toMatchObject({ Period: 3_600 });
    // EventBridge wants the singular for one.
    expect(await choices.schedule({ resolveVariable: async () => 1 })).toEqual({
      rate: "rate(1 minute)",
      periodSeconds: 60,
    });
  });

  test("and every rule hands over to a function that lets it, and else to the queue", () => {
    for (const [logicalId, rule] of resourcesOfType(template, "AWS::Events::Rule")) {
      const targets = resolved(rule.Properties["Targets"], template, place);
      const name = logicalId === "WeeklyAudit" ? "audit" : "reconcile";
      expect(targets, logicalId).toMatchObject([
        {
          Arn: `arn:aws:lambda:eu-central-1:123456789012:function:oidc-reconciler-prod-${name}`,
          DeadLetterConfig: {
            Arn: "arn:aws:sqs:eu-central-1:123456789012:oidc-reconciler-prod-failures",
          },
        },
      ]);
      expect(String(rule.Properties["Name"])).toMatch(/^oidc-reconciler-prod-/);
    }
    const permissions = resourcesOfType(template, "AWS::Lambda::Permission").map(
      ([, { Properties }]) => resolved(Properties, template, place),
    );
    const rules = "arn:aws:events:eu-central-1:123456789012:rule/oidc-reconciler-prod";
    expect(permissions).toMatchObject([
      { Principal: "events.amazonaws.com", SourceArn: `${rules}-*` },
      { Principal: "events.amazonaws.com", SourceArn: `${rules}-audit` },
    ]);
  });
});

describe("the alarms", () => {
  const alarms = new Map(
    resourcesOfType(template, "AWS::CloudWatch::Alarm").map(([logicalId, { Properties }]) => [
      logicalId,
      resolved(Properties, template, place),
    ]),
  );

  test("watch widenings, heartbeats, errors, throttles and the queue, and tell the topic", () => {
    const topic = "arn:aws:sns:eu-central-1:123456789012:oidc-reconciler-prod-alerts";
    expect([...alarms.keys()].toSorted()).toEqual([
      "AuditErrors",
      "DiagnoseErrors",
      "FailureQueueNotEmpty",
      "NoHeartbeat",
      "ReconcileErrors",
      "ReconcileThrottles",
      "TrustWidened",
    ]);
    for (const [logicalId, alarm] of alarms) {
      expect(alarm, logicalId).toMatchObject({ AlarmActions: [topic] });
    }
  });

  test("take two periods without a heartbeat for a fault, and the first widening", () => {
    expect(alarms.get("NoHeartbeat")).toMatchObject({
      Namespace: "OidcReconciler",
      MetricName: "Heartbeat",
      Dimensions: [{ Name: "service", Value: "oidc-reconciler-prod" }],
      Period: 900,
      EvaluationPeriods: 2,
      ComparisonOperator: "LessThanThreshold",
      Threshold: 1,
      TreatMissingData: "breaching",
    });
    expect(alarms.get("TrustWidened")).toMatchObject({
      MetricName: "TrustWidenings",
      Dimensions: [{ Name: "service", Value: "oidc-reconciler-prod" }],
      EvaluationPeriods: 1,
      Threshold: 1,
      TreatMissingData: "notBreaching",
    });
  });

  test("and the dashboard name only metrics that the product writes", () => {
    const known = new Set([
      "TrustWidenings",
      "Heartbeat",
      "TimeToSafe",
      "DriftCorrections",
      "EnvironmentsNotReady",
    ]);
    const body = resolved(properties("Dashboard")["DashboardBody"], template, place);
    const dashboard: unknown = JSON.parse(String(body));
    if (!isRecord(dashboard) || !Array.isArray(dashboard["widgets"])) throw new Error("no widgets");
    const shown = [...JSON.stringify(dashboard).matchAll(/"OidcReconciler","([A-Za-z]+)"/g)];
    expect(new Set(shown.map(([, name = ""]) => name))).toEqual(known);
  });
});

test("the subscribers are those that were named", () => {
  const { alertEmail, alertUrl } = everyChoice.params;
  const subscribed = resourcesOfType(chosen, "AWS::SNS::Subscription");
  expect(resourcesOfType(template, "AWS::SNS::Subscription")).toEqual([]);
  expect(subscribed.map(([, { Properties }]) => Properties)).toEqual([
    { TopicArn: { Ref: "AlertTopic" }, Protocol: "email", Endpoint: alertEmail },
    { TopicArn: { Ref: "AlertTopic" }, Protocol: "https", Endpoint: alertUrl },
  ]);
});

test("what an installation chooses reaches the functions", () => {
  expect(functionEnvironment(chosen, "reconcile", place)).toMatchObject({
    OIDC_PARAMETER_PREFIX: "/team/oidc",
    OIDC_EVENT_BUS: "alerts",
  });
  expect(properties("ReconcileLogGroup", chosen)).toMatchObject({ RetentionInDays: 30 });
});
