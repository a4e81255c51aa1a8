import {
  AppRunnerClient,
  ListServicesCommand,
  StartDeploymentCommand,
} from "@aws-sdk/client-apprunner";
import { DeleteRepositoryCommand, ECRClient } from "@aws-sdk/client-ecr";
import { DeleteRoleCommand, DeleteRolePolicyCommand } from "@aws-sdk/client-iam";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import type { SessionCredentials, TokenRequest } from "../../sandbox/index.ts";
import { type Act, StoryBroken, told } from "../act.ts";
import { organizationId, origin, otherProjectId, projectId } from "../documents.ts";
import { assume, jobClaims } from "../job.ts";
import type { Page } from "../page.ts";
import { trustAnswer } from "../reason.ts";
import type { Stage } from "../stage.ts";
import { roleName } from "./drift.ts";

const session = "circleci-test-oidc-auth";

export const jobs: Act = {
  title: "CircleCI jobs knock",
  async play(stage, page) {
    page.say(
      "A job of the named project, on main, shows its token to STS and gets a session, without any stored key. This is the guide's last step, with its expected output:",
    );
    const credentials = await admit(stage, page);
    await identity(stage, page, credentials);
    await deployment(stage, page, credentials);
    page.say("Everybody else is refused, in STS's own words, with the condition that stood there:");
    await refuseAndExplain(stage, page, {
      who: "a job of another project",
      claims: jobClaims({ projectId: otherProjectId }),
      why: "project-id and sub name another project than the trust policy",
    });
    await refuseAndExplain(stage, page, {
      who: "a job of the right project on a branch that nobody named",
      claims: jobClaims({ ref: "refs/heads/dev" }),
      why: "sub ends in refs/heads/dev, and the pattern in refs/heads/main",
    });
    await forgery(stage, page);
    await expiry(stage, page);
  },
};

export function roleArnOf({ sandbox }: Stage): string {
  return `arn:aws:iam::${sandbox.account}:role/${roleName}`;
}

async function admit(stage: Stage, page: Page): Promise<SessionCredentials> {
  page.deed("the job", "aws sts assume-role-with-web-identity …; aws sts get-caller-identity");
  const answer = await assume(stage, {
    claims: jobClaims(),
    roleArn: roleArnOf(stage),
    session,
  });
  told(page, "the job is let in", answer.kind === "session", answer);
  if (answer.kind === "refused") throw new Error(answer.message);
  return answer.credentials;
}

async function identity(stage: Stage, page: Page, credentials: SessionCredentials): Promise<void> {
  const { endpoint, region, account } = stage.sandbox;
  const sts = new STSClient({ endpoint, region, credentials });
  const { UserId = "", Account = "", Arn = "" } = await sts.send(new GetCallerIdentityCommand({}));
  page.quote(JSON.stringify({ UserId, Account, Arn }, null, 2));
  const expected = `arn:aws:sts::${account}:assumed-role/${roleName}/${session}`;
  const isExpected = Arn === expected && Account === account && /^AROA\w+:/.test(UserId);
  told(page, "just as the guide says", isExpected && UserId.endsWith(`:${session}`), Arn);
}

async function deployment(
  stage: Stage,
  page: Page,
  credentials: SessionCredentials,
): Promise<void> {
  const { endpoint, region } = stage.sandbox;
  const appRunner = new AppRunnerClient({ endpoint, region, credentials });
  const ServiceArn = await runningService(stage);
  const started = await appRunner.send(new StartDeploymentCommand({ ServiceArn }));
  told(page, "it may deploy to the new service", started.OperationId !== undefined, started);
  const ecr = new ECRClient({ endpoint, region, credentials, maxAttempts: 1 });
  const refusal = await errorOf(
    ecr.send(new DeleteRepositoryCommand({ repositoryName: "demo-backend", force: true })),
  );
  told(
    page,
    "and may not delete the repository, which no statement names",
    isDenied(refusal),
    refusal,
  );
}

/** The ARN of the App Runner service that is there now. */
export async function runningService({ admin }: Stage): Promise<string> {
  const { ServiceSummaryList } = await admin.appRunner.send(new ListServicesCommand({}));
  const running = ServiceSummaryList?.find(({ Status }) => Status === "RUNNING");
  return running?.ServiceArn ?? "";
}

function isDenied(name: string): boolean {
  return name.startsWith("AccessDenied");
}

/** The name of the error that a call ends in; `none` where it succeeds. */
export async function errorOf(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => "none",
    (thrown: unknown) => (thrown instanceof Error ? thrown.name : String(thrown)),
  );
}

type Refusal = { readonly who: string; readonly claims: TokenRequest; readonly why: string };

/** Checks that a token does not get in, and says why; gives the token. */
export async function refuse(stage: Stage, page: Page, refusal: Refusal): Promise<string> {
  const { who, claims, why } = refusal;
  const answer = await assume(stage, { claims, roleArn: roleArnOf(stage), session });
  told(page, `${who}: refused`, answer.kind === "refused" && isDenied(answer.code), answer);
  if (answer.kind === "session") return "";
  page.aside(`STS: ${answer.message}`);
  page.aside(`Why: ${why}.`);
  return answer.token;
}

/** The same, with the conditions that stand in the way as the comparing engine finds them. */
async function refuseAndExplain(stage: Stage, page: Page, refusal: Refusal): Promise<void> {
  const token = await refuse(stage, page, refusal);
  const admission = await trustAnswer(stage, { token, roleName });
  const obstacles = admission.kind === "not-admitted" ? admission.obstacles : [];
  if (obstacles.length === 0) throw new StoryBroken(`nothing stands in the way: ${refusal.who}`);
  const provider = `oidc.circleci.com/org/${organizationId}`;
  for (const { where } of obstacles) page.aside(`Where: ${where.replace(provider, "…")}`);
}

/** A fork's branch, named so that its subject ends like the one that is trusted. */
const forgedRef = `refs/heads/x/vcs-origin/${origin}/vcs-ref/refs/heads/main`;

async function forgery(stage: Stage, page: Page): Promise<void> {
  const claims = jobClaims({ origin: "github.com/mallory/shop", ref: forgedRef });
  page.say(
    `Somebody forks the repository and names a branch ${forgedRef.slice("refs/heads/".length)}. A build of a fork carries the project's own id, and the subject now ends like the trusted one.`,
  );
  const naive = await assume(stage, { claims, roleArn: createNaiveRole(stage), session });
  told(
    page,
    "the pattern one would write by hand, …/user/*/vcs-origin/…, lets it in",
    naive.kind === "session",
    naive,
  );
  await refuseAndExplain(stage, page, {
    who: "by ours, the same token",
    claims,
    why: "the pattern counts the 36 characters of the user's id, so vcs-origin stands in its place",
  });
  await stage.admin.iam.send(new DeleteRolePolicyCommand(naiveInline));
  await stage.admin.iam.send(new DeleteRoleCommand({ RoleName: naiveInline.RoleName }));
}

const naiveInline = { RoleName: "Naive-Role", PolicyName: "none" };

/** A role of nobody's, whose trust policy is what most people would write. */
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

async function expiry(stage: Stage, page: Page): Promise<void> {
  const issuedAt = new Date(stage.sandbox.clock.now().getTime() - 2 * hourMs);
  const claims = jobClaims({ issuedAt });
  const answer = await assume(stage, { claims, roleArn: roleArnOf(stage), session });
  const isExpired = answer.kind === "refused" && answer.code.startsWith("ExpiredToken");
  told(page, "the right job with a token of two hours ago: refused", isExpired, answer);
  if (answer.kind === "refused") page.aside(`STS: ${answer.message}`);
}
