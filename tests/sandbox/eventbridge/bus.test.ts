import {
  CreateEventBusCommand,
  DeleteRuleCommand,
  DescribeRuleCommand,
  DisableRuleCommand,
  EventBridgeClient,
  ListRulesCommand,
  ListTargetsByRuleCommand,
  PutEventsCommand,
  type PutEventsRequestEntry,
  PutRuleCommand,
  type PutRuleCommandInput,
  PutTargetsCommand,
  RemoveTargetsCommand,
  type Target,
} from "@aws-sdk/client-eventbridge";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  type Delivery,
  type EventBridgeEvent,
  type Sandbox,
  startSandbox,
} from "../../../sandbox/index.ts";
import { connection, refusal } from "../connection.ts";

let sandbox: Sandbox;
let events: EventBridgeClient;
let arrived: EventBridgeEvent[];
let delivered: Delivery[];

beforeEach(async () => {
  sandbox = await startSandbox();
  events = new EventBridgeClient(connection(sandbox));
  arrived = [];
  delivered = [];
  sandbox.events.onEvent((event) => arrived.push(event));
  sandbox.events.onDelivery((delivery) => delivered.push(delivery));
});
afterEach(async () => {
  events.destroy();
  await sandbox.close();
});

const entry = (more: Partial<PutEventsRequestEntry> = {}): PutEventsRequestEntry => ({
  Source: "shop",
  DetailType: "order",
  Detail: '{"id":1}',
  ...more,
});
const put = (...Entries: PutEventsRequestEntry[]) => events.send(new PutEventsCommand({ Entries }));
const rule = (input: Partial<PutRuleCommandInput> = {}) =>
  events.send(new PutRuleCommand({ Name: "r", EventPattern: '{"source":["shop"]}', ...input }));
const target = (...Targets: Target[]) => events.send(new PutTargetsCommand({ Rule: "r", Targets }));
const lambda = "arn:aws:lambda:us-east-1:123456789012:function:f";

describe("PutEvents", () => {
  test("sends an event to the default bus", async () => {
    const answer = await put(
      entry({ Resources: ["arn:x"], Time: new Date("2026-01-02T03:04:05Z") }),
    );
    expect(answer.FailedEntryCount).toBe(0);
    expect(arrived).toEqual([
      {
        version: "0",
        id: answer.Entries?.[0]?.EventId,
        "detail-type": "order",
        source: "shop",
        account: "123456789012",
        time: "2026-01-02T03:04:05Z",
        region: "us-east-1",
        resources: ["arn:x"],
        detail: { id: 1 },
      },
    ]);
  });

  test("succeeds as a call if entries fail, and sends the others", async () => {
    const answer = await put(
      entry(),
      entry({ Source: undefined }),
      entry({ DetailType: undefined }),
      entry({ Detail: undefined }),
      entry({ Detail: "no JSON" }),
      entry({ Detail: "[1]" }),
      entry({ Source: "aws.iam" }),
      entry({ DetailType: "x".repeat(129) }),
      entry({ Detail: '{"id":2}' }),
    );
    expect(answer.FailedEntryCount).toBe(7);
    expect(answer.Entries?.map(({ ErrorCode }) => ErrorCode ?? "ok")).toEqual([
      "ok",
      "InvalidArgument",
      "InvalidArgument",
      "InvalidArgument",
      "MalformedDetail",
      "MalformedDetail",
      "NotAuthorizedForSourceException",
      "InvalidArgument",
      "ok",
    ]);
    expect(arrived.map(({ detail }) => detail)).toEqual([{ id: 1 }, { id: 2 }]);
  });

  test("accepts ten entries, not eleven, and a megabyte, not more", async () => {
    await put(...Array.from({ length: 10 }, () => entry()));
    await refusal(put(...Array.from({ length: 11 }, () => entry())), "ValidationException");
    const large = entry({ Detail: JSON.stringify({ a: "x".repeat(1_100_000) }) });
    await refusal(put(large), "ValidationException");
  });

  test("to a bus that does not exist succeeds, and the event is lost", async () => {
    const answer = await put(entry({ EventBusName: "nowhere" }));
    expect(answer.FailedEntryCount).toBe(0);
    expect(answer.Entries?.[0]?.EventId).toBeDefined();
    expect(arrived).toEqual([]);
  });

  test("to another bus does not reach the default bus", async () => {
    const bus = await events.send(new CreateEventBusCommand({ Name: "own" }));
    await rule({ EventBusName: "own" });
    const Targets = [{ Id: "1", Arn: lambda }];
    await events.send(new PutTargetsCommand({ Rule: "r", EventBusName: "own", Targets }));
    await put(entry({ EventBusName: "own" }), entry({ EventBusName: bus.EventBusArn }));
    expect(arrived).toEqual([]);
    expect(delivered).toHaveLength(2);
  });
});

