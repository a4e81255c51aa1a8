import {
  EventBridgeClient,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
  type Target,
} from "@aws-sdk/client-eventbridge";
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Delivery, type Sandbox, startSandbox } from "../../../sandbox/index.ts";
import { connection, refusal } from "../connection.ts";
import { queueIn, queuePolicy } from "../sqs/queue-call.ts";

let sandbox: Sandbox;
let events: EventBridgeClient;
beforeEach(async () => {
  sandbox = await startSandbox();
  events = new EventBridgeClient(connection(sandbox));
  await events.send(new PutRuleCommand({ Name: "r", EventPattern: '{"source":["shop"]}' }));
});
afterEach(async () => {
  events.destroy();
  await sandbox.close();
});

const ruleArn = "arn:aws:events:us-east-1:123456789012:rule/r";
const letting = (arn: string, SourceArn = ruleArn) =>
  queuePolicy({
    Effect: "Allow",
    Principal: { Service: "events.amazonaws.com" },
    Action: "sqs:SendMessage",
    Resource: arn,
    Condition: { ArnEquals: { "aws:SourceArn": SourceArn } },
  });
/** A queue that EventBridge's rules may send to. */
async function openQueue(name: string, more: Readonly<Record<string, string>> = {}) {
  const queue = await queueIn(sandbox, name, more);
  await queue.set({ Policy: letting(queue.arn) });
  return queue;
}
const target = (...Targets: Target[]) => events.send(new PutTargetsCommand({ Rule: "r", Targets }));
const put = (Detail = '{"id":1}') =>
  events.send(new PutEventsCommand({ Entries: [{ Source: "shop", DetailType: "order", Detail }] }));
const lying = (arn: string) => sandbox.queues.messagesIn(arn).map(({ body }) => JSON.parse(body));

describe("a rule whose target is a queue", () => {
  it("sends the event as it is, and calls the listener too", async () => {
    const queue = await openQueue("work");
    const delivered: Delivery[] = [];
    sandbox.events.onDelivery((delivery) => delivered.push(delivery));
    await target({ Id: "1", Arn: queue.arn });
    const answer = await put();
    expect(lying(queue.arn)).toMatchObject([
      { id: answer.Entries?.[0]?.EventId, source: "shop", detail: { id: 1 } },
    ]);
    expect(delivered.map(({ event }) => event)).toEqual(lying(queue.arn));
  });

  it("sends what its input settings turn the event into", async () => {
    const queue = await openQueue("work");
    await target(
      { Id: "constant", Arn: queue.arn, Input: '{ "dryRun": true }' },
      { Id: "part", Arn: queue.arn, InputPath: "$.detail" },
      {
        Id: "text",
        Arn: queue.arn,
        InputTransformer: {
          InputPathsMap: { id: "$.detail.id" },
          InputTemplate: "order <id>",
        },
      },
    );
    await put();
    expect(sandbox.queues.messagesIn(queue.arn).map(({ body }) => body)).toEqual([
      '{ "dryRun": true }',
      '{"id":1}',
      "order 1",
    ]);
  });

  it("sends events to the group that it names, in order, for a function", async () => {
    const queue = await openQueue("work.fifo", { ContentBasedDeduplication: "true" });
    const arn = queue.arn;
    await refusal(target({ Id: "1", Arn: arn }), "ValidationException");
    await target({ Id: "1", Arn: arn, SqsParameters: { MessageGroupId: "one" } });
    for (const id of [1, 2, 3]) await put(`{"id":${id}}`);
    const taken: unknown[] = [];
    const batches = await sandbox.queues.deliver(arn, async ({ Records }) => {
      taken.push(...Records.map(({ body }) => JSON.parse(body).detail.id));
      expect(Records.map(({ attributes }) => attributes["MessageGroupId"])).toEqual(
        Records.map(() => "one"),
      );
    });
    expect([batches, taken]).toEqual([1, [1, 2, 3]]);
  });

  it("gets the changes of parameters like any other event", async () => {
    const queue = await openQueue("work");
    const ssm = new SSMClient(connection(sandbox));
    await events.send(new PutRuleCommand({ Name: "r", EventPattern: '{"source":["aws.ssm"]}' }));
    await target({ Id: "1", Arn: queue.arn });
    await ssm.send(new PutParameterCommand({ Name: "/a", Value: "x", Type: "String" }));
    expect(lying(queue.arn)).toMatchObject([{ detail: { operation: "Create", name: "/a" } }]);
    ssm.destroy();
  });
});

