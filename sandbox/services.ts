import { amplify } from "./amplify/index.ts";
import { appRunner } from "./apprunner/index.ts";
import type { RoleArnOf } from "./cloudtrail/identity.ts";
import { cloudTrail } from "./cloudtrail/index.ts";
import { ecr } from "./ecr/index.ts";
import { ecs } from "./ecs/index.ts";
import {
  type Arrival,
  type Delivery,
  type EventBridgeEvent,
  eventBridge,
} from "./eventbridge/index.ts";
import { handToQueue } from "./eventbridge/queue-target.ts";
import type { Paging } from "./input/page.ts";
import { lambda } from "./lambda/index.ts";
import { s3 } from "./s3/index.ts";
import type { Service } from "./server/operation.ts";
import type { FinishedCall } from "./server/record.ts";
import { type PublishedMessage, sns } from "./sns/index.ts";
import { type QueuesOf, sqs } from "./sqs/index.ts";
import { type ParameterStore, ssm } from "./ssm/index.ts";

export type { Arrival, Delivery, EventBridgeEvent } from "./eventbridge/index.ts";
export type { MessageAttribute, PublishedMessage } from "./sns/index.ts";

/** What a test or the story may listen to. Each returns a function that ends it. */
export type Events = {
  /**
   * Every event on a default bus that a rule in state ENABLED could match. Read-only management
   * events (AssumeRoleWithWebIdentity is one) only with `readOnlyToo`.
   */
  onEvent(
    listener: (event: EventBridgeEvent, arrival: Arrival) => void,
    options?: { readonly readOnlyToo?: boolean },
  ): () => void;
  /** What rules send to their targets, except event buses. */
  onDelivery(listener: (delivery: Delivery) => void): () => void;
};

/** All services of the account except IAM and STS. */
export type RegionalServices = {
  readonly services: readonly Service[];
  /** Must get every call of every service, because CloudTrail records them. */
  readonly onFinished: (finished: FinishedCall) => void;
  readonly events: Events;
  /** What was published to SNS topics, in order. */
  readonly messages: readonly PublishedMessage[];
  readonly queuesOf: QueuesOf;
  readonly parameters: Pick<ParameterStore, "seed" | "expire">;
  readonly functions: Pick<ReturnType<typeof lambda>, "handle">;
};

/** Creates the regional services and connects them. */
export function regionalServices(dependencies: {
  readonly account: string;
  readonly paging: () => Paging;
  readonly roleArnOf: RoleArnOf;
  readonly now: () => Date;
  /** The sandbox's address, known once it listens. */
  readonly endpoint: () => string;
  /** For how many milliseconds former states are kept. */
  readonly keepMs: () => number;
}): RegionalServices {
  const { account, paging, roleArnOf, now, endpoint, keepMs } = dependencies;
  const messages: PublishedMessage[] = [];
  const onEvent = listeners<[EventBridgeEvent, Arrival]>();
  const onDelivery = listeners<[Delivery]>();
  const queues = sqs({ endpoint });
  const bridge = eventBridge({
    account,
    paging,
    onEvent: onEvent.notify,
    onDelivery: (delivery) => {
      handToQueue(queues.queuesOf, delivery, now());
      onDelivery.notify(delivery);
    },
  });
  const { emit } = bridge;
  const trail = cloudTrail({ emit, paging, roleArnOf });
  const parameters = ssm({ emit, paging, keepMs });
  const functions = lambda({ paging });
  return {
    services: [
      parameters.service,
      ecr({ emit, paging }),
      appRunner({ emit, paging }),
      ecs({ emit, paging }),
      amplify({ emit, paging }),
      functions.service,
      sns({ deliver: (message) => messages.push(message), paging }),
      queues.service,
      bridge.service,
      trail.service,
      // Last: any path could be that of an object.
      s3(),
    ],
    onFinished: trail.onFinished,
    events: {
      onEvent: (listener, options = {}) =>
        onEvent.add((event, arrival) => {
          if (!arrival.readOnly || options.readOnlyToo === true) listener(event, arrival);
        }),
      onDelivery: onDelivery.add,
    },
    messages,
    queuesOf: queues.queuesOf,
    parameters,
    functions,
  };
}

/** Listeners, called one after the other. One that throws stops neither the service nor others. */
function listeners<Args extends readonly unknown[]>(): {
  readonly notify: (...args: Args) => void;
  readonly add: (listener: (...args: Args) => void) => () => void;
} {
  const all = new Set<(...args: Args) => void>();
  return {
    notify: (...args) => {
      for (const listener of [...all]) {
        try {
          listener(...args);
        } catch (error) {
          console.error("sandbox: a listener failed:", error);
        }
      }
    },
    add: (listener) => {
      const own = (...args: Args): void => listener(...args);
      all.add(own);
      return () => {
        all.delete(own);
      };
    },
  };
}
