import {
  EventBridgeClient,
  PutRuleCommand,
  PutTargetsCommand,
  type RuleState,
} from "@aws-sdk/client-eventbridge";
import { AssumeRoleWithWebIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { vi } from "vitest";
import type { PublishedMessage, QueueEvent, Sandbox, TokenRequest } from "../../sandbox/index.ts";
import { clientOptions } from "../../sandbox/seed.ts";
import type { RefusalReport } from "../../shared/runs/refusals.ts";
import { queueIn } from "../sandbox/sqs/queue-call.ts";
import { deployFunction } from "../stack/deployed.ts";
import { chosenTemplate, packagedTemplate, type StackChoices } from "../stack/package.ts";
import { isRecord, resolved, resourceOf, type Template } from "../stack/template.ts";
import { guide, organization, roleName, shop } from "./documents.ts";
import { type Scenario, startScenario } from "./harness.ts";

const { handler } = await import("../../functions/diagnose.ts");

const functionName = "oidc-reconciler-prod-diagnose";
const queueArn = "arn:aws:sqs:us-east-1:123456789012:oidc-reconciler-prod-refused";
export const deadLetters = `${queueArn}-failures`;
export const roleArn = `arn:aws:iam::123456789012:role/${roleName}`;

/** A job of the guide's project, on a branch that its document does not name. */
export const dev: TokenRequest = {
  organizationId: organization,
  projectId: shop,
  userId: "c2e94f1d-06a7-4b58-9f3e-71d8ab45c690",
  origin: "github.com/acme/shop",
  ref: "refs/heads/dev",
};

/** What one delivery of the queue came to. */
type Delivered = {
  readonly batches: number;
  readonly reports: readonly RefusalReport[];
  /** What the function threw, in one text; empty where it did not. */
  readonly thrown: string;
  readonly alerts: readonly Alerted[];
  /** Sums of the metrics that were written. */
  readonly metrics: Readonly<Record<string, number>>;
};

type Alerted = {
  readonly kind: string;
  readonly severity: string;
  readonly environment: string;
  readonly title: string;
  readonly text: string;
};

/** An account in sync with a trail, and the part of the stack that watches over refused calls. */
export type Watched = {
  readonly account: Scenario;
  /** A job asks for the role; true where it got it. */
  readonly job: (token?: Partial<TokenRequest>, asked?: Asked) => Promise<boolean>;
  /** Lambda hands over what is in the queue. */
  readonly deliver: () => Promise<Delivered>;
  /** The function with a payload by hand, so many times at once. */
  readonly ask: (event: unknown, times?: number) => Promise<Delivered>;
  readonly waiting: () => readonly string[];
};

type Asked = {
  readonly role?: string;
  readonly session?: string;
  readonly seconds?: number;
  /** In place of a token of the issuer's. */
  readonly token?: string;
};

export async function startWatched(choices?: StackChoices): Promise<Watched> {
  const account = await startScenario();
  const { sandbox } = account;
  await account.put(guide);
  await account.run();
  await account.watch();
  await deployWatch(sandbox, choices === undefined ? packagedTemplate() : chosenTemplate(choices));
  const { environment } = await deployFunction(sandbox, "diagnose");
  const sts = new STSClient(clientOptions(sandbox));
  return {
    account,
    job: async (token = {}, { role = roleArn, session = "deploy", seconds, token: text } = {}) => {
      const WebIdentityToken = text ?? (await sandbox.circleci.issueToken({ ...dev, ...token }));
      const call = new AssumeRoleWithWebIdentityCommand({
        RoleArn: role,
        RoleSessionName: session,
        WebIdentityToken,
        ...(seconds === undefined ? {} : { DurationSeconds: seconds }),
      });
      return sts.send(call).then(
        () => true,
        () => false,
      );
    },
    deliver: () =>
      invoked(sandbox, environment, (invoke) =>
        sandbox.queues.deliver(queueArn, invoke, { batchSize: 500 }),
      ),
    ask: (event, times = 1) =>
      invoked(sandbox, environment, async (invoke) => {
        await Promise.all(Array.from({ length: times }, () => invoke(event)));
        return times;
      }),
    waiting: () => sandbox.queues.messagesIn(queueArn).map(({ body }) => body),
  };
}

/** Creates what the template says: the queues with their policy, the rule and its target. */
async function deployWatch(sandbox: Sandbox, template: Template): Promise<void> {
  const place = { account: sandbox.account, region: sandbox.region };
  const of = (logicalId: string) => {
    const properties = resolved(resourceOf(template, logicalId).Properties, template, place);
    if (!isRecord(properties)) throw new Error(`${logicalId} has no properties.`);
    return properties;
  };
  await queueIn(sandbox, String(of("RefusalFailureQueue")["QueueName"]));
  const { QueueName, VisibilityTimeout, RedrivePolicy } = of("RefusalQueue");
  await queueIn(sandbox, String(QueueName), {
    VisibilityTimeout: String(VisibilityTimeout),
    RedrivePolicy: JSON.stringify(RedrivePolicy),
    Policy: JSON.stringify(of("RefusalQueuePolicy")["PolicyDocument"]),
  });
  const { Name, State, EventPattern, Targets } = of("RefusedCall");
  const events = new EventBridgeClient(clientOptions(sandbox));
  const rule = { Name: String(Name), EventPattern: JSON.stringify(EventPattern) };
  await events.send(new PutRuleCommand({ ...rule, State: String(State) as RuleState }));
  const [target] = Array.isArray(Targets) ? Targets : [];
  const { Id, Arn } = isRecord(target) ? target : {};
  const only = { Id: String(Id), Arn: String(Arn) };
  await events.send(new PutTargetsCommand({ Rule: rule.Name, Targets: [only] }));
}

type Invoke = (event: unknown) => Promise<unknown>;

/** Runs the function as Lambda does, and gathers what came of it. */
async function invoked(
  sandbox: Sandbox,
  environment: Readonly<Record<string, string>>,
  task: (invoke: (event: QueueEvent | unknown) => Promise<unknown>) => Promise<number>,
): Promise<Delivered> {
  const before = sandbox.messages.length;
  const reports: RefusalReport[] = [];
  const thrown: string[] = [];
  const lines: unknown[] = [];
  const spies = (["log", "info", "warn", "error"] as const).map((method) =>
    vi.spyOn(console, method).mockImplementation((line: unknown) => void lines.push(line)),
  );
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  const invokedFunctionArn = `arn:aws:lambda:us-east-1:123456789012:function:${functionName}`;
  const invoke: Invoke = async (event) => {
    try {
      const report = await handler(event, { functionName, invokedFunctionArn } as never);
      reports.push(report as RefusalReport);
      return report;
    } catch (error) {
      thrown.push(error instanceof Error ? error.message : String(error));
      throw error;
    }
  };
  try {
    const batches = await task(invoke);
    const alerts = sandbox.messages.slice(before).map(alertIn);
    return { batches, reports, thrown: thrown.join("\n"), alerts, metrics: metricsIn(lines) };
  } finally {
    vi.unstubAllEnvs();
    for (const spy of spies) spy.mockRestore();
  }
}

function alertIn({ attributes, message }: PublishedMessage): Alerted {
  const { content } = JSON.parse(message);
  const of = (name: string) => attributes.get(name)?.value ?? "";
  return {
    kind: of("kind"),
    severity: of("severity"),
    environment: of("environment"),
    title: content.title,
    text: content.description,
  };
}

function metricsIn(lines: readonly unknown[]): Readonly<Record<string, number>> {
  const sums: Record<string, number> = {};
  for (const line of lines) {
    const entry: unknown =
      typeof line === "string" && line.includes("_aws") ? JSON.parse(line) : null;
    if (!isRecord(entry)) continue;
    for (const [name, value] of Object.entries(entry)) {
      if (/^[A-Z]/.test(name) && typeof value === "number") sums[name] = (sums[name] ?? 0) + value;
    }
  }
  return sums;
}
