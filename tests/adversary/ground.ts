import {
  AttachRolePolicyCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
} from "@aws-sdk/client-iam";
import { onTestFinished, vi } from "vitest";
import { blog, organization, policyName, roleName, shopMain } from "../scenarios/documents.ts";
import { openScenario, type Scenario } from "../scenarios/harness.ts";

/** A document as an adversary may write it: anything at all that is JSON. */
export type Edit = Readonly<Record<string, unknown>>;

export const policyArn = (name: string) => `arn:aws:iam::123456789012:policy/${name}`;
export const pinned = "9e99a48a9960b14926bb7f3b02e22da2b0ab7280";

/** Everything an environment can say, approved: what every edit starts from. */
export const start = {
  circleci: { organizationId: organization, audiences: ["deploy"], thumbprints: [pinned] },
  trust: {
    projects: [
      shopMain,
      {
        id: blog,
        origin: "github.com/acme/blog",
        refs: ["refs/heads/main"],
        until: "2027-11-22T10:00:00Z",
      },
    ],
  },
  role: {
    name: roleName,
    path: "/",
    maxSessionSeconds: 7200,
    permissionsBoundary: policyArn("CircleCI-Boundary"),
    tags: { team: "platform" },
  },
  policy: { name: policyName },
  deploy: {
    region: "us-east-1",
    ecr: ["demo-backend"],
    appRunner: ["demo-backend"],
    ecsExpress: [],
    ecs: [],
    lambda: [],
    amplify: [{ app: "demo-frontend", branches: ["main"] }],
  },
  mode: "enforce",
  onWiden: { trust: "hold", permissions: "hold" },
  onRemove: "retain",
} as const;

/** The start with members of one mapping replaced; `undefined` takes a member out. */
export function startWith(part: keyof typeof start, members: Edit): Edit {
  return { ...start, [part]: { ...Object(start[part]), ...members } };
}

/** The first project of the start with members replaced, beside the second as it is. */
export function startFor(members: Edit): Edit {
  const [first, second] = start.trust.projects;
  return { ...start, trust: { projects: [{ ...first, ...members }, second] } };
}

/** The second project, which ends by itself, with members replaced. */
export function startForBlog(members: Edit): Edit {
  const [first, second] = start.trust.projects;
  return { ...start, trust: { projects: [first, { ...second, ...members }] } };
}

export function textOf(document: Edit): string {
  return JSON.stringify(document, null, 2);
}

const day = new Date("2026-11-22T10:00:00Z").getTime();
export const hour = 3_600_000;

/** Time is stopped, for the account and the function alike, and goes on only as it is reported to. */
function stopClock(): void {
  vi.useFakeTimers({ toFake: ["Date"], now: day });
}

export function wait(milliseconds: number): void {
  vi.setSystemTime(Date.now() + milliseconds);
}

/**
 * An account with the guide's targets, policies to use as boundaries, and what other teams have: a
 * role with a policy of its own, and a policy that nobody uses. Anyone who opens it closes it, and sets
 * the clock going again.
 */
export async function openGround(): Promise<Scenario> {
  stopClock();
  const account = await openScenario();
  await keepSession(account);
  const { iam } = account;
  const policies = {
    "CircleCI-Boundary": ["ecr:*", "apprunner:DescribeService", "amplify:*", "ecs:*"],
    "other-boundary": ["*"],
    "narrow-boundary": ["ecr:*"],
    "CircleCI-Shared": ["s3:GetObject"],
    "CircleCI-Loose": ["s3:GetObject"],
  };
  for (const [PolicyName, Action] of Object.entries(policies)) {
    const PolicyDocument = JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action, Resource: "*" }],
    });
    await iam.send(new CreatePolicyCommand({ PolicyName, PolicyDocument }));
  }
  const AssumeRolePolicyDocument = JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Service: "ec2.amazonaws.com" },
        Action: "sts:AssumeRole",
      },
    ],
  });
  const RoleName = "CircleCI-Legacy";
  await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
  await iam.send(
    new AttachRolePolicyCommand({ RoleName, PolicyArn: policyArn("CircleCI-Shared") }),
  );
  return account;
}

/** Lambda gives a function another session before its own ends; here one lasts for all the waiting. */
async function keepSession({ sandbox, variables }: Scenario): Promise<void> {
  const name = "oidc-reconciler-prod-reconcile";
  const role = `arn:aws:iam::123456789012:role/${name}`;
  const session = await sandbox.credentialsOf(role, name, (365 * 24 * hour) / 1000);
  variables.set("AWS_ACCESS_KEY_ID", session.accessKeyId);
  variables.set("AWS_SECRET_ACCESS_KEY", session.secretAccessKey);
  variables.set("AWS_SESSION_TOKEN", session.sessionToken);
}

/** The same with a document in force; from then on a first document waits for its approval. */
export async function openApplied(document: Edit = start): Promise<Scenario> {
  const account = await openGround();
  onTestFinished(async () => {
    await account.close();
    vi.useRealTimers();
  });
  await account.put(textOf(document));
  await account.run();
  account.variables.delete("OIDC_FIRST_DOCUMENT");
  return account;
}
