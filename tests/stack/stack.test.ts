import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { bundleFiles, everyChoice, packagedTemplate, packageStack } from "./package.ts";
import { functionEnvironment, resolved, resourceOf, resourcesOfType } from "./template.ts";
import { zipEntries } from "./zip.ts";

const place = { account: "123456789012", region: "eu-central-1" };
// Afresh, whatever other tests have packaged before: this is about packaging itself.
const packaged = packageStack();
const { template } = packaged;
const chosen = packagedTemplate(everyChoice);
afterAll(packaged.dispose);

const functions = ["reconcile", "audit", "diagnose"] as const;

const require = createRequire(import.meta.url);
const choices = require("../../stack/choices.cjs");

const arnOfQueues = "arn:aws:sqs:eu-central-1:123456789012:oidc-reconciler-prod";

/** What loop and audit must know: the choices of an installation that made none. */
const installation = {
  OIDC_FIRST_DOCUMENT: "hold",
  OIDC_ORGANIZATIONS: "",
  OIDC_PERMISSIONS_BOUNDARY: "",
  OIDC_ROLE_NAMES: "CircleCI-*",
  OIDC_POLICY_NAMES: "CircleCI-*",
  OIDC_SCHEDULE_MINUTES: "15",
};

function properties(logicalId: string, from = template): Readonly<Record<string, unknown>> {
  return resourceOf(from, logicalId).Properties;
}

