import { isRecord } from "../input/members.ts";
import { isInFlight, type Queue, type QueuesOf, queueByArn, regionOfArn } from "../sqs/queue.ts";
import { type Received, remove, systemAttributes, take } from "../sqs/receive.ts";
import { md5Of } from "../sqs/send.ts";

/** A message as Lambda gives it to a function. */
export type QueueRecord = {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly messageAttributes: Readonly<Record<string, unknown>>;
  readonly md5OfBody: string;
  readonly eventSource: "aws:sqs";
  readonly eventSourceARN: string;
  readonly awsRegion: string;
};

export type QueueEvent = { readonly Records: readonly QueueRecord[] };

/** The function. Its answer may name the failed messages in `batchItemFailures`. */
export type QueueHandler = (event: QueueEvent) => Promise<unknown>;

/** The limit for a handler that gets its own messages again and again. */
const batchesMax = 1000;

/**
 * An event source mapping with `ReportBatchItemFailures`, run by hand: takes batch after batch
 * until the queue gives nothing more, and returns the number of batches. A batch of a FIFO queue
 * has one group. Messages that succeed are deleted. Messages that fail stay in flight until their
 * visibility timeout is over, and so do all of a batch if the handler throws or its answer makes no
 * sense. Rejects if there is no such queue, and if the batches do not end. Source: Lambda Developer
 * Guide, "Using Lambda with Amazon SQS", "Handling errors".
 */
export async function pollQueue(
  poll: {
    readonly queuesOf: QueuesOf;
    readonly queueArn: string;
    readonly batchSize?: number;
    readonly now: () => Date;
  },
  handler: QueueHandler,
): Promise<number> {
  for (let batches = 0; batches < batchesMax; batches += 1) {
    // Looked up again for each batch: its settings may have changed.
    const queue = queueByArn(poll.queuesOf, poll.queueArn);
    if (queue === null) throw new Error(`The sandbox has no queue ${poll.queueArn}.`);
    const batch = take(poll.queuesOf, queue, {
      most: poll.batchSize ?? 10,
      visibilitySeconds: null,
      oneGroup: true,
      now: poll.now(),
    });
    if (batch.length === 0) return batches;
    const failed = await failedOf(handler, batch, poll.queueArn);
    for (const message of batch) {
      if (!failed.has(message.id)) removeInTime(queue, message, poll.now());
    }
  }
  throw new Error(`${poll.queueArn} is not empty after ${batchesMax} batches.`);
}

/** A FIFO queue refuses to delete what took longer than the visibility timeout. */
function removeInTime(queue: Queue, message: Received, now: Date): void {
  const kept = queue.messages.get(message.id);
  if (kept?.handle !== message.handle) return;
  if (!queue.isFifo || isInFlight(kept, now)) remove(queue, message.handle, now);
}

async function failedOf(
  handler: QueueHandler,
  batch: readonly Received[],
  queueArn: string,
): Promise<ReadonlySet<string>> {
  const ids = new Set(batch.map(({ id }) => id));
  let answer: unknown;
  try {
    answer = await handler({ Records: batch.map((message) => recordOf(message, queueArn)) });
  } catch {
    return ids;
  }
  const listed = isRecord(answer) ? (answer["batchItemFailures"] ?? []) : [];
  if (!Array.isArray(listed)) return ids;
  const named = listed.map((item: unknown) =>
    isRecord(item) ? item["itemIdentifier"] : undefined,
  );
  const failed = named.filter((id) => typeof id === "string").filter((id) => ids.has(id));
  return failed.length === listed.length ? new Set(failed) : ids;
}

function recordOf(message: Received, queueArn: string): QueueRecord {
  return {
    messageId: message.id,
    receiptHandle: message.handle,
    body: message.body,
    attributes: systemAttributes(message),
    messageAttributes: message.attributes,
    md5OfBody: md5Of(message.body),
    eventSource: "aws:sqs",
    eventSourceARN: queueArn,
    awsRegion: regionOfArn(queueArn),
  };
}
