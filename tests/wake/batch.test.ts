import { describe, expect, test } from "vitest";
import { type Wake, wakeOf } from "../../shared/wake/index.ts";
import { type SampleEvent, sampleEvent, sampleNames, withDetail } from "./sample.ts";

const prefix = "/oidc-reconciler";
const account = "123456789012";
const role = { kind: "role", account, name: "CircleCI-OIDC-Role" };
const production = { kind: "named", account, environments: ["production"] };

/** A message of the queue as Lambda hands it over. */
function message(body: unknown, messageId = "m-1"): Readonly<Record<string, unknown>> {
  return {
    messageId,
    receiptHandle: "AQEB",
    body: typeof body === "string" ? body : JSON.stringify(body),
    attributes: { MessageGroupId: "reconcile", ApproximateReceiveCount: "1" },
    messageAttributes: {},
    eventSource: "aws:sqs",
    eventSourceARN: "arn:aws:sqs:us-east-1:123456789012:oidc-reconciler-events.fifo",
    awsRegion: "us-east-1",
  };
}

function wakeByRecords(...records: readonly unknown[]): Wake {
  const wake = wakeOf({ Records: records }, prefix);
  if (wake.kind === "refused") throw new Error(wake.error.message);
  return wake;
}

const wakeByBatch = (...bodies: readonly unknown[]): Wake =>
  wakeByRecords(...bodies.map((body, index) => message(body, `m-${index + 1}`)));

/** The event once more, of another call, so that it does not pass for the same one twice. */
function again(event: SampleEvent, detail: Readonly<Record<string, unknown>> = {}): SampleEvent {
  const id = `again ${JSON.stringify(detail)}`;
  const parameterEvent = event["detail-type"] === "Parameter Store Change";
  return { ...withDetail(event, parameterEvent ? detail : { ...detail, eventID: id }), id };
}

describe("a batch of one message", () => {
  test("is what its event is, but for where it came from", () => {
    for (const name of sampleNames) {
      const bare = wakeOf(sampleEvent(name), prefix);
      expect(wakeByBatch(sampleEvent(name)), name).toEqual({ ...bare, source: "queue" });
    }
  });

  test("of an event of another account looks there and not here", () => {
    const { scopes } = wakeByBatch(
      withDetail(sampleEvent("iam-update-trust"), { recipientAccountId: "210987654321" }),
    );
    expect(scopes).toEqual([{ ...role, account: "210987654321" }]);
  });
});

describe("a batch of several messages", () => {
  test("looks at each place once, and knows each cause", () => {
    const trust = sampleEvent("iam-update-trust");
    const lowerCase = again(trust, { requestParameters: { roleName: "circleci-oidc-role" } });
    const wake = wakeByBatch(trust, lowerCase, again(trust), sampleEvent("ecr-create-repository"));
    expect(wake).toMatchObject({
      source: "queue",
      trigger: "iam",
      scopes: [
        role,
        { kind: "target", region: "us-east-1", target: { repository: "demo-backend" } },
      ],
      ignored: null,
      errors: [],
    });
    expect(wake.calls.map(({ eventName }) => eventName)).toEqual([
      "UpdateAssumeRolePolicy",
      "UpdateAssumeRolePolicy",
      "UpdateAssumeRolePolicy",
      "CreateRepository",
    ]);
  });

  test("gathers the environments that documents name", () => {
    const staging = { name: `${prefix}/environments/staging` };
    const wake = wakeByBatch(
      sampleEvent("parameter-update"),
      again(sampleEvent("parameter-update"), staging),
      sampleEvent("parameter-label"),
    );
    expect(wake.scopes).toEqual([{ ...production, environments: ["production", "staging"] }]);
  });

  test("takes an event that came twice for one", () => {
    const event = sampleEvent("ssm-status-by-another");
    const wake = wakeByBatch(event, event, { ...event, id: "another-delivery" });
    expect([wake.scopes.length, wake.calls.length, wake.writes.length]).toEqual([1, 1, 1]);
  });

  test("looks at everything where one of them is the schedule", () => {
    const wake = wakeByBatch(sampleEvent("iam-update-trust"), sampleEvent("schedule"));
    expect(wake).toMatchObject({ trigger: "schedule", scopes: [{ kind: "every" }] });
    expect(wake.calls).toHaveLength(1);
  });

  test.each([
    ["schedule", ["ecr-create-repository", "iam-update-trust", "parameter-update", "schedule"]],
    ["parameter", ["ecr-create-repository", "iam-update-trust", "parameter-update"]],
    ["iam", ["ecr-create-repository", "iam-update-trust"]],
    ["target", ["ecr-create-repository"]],
    // These look nowhere, however wide their triggers are.
    ["target", ["parameter-status", "iam-create-user", "ecr-create-repository"]],
    ["parameter", ["parameter-status", "iam-create-user"]],
  ])("has the trigger %s of %j", (trigger, names) => {
    for (const order of [names, names.toReversed()]) {
      expect(wakeByBatch(...order.map(sampleEvent)).trigger).toBe(trigger);
    }
  });

  test("names no cause of a call that failed: it opened no door", () => {
    const wake = wakeByBatch(sampleEvent("iam-failed"), sampleEvent("iam-attach-by-user"));
    expect(wake.calls.map(({ actor }) => actor)).toEqual(["arn:aws:iam::123456789012:user/bob"]);
  });
});

