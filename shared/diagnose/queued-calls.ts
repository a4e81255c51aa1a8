import { isRecord, parseJson } from "../json.ts";
import { type CallRecord, recordsIn } from "../trail/records.ts";
import type { AskedCall } from "./call.ts";
import { callOfRecord, operation } from "./question.ts";

/** A batch of a queue's messages, as Lambda hands it over. */
export type QueueBatch = readonly QueueMessage[];

/** `event` is what the message's body says; undefined where that is not JSON. */
type QueueMessage = { readonly messageId: string; readonly event: unknown };

/**
 * Reads what Lambda was invoked with as a batch of the queue; null for whatever else somebody asks
 * by hand, a log file of a trail with its own `Records` among it.
 *
 * Source: Lambda developer guide, "Using Lambda with Amazon SQS" (the shape of a record).
 */
export function queueBatchOf(event: unknown): QueueBatch | null {
  const records: unknown = isRecord(event) ? event["Records"] : null;
  if (!Array.isArray(records) || records.length === 0) return null;
  const listed: readonly unknown[] = records;
  const messages = listed.filter(isRecord).filter(({ eventSource }) => eventSource === "aws:sqs");
  if (messages.length !== listed.length) return null;
  return messages.map(({ messageId, body }) => ({
    messageId: typeof messageId === "string" ? messageId : "",
    event: typeof body === "string" ? parseJson(body) : undefined,
  }));
}

/**
 * The event of the rule over refused calls, handed over without a queue, as a batch of one; null for
 * anything else.
 */
export function eventBatchOf(event: unknown): QueueBatch | null {
  if (!isRecord(event) || event["source"] !== "aws.sts") return null;
  const { id, detail } = event;
  if (!isRecord(detail) || !isRefused(detail)) return null;
  return [{ messageId: typeof id === "string" ? id : "", event }];
}

/** The refused calls in a batch, each once, and the messages that hold no event. */
export function refusedCallsIn(batch: QueueBatch): {
  readonly calls: readonly AskedCall[];
  readonly unreadable: readonly string[];
} {
  const records = recordsIn(batch.map(({ event }) => event)).filter(isRefused);
  return {
    calls: records.map(callOfRecord),
    unreadable: batch.flatMap(({ messageId, event }) => (isRecord(event) ? [] : [messageId])),
  };
}

function isRefused(record: CallRecord): boolean {
  return record["eventName"] === operation && typeof record["errorCode"] === "string";
}