describe("a rule", () => {
  test("sends matching events to its targets, and no others", async () => {
    await rule();
    await target({ Id: "1", Arn: lambda }, { Id: "2", Arn: `${lambda}2` });
    await put(entry(), entry({ Source: "other" }));
    expect(delivered.map(({ target: { Arn } }) => Arn)).toEqual([lambda, `${lambda}2`]);
    expect(delivered[0]?.input).toEqual(arrived[0]);
  });

  test("sends a target the input that it asks for", async () => {
    await rule();
    await target(
      { Id: "constant", Arn: lambda, Input: '{"dryRun":true}' },
      { Id: "part", Arn: lambda, InputPath: "$.detail.id" },
      {
        Id: "transformed",
        Arn: lambda,
        InputTransformer: {
          InputPathsMap: { order: "$.detail.id", from: "$.source" },
          InputTemplate: '{"order": <order>, "text": "from <from>", "from": "<from>"}',
        },
      },
    );
    await put(entry());
    expect(delivered.map(({ input }) => input)).toEqual([
      { dryRun: true },
      1,
      { order: 1, text: "from shop", from: "shop" },
    ]);
  });

  test("that is disabled sends nothing, and keeps its targets when it is put again", async () => {
    await rule();
    await target({ Id: "1", Arn: lambda });
    await events.send(new DisableRuleCommand({ Name: "r" }));
    await put(entry());
    expect(delivered).toEqual([]);
    await rule({ Description: "again" });
    await put(entry());
    expect(delivered).toHaveLength(1);
    const described = await events.send(new DescribeRuleCommand({ Name: "r" }));
    expect(described).toMatchObject({
      Name: "r",
      Arn: "arn:aws:events:us-east-1:123456789012:rule/r",
      State: "ENABLED",
      Description: "again",
      EventBusName: "default",
    });
  });

  test("forwards to a bus of another Region, and the event keeps its own Region", async () => {
    const home = new EventBridgeClient(connection(sandbox, { region: "eu-west-1" }));
    await home.send(new PutRuleCommand({ Name: "h", EventPattern: '{"region":["us-east-1"]}' }));
    await home.send(new PutTargetsCommand({ Rule: "h", Targets: [{ Id: "1", Arn: lambda }] }));
    await rule();
    await target({ Id: "1", Arn: "arn:aws:events:eu-west-1:123456789012:event-bus/default" });
    const places: string[] = [];
    sandbox.events.onEvent((_, { region }) => places.push(region));
    await put(entry());
    expect(places).toEqual(["us-east-1", "eu-west-1"]);
    expect(delivered.map(({ event }) => event.region)).toEqual(["us-east-1"]);
    home.destroy();
  });

  test("that forwards to its own bus comes to an end", async () => {
    await rule();
    await target({ Id: "1", Arn: "arn:aws:events:us-east-1:123456789012:event-bus/default" });
    await put(entry());
    expect(arrived.length).toBeLessThan(10);
  });

  test("is refused with a bad pattern, a bad schedule, or neither", async () => {
    await refusal(rule({ EventPattern: '{"source":"shop"}' }), "InvalidEventPatternException");
    const long = JSON.stringify({ source: ["x".repeat(2048)] });
    await refusal(rule({ EventPattern: long }), "LimitExceededException");
    await refusal(rule({ EventPattern: undefined }), "ValidationException");
    const schedule = (ScheduleExpression: string) =>
      rule({ EventPattern: undefined, ScheduleExpression });
    await refusal(schedule("rate(1 minutes)"), "ValidationException");
    await refusal(schedule("rate(5 minute)"), "ValidationException");
    await schedule("rate(5 minutes)");
    await schedule("cron(0 12 * * ? *)");
  });

  test("has at most five targets and cannot be deleted while it has any", async () => {
    await rule();
    const ids = ["1", "2", "3", "4", "5"];
    await target(...ids.map((Id) => ({ Id, Arn: lambda })));
    await refusal(target({ Id: "6", Arn: lambda }), "LimitExceededException");
    const remove = new DeleteRuleCommand({ Name: "r" });
    await refusal(events.send(remove), "ValidationException");
    await events.send(new RemoveTargetsCommand({ Rule: "r", Ids: ids }));
    const targets = await events.send(new ListTargetsByRuleCommand({ Rule: "r" }));
    expect(targets.Targets).toEqual([]);
    await events.send(remove);
    const rules = await events.send(new ListRulesCommand({}));
    expect(rules.Rules).toEqual([]);
    const gone = events.send(new DescribeRuleCommand({ Name: "r" }));
    await refusal(gone, "ResourceNotFoundException");
  });
});

describe("a listener", () => {
  test("that throws stops neither the call nor the listeners after it", async () => {
    const errors: unknown[] = [];
    const log = console.error;
    console.error = (...words: unknown[]) => errors.push(words);
    const stop = sandbox.events.onEvent(() => {
      throw new Error("a listener's own");
    });
    const after: EventBridgeEvent[] = [];
    sandbox.events.onEvent((event) => after.push(event));
    await put(entry());
    console.error = log;
    stop();
    expect(after).toHaveLength(1);
    expect(errors).toHaveLength(1);
  });
});
