import { AppRunnerClient, StartDeploymentCommand } from "@aws-sdk/client-apprunner";
import { DeleteRepositoryCommand, ECRClient } from "@aws-sdk/client-ecr";
import { DeleteRoleCommand, DeleteRolePolicyCommand } from "@aws-sdk/client-iam";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import type { SessionCredentials } from "../../sandbox/index.ts";
import type { Act } from "../act.ts";
import { check, StoryBroken } from "../check.ts";
import { runAs } from "../command.ts";
import {
  environment,
  organizationId,
  origin,
  otherProjectId,
  projectId,
  roleName,
} from "../documents.ts";
import { trustAnswer } from "../engine.ts";
import { assume, checkRefused, errorOf, isDenied, jobClaims, type Refusal } from "../job.ts";
import type { Page } from "../page.ts";
import { roleArnOf, runningService, type Stage } from "../stage.ts";

const session = "circleci-test-oidc-auth";

export const jobs: Act = {
  title: "CircleCI jobs ask for a session",
  async play(stage, page) {
    page.say(
      "A job of the named project, on branch main, sends its token to STS and gets a session. It needs no stored key. With the session it asks STS who it is:",
    );
    const credentials = await checkAdmitted(stage, page);
    await checkIdentity(stage, page, credentials);
    await checkDeployment(stage, page, credentials);
    page.say(
      "STS refuses every other job. For each you see what STS says, why, and which condition the token does not meet:",
    );
    await checkRefusedAndExplain(stage, page, {
      who: "a job of another project",
      claims: jobClaims({ projectId: otherProjectId }),
      why: "project-id and sub name a different project than the trust policy",
    });
    await checkRefusedAndExplain(stage, page, {
      who: "a job of the right project on another branch",
      claims: jobClaims({ ref: "refs/heads/dev" }),
      why: "sub ends in refs/heads/dev, but the pattern ends in refs/heads/main",
    });
    await checkForgery(stage, page);
    await checkExpiry(stage, page);
  },
};

export const doctor: Act = {
  title: "A job was refused: the doctor says why",
  async play(stage, page) {
    const { developer } = stage.people;
    page.say(
      "Dana's job runs on branch dev and was refused. STS says only that it is not authorized. Dana gives the job's token to the doctor, which makes every check that STS makes:",
    );
    const token = await stage.sandbox.circleci.issueToken(jobClaims({ ref: "refs/heads/dev" }));
    const asked = { args: ["doctor", environment, "--token", "-"], stdin: token };
    const { code, rows } = await runAs(stage, page, developer, asked);
    page.quote(rows.join("\n"));
    const text = rows.join("\n");
    check(page, "the command ends with 3: the token is refused", code === 3, code);
    check(page, "the cause is ref-refused", text.includes("ref-refused"), text);
    check(page, "the token itself is not repeated", !text.includes(token.slice(0, 40)), text);
  },
};

async function checkAdmitted(stage: Stage, page: Page): Promise<SessionCredentials> {
  page.command("the job", "aws sts assume-role-with-web-identity …; aws sts get-caller-identity");
  const answer = await assume(stage, {
    claims: jobClaims(),
    roleArn: roleArnOf(stage),
    session,
  });
  check(page, "the job gets a session", answer.kind === "session", answer);
  if (answer.kind === "refused") throw new Error(answer.message);
  return answer.credentials;
}

async function checkIdentity(
  stage: Stage,
  page: Page,
  credentials: SessionCredentials,
): Promise<void> {
  const { endpoint, region, account } = stage.sandbox;
  const sts = new STSClient({ endpoint, region, credentials });
  const { UserId = "", Account = "", Arn = "" } = await sts.send(new GetCallerIdentityCommand({}));
  page.quote(JSON.stringify({ UserId, Account, Arn }, null, 2));
  const expected = `arn:aws:sts::${account}:assumed-role/${roleName}/${session}`;
  const isExpected = Arn === expected && Account === account && /^AROA\w+:/.test(UserId);
  check(page, "it is a session of the role", isExpected && UserId.endsWith(`:${session}`), Arn);
}

