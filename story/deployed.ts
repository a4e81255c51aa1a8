import { randomUUID } from "node:crypto";
import type { Context } from "aws-lambda";
import type { Sandbox } from "../sandbox/index.ts";
import { makeClients } from "../shared/edge/clients.ts";
import type { Report } from "../shared/report/report.ts";
import { reconcile } from "../shared/runs/reconcile.ts";
import { settingsOf } from "../shared/settings.ts";
import { wakeOf } from "../shared/wake/index.ts";
import { StoryBroken } from "./check.ts";
import { allow, storySeconds } from "./people.ts";
import { createQueue, type EventQueue } from "./queue.ts";

/** The function in the account, with the role that it runs under. */
export type DeployedFunction = {
  readonly arn: string;
  readonly queue: EventQueue;
  /** Gives the function what is in the queue, as Lambda does; returns the first run's report. */
  run(): Promise<Report>;
  /** Puts the schedule's event into the queue and gives it to the function. */
  runBySchedule(): Promise<Report>;
};

const functionName = "oidc-reconciler-prod-reconcile";
const prefix = "/oidc-reconciler";

/**
 * What the function may call. The stack's own role is narrower still, down to single resources:
 * docs/permissions.md shows it, and the scenario tests run under it.
 */
const services = [
  "iam:*",
  "ssm:*",
  "sts:GetCallerIdentity",
  "ecr:DescribeRepositories",
  "apprunner:ListServices",
  "amplify:List*",
  "cloudtrail:LookupEvents",
  "sns:Publish",
  "events:PutEvents",
];

/** Puts the function into the account: this process acts as Lambda from here on. */
export async function deploy(sandbox: Sandbox, topicArn: string): Promise<DeployedFunction> {
  const role = sandbox.createRole({ name: functionName, policies: { run: allow(services, "*") } });
  const keys = await sandbox.credentialsOf(role, functionName, storySeconds);
  Object.assign(process.env, {
    ...sandbox.environment,
    AWS_ACCESS_KEY_ID: keys.accessKeyId,
    AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
    AWS_SESSION_TOKEN: keys.sessionToken,
    OIDC_PARAMETER_PREFIX: prefix,
    OIDC_ALERT_TOPIC_ARN: topicArn,
    OIDC_EVENT_BUS: "default",
    POWERTOOLS_LOG_LEVEL: "SILENT",
    POWERTOOLS_METRICS_DISABLED: "true",
  });
  // Not before: the function's modules read the environment while they load.
  const { handler } = await import("../functions/reconcile.ts");
  const session = `arn:aws:sts::${sandbox.account}:assumed-role/${functionName}/${functionName}`;
  const queue = await createQueue(sandbox, session);
  const lambda = (event: unknown) => handler(event, lambdaContext(sandbox));
  const later = (event: unknown) => runBySandboxClock(sandbox, topicArn, event);
  const runFunction = async (): Promise<Report> => {
    const reports: Report[] = [];
    await sandbox.queues.deliver(queue.arn, async (batch) => {
      const report = await (isClockMoved(sandbox) ? later(batch) : lambda(batch));
      reports.push(report);
      return report;
    });
    const [first] = reports;
    if (first === undefined) throw new StoryBroken("the queue is empty");
    return first;
  };
  return {
    arn: role,
    queue,
    run: runFunction,
    runBySchedule: async () => {
      await queue.fireSchedule();
      return runFunction();
    },
  };
}

/** Lambda's own clock does not follow when the story moves the account's clock. */
function isClockMoved({ clock }: Sandbox): boolean {
  return clock.now().getTime() - Date.now() > 1000;
}

/** A run of the function that reads the account's clock. */
async function runBySandboxClock(
  sandbox: Sandbox,
  topicArn: string,
  event: unknown,
): Promise<Report> {
  const wake = wakeOf(event, prefix);
  if (wake.kind === "refused") throw new Error(wake.error.message);
  const { report } = await reconcile({
    clients: makeClients(sandbox.region),
    wake,
    installation: settingsOf(process.env).installation,
    channels: { topicArn, bus: "default" },
    runId: randomUUID(),
    clock: sandbox.clock.now,
    functionArn: lambdaContext(sandbox).invokedFunctionArn,
    remainingMs: () => 600_000,
    alive: new Set(),
    logRemoval: () => undefined,
  });
  return report;
}

function lambdaContext(sandbox: Sandbox): Context {
  const nothing = (): void => {};
  return {
    callbackWaitsForEmptyEventLoop: false,
    functionName,
    functionVersion: "$LATEST",
    invokedFunctionArn: `arn:aws:lambda:${sandbox.region}:${sandbox.account}:function:${functionName}`,
    memoryLimitInMB: "1024",
    awsRequestId: randomUUID(),
    logGroupName: `/aws/lambda/${functionName}`,
    logStreamName: "story",
    getRemainingTimeInMillis: () => 600_000,
    done: nothing,
    fail: nothing,
    succeed: nothing,
  };
}
