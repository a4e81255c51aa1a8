import {
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  IAMClient,
  ListRolePoliciesCommand,
} from "@aws-sdk/client-iam";
import {
  CreateTopicCommand,
  DeleteTopicCommand,
  ListTopicsCommand,
  SNSClient,
} from "@aws-sdk/client-sns";
import type { Sandbox } from "../../sandbox/index.ts";
import { clientOptions } from "../../sandbox/seed.ts";
import { makeClients } from "../../shared/edge/clients.ts";
import type { Report } from "../../shared/report/report.ts";
import { reconcile } from "../../shared/runs/reconcile.ts";
import { settingsOf } from "../../shared/settings.ts";
import { wakeOf } from "../../shared/wake/index.ts";
import { deployFunction } from "../stack/deployed.ts";
import { withEnvironment } from "./surroundings.ts";

const schedule = { source: "aws.events", "detail-type": "Scheduled Event", detail: {} };

/**
 * Deploys the loop: its role and variables are those of the packaged stack, its clock is the
 * account's, which Lambda's own would not follow.
 */
export async function deployLoop(sandbox: Sandbox): Promise<() => Promise<Report>> {
  const { environment, functionName, roleArn } = await deployFunction(sandbox, "reconcile");
  const sns = new SNSClient(clientOptions(sandbox));
  const Name = environment["OIDC_ALERT_TOPIC_ARN"]?.split(":").at(-1) ?? "";
  await sns.send(new CreateTopicCommand({ Name }));
  sns.destroy();
  const functionArn = `arn:aws:lambda:${sandbox.region}:${sandbox.account}:function:${functionName}`;
  let runs = 0;
  const runOn = async (event: unknown): Promise<Report> => {
    const keys = await sandbox.credentialsOf(roleArn, functionName);
    const variables = {
      ...environment,
      AWS_ACCESS_KEY_ID: keys.accessKeyId,
      AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
      AWS_SESSION_TOKEN: keys.sessionToken,
    };
    const { prefix, region, installation, channels } = settingsOf(environment);
    const wake = wakeOf(event, prefix, installation);
    if (wake.kind === "refused") throw new Error(wake.error.message);
    runs += 1;
    const { report } = await withEnvironment(variables, () =>
      reconcile({
        clients: makeClients(region),
        wake,
        installation,
        channels,
        runId: `7c1e6a52-0000-4000-8000-${String(runs).padStart(12, "0")}`,
        clock: sandbox.clock.now,
        functionArn,
        remainingMs: () => 300_000,
        alive: new Set(),
        logRemoval: () => undefined,
      }),
    );
    return report;
  };
  sandbox.functions.handle(functionName, runOn);
  return () => runOn(schedule);
}

/** Takes away what `deployLoop` and the deployment of the stack put into the account. */
export async function removeLoop(sandbox: Sandbox): Promise<void> {
  const sns = new SNSClient(clientOptions(sandbox));
  const iam = new IAMClient(clientOptions(sandbox));
  const { Topics = [] } = await sns.send(new ListTopicsCommand({}));
  for (const { TopicArn } of Topics) await sns.send(new DeleteTopicCommand({ TopicArn }));
  const { roleArn } = await deployFunction(sandbox, "reconcile");
  const RoleName = roleArn.split("/").at(-1);
  const { PolicyNames = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName }));
  for (const PolicyName of PolicyNames) {
    await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }));
  }
  await iam.send(new DeleteRoleCommand({ RoleName }));
  sns.destroy();
  iam.destroy();
}