async function checkDeployment(
  stage: Stage,
  page: Page,
  credentials: SessionCredentials,
): Promise<void> {
  const { endpoint, region } = stage.sandbox;
  const appRunner = new AppRunnerClient({ endpoint, region, credentials });
  const ServiceArn = await runningService(stage);
  const started = await appRunner.send(new StartDeploymentCommand({ ServiceArn }));
  const isStarted = started.OperationId !== undefined;
  check(page, "the job can deploy to the new service", isStarted, started);
  const ecr = new ECRClient({ endpoint, region, credentials, maxAttempts: 1 });
  const refusal = await errorOf(
    ecr.send(new DeleteRepositoryCommand({ repositoryName: "demo-backend", force: true })),
  );
  check(
    page,
    "the job cannot delete the repository: no statement allows that",
    isDenied(refusal),
    refusal,
  );
}

/** The same, with the conditions that the token does not meet, as the product's engine finds them. */
async function checkRefusedAndExplain(stage: Stage, page: Page, refusal: Refusal): Promise<void> {
  const token = await checkRefused(stage, page, refusal);
  const admission = await trustAnswer(stage, { token, roleName });
  const obstacles = admission.kind === "not-admitted" ? admission.obstacles : [];
  if (obstacles.length === 0) throw new StoryBroken(`every condition is met: ${refusal.who}`);
  const provider = `oidc.circleci.com/org/${organizationId}`;
  for (const { where } of obstacles) page.note(`Where: ${where.replace(provider, "…")}`);
}

/** A fork's branch, named so that its subject ends like the trusted one. */
const forgedRef = `refs/heads/x/vcs-origin/${origin}/vcs-ref/refs/heads/main`;

async function checkForgery(stage: Stage, page: Page): Promise<void> {
  const claims = jobClaims({ origin: "github.com/mallory/shop", ref: forgedRef });
  page.say(
    `Someone forks the repository and names a branch ${forgedRef.slice("refs/heads/".length)}. The token of a fork's build has the ID of your project, and its subject now ends like the trusted one.`,
  );
  const naive = await assume(stage, { claims, roleArn: createNaiveRole(stage), session });
  check(
    page,
    "a pattern that you might write by hand, …/user/*/vcs-origin/…, admits this token",
    naive.kind === "session",
    naive,
  );
  await checkRefusedAndExplain(stage, page, {
    who: "the same token for the reconciler's role",
    claims,
    why: "the pattern takes exactly 36 characters for the user ID, so vcs-origin must be the real one",
  });
  await stage.admin.iam.send(new DeleteRolePolicyCommand(naiveInline));
  await stage.admin.iam.send(new DeleteRoleCommand({ RoleName: naiveInline.RoleName }));
}

const naiveInline = { RoleName: "Naive-Role", PolicyName: "none" };

/** A role with the trust policy that most people would write. */
function createNaiveRole({ sandbox }: Stage): string {
  const provider = `oidc.circleci.com/org/${organizationId}`;
  const subject = `org/${organizationId}/project/${projectId}/user/*/vcs-origin/${origin}/vcs-ref/refs/heads/main`;
  const statement = {
    Effect: "Allow",
    Principal: { Federated: `arn:aws:iam::${sandbox.account}:oidc-provider/${provider}` },
    Action: "sts:AssumeRoleWithWebIdentity",
    Condition: {
      StringEquals: { [`${provider}:aud`]: organizationId },
      StringLike: { [`${provider}:sub`]: subject },
    },
  };
  return sandbox.createRole({
    name: naiveInline.RoleName,
    trust: { Version: "2012-10-17", Statement: [statement] },
    policies: { [naiveInline.PolicyName]: { Version: "2012-10-17", Statement: [] } },
  });
}

const hourMs = 3_600_000;

async function checkExpiry(stage: Stage, page: Page): Promise<void> {
  const issuedAt = new Date(stage.sandbox.clock.now().getTime() - 2 * hourMs);
  const claims = jobClaims({ issuedAt });
  const answer = await assume(stage, { claims, roleArn: roleArnOf(stage), session });
  const isExpired = answer.kind === "refused" && answer.code.startsWith("ExpiredToken");
  check(page, "STS refuses the right job with a token from two hours ago", isExpired, answer);
  if (answer.kind === "refused") page.note(`STS says: ${answer.message}`);
}
