import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Sandbox, startSandbox } from "../../../sandbox/index.ts";
import { refusal } from "../connection.ts";
import { queueCall, queueIn, queuePolicy, redriveTo } from "./queue-call.ts";

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await startSandbox();
});
afterEach(() => sandbox.close());

const bodies = (messages: readonly { readonly Body: string }[]) => messages.map(({ Body }) => Body);

describe("a queue", () => {
  it("is found by its name, with its attributes and the defaults", async () => {
    const queue = await queueIn(sandbox, "work", { VisibilityTimeout: "60" });
    expect(await queueCall(sandbox, "GetQueueUrl", { QueueName: "work" })).toEqual({
      QueueUrl: queue.url,
    });
    await refusal(queueCall(sandbox, "GetQueueUrl", { QueueName: "other" }), "QueueDoesNotExist");
    expect(await queue.attributes("All")).toMatchObject({
      QueueArn: "arn:aws:sqs:us-east-1:123456789012:work",
      VisibilityTimeout: "60",
      MessageRetentionPeriod: "345600",
      ApproximateNumberOfMessages: "0",
      SqsManagedSseEnabled: "true",
    });
    expect(await queue.attributes("VisibilityTimeout")).toEqual({ VisibilityTimeout: "60" });
    await refusal(queue.attributes("Colour"), "InvalidAttributeName");
  });

  it("is created once, and not again with other attributes", async () => {
    const first = await queueIn(sandbox, "work", { VisibilityTimeout: "60" });
    expect((await queueIn(sandbox, "work")).url).toBe(first.url);
    await refusal(queueIn(sandbox, "work", { VisibilityTimeout: "61" }), "QueueNameExists");
  });

  it("changes what is set, and keeps the rest", async () => {
    const queue = await queueIn(sandbox, "work", { VisibilityTimeout: "60", DelaySeconds: "5" });
    await queue.set({ DelaySeconds: "0" });
    expect(await queue.attributes("VisibilityTimeout", "DelaySeconds")).toEqual({
      VisibilityTimeout: "60",
      DelaySeconds: "0",
    });
    const Policy = queuePolicy({ Effect: "Allow", Principal: "*", Action: "*", Resource: "*" });
    await queue.set({ Policy });
    expect(await queue.attributes("Policy")).toEqual({ Policy });
    await queue.set({ Policy: "" });
    expect(await queue.attributes("Policy")).toEqual({});
  });

  it.each<[string, Record<string, string>, string]>([
    ["a b", {}, "InvalidParameterValue"],
    ["x".repeat(81), {}, "InvalidParameterValue"],
    ["work.fifo", { FifoQueue: "false" }, "InvalidParameterValue"],
    ["work", { FifoQueue: "true" }, "InvalidParameterValue"],
    ["work", { VisibilityTimeout: "43201" }, "InvalidAttributeValue"],
    ["work", { MessageRetentionPeriod: "59" }, "InvalidAttributeValue"],
    ["work", { Colour: "red" }, "InvalidAttributeName"],
    ["work", { ContentBasedDeduplication: "true" }, "InvalidAttributeName"],
    ["work", { Policy: "{}" }, "InvalidAttributeValue"],
    ["work", redriveTo("arn:aws:sqs:us-east-1:123456789012:none", 3), "InvalidParameterValue"],
    ["work", { RedrivePolicy: '{"maxReceiveCount":3}' }, "InvalidParameterValue"],
  ])("is refused as %s with %o", async (QueueName, Attributes, error) => {
    await refusal(queueCall(sandbox, "CreateQueue", { QueueName, Attributes }), error);
  });

  it("accepts only a dead-letter queue of its own kind", async () => {
    const fifo = await queueIn(sandbox, "dead.fifo");
    const standard = await queueIn(sandbox, "dead");
    await refusal(queueIn(sandbox, "work", redriveTo(fifo.arn, 3)), "InvalidParameterValue");
    await refusal(
      queueIn(sandbox, "work.fifo", redriveTo(standard.arn, 3)),
      "InvalidParameterValue",
    );
    await queueIn(sandbox, "work", redriveTo(standard.arn, 3));
    await queueIn(sandbox, "work.fifo", redriveTo(fifo.arn, 3));
  });
});

