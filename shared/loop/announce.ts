import type { Fault } from "../aws/reading.ts";
import { publish, putEvents } from "../edge/alerts.ts";
import type { Clients } from "../edge/clients.ts";
import { type Announced, type Post, postsOf } from "../report/posts.ts";
import type { Alert } from "../report/report.ts";

export type Channels = {
  /** `null`: no topic is set up. */
  readonly topicArn: string | null;
  readonly bus: string;
};

export type Delivery = {
  readonly faults: readonly Fault[];
  /** Alerts that the channel which counts did not take: the topic where one is set, else the bus. */
  readonly undelivered: readonly Alert[];
};

/** The fault of each thing that was sent; `null` where it was taken. */
type Sent<Key> = ReadonlyMap<Key, Fault | null>;
type BusPost = Post["bus"][number];

/**
 * Sends the alerts of a run, the worst first, by every channel; above 25 of one kind as a digest. A
 * channel that fails is reported and stops nothing. A bus takes what nobody listens to, so where a
 * topic is set up only the topic's word counts as delivery.
 */
export async function announce(
  clients: Clients,
  channels: Channels,
  alerts: readonly Announced[],
): Promise<Delivery> {
  const { topicArn, bus } = channels;
  const posts = postsOf(alerts);
  const eager = posts.filter(({ topicFirst }) => topicArn === null || !topicFirst);
  const [topic, early] = await Promise.all([
    topicArn === null ? new Map<Post, Fault | null>() : publishPosts(clients, topicArn, posts),
    putPosts(clients, bus, eager),
  ]);
  const late = posts.filter((post) => !eager.includes(post) && topic.get(post) === null);
  const events = new Map([...early, ...(await putPosts(clients, bus, late))]);
  const faults = [...topic.values(), ...events.values()].filter((fault) => fault !== null);
  const undelivered = new Set(
    topicArn === null
      ? notTaken([...posts.flatMap((post) => post.bus)], events)
      : notTaken(posts, topic),
  );
  return {
    faults: [...new Map(faults.map((fault) => [fault.message, fault])).values()],
    undelivered: alerts.map(({ alert }) => alert).filter((alert) => undelivered.has(alert)),
  };
}

async function publishPosts(
  clients: Clients,
  topicArn: string,
  posts: readonly Post[],
): Promise<Sent<Post>> {
  const messages = posts.map(({ topic }) => topic);
  const outcomes = await publish(clients, topicArn, messages);
  return new Map(posts.map((post, index) => [post, outcomes[index] ?? null]));
}

async function putPosts(
  clients: Clients,
  bus: string,
  posts: readonly Post[],
): Promise<Sent<BusPost>> {
  const sent = posts.flatMap((post) => post.bus);
  const events = sent.map(({ event }) => event);
  const outcomes = await putEvents(clients, bus, events);
  return new Map(sent.map((each, index) => [each, outcomes[index] ?? null]));
}

function notTaken<Key extends { readonly alerts: readonly Alert[] }>(
  keys: readonly Key[],
  sent: Sent<Key>,
): readonly Alert[] {
  return keys.filter((key) => sent.get(key) !== null).flatMap(({ alerts }) => alerts);
}
