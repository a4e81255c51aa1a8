/**
 * An account with many environments in sync, in a process of its own: what the sandbox needs is not the
 * run's. Started by `full-runs.ts` with how many environments and how many organisations there are. It
 * says how to reach it and, whenever it is asked, what was called since it was asked last. Asked to open
 * a role, it lets somebody in and says with which event AWS would report it.
 */
import { randomUUID } from "node:crypto";
import { GetRoleCommand, IAMClient, UpdateAssumeRolePolicyCommand } from "@aws-sdk/client-iam";
import { CreateTopicCommand, SNSClient } from "@aws-sdk/client-sns";
import { SSMClient } from "@aws-sdk/client-ssm";
import type { Context } from "aws-lambda";
import { type RecordedCall, type Sandbox, startSandbox } from "../../sandbox/index.ts";
import { clientOptions, seed } from "../../sandbox/seed.ts";
import { memberOf, settle } from "../../tests/scale/crowd.ts";
import { type AccountAsked, type AccountTaken, callMs } from "./taken.ts";

// Read when the function's module is loaded: the bench does not need what it logs here.
process.env["POWERTOOLS_LOG_LEVEL"] = "SILENT";
process.env["POWERTOOLS_METRICS_DISABLED"] = "true";
const { handler } = await import("../../functions/reconcile.ts");

/** The most calls of which each began when the one before it had ended. */
function roundTripsOf(calls: readonly RecordedCall[]): number {
  let free = Number.NEGATIVE_INFINITY;
  let count = 0;
  for (const { at } of calls) {
    if (at.getTime() < free) continue;
    free = at.getTime() + callMs;
    count += 1;
  }
  return count;
}

/** What was called and answered before the first write in IAM. */
function beforeWrite(calls: readonly RecordedCall[]): AccountTaken["beforeWrite"] {
  const write = calls.find(({ service, mutating }) => service === "iam" && mutating);
  if (write === undefined) return null;
  const answered = calls.filter(({ at }) => at.getTime() + callMs <= write.at.getTime());
  return { calls: answered.length, roundTrips: roundTripsOf(answered) };
}

/** Accounts that are let in: another one each time, since what was just replaced is read twice. */
let stranger = 100_000_000_000;

/** Lets another account in, beside those who come in by right. */
async function open(iam: IAMClient, RoleName: string): Promise<unknown> {
  stranger += 1;
  const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
  const trust = JSON.parse(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? "{}"));
  trust.Statement.push({
    Effect: "Allow",
    Principal: { AWS: String(stranger) },
    Action: "sts:AssumeRole",
  });
  const PolicyDocument = JSON.stringify(trust);
  await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }));
  const detail = {
    eventVersion: "1.11",
    eventSource: "iam.amazonaws.com",
    eventName: "UpdateAssumeRolePolicy",
    eventID: randomUUID(),
    eventTime: new Date().toISOString(),
    userIdentity: { type: "IAMUser", arn: `${accountArn}:user/somebody` },
    requestParameters: { roleName: RoleName, policyDocument: PolicyDocument },
  };
  return {
    source: "aws.iam",
    "detail-type": "AWS API Call via CloudTrail",
    account: "123456789012",
    region: "us-east-1",
    time: detail.eventTime,
    detail,
  };
}

const accountArn = "arn:aws:iam::123456789012";

type Account = {
  readonly sandbox: Sandbox;
  readonly iam: IAMClient;
  readonly environment: Readonly<Record<string, string>>;
};

/** AWS raises these quotas so far for who asks; the default is a thousand roles. */
const quotas = { RolesQuota: 10_000, PoliciesQuota: 10_000 };

async function openAccount(count: number, organisations: number): Promise<Account> {
  const sandbox = await startSandbox({ quotas });
  const options = clientOptions(sandbox);
  const sns = new SNSClient(options);
  const { TopicArn = "" } = await sns.send(new CreateTopicCommand({ Name: "alerts" }));
  const environment = {
    ...sandbox.environment,
    OIDC_FIRST_DOCUMENT: "apply",
    OIDC_ALERT_TOPIC_ARN: TopicArn,
  };
  Object.assign(process.env, environment);
  await seed(sandbox);
  const account = { sandbox, iam: new IAMClient(options), ssm: new SSMClient(options) };
  const apply = () => handler({}, { functionName: "reconcile" } as Context);
  await settle(account, { count, organisations, apply });
  sandbox.faults.add({ when: () => true, at: "before", how: { delayMs: callMs } });
  return { sandbox, iam: account.iam, environment };
}

const [count = 1, organisations = 1] = process.argv.slice(2).map(Number);
const { sandbox, iam, environment } = await openAccount(count, organisations);
let first = sandbox.calls.length;
process.on("message", async (asked: AccountAsked) => {
  if (asked.ask === "open") {
    const event = await open(iam, memberOf(count - 1, organisations).role);
    first = sandbox.calls.length;
    process.send?.(event);
    return;
  }
  const calls = sandbox.calls.slice(first);
  first = sandbox.calls.length;
  const taken: AccountTaken = {
    calls: calls.length,
    roundTrips: roundTripsOf(calls),
    beforeWrite: beforeWrite(calls),
  };
  process.send?.(taken);
});
process.send?.(environment);
