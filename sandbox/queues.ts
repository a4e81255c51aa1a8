import { pollQueue, type QueueHandler } from "./lambda/mapping.ts";
import { dropOld, isInFlight, type QueuesOf, queueByArn } from "./sqs/queue.ts";

export type { QueueEvent, QueueHandler, QueueRecord } from "./lambda/mapping.ts";

/** A message in a queue. To look at it changes nothing. */
export type QueuedMessage = {
  readonly id: string;
  readonly body: string;
  readonly group: string | null;
  readonly receiveCount: number;
  readonly inFlight: boolean;
  readonly sentAt: Date;
  /** Message attributes as they were sent. Those of a dead letter say why it is one. */
  readonly attributes: Readonly<Record<string, unknown>>;
};

/** The account's queues, for a test to use without the API. */
export type SandboxQueues = {
  /**
   * Gives what is in a queue to a function, batch by batch as Lambda's event source mapping does,
   * until the queue gives nothing more; returns the number of batches. What failed comes again
   * after its visibility timeout. Rejects if the queue does not exist.
   */
  deliver(
    queueArn: string,
    handler: QueueHandler,
    options?: { readonly batchSize?: number },
  ): Promise<number>;
  /** What is in a queue, the oldest first. Throws if the queue does not exist. */
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
