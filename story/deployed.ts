import { randomUUID } from "node:crypto";
import type { Context } from "aws-lambda";
import type { Sandbox } from "../sandbox/index.ts";
import { makeClients } from "../shared/edge/clients.ts";
import type { Report } from "../shared/report/report.ts";
import { run } from "../shared/run.ts";
import { wakeOf } from "../shared/wake/index.ts";
import { allow } from "./people.ts";

/** The function as it stands in the account, with the role that it runs under. */
export type Deployed = {
  readonly arn: string;
  /** Invokes the function with an event, as Lambda would. */
  invoke(event: unknown): Promise<Report>;
  /** The same run by the sandbox's clock, which Lambda's own would not follow. */
  invokeBySandboxClock(event: unknown): Promise<Report>;
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

/** Puts the function into the account: this process plays Lambda from here on. */
export async function deploy(sandbox: Sandbox, topicArn: string): Promise<Deployed> {
  const role = sandbox.createRole({ name: functionName, policies: { run: allow(services, "*") } });
  const keys = await sandbox.credentialsOf(role, functionName, 43_200);
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
  // Only now: the function's modules read the environment while they load.
  const { handler } = await import("../functions/reconcile.ts");
  return {
    arn: role,
    invoke: (event) => handler(event, lambdaContext(sandbox)),
    invokeBySandboxClock: async (event) => {
      const wake = wakeOf(event, prefix);
      if (wake.kind === "refused") throw new Error(wake.error.message);
      const { report } = await run({
        clients: makeClients(sandbox.region),
        wake,
        prefix,
        channels: { topicArn, bus: "default" },
        runId: randomUUID(),
        clock: sandbox.clock.now,
      });
      return report;
    },
  };
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
    getRemainingTimeInMillis: () => 300_000,
    done: nothing,
    fail: nothing,
    succeed: nothing,
  };
}