describe("the queue's policy", () => {
  it("has to allow EventBridge for that rule", async () => {
    const queue = await queueIn(sandbox, "work");
    await target({ Id: "1", Arn: queue.arn });
    await put();
    await queue.set({ Policy: letting(queue.arn, `${ruleArn}2`) });
    await put();
    expect(lying(queue.arn)).toEqual([]);
    await queue.set({ Policy: letting(queue.arn) });
    await put();
    expect(lying(queue.arn)).toHaveLength(1);
  });

  it("may deny every sender except the rules", async () => {
    const queue = await queueIn(sandbox, "work");
    const other = {
      Effect: "Deny",
      Principal: "*",
      Action: "sqs:SendMessage",
      Resource: queue.arn,
      Condition: { ArnNotEquals: { "aws:SourceArn": ruleArn } },
    };
    const statements: readonly object[] = JSON.parse(letting(queue.arn)).Statement;
    await queue.set({ Policy: queuePolicy(...statements, other) });
    await target({ Id: "1", Arn: queue.arn });
    await put();
    expect(lying(queue.arn)).toHaveLength(1);
    await refusal(queue.send('{"force":true}'), "AccessDeniedException");
    await events.send(new PutRuleCommand({ Name: "s", EventPattern: '{"source":["shop"]}' }));
    const Targets = [{ Id: "1", Arn: queue.arn }];
    await events.send(new PutTargetsCommand({ Rule: "s", Targets }));
    await put();
    expect(lying(queue.arn)).toHaveLength(2);
  });

  it("does not allow another queue or another service", async () => {
    const queue = await queueIn(sandbox, "work");
    await queue.set({ Policy: letting(`${queue.arn}2`) });
    await target({ Id: "1", Arn: queue.arn });
    await put();
    const policy = letting(queue.arn).replace("events.amazonaws.com", "sns.amazonaws.com");
    await queue.set({ Policy: policy });
    await put();
    expect(lying(queue.arn)).toEqual([]);
  });
});

describe("what cannot be delivered", () => {
  const elsewhere = "arn:aws:sqs:eu-west-1:123456789012:work";
  const missing = "arn:aws:sqs:us-east-1:123456789012:missing";

  it.each([
    ["there is no such queue", missing, "NO_RESOURCE"],
    ["the queue is in another Region", elsewhere, "NO_RESOURCE"],
  ])("goes to the target's dead-letter queue if %s", async (_, Arn, code) => {
    const dead = await openQueue("dead");
    // There is one of that name in the other Region, and it is open.
    const other = await queueIn(sandbox, "work", { Policy: letting(elsewhere) }, "eu-west-1");
    expect(other.arn).toBe(elsewhere);
    await target({ Id: "1", Arn, DeadLetterConfig: { Arn: dead.arn }, Input: '{"other":1}' });
    await put();
    // The event itself, not what the target would have got.
    expect(lying(dead.arn)).toMatchObject([{ source: "shop", detail: { id: 1 } }]);
    expect(sandbox.queues.messagesIn(dead.arn)[0]?.attributes).toMatchObject({
      RULE_ARN: { DataType: "String", StringValue: ruleArn },
      TARGET_ARN: { StringValue: Arn },
      ERROR_CODE: { StringValue: code },
    });
  });

  it("goes there if the queue does not allow the rule or does not accept the event", async () => {
    const dead = await openQueue("dead");
    const closed = await queueIn(sandbox, "closed");
    const fifo = await openQueue("bare.fifo");
    const DeadLetterConfig = { Arn: dead.arn };
    const SqsParameters = { MessageGroupId: "g" };
    await target(
      { Id: "1", Arn: closed.arn, DeadLetterConfig },
      // Without content-based deduplication a FIFO queue refuses what EventBridge sends.
      { Id: "2", Arn: fifo.arn, DeadLetterConfig, SqsParameters },
    );
    await put();
    const codes = sandbox.queues.messagesIn(dead.arn).map(({ attributes }) => attributes);
    expect(codes).toMatchObject([
      { ERROR_CODE: { StringValue: "NO_PERMISSIONS" } },
      { ERROR_CODE: { StringValue: "INVALID_PARAMETER" } },
    ]);
  });

  it("is lost without a dead-letter queue, or if that does not accept it either", async () => {
    const dead = await queueIn(sandbox, "dead");
    await target(
      { Id: "1", Arn: missing },
      { Id: "2", Arn: missing, DeadLetterConfig: { Arn: dead.arn } },
    );
    expect((await put()).FailedEntryCount).toBe(0);
    expect(lying(dead.arn)).toEqual([]);
  });
});
