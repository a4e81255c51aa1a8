import { AppRunnerClient, StartDeploymentCommand } from "@aws-sdk/client-apprunner";
import { PutRolePolicyCommand } from "@aws-sdk/client-iam";
import type { SessionCredentials } from "../../sandbox/index.ts";
import type { Act } from "../act.ts";
import { check, StoryBroken } from "../check.ts";
import { roleName } from "../documents.ts";
import { assume, errorOf, isDenied, jobClaims } from "../job.ts";
import {
  callsDuring,
  iamWrites,
  productionIn,
  roleArnOf,
  runningService,
  type Stage,
} from "../stage.ts";

const policyName = "AWSRevokeOlderSessions";
const hourMs = 3_600_000;

export const revoked: Act = {
  title: "Revoked sessions stay revoked",
  async play(stage, page) {
    const { responder } = stage.people;
    const { clock } = stage.sandbox;
    page.say(
      "A job's log looks suspicious. Rae uses Revoke active sessions in the IAM console. It adds a policy to the role that denies everything to sessions from before that moment. No document asks for this policy, but to delete it would give access back:",
    );
    const early = await sessionOf(stage);
    clock.advance(2_000);
    page.command(responder.name, `aws iam put-role-policy --policy-name ${policyName} …`);
    const at = clock
      .now()
      .toISOString()
      .replace(/\.\d+Z$/, "Z");
    await responder.iam.send(
      new PutRolePolicyCommand({
        RoleName: roleName,
        PolicyName: policyName,
        PolicyDocument: JSON.stringify(denyingBefore(at)),
      }),
    );
    const { result, calls } = await callsDuring(stage, stage.deployed.run);
    const { outcome, conditions } = productionIn(result);
    page.note(conditions.InSync.message);
    const writes = iamWrites(calls);
    const isLeft = outcome === "degraded" && writes.length === 0;
    check(page, "the run leaves the policy in place", isLeft, result);
    const [alert, ...others] = result.alerts;
    const isOne = alert?.kind === "sessions-revoked" && others.length === 0;
    const isNamed = alert?.text.includes(responder.arn) === true;
    check(
      page,
      "one critical alert says who did it and until when",
      isOne && isNamed,
      result.alerts,
    );
    clock.advance(2_000);
    const refusal = await deploy(stage, early);
    check(page, "a job from before that moment can do nothing", isDenied(refusal), refusal);
    const next = await deploy(stage, await sessionOf(stage));
    check(page, "a job that starts now can deploy", next === "none", next);
    page.say(
      "No session in IAM lasts longer than 12 hours. After that time the policy denies nobody, and the next run deletes it:",
    );
    clock.advance(12 * hourMs);
    const late = await callsDuring(stage, stage.deployed.runBySchedule);
    const taken = iamWrites(late.calls);
    check(page, "the run deletes the policy", taken.join() === "DeleteRolePolicy", taken);
    const after = productionIn(late.result).outcome;
    check(page, "the account is as the document says", after === "reconciled", late.result);
  },
};

/** What the console writes. */
function denyingBefore(at: string): object {
  const Condition = { DateLessThan: { "aws:TokenIssueTime": at } };
  const statement = { Effect: "Deny", Action: "*", Resource: "*", Condition };
  return { Version: "2012-10-17", Statement: [statement] };
}

async function sessionOf(stage: Stage): Promise<SessionCredentials> {
  const answer = await assume(stage, {
    claims: jobClaims(),
    roleArn: roleArnOf(stage),
    session: "circleci-job",
  });
  if (answer.kind === "refused") throw new StoryBroken(`the job is refused: ${answer.message}`);
  return answer.credentials;
}

/** The name of the error that a deployment ends with; `none` if it starts. */
async function deploy(stage: Stage, credentials: SessionCredentials): Promise<string> {
  const { endpoint, region } = stage.sandbox;
  const ServiceArn = await runningService(stage);
  const appRunner = new AppRunnerClient({ endpoint, region, credentials, maxAttempts: 1 });
  return errorOf(appRunner.send(new StartDeploymentCommand({ ServiceArn })));
}
