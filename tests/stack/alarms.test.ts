import { describe, expect, test } from "vitest";
import { chosenTemplate, everyChoice, leanInFolder, packagedTemplate } from "./package.ts";
import { isRecord, resolved, resourceOf, resourcesOfType } from "./template.ts";

const place = { account: "123456789012", region: "eu-central-1" };
const template = packagedTemplate();
const chosen = packagedTemplate(everyChoice);

type Fields = Readonly<Record<string, unknown>>;

function alarmsOf(from: typeof template): ReadonlyMap<string, Fields> {
  return new Map(
    resourcesOfType(from, "AWS::CloudWatch::Alarm").map(([logicalId, { Properties }]) => {
      const alarm = resolved(Properties, from, place);
      if (!isRecord(alarm)) throw new Error(`${logicalId} has no properties.`);
      return [logicalId, alarm];
    }),
  );
}

const alarms = alarmsOf(template);
const ours = {
  Namespace: "OidcReconciler",
  Dimensions: [{ Name: "service", Value: "oidc-reconciler-prod" }],
};

describe("lean monitoring", () => {
  const lean = packagedTemplate(leanInFolder);

  test("has one alarm, over what Lambda takes off the queue when a run has ended", () => {
    const alarms = alarmsOf(lean);
    expect([...alarms.keys()]).toEqual(["NoHeartbeat"]);
    expect(alarms.get("NoHeartbeat")).toMatchObject({
      Namespace: "AWS/SQS",
      MetricName: "NumberOfMessagesDeleted",
      Dimensions: [{ Name: "QueueName", Value: "oidc-reconciler-prod-events.fifo" }],
      TreatMissingData: "breaching",
    });
  });

  test("has no dashboard, and everything else", () => {
    const left = (from: typeof template) =>
      Object.entries(from.Resources)
        .filter(([, { Type }]) => !Type.startsWith("AWS::CloudWatch::"))
        .map(([name]) => name);
    expect(resourcesOfType(lean, "AWS::CloudWatch::Dashboard")).toEqual([]);
    expect(left(lean)).toEqual(left(template));
  });
});

