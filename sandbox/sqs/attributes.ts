import { readPolicy } from "../evaluate/index.ts";
import type { Members } from "../input/members.ts";
import { refused } from "../input/refusal.ts";
import type { Call } from "../server/operation.ts";
import {
  defaults,
  dropOld,
  invalidValue,
  isInFlight,
  objectOf,
  type Queue,
  type Queues,
  type QueuesOf,
  queueAt,
  queueByArn,
  redriveOf,
  regionOfArn,
} from "./queue.ts";

/** Numbers and their bounds. Source: SQS API reference, CreateQueue and SetQueueAttributes. */
const ranges: ReadonlyMap<string, readonly [number, number]> = new Map([
  ["VisibilityTimeout", [0, 43_200]],
  ["MessageRetentionPeriod", [60, 1_209_600]],
  ["DelaySeconds", [0, 900]],
  ["MaximumMessageSize", [1024, 1_048_576]],
  ["ReceiveMessageWaitTimeSeconds", [0, 20]],
  ["KmsDataKeyReusePeriodSeconds", [60, 86_400]],
]);

const choices: ReadonlyMap<string, readonly string[]> = new Map([
  ["FifoQueue", ["true"]],
  ["ContentBasedDeduplication", ["true", "false"]],
  ["SqsManagedSseEnabled", ["true", "false"]],
  ["DeduplicationScope", ["queue", "messageGroup"]],
  ["FifoThroughputLimit", ["perQueue", "perMessageGroupId"]],
]);

const texts = ["Policy", "RedrivePolicy", "RedriveAllowPolicy", "KmsMasterKeyId"];
const onlyFifo = ["ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit"];

type Kind = { readonly arn: string; readonly isFifo: boolean };

/** CreateQueue: returns the existing queue if its name and attributes are the same. */
export function createQueue(queuesOf: QueuesOf, members: Members, call: Call): Queue {
  const queues = queuesOf(call);
  const name = members.text("QueueName");
  const asked = members.textMap("Attributes");
  const isFifo = asked.get("FifoQueue") === "true";
  const bare = isFifo ? name.replace(/\.fifo$/, "") : name;
  if (!/^[\w-]{1,80}$/.test(bare) || name.length > 80 || (isFifo && bare === name)) {
    throw invalidValue(
      "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length",
    );
  }
  const arn = `arn:aws:sqs:${call.region}:${call.account}:${name}`;
  checkAttributes(queuesOf, { arn, isFifo }, asked);
  const before = queues.get(name);
  if (before !== undefined) return sameQueue(before, asked);
  const queue: Queue = {
    name,
    arn,
    isFifo,
    createdAt: call.now,
    modifiedAt: call.now,
    purgedAt: null,
    attributes: withoutEmpty(asked),
    tags: members.textMap("tags"),
    messages: new Map(),
    deduplication: new Map(),
    taken: { count: 0 },
  };
  queues.set(name, queue);
  return queue;
}

function sameQueue(before: Queue, asked: ReadonlyMap<string, string>): Queue {
  for (const [name, value] of asked) {
    if (settingsOf(before).get(name) !== value) {
      throw refused(
        "QueueNameExists",
        `A queue already exists with the same name and a different value for attribute ${name}`,
      );
    }
  }
  return before;
}

/** SetQueueAttributes: other attributes stay; an empty text removes a policy. */
export function setQueueAttributes(queuesOf: QueuesOf, members: Members, call: Call): object {
  const queues = queuesOf(call);
  const queue = queueAt(queues, members.text("QueueUrl"));
  const asked = members.textMap("Attributes", { min: 1 });
  if (asked.has("FifoQueue")) {
    throw refused("InvalidAttributeName", "You cannot change the type of an existing queue.");
  }
  checkAttributes(queuesOf, queue, asked);
  const attributes = withoutEmpty(new Map([...queue.attributes, ...asked]));
  queues.set(queue.name, { ...queue, attributes, modifiedAt: call.now });
  return {};
}

function withoutEmpty(attributes: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return new Map([...attributes].filter(([, value]) => value !== ""));
}

