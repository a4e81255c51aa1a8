import { CreateTopicCommand, SNSClient } from "@aws-sdk/client-sns";
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { handler as audit } from "../../functions/audit.ts";
import { handler as diagnose } from "../../functions/diagnose.ts";
import { handler as reconcile } from "../../functions/reconcile.ts";
import { type Sandbox, startSandbox } from "../../sandbox/index.ts";
import { clientOptions, seed } from "../../sandbox/seed.ts";
import type { Report } from "../../shared/report/report.ts";
import { say } from "../cli/shell.ts";
import { deployFunction } from "../stack/deployed.ts";
import type { FunctionName } from "../stack/template.ts";

const handlers = { reconcile, audit, diagnose } as const;

const names = ["reconcile", "audit", "diagnose"] as const;
const schedule = { source: "aws.events", "detail-type": "Scheduled Event", detail: {} };
const claims = { iss: "https://oidc.circleci.com/org/x", aud: "x", sub: "y" };
const question = { role: "Nobody", claims };

type Answered = { readonly report: Report; readonly log: string };

/** Invokes a function as Lambda does, with its own ARN; gives its report and what it logged. */
async function invoke(sandbox: Sandbox, name: FunctionName, event: unknown): Promise<Answered> {
  const deployed = await deployFunction(sandbox, name);
  const { functionName } = deployed;
  const { POWERTOOLS_LOG_LEVEL: _, ...environment } = deployed.environment;
  const Name = environment["OIDC_ALERT_TOPIC_ARN"]?.split(":").at(-1);
  if (Name !== undefined) {
    await new SNSClient(clientOptions(sandbox)).send(new CreateTopicCommand({ Name }));
  }
  const said: unknown[] = [];
  for (const [key, value] of Object.entries(environment)) vi.stubEnv(key, value);
  const spies = (["log", "info", "warn", "error"] as const).map((method) =>
    vi.spyOn(console, method).mockImplementation((...parts) => void said.push(...parts)),
  );
  const random = vi.spyOn(Math, "random").mockReturnValue(0);
  const invokedFunctionArn = `arn:aws:lambda:us-east-1:${sandbox.account}:function:${functionName}`;
  try {
    const report = await handlers[name](event, { functionName, invokedFunctionArn } as never);
    return { report, log: said.map(String).join("\n") };
  } finally {
    vi.unstubAllEnvs();
    random.mockRestore();
    for (const spy of spies) spy.mockRestore();
  }
}

async function startAccount(): Promise<Sandbox> {
  const sandbox = await startSandbox();
  onTestFinished(() => sandbox.close());
  await seed(sandbox);
  const document = {
    circleci: { organizationId: "11111111-2222-4333-8444-555555555555" },
    trust: { projects: [{ id: "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee" }] },
    deploy: { ecr: ["demo-backend"] },
  };
  await new SSMClient(clientOptions(sandbox)).send(
    new PutParameterCommand({
      Name: "/oidc-reconciler/environments/production",
      Value: JSON.stringify(document),
      Type: "String",
    }),
  );
  return sandbox;
}

function refuseAll(sandbox: Sandbox, service: string): void {
  sandbox.faults.add({
    when: (call) => call.service === service,
    at: "before",
    how: { error: "AccessDenied", httpStatus: 400 },
  });
}

const common = ["runId", "trigger", "dryRun", "account", "startedAt", "durationMs"];
const found = ["environments", "alerts", "errors"];

test.each<readonly [FunctionName, readonly string[]]>([
  ["reconcile", []],
  ["audit", ["findings"]],
  ["diagnose", ["diagnosis"]],
])("%s writes the members of its report in one order", async (name, own) => {
  const sandbox = await startAccount();
  const { report } = await invoke(sandbox, name, name === "diagnose" ? question : { dryRun: true });
  expect(Object.keys(report)).toEqual([...common, ...found, ...own, "calls"]);
});

