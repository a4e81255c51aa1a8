/**
 * Simple Queue Service: standard and FIFO queues of each Region, with dead-letter queues and queue
 * policies. `queuesOf` is how EventBridge and Lambda reach them. Left out: batches, DeleteQueue,
 * long polling, high throughput and encryption.
 */

import {
  type Authorization,
  requestTagContext,
  resourceTagContext,
  tagsIn,
  textIn,
} from "../input/authorization.ts";
import { validationSentence } from "../input/members.ts";
import { operationsOf, perRegion } from "../input/operations.ts";
import type { Call, Service } from "../server/operation.ts";
import { createQueue, getQueueAttributes, setQueueAttributes } from "./attributes.ts";
import { invalidValue, nameInUrl, noSuchQueue, type Queues, type QueuesOf } from "./queue.ts";
import { changeVisibility, deleteMessage, purgeQueue, receiveMessage } from "./receive.ts";
import { sendMessage } from "./send.ts";

export type { QueuesOf } from "./queue.ts";

/** The service. A queue's URL is under the sandbox's own endpoint. */
export function sqs(dependencies: { readonly endpoint: () => string }): {
  readonly service: Service;
  readonly queuesOf: QueuesOf;
} {
  const queuesOf = perRegion((): Queues => new Map());
  const urlOf = (call: Call, name: string): object => ({
    QueueUrl: `${dependencies.endpoint()}/${call.account}/${name}`,
  });
  const service: Service = {
    name: "sqs",
    protocol: "json-1.0",
    targetPrefix: "AmazonSQS",
    operations: operationsOf({
      handlers: {
        CreateQueue: (_, members, call) => urlOf(call, createQueue(queuesOf, members, call).name),
        GetQueueUrl: (queues, members, call) => {
          const name = members.text("QueueName");
          if (!queues.has(name)) throw noSuchQueue();
          return urlOf(call, name);
        },
        GetQueueAttributes: getQueueAttributes,
        SetQueueAttributes: (_, members, call) => setQueueAttributes(queuesOf, members, call),
        SendMessage: sendMessage,
        ReceiveMessage: (_, members, call) => receiveMessage(queuesOf, members, call),
        DeleteMessage: deleteMessage,
        ChangeMessageVisibility: changeVisibility,
        PurgeQueue: purgeQueue,
      },
      stateOf: queuesOf,
      refuse: (violation) => invalidValue(validationSentence(violation)),
    }),
    keep: queuesOf.keep,
    authorize: (call) => authorizeQueues(queuesOf(call), call),
    resourcePolicyOf: (call) => queuesOf(call).get(nameIn(call))?.attributes.get("Policy") ?? null,
  };
  return { service, queuesOf };
}

function nameIn(call: Call): string {
  return textIn(call.input, "QueueName") ?? nameInUrl(textIn(call.input, "QueueUrl") ?? "");
}

/** Source: Service Authorization Reference, Amazon SQS. */
function authorizeQueues(queues: Queues, call: Call): readonly Authorization[] {
  const name = nameIn(call);
  return [
    {
      action: `sqs:${call.operation}`,
      resource: `arn:aws:sqs:${call.region}:${call.account}:${name}`,
      context: new Map([
        ...resourceTagContext(queues.get(name)?.tags ?? new Map()),
        ...requestTagContext(tagsIn(call.input, "tags")),
      ]),
    },
  ];
}
