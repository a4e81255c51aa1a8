import { AmplifyClient } from "@aws-sdk/client-amplify";
import { AppRunnerClient } from "@aws-sdk/client-apprunner";
import {
  CloudTrailClient,
  CreateTrailCommand,
  StartLoggingCommand,
} from "@aws-sdk/client-cloudtrail";
import { ECRClient } from "@aws-sdk/client-ecr";
import { ECSClient } from "@aws-sdk/client-ecs";
import { IAMClient } from "@aws-sdk/client-iam";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { CreateTopicCommand, SNSClient } from "@aws-sdk/client-sns";
import {
  DeleteParameterCommand,
  GetParameterCommand,
  LabelParameterVersionCommand,
  PutParameterCommand,
  SSMClient,
} from "@aws-sdk/client-ssm";
import type { Context } from "aws-lambda";
import { expect, onTestFinished, vi } from "vitest";
import { handler } from "../../functions/reconcile.ts";
import {
  type EventBridgeEvent,
  type RecordedCall,
  type Sandbox,
  type SandboxOptions,
  startSandbox,
} from "../../sandbox/index.ts";
import { clientOptions, type Seeded, seed } from "../../sandbox/seed.ts";
import { realTime } from "../../shared/edge/time.ts";
import type { EnvironmentReport, Report } from "../../shared/report/report.ts";
import { connect } from "../model/wire.ts";
import { deployFunction } from "../stack/deployed.ts";
import { textOf, type Written } from "./documents.ts";
import { type AccountState, accountState } from "./state.ts";
import { type Before, withoutSocket } from "./without-socket.ts";

/** `administrator` runs the function with every right, to tell its own faults from its role's. */
const runsAs: string = "execution-role";

const functionName = "oidc-reconciler-prod-reconcile";
export const prefix = "/oidc-reconciler";

/** What one invocation of the function did. */
export type Run = {
  readonly report: Report;
  /** The report of the only environment. */
  readonly environment: EnvironmentReport;
  readonly calls: readonly RecordedCall[];
  /** Operations that changed IAM, in order. */
  readonly iamWrites: readonly string[];
  /** Parameters that were written, labelled or deleted, below the prefix. */
  readonly parameterWrites: readonly string[];
  /** Kinds of the alerts that the topic took. */
  readonly published: readonly (string | undefined)[];
  /** Everything that was logged, as the lines' JSON. */
  readonly log: readonly unknown[];
};

export type Invocation =
  | { readonly kind: "returned"; readonly run: Run }
  | {
      readonly kind: "threw";
      readonly error: Error;
      readonly run: Omit<Run, "report" | "environment">;
    };

/** An account with the guide's targets and the function deployed into it. */
export type Scenario = {
  readonly sandbox: Sandbox;
  readonly targets: Seeded;
  readonly iam: IAMClient;
  readonly ssm: SSMClient;
  readonly ecr: ECRClient;
  readonly ecs: ECSClient;
  readonly appRunner: AppRunnerClient;
  readonly lambda: LambdaClient;
  readonly amplify: AmplifyClient;
  readonly sns: SNSClient;
  /** Every event that reached the default bus. */
  readonly events: readonly EventBridgeEvent[];
  /** Key id, secret and session token that the function signs its calls with. */
  readonly credentials: readonly string[];
  /** Environment variables that the function runs with, beside those of the stack. */
  readonly variables: Map<string, string>;
  /** Puts an environment's document; gives its version. */
  put(document: Written | string, name?: string): Promise<number>;
  approve(version: number, name?: string): Promise<void>;
  remove(name?: string): Promise<void>;
  status(name?: string): Promise<StatusText | null>;
  heartbeat(): Promise<Readonly<Record<string, unknown>> | null>;
  state(): Promise<AccountState>;
  /** Invokes the function; fails where it throws. */
  run(event?: unknown): Promise<Run>;
  invoke(event?: unknown): Promise<Invocation>;
  /** Invokes it several times at once; fails where one of them throws. */
  runTogether(times: number): Promise<readonly Report[]>;
  /** Does something with the function's environment: anyone who wants several runs, as he wants them. */
  beside<T>(task: (invoke: (event?: unknown) => Promise<Report>) => Promise<T>): Promise<T>;
  /** Sets up a trail, so that CloudTrail's events reach the bus. */
  watch(): Promise<void>;
  /** The newest event of a call by CloudTrail, or of a detail type. */
  eventOf(name: string): EventBridgeEvent;
  close(): Promise<void>;
};

export type StatusText = {
  readonly appliedVersion: number | null;
  readonly appliedDigest: string | null;
  readonly heldVersion: number | null;
  readonly conditions: Readonly<
    Record<string, { status: boolean; reason: string; message: string; since: string }>
  >;
  readonly outputs: Readonly<Record<string, string>>;
};

export const schedule = {
  version: "0",
  id: "6a7e8feb-b491-4cf7-a9f1-bf3703460001",
  "detail-type": "Scheduled Event",
  source: "aws.events",
  account: "123456789012",
  time: "2026-11-22T10:00:07Z",
  region: "us-east-1",
  resources: ["arn:aws:events:us-east-1:123456789012:rule/oidc-reconciler-prod-schedule"],
  detail: {},
} as const;

