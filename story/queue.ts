import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from "@aws-sdk/client-eventbridge";
import type { Sandbox } from "../sandbox/index.ts";
import { clientOptions } from "../sandbox/seed.ts";
import { callsOn } from "../shared/wake/index.ts";
import { parameter } from "./documents.ts";

/** The queue between EventBridge's rules and the function, as the stack creates it. */
export type EventQueue = {
  readonly arn: string;
  /** How many events are in it. */
  count(): number;
  /** Sends what the schedule sends: the sandbox's own schedules do not fire. */
  fireSchedule(): Promise<void>;
};

const name = "oidc-reconciler-prod-events.fifo";
const group = "reconcile";

/**
 * Creates the queue and the rules that fill it: documents, IAM without the function's own writes,
 * deploy targets. stack/queue.yml also denies every other sender; here the administrator sends the
 * schedule's event.
 *
 * @param ownSession the session under which the function writes
 */
export async function createQueue(sandbox: Sandbox, ownSession: string): Promise<EventQueue> {
  const arn = `arn:aws:sqs:${sandbox.region}:${sandbox.account}:${name}`;
  const { QueueUrl } = await call(sandbox, "CreateQueue", {
    QueueName: name,
    Attributes: {
      FifoQueue: "true",
      ContentBasedDeduplication: "true",
      VisibilityTimeout: "630",
      Policy: JSON.stringify(rulesOnly(sandbox, arn)),
    },
  });
  const events = new EventBridgeClient(clientOptions(sandbox));
  for (const [rule, pattern] of Object.entries(patternsFor(ownSession))) {
    await events.send(new PutRuleCommand({ Name: rule, EventPattern: JSON.stringify(pattern) }));
    const target = { Id: "queue", Arn: arn, SqsParameters: { MessageGroupId: group } };
    await events.send(new PutTargetsCommand({ Rule: rule, Targets: [target] }));
  }
  return {
    arn,
    count: () => sandbox.queues.messagesIn(arn).length,
    fireSchedule: async () => {
      const MessageBody = JSON.stringify(scheduleEvent(sandbox));
      await call(sandbox, "SendMessage", { QueueUrl, MessageBody, MessageGroupId: group });
    },
  };
}

function patternsFor(ownSession: string): Readonly<Record<string, object>> {
  return {
    documents: {
      source: ["aws.ssm"],
      "detail-type": ["Parameter Store Change"],
      detail: { name: [parameter] },
    },
    iam: {
      source: ["aws.iam"],
      detail: {
        eventName: [...callsOn("role"), ...callsOn("policy"), ...callsOn("provider")],
        errorCode: [{ exists: false }],
        userIdentity: { arn: [{ "anything-but": ownSession }] },
      },
    },
    targets: { source: ["aws.apprunner"], "detail-type": ["AppRunner Service Status Change"] },
  };
}

function rulesOnly(sandbox: Sandbox, Resource: string): object {
  const SourceArn = `arn:aws:events:${sandbox.region}:${sandbox.account}:rule/*`;
  const statement = {
    Effect: "Allow",
    Principal: { Service: "events.amazonaws.com" },
    Action: "sqs:SendMessage",
    Resource,
    Condition: { ArnLike: { "aws:SourceArn": SourceArn } },
  };
  return { Version: "2012-10-17", Statement: [statement] };
}

/** What EventBridge's schedule sends. */
function scheduleEvent(sandbox: Sandbox): object {
  return {
    version: "0",
    id: crypto.randomUUID(),
    "detail-type": "Scheduled Event",
    source: "aws.events",
    account: sandbox.account,
    time: sandbox.clock.now().toISOString().replace(/\.\d+/, ""),
    region: sandbox.region,
    resources: [
      `arn:aws:events:${sandbox.region}:${sandbox.account}:rule/oidc-reconciler-schedule`,
    ],
    detail: {},
  };
}

/** The product never calls SQS and has no client for it, so this speaks its JSON protocol. */
async function call(
  sandbox: Sandbox,
  operation: string,
  input: object,
): Promise<Readonly<Record<string, unknown>>> {
  const answer = await fetch(sandbox.endpoint, {
    method: "POST",
    headers: {
      "content-type": "application/x-amz-json-1.0",
      "x-amz-target": `AmazonSQS.${operation}`,
    },
    body: JSON.stringify(input),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`SQS refused ${operation}: ${text}`);
  const body: Readonly<Record<string, unknown>> = JSON.parse(text);
  return body;
}
