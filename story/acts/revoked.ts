import { AppRunnerClient, StartDeploymentCommand } from "@aws-sdk/client-apprunner";
import { PutRolePolicyCommand } from "@aws-sdk/client-iam";
import type { SessionCredentials } from "../../sandbox/index.ts";
import { type Act, StoryBroken, told } from "../act.ts";
import { assume, jobClaims } from "../job.ts";
import { callsDuring, iamWrites, productionIn, type Stage } from "../stage.ts";
import { roleName } from "./drift.ts";
import { errorOf, roleArnOf, runningService } from "./jobs.ts";

const policyName = "AWSRevokeOlderSessions";
const hourMs = 3_600_000;

export const revoked: Act = {
  title: "Revoked sessions stay revoked",
  async play(stage, page) {
    const { responder } = stage.people;
    const { clock } = stage.sandbox;
    page.say(
      "A job's log looks wrong. The console's Revoke active sessions puts a policy on the role that denies everything to sessions from before that moment. No document asks for it, but taking a Deny off would open:",
    );
    const early = await sessionOf(stage);
    clock.advance(2_000);
    page.deed(responder.name, `aws iam put-role-policy --policy-name ${policyName} …`);
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
    const { result, calls } = await callsDuring(stage, stage.deployed.work);
    const { outcome, conditions } = productionIn(result);
    page.aside(conditions.InSync.message);
    const writes = iamWrites(calls);
    told(page, "left where it is", outcome === "degraded" && writes.length === 0, result);
    const [alert, ...others] = result.alerts;
    const isTold = alert?.kind === "sessions-revoked" && others.length === 0;
    const isNamed = alert?.text.includes(responder.arn) === true;
    told(page, "one critical alert says who and until when", isTold && isNamed, result.alerts);
    clock.advance(2_000);
    const refusal = await deploy(stage, early);
    told(page, "the job from before may do nothing", refusal.startsWith("AccessDenied"), refusal);
    const next = await deploy(stage, await sessionOf(stage));
    told(page, "a job that begins now deploys", next === "none", next);
    page.say("After 12 hours, IAM's longest session, it denies nobody any more. The next run:");
    clock.advance(12 * hourMs);
    const late = await callsDuring(stage, stage.deployed.workBySchedule);
    const taken = iamWrites(late.calls);
    told(page, "takes it off", taken.join() === "DeleteRolePolicy", taken);
    const after = productionIn(late.result).outcome;
    told(page, "and all is as the document says", after === "reconciled", late.result);
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

/** The name of the error that a deployment ends in; `none` where it begins. */
async function deploy(stage: Stage, credentials: SessionCredentials): Promise<string> {
  const { endpoint, region } = stage.sandbox;
  const ServiceArn = await runningService(stage);
  const appRunner = new AppRunnerClient({ endpoint, region, credentials, maxAttempts: 1 });
  return errorOf(appRunner.send(new StartDeploymentCommand({ ServiceArn })));
}