/**
 * A function's calls reach the account without a socket, at half the price. They cross one in the few files that are
 * about the calls themselves: answers that are late, strange or missing, and each correction (`drift.test.ts`).
 */
export type ScenarioOptions = SandboxOptions & {
  readonly overSocket?: boolean;
  /** What each call of the function waits for, where it crosses no socket. */
  readonly before?: Before;
};

/** The scenario of one test; its account goes with the test. */
export async function startScenario(options: ScenarioOptions = {}): Promise<Scenario> {
  const scenario = await openScenario(options);
  onTestFinished(() => scenario.close());
  return scenario;
}

/** The same for anyone who closes it himself. */
export async function openScenario(options: ScenarioOptions = {}): Promise<Scenario> {
  const { overSocket = false, before, ...given } = options;
  const sandbox = await startSandbox(given);
  const settings = clientOptions(sandbox);
  const iam = connect(new IAMClient(settings), sandbox);
  const ssm = connect(new SSMClient(settings), sandbox);
  const sns = connect(new SNSClient(settings), sandbox);
  const events: EventBridgeEvent[] = [];
  sandbox.events.onEvent((event) => events.push(event));
  const deployed = await deploy(sandbox, sns);
  // A scenario begins with what is applied; how a first document waits has scenarios of its own.
  const variables = new Map([["OIDC_FIRST_DOCUMENT", "apply"]]);
  const parameter = (name: string) => `${prefix}/environments/${name}`;
  const within: Within = (task, log) =>
    under(
      { ...deployed, ...Object.fromEntries(variables) },
      overSocket ? task : () => withoutSocket(sandbox, task, before),
      log,
    );
  const invoke = (event: unknown): Promise<Invocation> => invokeFunction(sandbox, within, event);
  return {
    sandbox,
    targets: await seed(sandbox),
    iam,
    ssm,
    sns,
    ecr: connect(new ECRClient(settings), sandbox),
    ecs: connect(new ECSClient(settings), sandbox),
    appRunner: connect(new AppRunnerClient(settings), sandbox),
    lambda: connect(new LambdaClient(settings), sandbox),
    amplify: connect(new AmplifyClient(settings), sandbox),
    events,
    credentials: ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"].flatMap(
      (name) => deployed[name] || [],
    ),
    variables,
    put: async (document, name = "production") => {
      const Value = typeof document === "string" ? document : textOf(document);
      const put = { Name: parameter(name), Value, Type: "String", Overwrite: true } as const;
      const { Version = 0 } = await ssm.send(new PutParameterCommand(put));
      return Version;
    },
    approve: async (version, name = "production") => {
      const label = { Name: parameter(name), ParameterVersion: version, Labels: ["approved"] };
      await ssm.send(new LabelParameterVersionCommand(label));
    },
    remove: async (name = "production") => {
      await ssm.send(new DeleteParameterCommand({ Name: parameter(name) }));
    },
    status: async (name = "production") => {
      const text = await parameterValue(ssm, `${prefix}/status/${name}`);
      return text === null ? null : JSON.parse(text);
    },
    heartbeat: async () => {
      const text = await parameterValue(ssm, `${prefix}/heartbeat`);
      return text === null ? null : JSON.parse(text);
    },
    state: () => accountState(iam),
    invoke: (event = schedule) => invoke(event),
    run: async (event = schedule) => {
      const invocation = await invoke(event);
      if (invocation.kind === "threw") throw invocation.error;
      return invocation.run;
    },
    runTogether: (times) =>
      within(() => Promise.all(Array.from({ length: times }, () => handler(schedule, context)))),
    beside: (task) => within(() => task((event = schedule) => handler(event, context))),
    watch: () => logEverything(settings),
    eventOf: (name) => {
      const found = events.findLast(
        (event) => event["detail-type"] === name || event.detail["eventName"] === name,
      );
      if (found === undefined) throw new Error(`The bus has seen no ${name}.`);
      return found;
    },
    close: () => sandbox.close(),
  };
}

/** What the packaged stack gives the function: its role, its variables, the topic. */
async function deploy(sandbox: Sandbox, sns: SNSClient): Promise<Readonly<Record<string, string>>> {
  const { environment } = await deployFunction(sandbox, "reconcile");
  const topic = environment["OIDC_ALERT_TOPIC_ARN"]?.split(":").at(-1) ?? "";
  await sns.send(new CreateTopicCommand({ Name: topic }));
  // What the function logs is heard whole, whatever the stage says.
  const { POWERTOOLS_LOG_LEVEL: _, ...variables } = environment;
  return runsAs === "execution-role"
    ? variables
    : { ...variables, AWS_SESSION_TOKEN: "", ...sandbox.environment };
}

/** Does something as the deployed function does it. */
type Within = <T>(task: () => Promise<T>, log?: unknown[]) => Promise<T>;