describe("a message", () => {
  it("comes back as it was sent, with what the receiver asks for", async () => {
    const queue = await queueIn(sandbox, "work");
    const MessageAttributes = { kind: { DataType: "String", StringValue: "order" } };
    const sent = await queue.send("hello", { MessageAttributes });
    const md5 = createHash("md5").update("hello").digest("hex");
    expect(sent).toMatchObject({ MD5OfMessageBody: md5 });
    const [message] = await queue.receive({ MessageSystemAttributeNames: ["All"] });
    expect(message).toMatchObject({
      MessageId: sent["MessageId"],
      Body: "hello",
      MD5OfBody: md5,
      Attributes: { ApproximateReceiveCount: "1", SenderId: sandbox.account },
    });
    expect(message?.MessageAttributes).toBeUndefined();
    sandbox.clock.advance(31_000);
    const [again] = await queue.receive({ MessageAttributeNames: ["All"] });
    expect(again).toMatchObject({ MessageAttributes });
    expect(again?.Attributes).toBeUndefined();
  });

  it("is hidden for the visibility timeout, and gone once it is deleted", async () => {
    const queue = await queueIn(sandbox, "work");
    await queue.send("a");
    const [first] = await queue.receive();
    expect(await queue.receive()).toEqual([]);
    expect(await queue.attributes("All")).toMatchObject({
      ApproximateNumberOfMessages: "0",
      ApproximateNumberOfMessagesNotVisible: "1",
    });
    sandbox.clock.advance(31_000);
    const [second] = await queue.receive();
    expect(second?.MessageId).toBe(first?.MessageId);
    // Only the newest handle deletes; an older one is not an error.
    await queue.call("DeleteMessage", { ReceiptHandle: first?.ReceiptHandle });
    expect(sandbox.queues.messagesIn(queue.arn)).toHaveLength(1);
    await queue.call("DeleteMessage", { ReceiptHandle: second?.ReceiptHandle });
    expect(sandbox.queues.messagesIn(queue.arn)).toEqual([]);
    await queue.call("DeleteMessage", { ReceiptHandle: second?.ReceiptHandle });
    const bad = queue.call("DeleteMessage", { ReceiptHandle: "nothing" });
    await refusal(bad, "ReceiptHandleIsInvalid");
  });

  it("is visible at once or hidden for longer, as its receiver says", async () => {
    const queue = await queueIn(sandbox, "work");
    await queue.send("a");
    const [first] = await queue.receive({ VisibilityTimeout: 10 });
    const change = (VisibilityTimeout: number, ReceiptHandle = first?.ReceiptHandle) =>
      queue.call("ChangeMessageVisibility", { ReceiptHandle, VisibilityTimeout });
    await change(100);
    sandbox.clock.advance(60_000);
    expect(await queue.receive()).toEqual([]);
    await change(0);
    expect(bodies(await queue.receive())).toEqual(["a"]);
    await refusal(change(10), "MessageNotInflight");
    sandbox.clock.advance(31_000);
    const [last] = await queue.receive();
    sandbox.clock.advance(31_000);
    await refusal(change(10, last?.ReceiptHandle), "MessageNotInflight");
  });

  it("waits for its delay, and goes when it is too old", async () => {
    const queue = await queueIn(sandbox, "work", { MessageRetentionPeriod: "3600" });
    await queue.send("late", { DelaySeconds: 60 });
    expect(await queue.receive()).toEqual([]);
    expect(await queue.attributes("All")).toMatchObject({
      ApproximateNumberOfMessagesDelayed: "1",
    });
    sandbox.clock.advance(61_000);
    expect(bodies(await queue.receive())).toEqual(["late"]);
    sandbox.clock.advance(3_600_000);
    expect(await queue.receive()).toEqual([]);
    expect(sandbox.queues.messagesIn(queue.arn)).toEqual([]);
  });

  it("has a body with a size and characters that SQS accepts", async () => {
    const queue = await queueIn(sandbox, "work", { MaximumMessageSize: "1024" });
    await queue.send("x".repeat(1024));
    await refusal(queue.send("x".repeat(1025)), "InvalidParameterValue");
    await refusal(queue.send(""), "MissingParameter");
    await refusal(queue.send("a\u0000b"), "InvalidMessageContents");
    await queue.send("😀 \n\té");
  });

  it("goes to the dead-letter queue after too many receives", async () => {
    const dead = await queueIn(sandbox, "dead");
    const queue = await queueIn(sandbox, "work", redriveTo(dead.arn, 2));
    const { MessageId } = await queue.send("bad");
    for (let i = 0; i < 2; i += 1) {
      expect(bodies(await queue.receive())).toEqual(["bad"]);
      sandbox.clock.advance(31_000);
    }
    expect(await queue.receive()).toEqual([]);
    const [letter] = await dead.receive({ AttributeNames: ["DeadLetterQueueSourceArn"] });
    expect(letter).toMatchObject({
      MessageId,
      Body: "bad",
      Attributes: { DeadLetterQueueSourceArn: queue.arn },
    });
  });

  it("is purged with all others, once a minute", async () => {
    const queue = await queueIn(sandbox, "work");
    await queue.send("a");
    await queue.receive();
    await queue.send("b");
    await queue.call("PurgeQueue");
    expect(sandbox.queues.messagesIn(queue.arn)).toEqual([]);
    await refusal(queue.call("PurgeQueue"), "PurgeQueueInProgress");
    sandbox.clock.advance(61_000);
    await queue.call("PurgeQueue");
  });
});

