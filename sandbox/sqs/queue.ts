import { isRecord } from "../input/members.ts";
import { refused } from "../input/refusal.ts";

/** A message in a queue. Messages are replaced, never changed in place. */
export type Message = {
  readonly id: string;
  readonly body: string;
  /** Message attributes as they were sent. */
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly senderId: string;
  readonly sentAt: Date;
  /** Hidden until then, because it is delayed or in flight. */
  readonly hiddenUntil: Date;
  readonly receiveCount: number;
  readonly firstReceivedAt: Date | null;
  /** Of the last receive; null if it was never received. */
  readonly handle: string | null;
  /** Always in a FIFO queue; in a standard queue only if the sender named one. */
  readonly group: string | null;
  readonly deduplicationId: string | null;
  readonly sequence: string | null;
  /** ARN of the queue that it comes from, for a dead letter. */
  readonly movedFrom: string | null;
};

/** What a FIFO queue remembers about a deduplication id. */
export type Sent = { readonly id: string; readonly sequence: string; readonly at: Date };

export type Queue = {
  readonly name: string;
  readonly arn: string;
  readonly isFifo: boolean;
  readonly createdAt: Date;
  readonly modifiedAt: Date;
  readonly purgedAt: Date | null;
  /** The attributes that were set. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly tags: ReadonlyMap<string, string>;
  /** By id, in their order of arrival. */
  readonly messages: Map<string, Message>;
  readonly deduplication: Map<string, Sent>;
  /** How many messages a FIFO queue has taken; its sequence numbers come from this. */
  readonly taken: { count: number };
};

/** One Region's queues by name. */
export type Queues = Map<string, Queue>;

/** The queues of a Region. */
export type QueuesOf = (place: { readonly region: string }) => Queues;

const queueArn = /^arn:aws[\w-]*:sqs:([^:]+):(\d{12}):([^:]+)$/;

/** Whether an ARN is a queue's. */
export function isQueueArn(arn: string): boolean {
  return queueArn.test(arn);
}

/** The Region in a queue's ARN; empty for any other text. */
export function regionOfArn(arn: string): string {
  return queueArn.exec(arn)?.[1] ?? "";
}

/** The queue of that ARN, or null. */
export function queueByArn(queuesOf: QueuesOf, arn: string): Queue | null {
  const name = queueArn.exec(arn)?.[3] ?? "";
  const queue = queuesOf({ region: regionOfArn(arn) }).get(name);
  return queue?.arn === arn ? queue : null;
}

/** The queue's name is the last part of a URL. Host and Region do not count. */
export function nameInUrl(url: string): string {
  return url.split("/").at(-1) ?? "";
}

/** The queue of a `QueueUrl`, or QueueDoesNotExist. */
export function queueAt(queues: Queues, url: string): Queue {
  const queue = queues.get(nameInUrl(url));
  if (queue === undefined) throw noSuchQueue();
  return queue;
}

export function noSuchQueue(): Error {
  return refused("QueueDoesNotExist", "The specified queue does not exist.");
}

export function invalidValue(message: string): Error {
  return refused("InvalidParameterValue", message);
}

/** A number that an attribute holds, or its default. */
export function numberOf(queue: Queue, name: keyof typeof defaults): number {
  return Number(queue.attributes.get(name) ?? defaults[name]);
}

/** Source: SQS API reference, SetQueueAttributes. */
export const defaults = {
  VisibilityTimeout: "30",
  MessageRetentionPeriod: "345600",
  DelaySeconds: "0",
  MaximumMessageSize: "1048576",
  ReceiveMessageWaitTimeSeconds: "0",
} as const;

export type Redrive = { readonly target: string; readonly maxReceiveCount: number };

/** What a redrive policy says; null if the text is not one. */
export function redriveOf(text: string | undefined): Redrive | null {
  const read = text === undefined || text === "" ? null : objectOf(text);
  const target = read?.["deadLetterTargetArn"];
  const most = Number(read?.["maxReceiveCount"]);
  if (typeof target !== "string" || !Number.isInteger(most) || most < 1 || most > 1000) return null;
  return { target, maxReceiveCount: most };
}

export function objectOf(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const read: unknown = JSON.parse(text);
    return isRecord(read) ? read : null;
  } catch {
    return null;
  }
}

/** Whether a message was received and is still hidden. */
export function isInFlight(message: Message, now: Date): boolean {
  return message.handle !== null && message.hiddenUntil.getTime() > now.getTime();
}

/** Drops messages that are older than the queue's retention period. */
export function dropOld(queue: Queue, now: Date): void {
  const oldest = now.getTime() - numberOf(queue, "MessageRetentionPeriod") * 1000;
  for (const message of queue.messages.values()) {
    if (message.sentAt.getTime() < oldest) queue.messages.delete(message.id);
  }
}
