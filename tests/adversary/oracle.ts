import { AssumeRoleWithWebIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { accessEvaluator, trustEvaluator } from "../../sandbox/evaluate/index.ts";
import type { TokenRequest } from "../../sandbox/index.ts";
import { clientOptions } from "../../sandbox/seed.ts";
import {
  blog,
  organization,
  otherOrganization,
  shop,
  somebody,
  wiki,
} from "../scenarios/documents.ts";
import type { Scenario } from "../scenarios/harness.ts";
import type { AccountState, RoleState } from "../scenarios/state.ts";

/**
 * Who can do what in an account, one line for each: through any role at all, for how long, with
 * which principal tags. It shares nothing with the code that decides: jobs show real tokens to the
 * sandbox's STS, everything else is asked of the sandbox's own evaluator. The role's name is no
 * part of a line, so that a second door to the same thing is the same thing.
 */
export type Access = ReadonlySet<string>;

/** What one access has and the other has not. */
export function more(now: Access, before: Access): readonly string[] {
  return [...now].filter((line) => !before.has(line)).toSorted();
}

const origin = "github.com/acme/shop";
const own = { organizationId: organization, userId: somebody, projectId: shop } as const;

/** Jobs that the rows' documents tell apart, and some that no document lets in. */
const jobs: Readonly<Record<string, TokenRequest>> = {
  "shop main": { ...own, origin },
  "shop dev": { ...own, origin, ref: "refs/heads/dev" },
  "shop tag": { ...own, origin, ref: "refs/tags/v1" },
  "shop fork": { ...own, origin: "github.com/eve/shop" },
  "shop without a repository": { ...own },
  "shop main for deploy": { ...own, origin, audience: "deploy" },
  "shop main for evil": { ...own, origin, audience: "evil" },
  "shop main for AWS": { ...own, origin, audience: "sts.amazonaws.com" },
  "blog main": { ...own, projectId: blog, origin: "github.com/acme/blog" },
  "blog dev": {
    ...own,
    projectId: blog,
    origin: "github.com/acme/blog",
    ref: "refs/heads/dev",
  },
  "wiki main": { ...own, projectId: wiki, origin: "github.com/acme/wiki" },
  "another organisation's shop": { ...own, organizationId: otherOrganization, origin },
  "the audit log": { ...own, shape: "audit-log-stream" },
};

const account = "123456789012";
const identities = {
  "an administrator of the account": { type: "AWS", id: `arn:aws:iam::${account}:user/alice` },
  "another account": { type: "AWS", id: "arn:aws:iam::210987654321:root" },
  "an instance": { type: "Service", id: "ec2.amazonaws.com" },
} as const;

const sessionLengths = [3600, 7200, 43_200] as const;
const lengthsWithin = (longest: number) => sessionLengths.filter((length) => length <= longest);

type Operation = { readonly action: string; readonly resource: string };

const actions = [
  "ecr:PutImage",
  "ecr:BatchGetImage",
  "ecr:DescribeImages",
  "apprunner:StartDeployment",
  "apprunner:DescribeService",
  "apprunner:UpdateService",
  "apprunner:ListOperations",
  "amplify:StartJob",
  "amplify:CreateDeployment",
  "ecs:UpdateExpressGatewayService",
  "ecs:DescribeExpressGatewayService",
  "ecs:UpdateService",
  "ecs:DescribeServices",
  "ecs:RegisterTaskDefinition",
  "iam:PassRole",
  "ssm:GetParameter",
  "s3:GetObject",
] as const;

/** The account's targets, and some that no document of a start names. */
function operationsIn({ targets }: Scenario): readonly Operation[] {
  const app = (id: string) => `arn:aws:amplify:us-east-1:${account}:apps/${id}`;
  const resources = [
    ...["us-east-1", "eu-west-1"].flatMap((region) =>
      ["demo-backend", "other", "ghost"].map(
        (name) => `arn:aws:ecr:${region}:${account}:repository/${name}`,
      ),
    ),
    targets.serviceArn,
    `arn:aws:apprunner:us-east-1:${account}:service/other/${"0".repeat(32)}`,
    ...["main", "dev"].map((branch) => `${app(targets.appId)}/branches/${branch}/jobs/1`),
    ...["main", "dev"].map((branch) => `${app(targets.appId)}/branches/${branch}`),
    `${app("dother")}/branches/main/jobs/1`,
    `arn:aws:ecs:us-east-1:${account}:service/default/demo-backend`,
    `arn:aws:ecs:us-east-1:${account}:task-definition/default-demo-backend:1`,
    `arn:aws:iam::${account}:role/Admin`,
    `arn:aws:iam::${account}:role/ecsTaskExecutionRole`,
    `arn:aws:ssm:us-east-1:${account}:parameter/secret`,
    "arn:aws:s3:::bucket/object",
    "*",
  ];
  return [
    ...resources.flatMap((resource) => actions.map((action) => ({ action, resource }))),
    { action: "ecr:GetAuthorizationToken", resource: "*" },
  ];
}

/** What was read last of a scenario: the same state at the same time needs no second look. */
const looks = new WeakMap<Scenario, { readonly at: string; readonly access: Access }>();

/** Reads who can do what, now and through every role. */
export async function accessOf(scenario: Scenario): Promise<Access> {
  const state = await scenario.state();
  const at = JSON.stringify([Date.now(), state]);
  const last = looks.get(scenario);
  if (last?.at === at) return last.access;
  const access = await accessIn(scenario, state);
  looks.set(scenario, { at, access });
  return access;
}

async function accessIn(scenario: Scenario, state: AccountState): Promise<Access> {
  const operations = operationsIn(scenario);
  const lines = new Set(providerLines(state));
  for (const role of Object.values(state.roles)) {
    const who = [...(await jobsOf(scenario, role)), ...identitiesOf(role)];
    const allowed = who.length === 0 ? [] : operationsOf(state, role, operations);
    for (const caller of who) {
      lines.add(`${caller} carries ${principalTags(role)}`);
      for (const seconds of lengthsWithin(role.maxSessionSeconds)) {
        for (const operation of allowed) lines.add(`${caller} for ${seconds} s: ${operation}`);
      }
    }
  }
  return lines;
}

/** A provider serves every role of the account: an audience or certificate more is access itself. */
function providerLines(state: AccountState): readonly string[] {
  return Object.entries(state.providers).flatMap(([arn, { audiences, thumbprints }]) => [
    ...audiences.map((audience) => `${arn} takes ${audience}`),
    ...thumbprints.map((thumbprint) => `${arn} trusts ${thumbprint}`),
  ]);
}

/** Every job that gets in, shown by a real token; for the longest session that the role has. */
async function jobsOf(scenario: Scenario, role: RoleState): Promise<readonly string[]> {
  const { sandbox } = scenario;
  const sts = new STSClient({ ...clientOptions(sandbox), maxAttempts: 1 });
  const tried = Object.entries(jobs).map(async ([name, request]) => {
    const assume = new AssumeRoleWithWebIdentityCommand({
      RoleArn: role.arn,
      RoleSessionName: "job",
      WebIdentityToken: await sandbox.circleci.issueToken(request),
      DurationSeconds: role.maxSessionSeconds,
    });
    return sts.send(assume).then(
      () => [name],
      () => [],
    );
  });
  const admitted = (await Promise.all(tried)).flat();
  sts.destroy();
  return admitted;
}

function identitiesOf(role: RoleState): readonly string[] {
  const admits = trustEvaluator(role.trust);
  return Object.entries(identities).flatMap(([name, principal]) => {
    const request = {
      principal,
      action: "sts:AssumeRole",
      context: new Map<string, readonly string[]>(),
    } as const;
    return admits(request).decision === "allow" ? [name] : [];
  });
}

function principalTags({ tags }: RoleState): string {
  const shown = Object.entries(tags).filter(([key]) => !key.startsWith("oidc-reconciler:"));
  return JSON.stringify(Object.fromEntries(shown));
}

function operationsOf(
  state: AccountState,
  role: RoleState,
  operations: readonly Operation[],
): readonly string[] {
  const documents = (arns: readonly string[]) =>
    arns.map((arn) => state.policies[arn]?.document ?? awsReadsAll);
  const grants = accessEvaluator([...documents(role.attached), ...Object.values(role.inline)]);
  const bounds = role.boundary === null ? null : accessEvaluator(documents([role.boundary]));
  const context = new Map(
    Object.entries(role.tags).map(([key, value]) => [`aws:PrincipalTag/${key}`, [value]] as const),
  );
  return operations
    .map((operation) => ({ ...operation, context }))
    .filter((request) => grants(request).decision === "allow")
    .filter((request) => bounds === null || bounds(request).decision === "allow")
    .map(({ action, resource }) => `${action} ${resource}`);
}

/** AWS's own policies are not in the state; those that a row names read everything. */
const awsReadsAll = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "s3:GetObject", Resource: "*" }],
};
