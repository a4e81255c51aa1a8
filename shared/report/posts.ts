import {
  type AlertContext,
  type BusEvent,
  busDigest,
  busEvent,
  type Digest,
  descriptionLengthMax,
  type TopicMessage,
  topicDigest,
  topicMessage,
} from "./message.ts";
import type { Alert, AlertKind, Severity } from "./report.ts";

/** An alert with what is sent beside it. */
export type Announced = { readonly alert: Alert; readonly context: AlertContext };

/** What goes out for one alert, or for a whole kind of them, by each channel. */
export type Post = {
  /** The alerts that it is about. */
  readonly alerts: readonly Alert[];
  readonly topic: TopicMessage;
  /** Each with the alerts that it is about. */
  readonly bus: readonly { readonly event: BusEvent; readonly alerts: readonly Alert[] }[];
  /** It may go on the bus only after the topic, where one is set up, took it. */
  readonly topicFirst: boolean;
};

/** Up to this many alerts of one kind go out one by one; above, a person reads one digest. */
export const singlesMax = 25;

const rank: Readonly<Record<Severity, number>> = { critical: 0, warning: 1, info: 2 };

/**
 * Sorts a run's alerts into what is sent, the worst first. On the bus every critical alert stays an
 * event of its own, for those who open tickets by rule.
 */
export function postsOf(announced: readonly Announced[]): readonly Post[] {
  const byKind = Map.groupBy(announced, ({ alert }) => alert.kind);
  const posts = [...byKind].flatMap(([kind, all]) =>
    all.length > singlesMax ? digested(kind, worstFirst(all)) : all.map(single),
  );
  return posts.toSorted((left, right) => worstOf(left) - worstOf(right));
}

function worstFirst(all: readonly Announced[]): readonly Announced[] {
  return all.toSorted((left, right) => rank[left.alert.severity] - rank[right.alert.severity]);
}

function worstOf({ alerts }: Post): number {
  return Math.min(...alerts.map(({ severity }) => rank[severity]));
}

function single({ alert, context }: Announced): Post {
  return {
    alerts: [alert],
    topic: topicMessage(alert, context),
    bus: [{ event: busEvent(alert, context), alerts: [alert] }],
    topicFirst: isTopicFirst(alert.kind),
  };
}

/** On the bus alone it would count as delivered, and nobody would read what the run had found. */
function isTopicFirst(kind: AlertKind): boolean {
  return kind === "run-interrupted";
}

function digested(kind: AlertKind, all: readonly Announced[]): readonly Post[] {
  const [first] = all;
  if (first === undefined) return [];
  const { context } = first;
  const alerts = all.map(({ alert }) => alert);
  const critical = all.filter(({ alert }) => alert.severity === "critical");
  const others = alerts.filter(({ severity }) => severity !== "critical");
  const rest = {
    event: busDigest(digestAlert(kind, others, context), context),
    alerts: others,
  };
  return [
    {
      alerts,
      topic: topicDigest(digestAlert(kind, alerts, context), context),
      bus: [
        ...critical.flatMap((each) => single(each).bus),
        ...(others.length === 0 ? [] : [rest]),
      ],
      topicFirst: isTopicFirst(kind),
    },
  ];
}

/** SNS takes 256 KB, in which every environment is twice: in the body and as an attribute. */
const nameBytesMax = 100_000;

const titlesShown = 5;
const titleLengthMax = 250;

function digestAlert(kind: AlertKind, alerts: readonly Alert[], context: AlertContext): Digest {
  const names = [...new Set(alerts.map(({ environment }) => environment))];
  const environments = fitting(names);
  const left = names.length - environments.length;
  const places = `${names.length} ${names.length === 1 ? "environment" : "environments"}`;
  const shown = alerts.slice(0, titlesShown).map(({ title }) => `- ${shortened(title)}`);
  const head = [`${alerts.length} alerts of the kind ${kind}. The first of them:`, ...shown];
  const tail = [
    ...(left === 0
      ? []
      : [`${left} more environments do not fit into one message and are left out.`]),
    `The report and the log of run ${context.runId} have each alert in full.`,
  ];
  // Paragraphs are a line apart in the body.
  const room = descriptionLengthMax - [...head, ...tail].join("\n\n").length - 200;
  return {
    kind,
    severity: alerts[0]?.severity ?? "info",
    title: `${alerts.length} alerts ${kind}, in ${places}`,
    text: [...head, listed(environments, room), ...tail].join("\n"),
    count: alerts.length,
    environments,
  };
}

/** The names in a sentence, as many as there is room for in what a chat shows. */
function listed(names: readonly string[], room: number): string {
  let length = 0;
  const over = names.findIndex((name) => {
    length += name.length + 2;
    return length > room;
  });
  if (over === -1) return `The environments: ${names.join(", ")}.`;
  const more = `and ${names.length - over} more, which are in the message's attribute environment`;
  return `The environments: ${names.slice(0, over).join(", ")}, ${more}.`;
}

/** As many names from the front as take no more than their share of bytes in a JSON array. */
function fitting(names: readonly string[]): readonly string[] {
  const encoder = new TextEncoder();
  let bytes = 2;
  const over = names.findIndex((name) => {
    bytes += encoder.encode(JSON.stringify(name)).length + 2;
    return bytes > nameBytesMax;
  });
  return over === -1 ? names : names.slice(0, over);
}

function shortened(title: string): string {
  const line = title.replaceAll(/\s+/g, " ");
  return line.length <= titleLengthMax ? line : `${line.slice(0, titleLengthMax - 1)}…`;
}
