import type { Members } from "../input/members.ts";
import { byKey, listingPage, type Paging } from "../input/page.ts";
import { refused } from "../input/refusal.ts";
import type { Call } from "../server/operation.ts";

export type Subscription = {
  readonly arn: string;
  readonly protocol: string;
  readonly endpoint: string;
  readonly attributes: ReadonlyMap<string, string>;
};

export type Topic = {
  readonly arn: string;
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly tags: ReadonlyMap<string, string>;
  readonly subscriptions: Map<string, Subscription>;
};

/** One Region's topics by ARN. */
export type Topics = Map<string, Topic>;

export function invalid(parameter: string, reason: string): Error {
  return refused("InvalidParameter", `Invalid parameter: ${parameter} Reason: ${reason}`);
}

export function topicAt(topics: Topics, members: Members): Topic {
  const arn = members.text("TopicArn");
  if (!/^arn:aws[\w-]*:sns:[^:]+:\d{12}:[A-Za-z0-9_.-]+$/.test(arn)) {
    throw invalid("TopicArn", `An ARN must have at least 6 elements, not ${arn.split(":").length}`);
  }
  const topic = topics.get(arn);
  if (topic === undefined) throw refused("NotFound", "Topic does not exist", 404);
  return topic;
}

/** CreateTopic: returns the ARN of the topic of that name, whether new or not. */
export function createTopic(topics: Topics, members: Members, call: Call): object {
  const name = members.text("Name");
  const attributes = members.textMap("Attributes");
  const fifo = attributes.get("FifoTopic") === "true";
  if (!/^[A-Za-z0-9_-]{1,256}$/.test(fifo ? name.replace(/\.fifo$/, "") : name)) {
    throw invalid("Topic Name", "Topic names may hold letters, digits, hyphens and underscores");
  }
  const tags = members
    .structures("Tags", { max: 50 })
    .map((tag): [string, string] => [tag.text("Key"), tag.text("Value")]);
  const arn = `arn:aws:sns:${call.region}:${call.account}:${name}`;
  const before = topics.get(arn);
  if (before === undefined) {
    topics.set(arn, { arn, name, attributes, tags: new Map(tags), subscriptions: new Map() });
  } else if (tags.some(([key, value]) => before.tags.get(key) !== value)) {
    throw invalid("Tags", "Topic already exists with different tags");
  }
  return { TopicArn: arn };
}

const pageSize = 100;

export function listTopics(topics: Topics, members: Members, paging: Paging): object {
  const keyOf = (topic: Topic): string => topic.arn;
  const page = listingPage(members, {
    items: [...topics.values()].sort(byKey(keyOf)),
    keyOf,
    limit: pageSize,
    tokenName: "NextToken",
    scope: "topics",
    paging,
    badToken: () => invalid("NextToken", "not one that was given out"),
  });
  return { Topics: page.items.map(({ arn }) => ({ TopicArn: arn })), ...page.next };
}

/** DeleteTopic: a topic that does not exist is not an error. */
export function deleteTopic(topics: Topics, members: Members): object {
  topics.delete(members.text("TopicArn"));
  return {};
}

export function getTopicAttributes(topics: Topics, members: Members, call: Call): object {
  const topic = topicAt(topics, members);
  const counted = [
    ["TopicArn", topic.arn],
    ["Owner", call.account],
    ["DisplayName", topic.attributes.get("DisplayName") ?? ""],
    ["SubscriptionsConfirmed", String(topic.subscriptions.size)],
    ["SubscriptionsPending", "0"],
    ["SubscriptionsDeleted", "0"],
  ] as const;
  return { Attributes: new Map([...topic.attributes, ...counted]) };
}

const protocols = [
  ...["http", "https", "email", "email-json", "sms", "sqs", "application", "lambda", "firehose"],
];

/** Subscribe: confirmed at once. The same endpoint again returns the existing subscription. */
export function subscribe(topics: Topics, members: Members, call: Call): object {
  const topic = topicAt(topics, members);
  const protocol = members.text("Protocol");
  const endpoint = members.optionalText("Endpoint") ?? "";
  if (!protocols.includes(protocol)) {
    throw invalid("Protocol", `${protocol} is not one of ${protocols.join(", ")}`);
  }
  const attributes = members.textMap("Attributes");
  checkFilterPolicy(attributes.get("FilterPolicy"));
  const same = topic.subscriptions
    .values()
    .find((other) => other.protocol === protocol && other.endpoint === endpoint);
  const arn = same?.arn ?? `${topic.arn}:${call.requestId}`;
  topic.subscriptions.set(arn, { arn, protocol, endpoint, attributes });
  return { SubscriptionArn: arn };
}

function checkFilterPolicy(text: string | undefined): void {
  if (text === undefined || text === "") return;
  try {
    JSON.parse(text);
  } catch {
    throw invalid("Attributes", "FilterPolicy: failed to parse JSON");
  }
}

export function unsubscribe(topics: Topics, members: Members): object {
  const arn = members.text("SubscriptionArn");
  for (const topic of topics.values()) topic.subscriptions.delete(arn);
  return {};
}

export function listSubscriptions(
  topics: Topics,
  members: Members,
  call: Call,
  paging: Paging,
): object {
  const topic = topicAt(topics, members);
  const keyOf = (subscription: Subscription): string => subscription.arn;
  const page = listingPage(members, {
    items: [...topic.subscriptions.values()].sort(byKey(keyOf)),
    keyOf,
    limit: pageSize,
    tokenName: "NextToken",
    scope: `subscriptions ${topic.arn}`,
    paging,
    badToken: () => invalid("NextToken", "not one that was given out"),
  });
  return {
    Subscriptions: page.items.map((subscription) => ({
      SubscriptionArn: subscription.arn,
      Owner: call.account,
      Protocol: subscription.protocol,
      Endpoint: subscription.endpoint,
      TopicArn: topic.arn,
    })),
    ...page.next,
  };
}