describe("a queue's policy", () => {
  const deny = (arn: string) =>
    queuePolicy({ Effect: "Deny", Principal: "*", Action: "sqs:SendMessage", Resource: arn });

  it("denies even the root user what it denies, and nothing else", async () => {
    const queue = await queueIn(sandbox, "work");
    await queue.set({ Policy: deny(queue.arn) });
    expect(await refusal(queue.send("a"), "AccessDeniedException")).toMatch(
      /arn:aws:iam::123456789012:root is not authorized to perform: sqs:SendMessage on resource: arn:aws:sqs:us-east-1:123456789012:work with an explicit deny in a resource-based policy$/,
    );
    expect(await queue.receive()).toEqual([]);
  });

  it("allows a role without a policy of its own, or denies one that has it", async () => {
    const queue = await queueIn(sandbox, "work");
    const role = sandbox.createRole({ name: "bare" });
    const credentials = await sandbox.credentialsOf(role, "s");
    const send = () =>
      queueCall(sandbox, "SendMessage", { QueueUrl: queue.url, MessageBody: "a" }, { credentials });
    await refusal(send(), "AccessDeniedException");
    await queue.set({
      Policy: queuePolicy({
        Effect: "Allow",
        Principal: { AWS: role },
        Action: "sqs:SendMessage",
        Resource: queue.arn,
      }),
    });
    await send();
    expect(sandbox.queues.messagesIn(queue.arn)).toHaveLength(1);
    const other = await sandbox.credentialsOf(sandbox.createRole({ name: "other" }), "s");
    const asked = { QueueUrl: queue.url, MessageBody: "a" };
    await refusal(
      queueCall(sandbox, "SendMessage", asked, { credentials: other }),
      "AccessDeniedException",
    );
    const statement = { Effect: "Allow", Action: "sqs:*", Resource: queue.arn };
    const policies = { p: { Version: "2012-10-17", Statement: [statement] } };
    sandbox.createRole({ name: "bare", policies });
    const worker = await sandbox.credentialsOf(role, "s");
    const receive = (QueueUrl: string) =>
      queueCall(sandbox, "ReceiveMessage", { QueueUrl }, { credentials: worker });
    await receive(queue.url);
    await refusal(receive(`${queue.url}x`), "AccessDeniedException");
    await queue.set({ Policy: deny(queue.arn) });
    const denied = queueCall(
      sandbox,
      "SendMessage",
      { QueueUrl: queue.url, MessageBody: "a" },
      { credentials: worker },
    );
    await refusal(denied, "AccessDeniedException");
  });
});

describe("CloudTrail", () => {
  it("records calls that manage queues, not calls that carry messages", async () => {
    const queue = await queueIn(sandbox, "work");
    await queue.send("a");
    await queue.receive();
    await queue.set({ VisibilityTimeout: "5" });
    const answer = await fetch(sandbox.endpoint, {
      method: "POST",
      headers: {
        "x-amz-target": "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents",
      },
      body: "{}",
    });
    const { Events }: { readonly Events: readonly { readonly EventName: string }[] } = JSON.parse(
      await answer.text(),
    );
    expect(Events.map(({ EventName }) => EventName).toSorted()).toEqual([
      "CreateQueue",
      "SetQueueAttributes",
    ]);
  });
});