function checkAttributes(queuesOf: QueuesOf, kind: Kind, asked: ReadonlyMap<string, string>): void {
  for (const [name, value] of asked) {
    const range = ranges.get(name);
    const choice = choices.get(name);
    if (range === undefined && choice === undefined && !texts.includes(name)) {
      throw refused("InvalidAttributeName", `Unknown Attribute ${name}.`);
    }
    if (onlyFifo.includes(name) && !kind.isFifo) {
      const message = `You can specify the ${name} only when FifoQueue is set to true.`;
      throw refused("InvalidAttributeName", message);
    }
    const fits =
      range === undefined
        ? (choice?.includes(value) ?? true)
        : /^\d+$/.test(value) && Number(value) >= range[0] && Number(value) <= range[1];
    if (!fits) throw invalidAttribute(name);
  }
  checkPolicy(asked.get("Policy"));
  checkRedrive(queuesOf, kind, asked.get("RedrivePolicy"));
}

function invalidAttribute(name: string): Error {
  return refused("InvalidAttributeValue", `Invalid value for the parameter ${name}.`);
}

function checkPolicy(text: string | undefined): void {
  if (text === undefined || text === "") return;
  try {
    readPolicy(objectOf(text));
  } catch {
    throw invalidAttribute("Policy");
  }
}

function checkRedrive(queuesOf: QueuesOf, kind: Kind, text: string | undefined): void {
  if (text === undefined || text === "") return;
  const because = (reason: string): Error =>
    invalidValue(`Value ${text} for parameter RedrivePolicy is invalid. Reason: ${reason}`);
  const redrive = redriveOf(text);
  if (redrive === null) {
    throw because("It needs a deadLetterTargetArn and a maxReceiveCount from 1 to 1000.");
  }
  const target = queueByArn(queuesOf, redrive.target);
  if (target === null || regionOfArn(target.arn) !== regionOfArn(kind.arn)) {
    throw because("Dead letter target does not exist.");
  }
  if (target.isFifo !== kind.isFifo) {
    throw because("Dead-letter queue must be same type of queue as the source.");
  }
}

/** The attributes of a queue, set or by default. */
function settingsOf(queue: Queue): ReadonlyMap<string, string> {
  const fifo = [
    ["FifoQueue", "true"],
    ["ContentBasedDeduplication", "false"],
    ["DeduplicationScope", "queue"],
    ["FifoThroughputLimit", "perQueue"],
  ] as const;
  return new Map<string, string>([
    ...Object.entries(defaults),
    ["SqsManagedSseEnabled", "true"],
    ...(queue.isFifo ? fifo : []),
    ...queue.attributes,
  ]);
}

/** GetQueueAttributes: those named, or `All`; counts are exact here. */
export function getQueueAttributes(queues: Queues, members: Members, call: Call): object {
  const queue = queueAt(queues, members.text("QueueUrl"));
  const names = members.optionalTexts("AttributeNames") ?? [];
  const all = new Map([...settingsOf(queue), ...countsOf(queue, call.now)]);
  for (const name of names) {
    const known =
      name === "All" || all.has(name) || texts.includes(name) || onlyFifo.includes(name);
    if (!known) throw refused("InvalidAttributeName", `Unknown Attribute ${name}.`);
  }
  const shown = [...all].filter(([name]) => names.includes("All") || names.includes(name));
  return { Attributes: new Map(shown) };
}

function countsOf(queue: Queue, now: Date): readonly (readonly [string, string])[] {
  dropOld(queue, now);
  const messages = [...queue.messages.values()];
  const hidden = messages.filter(({ hiddenUntil }) => hiddenUntil.getTime() > now.getTime());
  const inFlight = hidden.filter((message) => isInFlight(message, now)).length;
  const seconds = (at: Date): string => String(Math.floor(at.getTime() / 1000));
  return [
    ["QueueArn", queue.arn],
    ["ApproximateNumberOfMessages", String(messages.length - hidden.length)],
    ["ApproximateNumberOfMessagesNotVisible", String(inFlight)],
    ["ApproximateNumberOfMessagesDelayed", String(hidden.length - inFlight)],
    ["CreatedTimestamp", seconds(queue.createdAt)],
    ["LastModifiedTimestamp", seconds(queue.modifiedAt)],
  ];
}
