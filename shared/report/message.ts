import { safeJson } from "../language/visible.ts";
import type { Alert, ReportedWidening, Severity } from "./report.ts";

/** What every alert carries beside its text, whichever way it goes. */
export type AlertContext = {
  readonly account: string;
  readonly region: string;
  readonly runId: string;
  readonly at: string;
  /** The widenings of the alert's environment in this run. */
  readonly widenings: readonly ReportedWidening[];
};

/** An SNS publish: subject under 100 ASCII characters, attributes for filter policies. */
export type TopicMessage = {
  readonly subject: string;
  readonly body: string;
  readonly attributes: {
    readonly kind: string;
    readonly severity: string;
    /** All of them where the message is of many: an attribute of type `String.Array`. */
    readonly environment: string | readonly string[];
    readonly account: string;
  };
};

/** Many alerts of one kind, sent as one. */
export type Digest = Pick<Alert, "kind" | "severity" | "title" | "text"> & {
  readonly count: number;
  /** Every environment, those of the worst alerts first, as far as they fit. */
  readonly environments: readonly string[];
};

const icons = { critical: ":rotating_light:", warning: ":warning:", info: ":information_source:" };

/** What Amazon Q Developer in chat applications takes of a description. */
export const descriptionLengthMax = 8000;

/** The alert as a message on the topic. */
export function topicMessage(alert: Alert, context: AlertContext): TopicMessage {
  return messageOf(alert, context, {
    id: alert.environment,
    environment: alert.environment,
    keywords: [alert.environment],
    additionalContext: {},
  });
}

/** Many alerts of one kind as one message on the topic, which names every environment. */
export function topicDigest(digest: Digest, context: AlertContext): TopicMessage {
  return messageOf(digest, context, {
    id: digest.kind,
    environment: digest.environments,
    keywords: [],
    additionalContext: { environments: digest.environments.join(", ") },
  });
}

/**
 * The body is a custom notification of Amazon Q Developer in chat applications (schema version
 * 1.0), laid out over lines so that an e-mail subscriber can read the same text.
 */
function messageOf(
  alert: Pick<Alert, "kind" | "severity" | "title" | "text">,
  context: AlertContext,
  about: {
    readonly id: string;
    readonly environment: string | readonly string[];
    readonly keywords: readonly string[];
    readonly additionalContext: Readonly<Record<string, string>>;
  },
): TopicMessage {
  const { kind, severity, title } = alert;
  const { account, region, runId, at } = context;
  const lines = inChat(alert.text).split("\n");
  const next = lines.at(-1) ?? "";
  const body = {
    version: "1.0",
    source: "custom",
    id: `${runId}-${kind}-${about.id}`,
    content: {
      textType: "client-markdown",
      title: `${icons[severity]} ${inChat(title)}`.slice(0, 250),
      description: lines.join("\n\n").slice(0, descriptionLengthMax),
      nextSteps: [next.slice(0, 350)],
      keywords: [kind, severity, ...about.keywords].map((word) => word.slice(0, 75)),
    },
    metadata: {
      threadId: `oidc-reconciler-${account}-${about.id}`,
      summary: inChat(title).slice(0, 1000),
      eventType: kind,
      additionalContext: { account, region, runId, at, ...about.additionalContext },
    },
  };
  return {
    subject: subjectOf(severity, title),
    body: safeJson(JSON.stringify(body, null, 2)),
    attributes: { kind, severity, environment: about.environment, account },
  };
}

/**
 * A text in which a chat finds neither a link with words of its own nor a mention: what somebody wrote into a
 * policy could otherwise ask in our name to approve something, one click away. The bus has it letter by letter.
 */
function inChat(text: string): string {
  return text.replaceAll("<", "‹").replaceAll(">", "›").replaceAll("](", "] (");
}

const subjectLengthMax = 99;

function subjectOf(severity: Severity, title: string): string {
  const plain = `[${severity}] ${title}`.replaceAll(/[^ -~]+/g, " ");
  return plain.length <= subjectLengthMax ? plain : `${plain.slice(0, subjectLengthMax - 3)}...`;
}

/** An event on the bus: an alert whole as JSON, for rules and other tools, or who it was about. */
export type BusEvent = {
  readonly source: "oidc-reconciler";
  readonly detailType: "OIDC Reconciler Alert" | "OIDC Reconciler Attribution";
  readonly detail: string;
};

/** EventBridge takes 256 KB at least with all that it counts; no alert may be too large to go out. */
const detailBytesMax = 190_000;

/**
 * The alert as an event on the bus, with its environment's widenings. Where these make it too large
 * they are left out, which `shortened` says: the report and the log have them.
 */
export function busEvent(alert: Alert, context: AlertContext): BusEvent {
  const { account, region, runId, at, widenings } = context;
  const whole = eventOf({ ...alert, account, region, runId, at, widenings });
  if (new TextEncoder().encode(whole.detail).length <= detailBytesMax) return whole;
  const title = alert.title.slice(0, 250);
  const text = alert.text.slice(0, descriptionLengthMax);
  const short = { ...alert, title, text, account, region, runId, at };
  return eventOf({ ...short, widenings: [], shortened: true });
}

/** Many alerts of one kind as one event on the bus: `environments` instead of `environment`. */
export function busDigest(digest: Digest, context: AlertContext): BusEvent {
  const { account, region, runId, at } = context;
  return eventOf({ ...digest, account, region, runId, at });
}

function eventOf(detail: Readonly<Record<string, unknown>>): BusEvent {
  return {
    source: "oidc-reconciler",
    detailType: "OIDC Reconciler Alert",
    detail: safeJson(JSON.stringify(detail)),
  };
}
