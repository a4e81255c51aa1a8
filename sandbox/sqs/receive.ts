import { randomUUID } from "node:crypto";
import type { Members } from "../input/members.ts";
import { refused } from "../input/refusal.ts";
import type { Call } from "../server/operation.ts";
import {
  dropOld,
  invalidValue,
  isInFlight,
  type Message,
  numberOf,
  type Queue,
  type Queues,
  type QueuesOf,
  queueAt,
  queueByArn,
  redriveOf,
} from "./queue.ts";
import { md5Of } from "./send.ts";

/** A received message: it has a handle and the time of its first receive. */
export type Received = Message & { readonly handle: string; readonly firstReceivedAt: Date };

/**
 * Takes up to `most` messages, hides them for the visibility timeout, and moves those that were
 * received too often to the dead-letter queue. A FIFO queue gives nothing of a group while one of
 * its messages is in flight, and keeps the order of the rest. With `oneGroup` all are of one group.
 * Source: SQS Developer Guide, "FIFO queue delivery logic", "Dead-letter queues".
 */
export function take(
  queuesOf: QueuesOf,
  queue: Queue,
  asked: {
    readonly most: number;
    readonly visibilitySeconds: number | null;
    readonly oneGroup: boolean;
    readonly now: Date;
  },
): readonly Received[] {
  const { most, oneGroup, now } = asked;
  dropOld(queue, now);
  const seconds = asked.visibilitySeconds ?? numberOf(queue, "VisibilityTimeout");
  const hiddenUntil = new Date(now.getTime() + seconds * 1000);
  const closed = new Set<string | null>();
  const given: Received[] = [];
  for (const message of queue.messages.values()) {
    if (message.hiddenUntil.getTime() > now.getTime()) closed.add(message.group);
  }
  for (const message of [...queue.messages.values()]) {
    if (given.length === most) break;
    const waits = queue.isFifo
      ? closed.has(message.group)
      : message.hiddenUntil.getTime() > now.getTime();
    const other = given.length > 0 && given[0]?.group !== message.group;
    if (waits || (oneGroup && queue.isFifo && other)) continue;
    if (movedAway(queuesOf, queue, message, now)) continue;
    const received: Received = {
      ...message,
      hiddenUntil,
      handle: handleOf(message.id),
      receiveCount: message.receiveCount + 1,
      firstReceivedAt: message.firstReceivedAt ?? now,
    };
    queue.messages.set(message.id, received);
    given.push(received);
  }
  return given;
}

/**
 * Moves a message that was received as often as the redrive policy allows. It keeps its id, group
 * and count; its age starts again only in a FIFO queue. If the target is gone, it stays here.
 */
function movedAway(queuesOf: QueuesOf, queue: Queue, message: Message, now: Date): boolean {
  const redrive = redriveOf(queue.attributes.get("RedrivePolicy"));
  if (redrive === null || message.receiveCount < redrive.maxReceiveCount) return false;
  const target = queueByArn(queuesOf, redrive.target);
  if (target === null) return false;
  queue.messages.delete(message.id);
  target.messages.set(message.id, {
    ...message,
    sentAt: target.isFifo ? now : message.sentAt,
    handle: null,
    movedFrom: queue.arn,
  });
  return true;
}

function handleOf(id: string): string {
  return Buffer.from(`${id} ${randomUUID()}`, "utf8").toString("base64");
}

function messageOf(queue: Queue, handle: string): Message | null {
  const [id = "", nonce] = Buffer.from(handle, "base64").toString("utf8").split(" ");
  if (nonce === undefined) {
    throw refused("ReceiptHandleIsInvalid", `The input receipt handle "${handle}" is not valid.`);
  }
  return queue.messages.get(id) ?? null;
}