describe("every report says which account it is of:", () => {
  test.each<readonly [FunctionName, unknown]>([
    ["reconcile", schedule],
    ["reconcile", { dryRun: true }],
    ["reconcile", { environments: ["nobody"] }],
    ["audit", schedule],
    ["audit", { dryRun: true }],
    ["diagnose", question],
    ["diagnose", {}],
    ["diagnose", null],
  ])("%s by %j", async (name, event) => {
    const sandbox = await startAccount();
    const { report } = await invoke(sandbox, name, event);
    expect(report.account).toBe("123456789012");
    expect(report).not.toHaveProperty("ignored");
  });

  test.each<readonly [FunctionName, string]>([
    ["reconcile", "ssm"],
    ["audit", "ssm"],
    ["diagnose", "sts"],
  ])("%s, though %s answers nothing", async (name, service) => {
    const sandbox = await startAccount();
    refuseAll(sandbox, service);
    const { report } = await invoke(sandbox, name, name === "diagnose" ? question : schedule);
    expect(report.account).toBe("123456789012");
    expect(report.errors.map(({ code }) => code)).toEqual(["AccessDenied"]);
  });
});

describe("so does the command's, which has no function's ARN:", () => {
  async function said(args: readonly string[], file = ""): Promise<Report> {
    const { out } = await say([...args, "--json"], {
      files: { "f.json": file },
      environment: process.env,
    });
    return JSON.parse(out);
  }

  async function fromShell(): Promise<Sandbox> {
    const sandbox = await startAccount();
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    for (const [key, value] of Object.entries(sandbox.environment)) vi.stubEnv(key, value);
    return sandbox;
  }

  test.each([["plan"], ["reconcile"], ["audit"], ["diagnose", "f.json"]])("%s", async (...args) => {
    await fromShell();
    const report = await said(args, JSON.stringify(question));
    expect(report.account).toBe("123456789012");
  });

  test.each(["plan", "audit"])("%s, though Parameter Store answers nothing", async (name) => {
    const sandbox = await fromShell();
    refuseAll(sandbox, "ssm");
    const report = await said([name]);
    expect(report.account).toBe("123456789012");
    expect(report.errors).not.toEqual([]);
  });
});

describe("a run that ignored its event says why, in report and log, and calls nothing:", () => {
  const foreign = { source: "aws.s3", "detail-type": "Object Created", detail: {} };
  const forged = { source: "eve", "detail-type": "Scheduled Event", detail: {} };
  const message = { messageId: "m", eventSource: "aws:sqs", body: JSON.stringify(foreign) };

  test.each<readonly [FunctionName, unknown, string]>([
    ["reconcile", foreign, "No event of this source changes what is reconciled."],
    ["reconcile", forged, "The event does not come from AWS."],
    ["reconcile", { Records: [message] }, "No event of this source changes what is reconciled."],
    ["reconcile", { Records: [] }, "The batch holds no message."],
    ["audit", foreign, "No event of this source changes what is reconciled."],
    ["audit", forged, "The event does not come from AWS."],
  ])("%s by %j", async (name, event, ignored) => {
    const sandbox = await startAccount();
    const { report, log } = await invoke(sandbox, name, event);
    expect(report).toMatchObject({
      account: "123456789012",
      environments: [],
      alerts: [],
      errors: [],
      ignored,
      calls: {},
    });
    expect(log).toContain(ignored);
  });

  test("but a message that nobody could read is an error, and nothing was ignored", async () => {
    const sandbox = await startAccount();
    const unreadable = { ...message, body: "no JSON" };
    const { report } = await invoke(sandbox, "reconcile", { Records: [message, unreadable] });
    expect(report).toMatchObject({ account: "123456789012", errors: [{ code: "BadMessage" }] });
    expect(report).not.toHaveProperty("ignored");
  });
});

test("a run that fails reports the messages that it could not read, too", async () => {
  const sandbox = await startAccount();
  refuseAll(sandbox, "ssm");
  const body = JSON.stringify({ source: "aws.events", "detail-type": "Scheduled Event" });
  const record = { messageId: "m", eventSource: "aws:sqs", body };
  const { report } = await invoke(sandbox, "reconcile", {
    Records: [record, { ...record, body: "no JSON" }],
  });
  expect(report.errors.map(({ code }) => code)).toEqual(["BadMessage", "AccessDenied"]);
});

test("each function has its envelope: the same members, and its own beside them", async () => {
  const sandbox = await startAccount();
  const shared = [
    "account",
    "alerts",
    "calls",
    "dryRun",
    "durationMs",
    "environments",
    "errors",
    "runId",
    "startedAt",
    "trigger",
  ];
  for (const name of names) {
    const event = name === "diagnose" ? question : schedule;
    const { report } = await invoke(sandbox, name, event);
    expect(Object.keys(report), name).toEqual(expect.arrayContaining(shared));
  }
});