async function invokeFunction(
  sandbox: Sandbox,
  within: Within,
  event: unknown,
): Promise<Invocation> {
  const firstCall = sandbox.calls.length;
  const firstMessage = sandbox.messages.length;
  const log: unknown[] = [];
  const outcome = await within(
    () =>
      handler(event, context).then(
        (report: Report) => ({ kind: "returned", report }) as const,
        (thrown: unknown) => ({ kind: "threw", error: asError(thrown) }) as const,
      ),
    log,
  );
  const calls = sandbox.calls.slice(firstCall);
  const observed = {
    calls,
    iamWrites: calls.filter(({ service, mutating }) => service === "iam" && mutating).map(nameOf),
    parameterWrites: calls
      .filter(({ service, mutating }) => service === "ssm" && mutating)
      .map(({ input }) => String(input["Name"]).slice(prefix.length)),
    published: sandbox.messages
      .slice(firstMessage)
      .map(({ attributes }) => attributes.get("kind")?.value),
    log,
  };
  if (outcome.kind === "threw") return { ...outcome, run: observed };
  const { report } = outcome;
  return {
    kind: "returned",
    run: {
      ...observed,
      report,
      get environment() {
        const [only, ...others] = report.environments;
        if (only === undefined || others.length > 0) {
          throw new Error(`The report has ${report.environments.length} environments, not one.`);
        }
        return only;
      },
    },
  };
}

function nameOf({ operation }: RecordedCall): string {
  return operation;
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

/** Does something with a Lambda function's environment and without the SDK's waits between tries. */
async function under<T>(
  environment: Readonly<Record<string, string>>,
  task: () => Promise<T>,
  log: unknown[] = [],
): Promise<T> {
  const spies = (["log", "info", "warn", "error", "debug"] as const).map((method) =>
    vi.spyOn(console, method).mockImplementation((...parts: readonly unknown[]) => {
      log.push(...parts.map(asData));
    }),
  );
  // The SDK waits a random part of its back-off before it tries again: here, no part.
  const random = vi.spyOn(Math, "random").mockReturnValue(0);
  // Nor does a test wait for the pace of writes, which has tests of its own, or until IAM shows a
  // write, unless it has a clock for that. A wait with a signal is a deadline, and stays.
  const pause = vi.isMockFunction(realTime.sleep)
    ? null
    : vi
        .spyOn(realTime, "sleep")
        .mockImplementation(async (ms, signal) => signal && sleep(ms, signal));
  // Put back as it was, which `unstubAllEnvs` would not do: a command that waits for a run asks the
  // account too, and without its address the SDK asks AWS.
  const before = Object.keys(environment).map((name) => [name, process.env[name]] as const);
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  try {
    return await task();
  } finally {
    for (const [name, value] of before) vi.stubEnv(name, value);
    random.mockRestore();
    pause?.mockRestore();
    for (const spy of spies) spy.mockRestore();
  }
}

function asData(line: unknown): unknown {
  try {
    return JSON.parse(String(line));
  } catch {
    return line;
  }
}

const { sleep } = realTime;

const nothing = (): void => undefined;

const context: Context = {
  callbackWaitsForEmptyEventLoop: false,
  functionName,
  functionVersion: "$LATEST",
  invokedFunctionArn: `arn:aws:lambda:us-east-1:123456789012:function:${functionName}`,
  memoryLimitInMB: "1024",
  awsRequestId: "7c1e6a52-0000-4000-8000-000000000001",
  logGroupName: `/aws/lambda/${functionName}`,
  logStreamName: "2026/11/22/[$LATEST]0000",
  getRemainingTimeInMillis: () => 300_000,
  done: nothing,
  fail: nothing,
  succeed: nothing,
};

async function parameterValue(ssm: SSMClient, name: string): Promise<string | null> {
  try {
    const { Parameter } = await ssm.send(new GetParameterCommand({ Name: name }));
    return Parameter?.Value ?? null;
  } catch (thrown) {
    if (thrown instanceof Error && thrown.name === "ParameterNotFound") return null;
    throw thrown;
  }
}

async function logEverything(settings: ReturnType<typeof clientOptions>): Promise<void> {
  const trail = new CloudTrailClient(settings);
  const Name = "management-events";
  await trail.send(
    new CreateTrailCommand({
      Name,
      S3BucketName: "trail-of-the-account",
      IsMultiRegionTrail: true,
    }),
  );
  await trail.send(new StartLoggingCommand({ Name }));
}

/**
 * Expects that a run found everything right, wrote nothing but its heartbeat, which only a run over
 * all environments has, and alerted nobody.
 */
export function expectIdle(run: Run): void {
  expect({
    outcomes: run.report.environments.map(({ outcome }) => outcome),
    changes: run.report.environments.flatMap(({ changes }) => changes),
    errors: run.report.errors,
    alerts: run.report.alerts,
    iamWrites: run.iamWrites,
    parameterWrites: run.parameterWrites,
    published: run.published,
  }).toEqual({
    outcomes: run.report.environments.map(() => "in-sync"),
    changes: [],
    errors: [],
    alerts: [],
    iamWrites: [],
    parameterWrites: run.report.trigger === "schedule" ? ["/heartbeat"] : [],
    published: [],
  });
}
