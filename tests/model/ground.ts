import { randomUUID } from "node:crypto";
import { AmplifyClient, CreateAppCommand, CreateBranchCommand } from "@aws-sdk/client-amplify";
import { AppRunnerClient, CreateServiceCommand } from "@aws-sdk/client-apprunner";
import { CreateRepositoryCommand, ECRClient } from "@aws-sdk/client-ecr";
import { IAMClient } from "@aws-sdk/client-iam";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { CreateTopicCommand, SNSClient } from "@aws-sdk/client-sns";
import {
  DeleteParameterCommand,
  LabelParameterVersionCommand,
  PutParameterCommand,
  SSMClient,
} from "@aws-sdk/client-ssm";
import {
  type PublishedMessage,
  type RecordedCall,
  type Sandbox,
  type SandboxOptions,
  type SessionCredentials,
  startSandbox,
} from "../../sandbox/index.ts";
import { type Clients, makeClients } from "../../shared/edge/clients.ts";
import type { Time } from "../../shared/edge/time.ts";
import type { Memory } from "../../shared/loop/memory.ts";
import { functionTimeoutMs } from "../../shared/loop/run-context.ts";
import type { Change } from "../../shared/plan/change.ts";
import type { Report } from "../../shared/report/report.ts";
import { reconcile } from "../../shared/runs/reconcile.ts";
import { type FunctionSettings, settingsOf } from "../../shared/settings.ts";
import { wakeOf } from "../../shared/wake/index.ts";
import { deployFunction } from "../stack/deployed.ts";
import type { StackChoices } from "../stack/package.ts";
import { type Connectable, connect, type Line } from "./wire.ts";

/** What one run did. */
export type GroundRun = {
  readonly report: Report;
  readonly calls: readonly RecordedCall[];
  /** Operations that changed IAM, in order. */
  readonly iamWrites: readonly string[];
  /** Parameters that were written, labelled or deleted, below the prefix. */
  readonly parameterWrites: readonly string[];
  /** What the topic took. */
  readonly messages: readonly PublishedMessage[];
  /** What the run logged whole before a write removed it, and after how many calls. */
  readonly removals: readonly Removal[];
  /** Was the run stopped? One that was to be stopped at a later call than its last was not. */
  readonly stopped: boolean;
};

export type Removal = {
  readonly environment: string;
  readonly change: Change;
  readonly calls: number;
};

/** The loop's function, deployed into the account under its own prefix and execution role. */
export type Deployed = {
  readonly prefix: string;
  readonly settings: FunctionSettings;
  /** ARN of the session that the function's calls are signed with. */
  readonly caller: string;
  run(event?: unknown, disturbance?: Disturbance): Promise<GroundRun>;
};

/** What happens to a run beside the account's own faults. */
export type Disturbance = {
  /**
   * The function is stopped at this call: what it asks from then on never reaches the account. The call
   * itself still does where only its answer comes too late.
   */
  readonly stop?: { readonly call: number; readonly answered: boolean };
  /** Clients of its own: one that has tried again often tries less often from then on. */
  readonly fresh?: boolean;
  /** What the process remembers; left out, it is a new one. */
  readonly memory?: Memory;
  /** Names the run, and so the records that it looks at in turn; left out, one at random. */
  readonly runId?: string;
  /** Is awaited before the answer of a call reaches the run. */
  readonly held?: (call: RecordedCall | undefined) => Promise<void>;
  /** Is called after each call that changed IAM. */
  readonly afterWrite?: (write: RecordedCall) => void;
};

/**
 * An account without a socket, with a clock that only calls and tests move, and the loop's function
 * deployed into it. It does what the account of a scenario does some times as fast; what is left out is
 * HTTP, the function's log and its metrics.
 */
export type Ground = Deployed & {
  readonly sandbox: Sandbox;
  readonly iam: IAMClient;
  readonly ssm: SSMClient;
  readonly ecr: ECRClient;
  readonly appRunner: AppRunnerClient;
  readonly amplify: AmplifyClient;
  readonly lambda: LambdaClient;
  /** Repositories of another Region. */
  readonly abroad: ECRClient;
  /** Puts an environment's document; gives its version. */
  put(text: string, name?: string): Promise<number>;
  approve(version: number, name?: string): Promise<void>;
  remove(name?: string): Promise<void>;
  /** Makes the deploy targets of the guide; gives the App Runner service's ARN and the app's id. */
  seed(): Promise<GroundTargets>;
  /** Moves the clock. */
  wait(milliseconds: number): void;
  /** The same function once more, in the same account. */
  deploy(choices: StackChoices): Promise<Deployed>;
};