describe("the alarms", () => {
  test("are these, and report a topic of their own, not the one whose failure they report", () => {
    const topic = "arn:aws:sns:eu-central-1:123456789012:oidc-reconciler-prod-alarms";
    expect([...alarms.keys()].toSorted()).toEqual([
      "AlertsUndelivered",
      "AuditErrors",
      "DiagnoseErrors",
      "EventsFailed",
      "EventsWait",
      "FailureQueueNotEmpty",
      "NoHeartbeat",
      "PermissionsWidened",
      "ReconcileErrors",
      "ReconcileThrottles",
      "RefusalsFailed",
      "RunErrors",
      "StaysNotReady",
      "TrustWidened",
      "VersionsStayHeld",
    ]);
    for (const [logicalId, alarm] of alarms) {
      expect(alarm, logicalId).toMatchObject({ AlarmActions: [topic] });
    }
    const alertTopic = resourceOf(template, "AlertTopic").Properties["TopicName"];
    expect(topic).not.toContain(String(alertTopic));
  });

  test("take two periods without a heartbeat for a fault", () => {
    expect(alarms.get("NoHeartbeat")).toMatchObject({
      ...ours,
      MetricName: "Heartbeat",
      Period: 900,
      EvaluationPeriods: 2,
      ComparisonOperator: "LessThanThreshold",
      Threshold: 1,
      TreatMissingData: "breaching",
    });
    expect(alarmsOf(chosen).get("NoHeartbeat")).toMatchObject({ Period: 3_600 });
  });

  test.each([
    ["TrustWidened", "TrustWidenings"],
    ["PermissionsWidened", "PermissionWidenings"],
  ])("ring at the first: %s", (logicalId, MetricName) => {
    expect(alarms.get(logicalId)).toMatchObject({
      ...ours,
      MetricName,
      Statistic: "Sum",
      EvaluationPeriods: 1,
      Threshold: 1,
      TreatMissingData: "notBreaching",
    });
  });

  test.each([
    ["RunErrors", "RunErrors"],
    ["AlertsUndelivered", "AlertsUndelivered"],
    ["ReconcileErrors", "Errors"],
  ])(
    "stay while each run has the same fault, instead of ringing again: %s",
    (logicalId, metric) => {
      const steady = {
        MetricName: metric,
        Statistic: "Sum",
        EvaluationPeriods: 2,
        DatapointsToAlarm: 1,
      };
      expect(alarms.get(logicalId)).toMatchObject({ ...steady, Period: 900, Threshold: 1 });
      expect(alarmsOf(chosen).get(logicalId)).toMatchObject({ ...steady, Period: 3_600 });
    },
  );

  test.each([
    ["VersionsStayHeld", "VersionsHeld"],
    ["StaysNotReady", "EnvironmentsNotReady"],
  ])("leave a person a day: %s", (logicalId, MetricName) => {
    const alarm = alarms.get(logicalId) ?? {};
    expect(alarm).toMatchObject({ ...ours, MetricName, Statistic: "Minimum", Threshold: 1 });
    expect(Number(alarm["Period"]) * Number(alarm["EvaluationPeriods"])).toBe(86_400);
  });

  test("watch the queue: what waits, what three runs gave up, what was not handed over", () => {
    const queue = (name: string) => [{ Name: "QueueName", Value: `oidc-reconciler-prod-${name}` }];
    expect(alarms.get("EventsWait")).toMatchObject({
      Namespace: "AWS/SQS",
      MetricName: "ApproximateAgeOfOldestMessage",
      Dimensions: queue("events.fifo"),
      Statistic: "Maximum",
      Threshold: 1_200,
    });
    for (const [logicalId, name] of [
      ["EventsFailed", "events-failures.fifo"],
      ["FailureQueueNotEmpty", "failures"],
      ["RefusalsFailed", "refused-failures"],
    ] as const) {
      expect(alarms.get(logicalId)).toMatchObject({
        MetricName: "ApproximateNumberOfMessagesVisible",
        Dimensions: queue(name),
        Threshold: 1,
      });
    }
  });

  test("ring before the queue forgets an event, and not for a run that only takes its time", () => {
    const { VisibilityTimeout, MessageRetentionPeriod } = resourceOf(
      template,
      "EventQueue",
    ).Properties;
    const limit = Number(alarms.get("EventsWait")?.["Threshold"]);
    expect(limit).toBeGreaterThan(Number(VisibilityTimeout));
    expect(limit).toBeLessThan(Number(MessageRetentionPeriod));
  });

  test("look back no longer than CloudWatch does: a day", () => {
    for (const from of [template, chosen, chosenTemplate({ params: { scheduleMinutes: "720" } })]) {
      for (const [logicalId, alarm] of alarmsOf(from)) {
        const seconds = Number(alarm["Period"]) * Number(alarm["EvaluationPeriods"]);
        expect(seconds, logicalId).toBeLessThanOrEqual(86_400);
      }
    }
  });

  test("of throttles wait where throttles are how runs wait for each other", () => {
    expect(alarms.get("ReconcileThrottles")).toMatchObject({ EvaluationPeriods: 1 });
    expect(alarmsOf(chosen).get("ReconcileThrottles")).toMatchObject({ EvaluationPeriods: 3 });
  });
});

test("the dashboard shows every metric that the product writes, and no other", () => {
  const body = resolved(
    resourceOf(template, "Dashboard").Properties["DashboardBody"],
    template,
    place,
  );
  const dashboard: unknown = JSON.parse(String(body));
  if (!isRecord(dashboard) || !Array.isArray(dashboard["widgets"])) throw new Error("no widgets");
  const shown = [...JSON.stringify(dashboard).matchAll(/"OidcReconciler","([A-Za-z]+)"/g)];
  expect(new Set(shown.map(([, name = ""]) => name))).toEqual(
    new Set([
      "TrustWidenings",
      "PermissionWidenings",
      "VersionsHeld",
      "EnvironmentsNotReady",
      "DriftCorrections",
      "JobsRefused",
      "StrangersRefused",
      "RunErrors",
      "AlertsUndelivered",
      "Heartbeat",
      "TimeToSafe",
    ]),
  );
});
