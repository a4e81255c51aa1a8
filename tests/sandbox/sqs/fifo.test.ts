import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Sandbox, startSandbox } from "../../../sandbox/index.ts";
import { refusal } from "../connection.ts";
import { queueIn, redriveTo } from "./queue-call.ts";

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await startSandbox();
});
afterEach(() => sandbox.close());

const byContent = { ContentBasedDeduplication: "true" };
const bodies = (messages: readonly { readonly Body: string }[]) => messages.map(({ Body }) => Body);
const inGroup = (MessageGroupId: string) => ({ MessageGroupId });

describe("a FIFO queue", () => {
  it("returns a group's messages in order, and none while one of them is in flight", async () => {
    const queue = await queueIn(sandbox, "q.fifo", byContent);
    for (const body of ["a1", "a2", "a3"]) await queue.send(body, inGroup("a"));
    const [first] = await queue.receive({ MaxNumberOfMessages: 1 });
    expect(first?.Body).toBe("a1");
    await queue.send("b1", inGroup("b"));
    // Group a waits, group b does not.
    expect(bodies(await queue.receive())).toEqual(["b1"]);
    await queue.call("DeleteMessage", { ReceiptHandle: first?.ReceiptHandle });
    expect(bodies(await queue.receive())).toEqual(["a2", "a3"]);
  });

  it("returns again what was not deleted, still in order", async () => {
    const queue = await queueIn(sandbox, "q.fifo", byContent);
    for (const body of ["a1", "a2", "a3"]) await queue.send(body, inGroup("a"));
    const [, second] = await queue.receive();
    await queue.call("DeleteMessage", { ReceiptHandle: second?.ReceiptHandle });
    expect(await queue.receive()).toEqual([]);
    sandbox.clock.advance(31_000);
    expect(bodies(await queue.receive())).toEqual(["a1", "a3"]);
  });

  it("accepts the same content or the same id once in five minutes", async () => {
    const queue = await queueIn(sandbox, "q.fifo", byContent);
    const first = await queue.send("a", inGroup("g"));
    expect(await queue.send("a", inGroup("h"))).toEqual(first);
    const [message] = await queue.receive();
    await queue.call("DeleteMessage", { ReceiptHandle: message?.ReceiptHandle });
    // Deleted or not, it has been seen.
    expect(await queue.send("a", inGroup("g"))).toEqual(first);
    expect(await queue.receive()).toEqual([]);
    sandbox.clock.advance(4 * 60_000);
    expect(await queue.send("a", inGroup("g"))).toEqual(first);
    sandbox.clock.advance(60_000);
    const later = await queue.send("a", inGroup("g"));
    expect(String(later["SequenceNumber"]) > String(first["SequenceNumber"])).toBe(true);
    expect(bodies(await queue.receive())).toEqual(["a"]);
    const id = (MessageDeduplicationId: string) => ({ ...inGroup("i"), MessageDeduplicationId });
    await queue.send("one", id("1"));
    await queue.send("two", id("1"));
    await queue.send("one", id("2"));
    expect(bodies(await queue.receive())).toEqual(["one", "one"]);
  });

  it("deduplicates by group if it is set so", async () => {
    const queue = await queueIn(sandbox, "q.fifo", {
      ...byContent,
      DeduplicationScope: "messageGroup",
    });
    await queue.send("a", inGroup("g"));
    await queue.send("a", inGroup("h"));
    await queue.send("a", inGroup("g"));
    expect(await queue.receive()).toHaveLength(2);
  });

  it("needs a group and a deduplication, and no delay of a single message", async () => {
    const queue = await queueIn(sandbox, "q.fifo");
    await refusal(queue.send("a", { MessageDeduplicationId: "1" }), "MissingParameter");
    await refusal(queue.send("a", inGroup("g")), "InvalidParameterValue");
    const all = { ...inGroup("g"), MessageDeduplicationId: "1" };
    await refusal(queue.send("a", { ...all, DelaySeconds: 1 }), "InvalidParameterValue");
    await refusal(queue.send("a", { ...all, MessageGroupId: "a b" }), "InvalidParameterValue");
    expect(await queue.send("a", all)).toMatchObject({
      SequenceNumber: expect.stringMatching(/^\d{20}$/),
    });
    const standard = await queueIn(sandbox, "standard");
    const numbered = standard.send("a", { MessageDeduplicationId: "1" });
    await refusal(numbered, "InvalidParameterValue");
  });

  it("refuses a handle whose visibility timeout is over", async () => {
    const queue = await queueIn(sandbox, "q.fifo", byContent);
    await queue.send("a", inGroup("g"));
    const [message] = await queue.receive();
    sandbox.clock.advance(31_000);
    const late = queue.call("DeleteMessage", { ReceiptHandle: message?.ReceiptHandle });
    await refusal(late, "InvalidParameterValue");
    expect(sandbox.queues.messagesIn(queue.arn)).toHaveLength(1);
  });

  it("moves a message that always fails to its FIFO dead-letter queue and goes on with the group", async () => {
    const dead = await queueIn(sandbox, "dead.fifo");
    const queue = await queueIn(sandbox, "q.fifo", { ...byContent, ...redriveTo(dead.arn, 3) });
    await queue.send("bad", inGroup("g"));
    await queue.send("good", inGroup("g"));
    for (let i = 0; i < 3; i += 1) {
      expect(bodies(await queue.receive({ MaxNumberOfMessages: 1 }))).toEqual(["bad"]);
      expect(await queue.receive()).toEqual([]);
      sandbox.clock.advance(31_000);
    }
    expect(bodies(await queue.receive())).toEqual(["good"]);
    expect(sandbox.queues.messagesIn(dead.arn)).toMatchObject([
      { body: "bad", group: "g", receiveCount: 3, inFlight: false },
    ]);
  });

  it("is a different queue in another Region", async () => {
    const here = await queueIn(sandbox, "q.fifo", byContent);
    expect(() => sandbox.queues.messagesIn(here.arn.replace("us-east-1", "eu-west-1"))).toThrow(
      "has no queue",
    );
    const there = await queueIn(sandbox, "q.fifo", byContent, "eu-west-1");
    await there.send("a", inGroup("g"));
    expect(sandbox.queues.messagesIn(here.arn)).toEqual([]);
    expect(sandbox.queues.messagesIn(there.arn)).toHaveLength(1);
  });
});