export type GroundTargets = { readonly serviceArn: string; readonly appId: string };

/** When the clock of a ground starts. */
const groundStart = new Date("2026-11-22T10:00:00Z");
const century = 100 * 365 * 24 * 3600;

export type GroundOptions = SandboxOptions & {
  readonly firstDocument?: "hold" | "apply";
  /** Each run makes its own clients, as the function does: their tries are not used up by other runs. */
  readonly freshClients?: boolean;
};

/** Opens a ground. The stack's own choice for first documents holds unless another one is given. */
export async function openGround(options: GroundOptions = {}): Promise<Ground> {
  const { firstDocument = "apply", freshClients = false, ...given } = options;
  const sandbox = await startSandbox({
    port: null,
    now: groundStart,
    millisecondsPerCall: 1,
    idsFrom: "ground",
    ...given,
  });
  const settings = { region: sandbox.region };
  const ssm = connect(new SSMClient(settings), sandbox);
  const sns = connect(new SNSClient(settings), sandbox);
  const deploy = async (choices?: StackChoices): Promise<Deployed> =>
    deployed(sandbox, sns, { choices, firstDocument, freshClients });
  const own = await deploy();
  const parameter = (name: string) => `${own.prefix}/environments/${name}`;
  const clients = {
    ecr: connect(new ECRClient(settings), sandbox),
    appRunner: connect(new AppRunnerClient(settings), sandbox),
    amplify: connect(new AmplifyClient(settings), sandbox),
    lambda: connect(new LambdaClient(settings), sandbox),
    abroad: connect(new ECRClient({ region: "eu-west-1" }), sandbox),
  };
  return {
    ...own,
    ...clients,
    sandbox,
    ssm,
    iam: connect(new IAMClient(settings), sandbox),
    seed: () => seedTargets(clients),
    put: async (Value, name = "production") => {
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
    wait: (milliseconds) => sandbox.clock.advance(milliseconds),
    deploy,
  };
}

const repositoryName = "demo-backend";

/** The App Runner service of the guide. */
export const demoBackend = {
  ServiceName: "demo-backend",
  SourceConfiguration: {
    ImageRepository: {
      ImageIdentifier: `123456789012.dkr.ecr.us-east-1.amazonaws.com/${repositoryName}:latest`,
      ImageRepositoryType: "ECR",
    },
    AutoDeploymentsEnabled: false,
  },
} as const;

async function seedTargets(
  clients: Pick<Ground, "ecr" | "appRunner" | "amplify">,
): Promise<GroundTargets> {
  await clients.ecr.send(new CreateRepositoryCommand({ repositoryName }));
  const { Service } = await clients.appRunner.send(new CreateServiceCommand(demoBackend));
  const app = { name: "demo-frontend", repository: "https://github.com/acme/shop" };
  const made = await clients.amplify.send(new CreateAppCommand(app));
  const appId = made.app?.appId ?? "";
  await clients.amplify.send(new CreateBranchCommand({ appId, branchName: "main" }));
  return { serviceArn: Service?.ServiceArn ?? "", appId };
}

/** What the schedule's rule sends. */
const schedule = {
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

async function deployed(
  sandbox: Sandbox,
  sns: SNSClient,
  given: {
    readonly choices: StackChoices | undefined;
    readonly firstDocument: "hold" | "apply";
    readonly freshClients: boolean;
  },
): Promise<Deployed> {
  const { environment, roleArn, functionName } = await deployFunction(
    sandbox,
    "reconcile",
    given.choices,
  );
  const settings = settingsOf({ ...environment, OIDC_FIRST_DOCUMENT: given.firstDocument });
  const topic = settings.channels.topicArn?.split(":").at(-1) ?? "";
  await sns.send(new CreateTopicCommand({ Name: topic }));
  // Lambda gives a function another session before its own ends; here one lasts for all the waiting.
  const credentials = await sandbox.credentialsOf(roleArn, functionName, century);
  const { freshClients } = given;
  const removals: Removal[] = [];
  const makeRun = runner(sandbox, settings, { functionName, credentials, removals, freshClients });
  return {
    prefix: settings.prefix,
    settings,
    caller: `arn:aws:sts::${sandbox.account}:assumed-role/${functionName}/${functionName}`,
    run: async (event = schedule, disturbance = {}) => {
      const firstCall = sandbox.calls.length;
      const firstMessage = sandbox.messages.length;
      removals.length = 0;
      const { report, stopped } = await makeRun(event, disturbance);
      const calls = sandbox.calls.slice(firstCall);
      return {
        report,
        calls,
        iamWrites: calls
          .filter(({ service, mutating }) => service === "iam" && mutating)
          .map(({ operation }) => operation),
        parameterWrites: calls
          .filter(({ service, mutating }) => service === "ssm" && mutating)
          .map(({ input }) => String(input["Name"]).slice(settings.prefix.length)),
        messages: sandbox.messages.slice(firstMessage),
        removals: [...removals],
        stopped,
      };
    },
  };
}

function runner(
  sandbox: Sandbox,
  { prefix, region, channels, installation }: FunctionSettings,
  given: {
    readonly functionName: string;
    readonly credentials: SessionCredentials;
    readonly removals: Removal[];
    readonly freshClients: boolean;
  },
): (
  event: unknown,
  disturbance: Disturbance,
) => Promise<{ readonly report: Report; readonly stopped: boolean }> {
  const alive = new Set<string>();
  let current: Disturbance & { readonly calls: number } = { calls: 0 };
  const answer: Line["answer"] = async (request) => {
    const { stop, held, afterWrite, calls } = current;
    current = { ...current, calls: calls + 1 };
    if (stop !== undefined && (calls > stop.call || (calls === stop.call && !stop.answered))) {
      throw new Error("the function was stopped");
    }
    const writes = sandbox.calls.length;
    const answered = await sandbox.answer(request);
    const made = sandbox.calls[writes];
    if (made?.service === "iam" && made.mutating) afterWrite?.(made);
    await held?.(made);
    if (stop?.call === calls) throw new Error("the function was stopped");
    return answered;
  };
  const make = () =>
    connected(makeClients(region, {}, timeOf(sandbox)), sandbox, {
      keys: given.credentials,
      answer,
    });
  // A client costs as much to make as several of its calls, so that the runs of a ground share theirs.
  const shared = make();
  return async (event, disturbance) => {
    const wake = wakeOf(event, prefix, installation);
    if (wake.kind === "refused") throw new Error(`${wake.error.code}: ${wake.error.message}`);
    const { runId = randomUUID() } = disturbance;
    alive.add(runId);
    current = { ...disturbance, calls: 0 };
    const isDisturbed = disturbance.stop !== undefined || disturbance.fresh === true;
    const clients = given.freshClients || isDisturbed ? make() : shared;
    clients.count.clear();
    const random = Math.random;
    // The SDK waits a random part of its back-off before it tries again: here, no part.
    Math.random = () => 0;
    try {
      const { report } = await reconcile({
        clients,
        wake,
        installation,
        channels,
        runId,
        clock: sandbox.clock.now,
        functionArn: `arn:aws:lambda:${region}:${sandbox.account}:function:${given.functionName}`,
        remainingMs: () => 600_000,
        alive,
        ...(disturbance.memory === undefined ? {} : { memory: disturbance.memory }),
        logRemoval: (environment, change) =>
          given.removals.push({ environment, change, calls: sandbox.calls.length }),
      });
      const { stop, calls } = current;
      return { report, stopped: stop !== undefined && calls > stop.call };
    } finally {
      Math.random = random;
      alive.delete(runId);
    }
  };
}

/** Connects all clients of a run with a sandbox. */
export function connected(clients: Clients, sandbox: Sandbox, line: Line): Clients {
  connect(clients.iam, sandbox, line);
  connect(clients.ssm, sandbox, line);
  // A client that was made once is given out again and again.
  const wired = new WeakSet<object>();
  const late: Clients["late"] = (service, load) => {
    const make = clients.late(service, load);
    return async (region) => {
      const client = await make(region);
      if (!isClient(client) || wired.has(client)) return client;
      wired.add(client);
      return connect(client, sandbox, line);
    };
  };
  return { ...clients, late };
}

/** Whatever the SDK's part for a service makes has a client's configuration. */
function isClient<Client>(client: Client): client is Client & Connectable {
  return typeof client === "object" && client !== null && "config" in client;
}

/**
 * The account's clock. A wait for a turn passes at once and counts; anyone who waits for an answer, and
 * may be woken, is woken by the answer, since no answer takes time here.
 */
export function timeOf({ clock }: Sandbox): Time {
  return {
    now: () => clock.now().getTime(),
    sleep: async (ms, signal) => {
      if (signal !== undefined) await woken(signal, ms);
      // A call that its run has left behind may wait for a time from before the clock was put back.
      else if (ms <= functionTimeoutMs) clock.advance(ms);
    },
  };
}

function woken(signal: AbortSignal, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    const wake = () => {
      clearTimeout(timer);
      resolve();
    };
    if (signal.aborted) wake();
    signal.addEventListener("abort", wake, { once: true });
  });
}
