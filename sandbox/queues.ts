import { pollQueue, type QueueHandler } from "./lambda/mapping.ts";
import { dropOld, isInFlight, type QueuesOf, queueByArn } from "./sqs/queue.ts";

export type { QueueEvent, QueueHandler, QueueRecord } from "./lambda/mapping.ts";

/** A message as it lies in a queue; looking at it changes nothing. */
export type QueuedMessage = {
  readonly id: string;
  readonly body: string;
  readonly group: string | null;
  readonly receiveCount: number;
  readonly inFlight: boolean;
  readonly sentAt: Date;
  /** Message attributes as they were sent: of a dead letter, why it is one. */
  readonly attributes: Readonly<Record<string, unknown>>;
};

/** The account's queues, as a test uses them beside the API. */
export type SandboxQueues = {
  /**
   * Hands what is in a queue to a function, batch by batch as Lambda's event source mapping does,
   * until nothing more is given; gives the number of batches. What failed comes again once its
   * visibility timeout is over. Rejects where there is no such queue.
   */
  deliver(
    queueArn: string,
    handler: QueueHandler,
    options?: { readonly batchSize?: number },
  ): Promise<number>;
  /** What lies in a queue, the oldest first. Throws where there is no such queue. */
  messagesIn(queueArn: string): readonly QueuedMessage[];
};

export function sandboxQueues(queuesOf: QueuesOf, now: () => Date): SandboxQueues {
  return {
    deliver: (queueArn, handler, { batchSize = 10 } = {}) =>
      pollQueue({ queuesOf, queueArn, batchSize, now }, handler),
    messagesIn: (queueArn) => {
      const queue = queueByArn(queuesOf, queueArn);
      if (queue === null) throw new Error(`The sandbox has no queue ${queueArn}.`);
      dropOld(queue, now());
      return [...queue.messages.values()].map((message) => ({
        id: message.id,
        body: message.body,
        group: message.group,
        receiveCount: message.receiveCount,
        inFlight: isInFlight(message, now()),
        sentAt: message.sentAt,
        attributes: message.attributes,
      }));
    },
  };
}
