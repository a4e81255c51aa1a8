import { CreateTopicCommand, SNSClient } from "@aws-sdk/client-sns";
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { vi } from "vitest";
import { type Sandbox, startSandbox } from "../../sandbox/index.ts";
import { clientOptions, type Seeded, seed } from "../../sandbox/seed.ts";
import { type Said, type Shell, say } from "../cli/shell.ts";
import { guide } from "../scenarios/documents.ts";
import { deployFunction } from "../stack/deployed.ts";
import type { FunctionName } from "../stack/template.ts";
import { type Mangler, startMangler } from "./mangler.ts";
import {
  expectNoPollution,
  expectOwnError,
  expectSafeAnswer,
  expectSafeCalls,
  expectSafeLog,
  expectSafeMessage,
  expectSafeSaid,
} from "./oracles.ts";

// Before the logger is made: so that it writes to the console that is listened to here.
process.env["POWERTOOLS_DEV"] = "true";
process.env["POWERTOOLS_LOG_LEVEL"] = "INFO";

export const handlers = {
  reconcile: (await import("../../functions/reconcile.ts")).handler,
  audit: (await import("../../functions/audit.ts")).handler,
  diagnose: (await import("../../functions/diagnose.ts")).handler,
} as const;

export const prefix = "/oidc-reconciler";

/** An account with the guide's environment in force, and somebody in front of it. */
export type Ground = {
  readonly sandbox: Sandbox;
  readonly seeded: Seeded;
  readonly mangler: Mangler;
  /**
   * Invokes a function and holds all that comes of it against what nobody may be given: its answer or
   * error, its log, messages on the topic, events on the bus, parameters.
   */
  invoke(name: FunctionName, event: unknown, variables?: Variables): Promise<unknown>;
  /** The same for a command and what it prints. */
  ask(args: readonly string[], shell?: Shell): Promise<Said>;
  /** Puts a parameter below the prefix, whatever is in it. */
  put(name: string, value: string): Promise<void>;
  close(): Promise<void>;
};

export async function startGround(): Promise<Ground> {
  const sandbox = await startSandbox();
  const seeded = await seed(sandbox);
  const mangler = await startMangler(sandbox.endpoint);
  const environments = await deployed(sandbox);
  const ssm = new SSMClient(clientOptions(sandbox));
  const put = async (name: string, Value: string) => {
    const Name = `${prefix}/${name}`;
    const advanced = Buffer.byteLength(Value) > 4096 ? ({ Tier: "Advanced" } as const) : {};
    await ssm.send(
      new PutParameterCommand({ Name, Value, Type: "String", Overwrite: true, ...advanced }),
    );
  };
  const invoke = (name: FunctionName, event: unknown, variables: Variables = {}) =>
    invoked(sandbox, name, event, {
      ...environments[name],
      AWS_ENDPOINT_URL: mangler.endpoint,
      OIDC_FIRST_DOCUMENT: "apply",
      ...variables,
    });
  await put("environments/production", JSON.stringify(guide));
  await invoke("reconcile", schedule);
  return {
    sandbox,
    seeded,
    mangler,
    put,
    invoke,
    ask: (args, shell = {}) =>
      asked(args, shell, {
        ...sandbox.environment,
        AWS_ENDPOINT_URL: mangler.endpoint,
        CIRCLE_TOKEN: sandbox.circleci.token,
        CIRCLECI_CLI_HOST: (sandbox.environment["CIRCLECI_CLI_HOST"] ?? "").replace(
          sandbox.endpoint,
          mangler.endpoint,
        ),
      }),
    close: async () => {
      ssm.destroy();
      await mangler.close();
      await sandbox.close();
    },
  };
}

export const schedule = {
  source: "aws.events",
  "detail-type": "Scheduled Event",
  account: "123456789012",
  region: "us-east-1",
  detail: {},
} as const;

type Variables = Readonly<Record<string, string>>;

async function deployed(sandbox: Sandbox): Promise<Readonly<Record<FunctionName, Variables>>> {
  const of = async (name: FunctionName): Promise<Variables> => {
    const { environment } = await deployFunction(sandbox, name);
    const { POWERTOOLS_LOG_LEVEL: _, ...variables } = environment;
    return variables;
  };
  const all = {
    reconcile: await of("reconcile"),
    audit: await of("audit"),
    diagnose: await of("diagnose"),
  };
  const Name = all.reconcile["OIDC_ALERT_TOPIC_ARN"]?.split(":").at(-1);
  const sns = new SNSClient(clientOptions(sandbox));
  await sns.send(new CreateTopicCommand({ Name }));
  sns.destroy();
  return all;
}

/** Does something with environment variables, and without the SDK's waits between its tries. */
async function under<T>(variables: Variables, task: () => Promise<T>): Promise<T> {
  const random = vi.spyOn(Math, "random").mockReturnValue(0);
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
  try {
    return await task();
  } finally {
    vi.unstubAllEnvs();
    random.mockRestore();
  }
}

async function invoked(
  sandbox: Sandbox,
  name: FunctionName,
  event: unknown,
  variables: Variables,
): Promise<unknown> {
  const before = { calls: sandbox.calls.length, messages: sandbox.messages.length };
  const lines: unknown[] = [];
  const spies = (["log", "info", "warn", "error", "debug"] as const).map((method) =>
    vi.spyOn(console, method).mockImplementation((...parts) => void lines.push(...parts)),
  );
  const functionName = `oidc-reconciler-prod-${name}`;
  const invokedFunctionArn = `arn:aws:lambda:us-east-1:${sandbox.account}:function:${functionName}`;
  const outcome = await under(variables, () =>
    handlers[name](event, { functionName, invokedFunctionArn } as never).then(
      (answer: unknown) => ({ kind: "answered", answer }) as const,
      (thrown: unknown) => ({ kind: "threw", thrown }) as const,
    ),
  ).finally(() => {
    for (const spy of spies) spy.mockRestore();
  });
  expectSafeLog(lines);
  for (const message of sandbox.messages.slice(before.messages)) expectSafeMessage(message);
  expectSafeCalls(sandbox.calls.slice(before.calls));
  if (outcome.kind === "threw") {
    expectOwnError(outcome.thrown);
    expectNoPollution();
    return null;
  }
  expectSafeAnswer(outcome.answer);
  return outcome.answer;
}

async function asked(args: readonly string[], shell: Shell, variables: Variables): Promise<Said> {
  const progress: string[] = [];
  const written = new Map<string, string>();
  // A wait passes at once: a drill goes on for twenty minutes.
  let waited = 0;
  const said = await under(variables, () =>
    say(args, {
      environment: { ...process.env, ...shell.environment },
      progress,
      written,
      clock: () => new Date(Date.now() + waited),
      wait: async (milliseconds) => {
        waited += milliseconds;
      },
      ...shell,
    }),
  );
  const also = [...progress, ...[...written].flat()].join("\n");
  expectSafeSaid(args.join(" "), { ...said, err: `${said.err}${also}` });
  return said;
}
