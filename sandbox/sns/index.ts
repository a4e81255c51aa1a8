/**
 * Simple Notification Service: topics, subscriptions and Publish. Messages go to
 * `sandbox.messages`. Left out: delivery to subscribers, filter policies (stored only) and resource
 * policies of topics.
 */

import {
  type Authorization,
  requestTagContext,
  resourceTagContext,
  tagsIn,
  textIn,
} from "../input/authorization.ts";
import { operationsOf, perRegion } from "../input/operations.ts";
import type { Paging } from "../input/page.ts";
import type { Call, Service } from "../server/operation.ts";
import { type PublishedMessage, publish } from "./publish.ts";
import {
  createTopic,
  deleteTopic,
  getTopicAttributes,
  invalid,
  listSubscriptions,
  listTopics,
  subscribe,
  type Topics,
  unsubscribe,
} from "./topic.ts";

export type { MessageAttribute, PublishedMessage } from "./publish.ts";

/** The service. `deliver` gets every message. */
export function sns(dependencies: {
  readonly deliver: (message: PublishedMessage) => void;
  readonly paging: () => Paging;
}): Service {
  const { deliver, paging } = dependencies;
  const topicsOf = perRegion((): Topics => new Map());
  return {
    name: "sns",
    protocol: "query",
    xmlNamespace: "http://sns.amazonaws.com/doc/2010-03-31/",
    operations: operationsOf({
      handlers: {
        CreateTopic: createTopic,
        ListTopics: (topics, members) => listTopics(topics, members, paging()),
        DeleteTopic: deleteTopic,
        GetTopicAttributes: getTopicAttributes,
        Subscribe: subscribe,
        Unsubscribe: unsubscribe,
        ListSubscriptionsByTopic: (topics, members, call) =>
          listSubscriptions(topics, members, call, paging()),
        Publish: (topics, members, call) => publish(topics, members, call, deliver),
      },
      stateOf: topicsOf,
      refuse: ({ member, constraint }) => invalid(member, constraint),
    }),
    keep: topicsOf.keep,
    authorize: (call) => authorizeTopics(topicsOf(call), call),
  };
}

/** Source: Service Authorization Reference, Amazon SNS. */
function authorizeTopics(topics: Topics, call: Call): readonly Authorization[] {
  const action = `sns:${call.operation}`;
  const place = `arn:aws:sns:${call.region}:${call.account}`;
  switch (call.operation) {
    case "ListTopics":
      return [{ action, resource: `${place}:*` }];
    case "CreateTopic": {
      const context = requestTagContext(tagsIn(call.input, "Tags"));
      return [{ action, resource: `${place}:${textIn(call.input, "Name") ?? ""}`, context }];
    }
    default: {
      const named = textIn(call.input, "TopicArn") ?? textIn(call.input, "TargetArn");
      const subscribed = textIn(call.input, "SubscriptionArn")?.replace(/:[^:]*$/, "");
      const resource = named ?? subscribed ?? `${place}:`;
      const context = new Map([
        ...resourceTagContext(topics.get(resource)?.tags ?? new Map()),
        ...subscriptionKeys(call),
      ]);
      return [{ action, resource, context }];
    }
  }
}

function subscriptionKeys(call: Call): readonly (readonly [string, readonly string[]])[] {
  if (call.operation !== "Subscribe") return [];
  return [
    ["sns:Protocol", [textIn(call.input, "Protocol") ?? ""]],
    ["sns:Endpoint", [textIn(call.input, "Endpoint") ?? ""]],
  ];
}
