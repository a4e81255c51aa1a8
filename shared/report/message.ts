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
  readonly attributes: Readonly<Record<"kind" | "severity" | "environment" | "account", string>>;
};

const icons = { critical: ":rotating_light:", warning: ":warning:", info: ":information_source:" };

/**
 * The body is a custom notification of Amazon Q Developer in chat applications (schema version
 * 1.0), laid out over lines so that an e-mail subscriber can read the same text.
 */
export function topicMessage(alert: Alert, context: AlertContext): TopicMessage {
  const lines = alert.text.split("\n");
  const next = lines.at(-1) ?? "";
  const body = {
    version: "1.0",
    source: "custom",
    id: `${context.runId}-${alert.kind}-${alert.environment}`,
    content: {
      textType: "client-markdown",
      title: `${icons[alert.severity]} ${alert.title}`.slice(0, 250),
      description: lines.join("\n\n").slice(0, 8000),
      nextSteps: [next.slice(0, 350)],
      keywords: [alert.kind, alert.severity, alert.environment].map((word) => word.slice(0, 75)),
    },
    metadata: {
      threadId: `oidc-reconciler-${context.account}-${alert.environment}`,
      summary: alert.title,
      eventType: alert.kind,
      additionalContext: {
        account: context.account,
        region: context.region,
        runId: context.runId,
        at: context.at,
      },
    },
  };
  return {
    subject: subjectOf(alert.severity, alert.title),
    body: JSON.stringify(body, null, 2),
    attributes: {
      kind: alert.kind,
      severity: alert.severity,
      environment: alert.environment,
      account: context.account,
    },
  };
}

const subjectLengthMax = 99;

function subjectOf(severity: Severity, title: string): string {
  const plain = `[${severity}] ${title}`.replaceAll(/[^ -~]+/g, " ");
  return plain.length <= subjectLengthMax ? plain : `${plain.slice(0, subjectLengthMax - 3)}...`;
}

/** An event on the bus: the whole alert as JSON, for rules and other tools. */
export type BusEvent = {
  readonly source: "oidc-reconciler";
  readonly detailType: "OIDC Reconciler Alert";
  readonly detail: string;
};

export function busEvent(alert: Alert, context: AlertContext): BusEvent {
  const { account, region, runId, at, widenings } = context;
  return {
    source: "oidc-reconciler",
    detailType: "OIDC Reconciler Alert",
    detail: JSON.stringify({ ...alert, account, region, runId, at, widenings }),
  };
}
