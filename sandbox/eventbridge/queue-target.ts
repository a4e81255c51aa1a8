import { evaluateResourcePolicy } from "../evaluate/index.ts";
import { isRecord } from "../input/members.ts";
import { ServiceError } from "../server/operation.ts";
import {
  isQueueArn,
  objectOf,
  type Queue,
  type QueuesOf,
  queueByArn,
  regionOfArn,
} from "../sqs/queue.ts";
import { enqueue, type NewMessage } from "../sqs/send.ts";
import type { Delivery } from "./bus.ts";

/** Why a target did not get its event. */
type Failure = { readonly code: string; readonly message: string };

/** EventBridge's own identity as a sender. */
const service = "events.amazonaws.com";

/**
 * Sends a delivery to its target if that is a queue. If the queue does not accept it, it goes to
 * the queue of the target's `DeadLetterConfig`; if that does not accept it either, it is lost.
 * Source: EventBridge User Guide, "Amazon SQS targets" and "Dead-letter queues".
 */
export function handToQueue(queuesOf: QueuesOf, delivery: Delivery, now: Date): void {
  const { rule, target, text } = delivery;
  if (!isQueueArn(target.Arn)) return;
  const failure = send(
    queuesOf,
    { ruleArn: rule.arn, queueArn: target.Arn, now },
    {
      body: text,
      attributes: {},
      senderId: service,
      group: groupOf(target["SqsParameters"]),
      deduplicationId: null,
      delaySeconds: null,
    },
  );
  if (failure !== null) handToDeadLetters(queuesOf, delivery, failure, now);
}

/** Sends the event itself to the target's dead-letter queue, with the reason as attributes. */
function handToDeadLetters(
  queuesOf: QueuesOf,
  delivery: Delivery,
  failure: Failure,
  now: Date,
): void {
  const { rule, target, event } = delivery;
  const config = target["DeadLetterConfig"];
  const arn = isRecord(config) ? config["Arn"] : undefined;
  if (typeof arn !== "string") return;
  send(
    queuesOf,
    { ruleArn: rule.arn, queueArn: arn, now },
    {
      body: JSON.stringify(event),
      attributes: {
        RULE_ARN: attribute(rule.arn),
        TARGET_ARN: attribute(target.Arn),
        ERROR_CODE: attribute(failure.code),
        ERROR_MESSAGE: attribute(failure.message),
      },
      senderId: service,
      group: null,
      deduplicationId: null,
      delaySeconds: null,
    },
  );
}

function attribute(value: string): object {
  return { DataType: "String", StringValue: value };
}

function groupOf(parameters: unknown): string | null {
  const group = isRecord(parameters) ? parameters["MessageGroupId"] : undefined;
  return typeof group === "string" ? group : null;
}

/** Sends a rule's message to a queue; returns why the queue does not take it, or null. */
function send(
  queuesOf: QueuesOf,
  {
    ruleArn,
    queueArn,
    now,
  }: { readonly ruleArn: string; readonly queueArn: string; readonly now: Date },
  message: NewMessage,
): Failure | null {
  const queue = queueByArn(queuesOf, queueArn);
  // A rule can only reach queues of its own Region.
  if (queue === null || regionOfArn(queueArn) !== ruleArn.split(":")[3]) {
    return { code: "NO_RESOURCE", message: `The queue ${queueArn} does not exist.` };
  }
  if (!lets(queue, ruleArn, now)) {
    const message = `${service} is not authorized to perform: sqs:SendMessage on resource: ${queueArn}`;
    return { code: "NO_PERMISSIONS", message };
  }
  try {
    enqueue(queue, message, now);
    return null;
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    return { code: "INVALID_PARAMETER", message: error.message };
  }
}

/** An AWS service has no policies of its own, so the queue's policy has to allow it. */
function lets(queue: Queue, ruleArn: string, now: Date): boolean {
  const document = objectOf(queue.attributes.get("Policy") ?? "");
  if (document === null) return false;
  const { decision } = evaluateResourcePolicy(document, {
    principal: { type: "Service", id: service },
    action: "sqs:SendMessage",
    resource: queue.arn,
    context: new Map([
      ["aws:SourceArn", [ruleArn]],
      ["aws:SourceAccount", [ruleArn.split(":")[4] ?? ""]],
      ["aws:PrincipalIsAWSService", ["true"]],
      ["aws:PrincipalServiceName", [service]],
      ["aws:SecureTransport", ["true"]],
      ["aws:CurrentTime", [now.toISOString().replace(/\.\d{3}Z$/, "Z")]],
    ]),
  });
  return decision === "allow";
}
