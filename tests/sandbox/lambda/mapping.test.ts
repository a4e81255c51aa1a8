import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type QueueEvent, type Sandbox, startSandbox } from "../../../sandbox/index.ts";
import { queueIn, redriveTo } from "../sqs/queue-call.ts";

let sandbox: Sandbox;
let events: QueueEvent[];
beforeEach(async () => {
  sandbox = await startSandbox();
  events = [];
});
afterEach(() => sandbox.close());

const byContent = { ContentBasedDeduplication: "true" };
const group = (MessageGroupId: string) => ({ MessageGroupId });
const noting = async (event: QueueEvent): Promise<unknown> => {
  events.push(event);
  return { batchItemFailures: [] };
};
const failing =
  (...failed: readonly string[]) =>
  async (event: QueueEvent): Promise<unknown> => {
    events.push(event);
    const items = event.Records.filter(({ body }) => failed.includes(body));
    return { batchItemFailures: items.map(({ messageId }) => ({ itemIdentifier: messageId })) };
  };
const seen = () => events.map(({ Records }) => Records.map(({ body }) => body));

describe("an event source mapping", () => {
  it("passes records in Lambda's shape, and deletes those that succeed", async () => {
    const queue = await queueIn(sandbox, "q.fifo", byContent);
    const sent = await queue.send("hello", group("g"));
    expect(await sandbox.queues.deliver(queue.arn, noting)).toBe(1);
    expect(events).toEqual([
      {
        Records: [
          {
            messageId: sent["MessageId"],
            receiptHandle: expect.stringMatching(/./),
            body: "hello",
            attributes: {
              ApproximateReceiveCount: "1",
              SentTimestamp: expect.stringMatching(/^\d{13}$/),
              SenderId: sandbox.account,
              ApproximateFirstReceiveTimestamp: expect.stringMatching(/^\d{13}$/),
              MessageGroupId: "g",
              MessageDeduplicationId: expect.stringMatching(/^[0-9a-f]{64}$/),
              SequenceNumber: sent["SequenceNumber"],
            },
            messageAttributes: {},
            md5OfBody: "5d41402abc4b2a76b9719d911017c592",
            eventSource: "aws:sqs",
            eventSourceARN: queue.arn,
            awsRegion: "us-east-1",
          },
        ],
      },
    ]);
    expect(sandbox.queues.messagesIn(queue.arn)).toEqual([]);
    expect(await sandbox.queues.deliver(queue.arn, noting)).toBe(0);
  });

  it("makes batches of ten, each of one group", async () => {
    const queue = await queueIn(sandbox, "q.fifo", byContent);
    for (let i = 0; i < 12; i += 1) await queue.send(`a${i}`, group("a"));
    await queue.send("b", group("b"));
    expect(await sandbox.queues.deliver(queue.arn, noting)).toBe(3);
    expect(seen().map((batch) => batch.length)).toEqual([10, 2, 1]);
    expect(seen().flat()).toEqual([...Array.from({ length: 12 }, (_, i) => `a${i}`), "b"]);
    const standard = await queueIn(sandbox, "standard");
    for (let i = 0; i < 5; i += 1) await standard.send(`${i}`);
    expect(await sandbox.queues.deliver(standard.arn, noting, { batchSize: 2 })).toBe(3);
  });

  it("passes what arrives while it runs in another batch", async () => {
    const queue = await queueIn(sandbox, "q.fifo", byContent);
    await queue.send("first", group("g"));
    let running = 0;
    const count = await sandbox.queues.deliver(queue.arn, async (event) => {
      running += 1;
      expect(running).toBe(1);
      if (event.Records[0]?.body === "first") await queue.send("second", group("g"));
      running -= 1;
      return noting(event);
    });
    expect(count).toBe(2);
    expect(seen()).toEqual([["first"], ["second"]]);
  });

  it("keeps a failed message and its group for later", async () => {
    const queue = await queueIn(sandbox, "q.fifo", byContent);
    for (const body of ["a1", "a2", "a3"]) await queue.send(body, group("a"));
    expect(await sandbox.queues.deliver(queue.arn, failing("a2"))).toBe(1);
    await queue.send("a4", group("a"));
    await queue.send("b1", group("b"));
    expect(await sandbox.queues.deliver(queue.arn, noting)).toBe(1);
    sandbox.clock.advance(31_000);
    expect(await sandbox.queues.deliver(queue.arn, noting)).toBe(1);
    expect(seen()).toEqual([["a1", "a2", "a3"], ["b1"], ["a2", "a4"]]);
    expect(events[2]?.Records[0]?.attributes["ApproximateReceiveCount"]).toBe("2");
  });

  it.each<[string, () => unknown]>([
    [
      "throws",
      () => {
        throw new Error("out of memory");
      },
    ],
    ["names a message that is not there", () => ({ batchItemFailures: [{ itemIdentifier: "x" }] })],
    ["names nothing", () => ({ batchItemFailures: [{ itemIdentifier: "" }] })],
    ["answers no list", () => ({ batchItemFailures: "all" })],
  ])("keeps everything if the function %s", async (_, answer) => {
    const queue = await queueIn(sandbox, "q.fifo", byContent);
    await queue.send("a", group("g"));
    await queue.send("b", group("g"));
    expect(await sandbox.queues.deliver(queue.arn, async () => answer())).toBe(1);
    expect(sandbox.queues.messagesIn(queue.arn)).toMatchObject([
      { body: "a", inFlight: true },
      { body: "b", inFlight: true },
    ]);
  });

  it.each([undefined, null, "done", {}, { batchItemFailures: null }, { batchItemFailures: [] }])(
    "deletes everything where the function answers %o",
    async (answer) => {
      const queue = await queueIn(sandbox, "q.fifo", byContent);
      await queue.send("a", group("g"));
      await sandbox.queues.deliver(queue.arn, async () => answer);
      expect(sandbox.queues.messagesIn(queue.arn)).toEqual([]);
    },
  );

  it("gives up on a message after the queue's count, and the group goes on", async () => {
    const dead = await queueIn(sandbox, "dead.fifo");
    const queue = await queueIn(sandbox, "q.fifo", { ...byContent, ...redriveTo(dead.arn, 3) });
    await queue.send("bad", group("g"));
    for (let i = 0; i < 3; i += 1) {
      expect(await sandbox.queues.deliver(queue.arn, failing("bad"))).toBe(1);
      sandbox.clock.advance(31_000);
    }
    await queue.send("good", group("g"));
    expect(await sandbox.queues.deliver(queue.arn, failing("bad"))).toBe(1);
    expect(seen().at(-1)).toEqual(["good"]);
    expect(sandbox.queues.messagesIn(dead.arn).map(({ body }) => body)).toEqual(["bad"]);
  });

  it("does not delete a message after its visibility timeout", async () => {
    const queue = await queueIn(sandbox, "q.fifo", byContent);
    await queue.send("slow", group("g"));
    let runs = 0;
    await sandbox.queues.deliver(queue.arn, async () => {
      runs += 1;
      if (runs === 1) sandbox.clock.advance(31_000);
    });
    expect(runs).toBe(2);
    expect(sandbox.queues.messagesIn(queue.arn)).toEqual([]);
  });

  it("rejects if a function only makes work for itself, and if there is no queue", async () => {
    const queue = await queueIn(sandbox, "q.fifo", byContent);
    let made = 0;
    const more = async (): Promise<void> => {
      made += 1;
      await queue.send(`${made}`, group("g"));
    };
    await more();
    await expect(sandbox.queues.deliver(queue.arn, more)).rejects.toThrow("is not empty after");
    await expect(sandbox.queues.deliver(`${queue.arn}x`, more)).rejects.toThrow("has no queue");
  });
});
