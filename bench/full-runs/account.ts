/**
 * An account with many environments in sync, in a process of its own: what the sandbox needs is not the
 * run's. Started by `full-runs.ts` with how many environments and how many organisations there are. It
 * says how to reach it and, whenever it is asked, what was called since it was asked last.
 */
import { IAMClient } from "@aws-sdk/client-iam";
import { CreateTopicCommand, SNSClient } from "@aws-sdk/client-sns";
import { SSMClient } from "@aws-sdk/client-ssm";
import type { Context } from "aws-lambda";
import { type RecordedCall, type Sandbox, startSandbox } from "../../sandbox/index.ts";
import { clientOptions, seed } from "../../sandbox/seed.ts";
import { settle } from "../../tests/scale/crowd.ts";
import { callMs } from "./taken.ts";

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

type Account = {
  readonly sandbox: Sandbox;
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
  return { sandbox, environment };
}

const [count = 1, organisations = 1] = process.argv.slice(2).map(Number);
const { sandbox, environment } = await openAccount(count, organisations);
let first = sandbox.calls.length;
process.on("message", () => {
  const calls = sandbox.calls.slice(first);
  first = sandbox.calls.length;
  process.send?.({ calls: calls.length, roundTrips: roundTripsOf(calls) });
});
process.send?.(environment);