describe("a batch is ignored with one sentence when", () => {
  const sentence = expect.stringMatching(/^[A-Z][^.]*\S.*\.$/);

  test("it is empty", () => {
    expect(wakeByBatch()).toEqual({
      kind: "wake",
      source: "queue",
      trigger: "manual",
      dryRun: false,
      force: false,
      scopes: [],
      calls: [],
      writes: [],
      ignored: "The batch holds no message.",
      errors: [],
    });
  });

  test("all of it says the same", () => {
    const event = sampleEvent("iam-failed");
    expect(wakeByBatch(event, again(event)).ignored).toBe(wakeByBatch(event).ignored);
  });

  test("all of it looks nowhere, for several reasons", () => {
    const wake = wakeByBatch(sampleEvent("iam-failed"), sampleEvent("ecs-task"));
    expect(wake).toMatchObject({ scopes: [], calls: [], ignored: sentence, errors: [] });
    expect(wake.ignored).toMatch(/^None of 2 events .*; the first: the call \w+ failed/);
  });

  test("none of it could be read, which is also an error", () => {
    expect(wakeByBatch("x", "y")).toMatchObject({
      scopes: [],
      ignored: "No message of the batch could be read.",
      errors: [{ code: "BadMessage" }, { code: "BadMessage" }],
    });
  });
});

describe("a bad message is an error, and the others count:", () => {
  const bad: readonly (readonly [string, unknown])[] = [
    ["a payload by hand: dry run", message({ dryRun: true })],
    ["a payload by hand: force", message({ environments: ["production"], force: true })],
    ["an empty payload", message({})],
    ["a batch within the batch", message({ Records: [message(sampleEvent("schedule"))] })],
    ["no JSON", message("{")],
    ["an empty body", message("")],
    ["a text", message('"production"')],
    ["a list", message([sampleEvent("schedule")])],
    ["null", message("null")],
    ["a source alone", message({ source: "aws.events" })],
    ["a source that is not text", message({ source: ["aws.events"], "detail-type": "x" })],
    ["endless nesting", message("[".repeat(200_000))],
    ["a body that is an object", { ...message("{}"), body: sampleEvent("schedule") }],
    ["no body", { messageId: "m-1", eventSource: "aws:sqs" }],
    ["another source", { ...message(sampleEvent("schedule")), eventSource: "aws:sns" }],
    ["a record that is a text", "m-1"],
    ["a record that is null", null],
  ];

  test.each(bad)("%s", (_, record) => {
    const wake = wakeByRecords(record, message(sampleEvent("iam-update-trust"), "m-2"));
    expect(wake).toMatchObject({ trigger: "iam", scopes: [role], ignored: null });
    expect([wake.force, wake.dryRun]).toEqual([false, false]);
    expect(wake.errors).toEqual([
      { code: "BadMessage", message: expect.stringMatching(/^(The message m-1|A message) .*\.$/) },
    ]);
    expect(wake.errors[0]?.message.length).toBeLessThan(200);
  });

  test("whose id could forge a line of the log is not quoted", () => {
    const [error] = wakeByRecords(message("{", "m\nFATAL")).errors;
    expect(error?.message).toBe("A message without an id has a body that is not JSON.");
  });
});

test("an event of the queue never dry-runs and never forces, whatever it says beside", () => {
  const dressed = { ...sampleEvent("schedule"), force: true, dryRun: true };
  expect(wakeByBatch(dressed)).toMatchObject({ trigger: "schedule", force: false, dryRun: false });
});