/** ReceiveMessage: answers at once, whatever wait time the call asks for. */
export function receiveMessage(queuesOf: QueuesOf, members: Members, call: Call): object {
  const queue = queueAt(queuesOf(call), members.text("QueueUrl"));
  members.optionalCount("WaitTimeSeconds", { min: 0, max: 20 });
  const names = [
    ...(members.optionalTexts("MessageSystemAttributeNames") ?? []),
    ...(members.optionalTexts("AttributeNames") ?? []),
  ];
  const asked = members.optionalTexts("MessageAttributeNames") ?? [];
  const received = take(queuesOf, queue, {
    most: members.optionalCount("MaxNumberOfMessages", { min: 1, max: 10 }) ?? 1,
    visibilitySeconds: members.optionalCount("VisibilityTimeout", { min: 0, max: 43_200 }),
    oneGroup: false,
    now: call.now,
  });
  if (received.length === 0) return {};
  return { Messages: received.map((message) => shown(message, names, asked)) };
}

function shown(message: Received, names: readonly string[], asked: readonly string[]): object {
  const system = Object.entries(systemAttributes(message)).filter(
    ([name]) => names.includes("All") || names.includes(name),
  );
  const own = Object.entries(message.attributes).filter(
    ([name]) => asked.includes("All") || asked.includes(".*") || asked.includes(name),
  );
  return {
    MessageId: message.id,
    ReceiptHandle: message.handle,
    MD5OfBody: md5Of(message.body),
    Body: message.body,
    ...(system.length === 0 ? {} : { Attributes: Object.fromEntries(system) }),
    ...(own.length === 0 ? {} : { MessageAttributes: Object.fromEntries(own) }),
  };
}

/** What SQS itself says about a message; Lambda passes it on. */
export function systemAttributes(message: Received): Readonly<Record<string, string>> {
  const { group, deduplicationId, sequence, movedFrom } = message;
  return {
    ApproximateReceiveCount: String(message.receiveCount),
    SentTimestamp: String(message.sentAt.getTime()),
    SenderId: message.senderId,
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt.getTime()),
    ...(sequence === null ? {} : { SequenceNumber: sequence }),
    ...(group === null ? {} : { MessageGroupId: group }),
    ...(deduplicationId === null ? {} : { MessageDeduplicationId: deduplicationId }),
    ...(movedFrom === null ? {} : { DeadLetterQueueSourceArn: movedFrom }),
  };
}

/**
 * DeleteMessage. A message that is gone is not an error. A handle that is not the newest does
 * nothing. A FIFO queue refuses a handle whose visibility timeout is over.
 */
export function deleteMessage(queues: Queues, members: Members, call: Call): object {
  const queue = queueAt(queues, members.text("QueueUrl"));
  remove(queue, members.text("ReceiptHandle"), call.now);
  return {};
}

/** The same for the account's own consumers. */
export function remove(queue: Queue, handle: string, now: Date): void {
  const message = messageOf(queue, handle);
  if (message === null) return;
  const isNewest = message.handle === handle;
  if (queue.isFifo && !(isNewest && isInFlight(message, now))) {
    throw invalidValue(
      `Value ${handle} for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.`,
    );
  }
  if (isNewest) queue.messages.delete(message.id);
}

/** ChangeMessageVisibility: counts from now; 0 makes the message visible at once. */
export function changeVisibility(queues: Queues, members: Members, call: Call): object {
  const queue = queueAt(queues, members.text("QueueUrl"));
  const handle = members.text("ReceiptHandle");
  const seconds = members.count("VisibilityTimeout", { min: 0, max: 43_200 });
  const message = messageOf(queue, handle);
  if (message === null || message.handle !== handle || !isInFlight(message, call.now)) {
    const sentence = `Value ${handle} for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change.`;
    throw refused("MessageNotInflight", sentence);
  }
  const hiddenUntil = new Date(call.now.getTime() + seconds * 1000);
  queue.messages.set(message.id, { ...message, hiddenUntil });
  return {};
}

const purgeMs = 60 * 1000;

/** PurgeQueue: deletes everything, in flight or not; once in sixty seconds. */
export function purgeQueue(queues: Queues, members: Members, call: Call): object {
  const queue = queueAt(queues, members.text("QueueUrl"));
  const { purgedAt } = queue;
  if (purgedAt !== null && call.now.getTime() - purgedAt.getTime() < purgeMs) {
    throw refused(
      "PurgeQueueInProgress",
      `Only one PurgeQueue operation on ${queue.name} is allowed every 60 seconds.`,
      403,
    );
  }
  queue.messages.clear();
  queues.set(queue.name, { ...queue, purgedAt: call.now });
  return {};
}