describe("packaging", () => {
  test("puts each function's bundle into an archive of its own, whole, and nothing else", () => {
    const files = readdirSync(join(packaged.folder, ".serverless"));
    expect(files.filter((file) => file.endsWith(".zip")).toSorted()).toEqual([
      "audit.zip",
      "diagnose.zip",
      "reconcile.zip",
    ]);
    for (const name of functions) {
      const archive = readFileSync(join(packaged.folder, `.serverless/${name}.zip`));
      expect(zipEntries(archive).toSorted()).toEqual(bundleFiles(name).toSorted());
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

  test.each([
    ["monitoring", "some", "monitoring must be full or lean"],
    ["heartbeat", "", "monitoring must be full or lean"],
    ["refusals", "perhaps", "refusedJobs must be alert or ignore"],
  ])("refuses a word for %s that is not a choice: %s", async (part, value, sentence) => {
    await expect(choices[part]({ resolveVariable: async () => value })).rejects.toThrow(sentence);
  });

  const defaults = {
    "self:service": "oidc-reconciler",
    "sls:stage": "prod",
    "param:roleNames": "CircleCI-*",
    "param:policyNames": "CircleCI-*",
    "param:permissionsBoundary": "",
    "param:firstDocument": "hold",
    "param:organizations": "",
    "param:scheduleMinutes": "15",
    "param:parameterPrefix": "/oidc-reconciler",
    "param:eventBus": "default",
  };

  const boundary = "arn:aws:iam::123456789012:policy/ci-boundary";

  test.each<[string, Partial<typeof defaults>, RegExp]>([
    ["a stage that makes names too long", { "sls:stage": "s".repeat(39) }, /1 too long.*64/],
    ["another word for the first document", { "param:firstDocument": "yes" }, /hold or apply.*yes/],
    ["an organisation that is not a UUID", { "param:organizations": "acme" }, /UUIDs.*"acme"/],
    [
      "a list with a hole",
      { "param:organizations": "11111111-2222-4333-8444-555555555555,," },
      /UUIDs.*""/,
    ],
    [
      "more organisations than a policy holds",
      {
        "param:organizations": Array.from(
          { length: 21 },
          (_, i) => `11111111-2222-4333-8444-${String(i).padStart(12, "0")}`,
        ).join(","),
      },
      /lists 21 ids.*at most 20/,
    ],
    [
      "a boundary that is not an ARN",
      { "param:permissionsBoundary": "ci" },
      /ARN of a policy.*"ci"/,
    ],
    [
      "a boundary that the function may rewrite",
      { "param:permissionsBoundary": boundary.replace("ci-", "circleci-") },
      /circleci-boundary.*policyNames \(CircleCI-\*\)/,
    ],
    [
      "any boundary where every policy is the function's",
      { "param:permissionsBoundary": boundary, "param:policyNames": "*" },
      /policyNames \(\*\)/,
    ],
    ["a whole ARN for names", { "param:roleNames": "arn:aws:iam::1:role/x" }, /roleNames must be/],
    ["a prefix without its slash", { "param:parameterPrefix": "oidc" }, /parameterPrefix.*"oidc"/],
    ["a prefix that ends with one", { "param:parameterPrefix": "/oidc/" }, /without a slash at/],
    ["a prefix too long", { "param:parameterPrefix": `/${"p".repeat(46)}` }, /46 char.*not 47/],
    ["a prefix that is everybody's", { "param:parameterPrefix": "/*" }, /parameterPrefix.*"\/\*"/],
    ["every bus", { "param:eventBus": "*" }, /eventBus must be the name of a bus.*"\*"/],
    ["names that begin with a slash", { "param:roleNames": "/ci/x" }, /roleNames must be/],
    ["policies in a folder", { "param:policyNames": "ci/x-*" }, /policyNames.*"ci\/x-\*"/],
  ])("refuses %s, in one sentence", async (_, bad, sentence) => {
    const values: Readonly<Record<string, string>> = { ...defaults, ...bad };
    const variables = { resolveVariable: async (name: string) => values[name] };
    const made = async () => [await choices.name(variables), await choices.installation(variables)];
    await expect(made()).rejects.toThrow(sentence);
    await expect(made()).rejects.toThrow(/^[^.]+(\.[^ .][^.]*)*\.$/);
  });

  test.each([
    ["the longest stage", { "sls:stage": "s".repeat(38) }],
    ["a boundary of its own name", { "param:permissionsBoundary": boundary }],
    ["a policy of AWS", { "param:permissionsBoundary": "arn:aws:iam::aws:policy/PowerUserAccess" }],
  ])("takes %s", async (_, good) => {
    const values: Readonly<Record<string, string>> = { ...defaults, ...good };
    const variables = { resolveVariable: async (name: string) => values[name] };
    expect(await choices.name(variables)).toMatch(/^oidc-reconciler-/);
    expect(await choices.installation(variables)).toMatchObject({ OIDC_SCHEDULE_MINUTES: "15" });
  });

  test("passes the linter for CloudFormation templates, where it is installed", () => {
    const file = join(packaged.folder, "template.json");
    writeFileSync(file, JSON.stringify(template));
    const plain = ["forwarding", "boundary"].map((name) =>
      fileURLToPath(new URL(`../../stack/${name}.yml`, import.meta.url)),
    );
    // W3005: osls itself names each role once more than it needs to.
    const lint = spawnSync("cfn-lint", ["--ignore-checks", "W3005", "--", file, ...plain], {
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
      POWERTOOLS_METRICS_DISABLED: "false",
      POWERTOOLS_LOG_LEVEL: "INFO",
      MALLOC_ARENA_MAX: "1",
      ...(name === "diagnose" ? {} : installation),
      ...(name === "audit" ? { OIDC_REPORT_BUCKET: "" } : {}),
    });
  });

  test("keep their logs for a while", () => {
    const logs = resourcesOfType(template, "AWS::Logs::LogGroup");
    expect(logs).toHaveLength(functions.length);
    for (const [, group] of logs) expect(group.Properties["RetentionInDays"]).toBe(400);
  });

  test("hand over what they could not handle, but for diagnose, whose payload may hold a token", () => {
    const handed = resourcesOfType(template, "AWS::Lambda::EventInvokeConfig").map(
      ([, { Properties }]) => [
        resolved(Properties["FunctionName"], template, place),
        resolved(Properties["DestinationConfig"], template, place),
      ],
    );
    const toQueue = { OnFailure: { Destination: `${arnOfQueues}-failures` } };
    expect(handed).toEqual([
      ["oidc-reconciler-prod-reconcile", toQueue],
      ["oidc-reconciler-prod-audit", toQueue],
      ["oidc-reconciler-prod-diagnose", {}],
    ]);
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
      minutes: "1",
    });
  });
});

test("the subscribers of both topics are those that were named", () => {
  const { alertEmail, alertUrl } = everyChoice.params;
  const subscribed = resourcesOfType(chosen, "AWS::SNS::Subscription");
  expect(resourcesOfType(template, "AWS::SNS::Subscription")).toEqual([]);
  expect(subscribed.map(([, { Properties }]) => Properties)).toEqual(
    ["AlertTopic", "AlarmTopic"].flatMap((topic) => [
      { TopicArn: { Ref: topic }, Protocol: "email", Endpoint: alertEmail },
      { TopicArn: { Ref: topic }, Protocol: "https", Endpoint: alertUrl },
    ]),
  );
});

test("what an installation chooses reaches the functions", () => {
  expect(functionEnvironment(chosen, "reconcile", place)).toMatchObject({
    OIDC_PARAMETER_PREFIX: "/team/oidc",
    OIDC_EVENT_BUS: "alerts",
    OIDC_FIRST_DOCUMENT: "apply",
    OIDC_ORGANIZATIONS: "11111111-2222-4333-8444-555555555555,aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee",
    OIDC_PERMISSIONS_BOUNDARY: "arn:aws:iam::123456789012:policy/ci-boundary",
    OIDC_SCHEDULE_MINUTES: "60",
  });
  expect(functionEnvironment(chosen, "audit", place)).toMatchObject({
    OIDC_REPORT_BUCKET: "shop-reports",
  });
  expect(properties("ReconcileLogGroup", chosen)).toMatchObject({ RetentionInDays: 30 });
});
