import { createHash, randomUUID } from "node:crypto";
import { isRecord, type Members } from "../input/members.ts";
import { refused } from "../input/refusal.ts";
import type { Call } from "../server/operation.ts";
import { invalidValue, type Message, numberOf, type Queue, type Queues, queueAt } from "./queue.ts";

/** A FIFO queue accepts a deduplication id once in five minutes. */
const deduplicationMs = 5 * 60 * 1000;

export type NewMessage = {
  readonly body: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly senderId: string;
  readonly group: string | null;
  readonly deduplicationId: string | null;
  /** Null: the queue's own delay. */
  readonly delaySeconds: number | null;
};

/** The result of a send. A repeated message has the id and the number of the first. */
export type Taken = { readonly id: string; readonly sequence: string | null };

/**
 * Puts a message into a queue. Throws a `ServiceError` if the queue does not accept it.
 * Source: SQS Developer Guide, "Exactly-once processing" and "FIFO queue delivery logic".
 */
export function enqueue(queue: Queue, message: NewMessage, now: Date): Taken {
  checkBody(queue, message);
  if (!queue.isFifo) return put(queue, message, { sequence: null, deduplicationId: null }, now);
  if (message.group === null) {
    const sentence = "The request must contain the parameter MessageGroupId.";
    throw refused("MissingParameter", sentence);
  }
  if (message.delaySeconds !== null && message.delaySeconds > 0) {
    throw invalidValue(
      `Value ${message.delaySeconds} for parameter DelaySeconds is invalid. Reason: The request include parameter that is not valid for this queue type.`,
    );
  }
  const deduplicationId = deduplicationOf(queue, message);
  const perGroup = queue.attributes.get("DeduplicationScope") === "messageGroup";
  const key = perGroup ? `${message.group} ${deduplicationId}` : deduplicationId;
  const before = queue.deduplication.get(key);
  if (before !== undefined && now.getTime() - before.at.getTime() < deduplicationMs) return before;
  const sequence = nextSequence(queue);
  const taken = put(queue, message, { sequence, deduplicationId }, now);
  queue.deduplication.set(key, { id: taken.id, sequence, at: now });
  return taken;
}

function checkBody(queue: Queue, { body, group, deduplicationId }: NewMessage): void {
  if (body === "") {
    throw refused("MissingParameter", "The request must contain the parameter MessageBody.");
  }
  const most = numberOf(queue, "MaximumMessageSize");
  if (Buffer.byteLength(body, "utf8") > most) {
    const reason = `Message must be shorter than ${most} bytes.`;
    throw invalidValue(`One or more parameters are invalid. Reason: ${reason}`);
  }
  if (!/^[\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u.test(body)) {
    throw refused("InvalidMessageContents", "Invalid characters found in the message body.");
  }
  const id = /^[\x21-\x7e]{1,128}$/;
  if (group !== null && !id.test(group)) throw badId("MessageGroupId", group);
  if (deduplicationId === null) return;
  if (!id.test(deduplicationId) || !queue.isFifo) {
    throw badId("MessageDeduplicationId", deduplicationId);
  }
}

function badId(name: string, value: string): Error {
  return invalidValue(`Value ${value} for parameter ${name} is invalid.`);
}

function deduplicationOf(queue: Queue, { body, deduplicationId }: NewMessage): string {
  if (deduplicationId !== null) return deduplicationId;
  if (queue.attributes.get("ContentBasedDeduplication") === "true") {
    return createHash("sha256").update(body, "utf8").digest("hex");
  }
  throw invalidValue(
    "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly",
  );
}

/** Twenty digits that grow within a queue. */
function nextSequence(queue: Queue): string {
  queue.taken.count += 1;
  return String(18_800_000_000_000_000_000n + BigInt(queue.taken.count));
}

function put(
  queue: Queue,
  message: NewMessage,
  order: { readonly sequence: string | null; readonly deduplicationId: string | null },
  now: Date,
): Taken {
  const delay = message.delaySeconds ?? numberOf(queue, "DelaySeconds");
  const kept: Message = {
    id: randomUUID(),
    body: message.body,
    attributes: message.attributes,
    senderId: message.senderId,
    sentAt: now,
    hiddenUntil: new Date(now.getTime() + delay * 1000),
    receiveCount: 0,
    firstReceivedAt: null,
    handle: null,
    group: message.group,
    movedFrom: null,
    ...order,
  };
  queue.messages.set(kept.id, kept);
  return { id: kept.id, sequence: order.sequence };
}

/** SendMessage. */
export function sendMessage(queues: Queues, members: Members, call: Call): object {
  const queue = queueAt(queues, members.text("QueueUrl"));
  const attributes = members.raw("MessageAttributes");
  const body = members.optionalText("MessageBody") ?? "";
  const taken = enqueue(
    queue,
    {
      body,
      attributes: isRecord(attributes) ? attributes : {},
      senderId: call.caller.userId,
      group: members.optionalText("MessageGroupId"),
      deduplicationId: members.optionalText("MessageDeduplicationId"),
      delaySeconds: members.optionalCount("DelaySeconds", { min: 0, max: 900 }),
    },
    call.now,
  );
  return {
    MessageId: taken.id,
    MD5OfMessageBody: md5Of(body),
    ...(taken.sequence === null ? {} : { SequenceNumber: taken.sequence }),
  };
}

export function md5Of(text: string): string {
  return createHash("md5").update(text, "utf8").digest("hex");
}
