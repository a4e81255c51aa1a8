import {
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  DeletePolicyVersionCommand,
  DeleteRoleCommand,
  DetachRolePolicyCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  ListPolicyVersionsCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { blog, guideWith, organization, policyName, roleName, shopMain } from "./documents.ts";
import { expectIdle, openScenario, type Scenario, type ScenarioOptions } from "./harness.ts";

export const providerArn = `arn:aws:iam::123456789012:oidc-provider/oidc.circleci.com/org/${organization}`;
export const policyArn = `arn:aws:iam::123456789012:policy/${policyName}`;
export const boundaryArn = "arn:aws:iam::123456789012:policy/ci-boundary";
export const otherBoundaryArn = "arn:aws:iam::123456789012:policy/other-boundary";
export const readOnlyArn = "arn:aws:iam::aws:policy/ReadOnlyAccess";
export const pinned = "9e99a48a9960b14926bb7f3b02e22da2b0ab7280";
export const otherPin = "0123456789abcdef0123456789abcdef01234567";

export const full = guideWith({
  circleci: { organizationId: organization, audiences: ["deploy"], thumbprints: [pinned] },
  trust: { projects: [shopMain, { id: blog }] },
  role: {
    name: roleName,
    maxSessionSeconds: 7200,
    permissionsBoundary: boundaryArn,
    tags: { team: "platform", cost: "42" },
  },
});

export const everything = allow("*", "*");

export function allow(
  action: string | readonly string[],
  resource: string | readonly string[],
): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: action, Resource: resource }],
  });
}

export type TrustStatement = { Condition: Record<string, Record<string, unknown>> };
export type Trust = { Version: string; Statement: TrustStatement[] };

/** An account in sync with a document that uses every member. */
export async function openInSync(options: ScenarioOptions = {}): Promise<Scenario> {
  const account = await openScenario(options);
  for (const PolicyName of ["ci-boundary", "other-boundary"]) {
    await account.iam.send(new CreatePolicyCommand({ PolicyName, PolicyDocument: everything }));
  }
  await account.put(full);
  await account.run();
  expectIdle(await account.run());
  return account;
}

export async function trustNow(account: Scenario): Promise<Trust> {
  const { Role } = await account.iam.send(new GetRoleCommand({ RoleName: roleName }));
  return JSON.parse(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? ""));
}

export async function setTrust(
  account: Scenario,
  change: (trust: Trust) => unknown,
): Promise<void> {
  const PolicyDocument = JSON.stringify(change(await trustNow(account)));
  await account.iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: roleName, PolicyDocument }));
}

/** The trust policy with one subject where it had two. */
export function withOneSubject(trust: Trust): Trust {
  const narrowed = trust.Statement.map((statement) => {
    const like = Object.entries(statement.Condition["StringLike"] ?? {});
    const StringLike = Object.fromEntries(like.map(([key, all]) => [key, [all].flat()[0]]));
    return { ...statement, Condition: { ...statement.Condition, StringLike } };
  });
  return { ...trust, Statement: narrowed };
}

export async function newVersion(
  account: Pick<Scenario, "iam">,
  PolicyDocument: string,
): Promise<void> {
  const version = { PolicyArn: policyArn, PolicyDocument, SetAsDefault: true };
  await account.iam.send(new CreatePolicyVersionCommand(version));
}

export async function versions(account: Scenario): Promise<readonly string[]> {
  const { Versions = [] } = await account.iam.send(
    new ListPolicyVersionsCommand({ PolicyArn: policyArn }),
  );
  return Versions.map(({ VersionId = "" }) => VersionId);
}

/** Leaves only the default version, so that no drift of before makes the next one prune. */
export async function dropOldVersions(account: Scenario): Promise<void> {
  const { Versions = [] } = await account.iam.send(
    new ListPolicyVersionsCommand({ PolicyArn: policyArn }),
  );
  for (const { VersionId = "", IsDefaultVersion } of Versions) {
    if (IsDefaultVersion) continue;
    await account.iam.send(new DeletePolicyVersionCommand({ PolicyArn: policyArn, VersionId }));
  }
}

export async function policyText(account: Scenario): Promise<string> {
  const { PolicyVersion } = await account.iam.send(
    new GetPolicyVersionCommand({
      PolicyArn: policyArn,
      VersionId: (await versions(account))[0] ?? "",
    }),
  );
  return decodeURIComponent(PolicyVersion?.Document ?? "");
}

export async function deleteRole(account: Scenario): Promise<void> {
  const { iam } = account;
  await iam.send(new DetachRolePolicyCommand({ RoleName: roleName, PolicyArn: policyArn }));
  await iam.send(new DeleteRoleCommand({ RoleName: roleName }));
}

export async function policyTextOf(account: Scenario, version: string): Promise<string> {
  const { PolicyVersion } = await account.iam.send(
    new GetPolicyVersionCommand({ PolicyArn: policyArn, VersionId: version }),
  );
  return decodeURIComponent(PolicyVersion?.Document ?? "");
}
