import {
  AddClientIDToOpenIDConnectProviderCommand,
  AttachRolePolicyCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  DeleteOpenIDConnectProviderCommand,
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  DeleteRoleCommand,
  DeleteRolePermissionsBoundaryCommand,
  DetachRolePolicyCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  ListPolicyVersionsCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  RemoveClientIDFromOpenIDConnectProviderCommand,
  SetDefaultPolicyVersionCommand,
  TagRoleCommand,
  UntagOpenIDConnectProviderCommand,
  UntagPolicyCommand,
  UntagRoleCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateOpenIDConnectProviderThumbprintCommand,
  UpdateRoleCommand,
} from "@aws-sdk/client-iam";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { blog, guideWith, organization, policyName, roleName, shopMain } from "./documents.ts";
import { expectIdle, openScenario, type Scenario } from "./harness.ts";
import { withoutVersions } from "./state.ts";

const providerArn = `arn:aws:iam::123456789012:oidc-provider/oidc.circleci.com/org/${organization}`;
const policyArn = `arn:aws:iam::123456789012:policy/${policyName}`;
const boundaryArn = "arn:aws:iam::123456789012:policy/ci-boundary";
const otherBoundaryArn = "arn:aws:iam::123456789012:policy/other-boundary";
const readOnlyArn = "arn:aws:iam::aws:policy/ReadOnlyAccess";
const pinned = "9e99a48a9960b14926bb7f3b02e22da2b0ab7280";

const full = guideWith({
  circleci: { organizationId: organization, audiences: ["deploy"], thumbprints: [pinned] },
  trust: { projects: [shopMain, { id: blog }] },
  role: {
    name: roleName,
    maxSessionSeconds: 7200,
    permissionsBoundary: boundaryArn,
    tags: { team: "platform", cost: "42" },
  },
});

const everything = allow("*", "*");

function allow(action: string | readonly string[], resource: string | readonly string[]): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: action, Resource: resource }],
  });
}

type TrustStatement = { Condition: Record<string, Record<string, unknown>> };
type Trust = { Version: string; Statement: TrustStatement[] };

let account: Scenario;

beforeAll(async () => {
  account = await openScenario();
  for (const PolicyName of ["ci-boundary", "other-boundary"]) {
    await account.iam.send(new CreatePolicyCommand({ PolicyName, PolicyDocument: everything }));
  }
  await account.put(full);
  await account.run();
  expectIdle(await account.run());
});
afterAll(() => account.close());

async function trustNow(): Promise<Trust> {
  const { Role } = await account.iam.send(new GetRoleCommand({ RoleName: roleName }));
  return JSON.parse(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? ""));
}

async function setTrust(change: (trust: Trust) => unknown): Promise<void> {
  const PolicyDocument = JSON.stringify(change(await trustNow()));
  await account.iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: roleName, PolicyDocument }));
}

/** The trust policy with one subject where it had two. */
function withOneSubject(trust: Trust): Trust {
  const narrowed = trust.Statement.map((statement) => {
    const like = Object.entries(statement.Condition["StringLike"] ?? {});
    const StringLike = Object.fromEntries(like.map(([key, all]) => [key, [all].flat()[0]]));
    return { ...statement, Condition: { ...statement.Condition, StringLike } };
  });
  return { ...trust, Statement: narrowed };
}

async function newVersion(PolicyDocument: string): Promise<void> {
  const version = { PolicyArn: policyArn, PolicyDocument, SetAsDefault: true };
  await account.iam.send(new CreatePolicyVersionCommand(version));
}

async function versions(): Promise<readonly string[]> {
  const { Versions = [] } = await account.iam.send(
    new ListPolicyVersionsCommand({ PolicyArn: policyArn }),
  );
  return Versions.map(({ VersionId = "" }) => VersionId);
}

/** Leaves only the default version, so that no drift of before makes the next one prune. */
async function dropOldVersions(): Promise<void> {
  const { Versions = [] } = await account.iam.send(
    new ListPolicyVersionsCommand({ PolicyArn: policyArn }),
  );
  for (const { VersionId = "", IsDefaultVersion } of Versions) {
    if (IsDefaultVersion) continue;
    await account.iam.send(new DeletePolicyVersionCommand({ PolicyArn: policyArn, VersionId }));
  }
}

async function policyText(): Promise<string> {
  const { PolicyVersion } = await account.iam.send(
    new GetPolicyVersionCommand({ PolicyArn: policyArn, VersionId: (await versions())[0] ?? "" }),
  );
  return decodeURIComponent(PolicyVersion?.Document ?? "");
}

async function deleteRole(): Promise<void> {
  const { iam } = account;
  await iam.send(new DetachRolePolicyCommand({ RoleName: roleName, PolicyArn: policyArn }));
  await iam.send(new DeleteRoleCommand({ RoleName: roleName }));
}

type Drift = {
  readonly drift: string;
  readonly happens: () => Promise<unknown>;
  readonly writes: readonly string[];
};

const drifts: readonly Drift[] = [
  {
    drift: "an audience more on the provider",
    happens: () =>
      account.iam.send(
        new AddClientIDToOpenIDConnectProviderCommand({
          OpenIDConnectProviderArn: providerArn,
          ClientID: "sts.amazonaws.com",
        }),
      ),
    writes: ["RemoveClientIDFromOpenIDConnectProvider"],
  },
  {
    drift: "an audience less on the provider",
    happens: () =>
      account.iam.send(
        new RemoveClientIDFromOpenIDConnectProviderCommand({
          OpenIDConnectProviderArn: providerArn,
          ClientID: "deploy",
        }),
      ),
    writes: ["AddClientIDToOpenIDConnectProvider"],
  },
  {
    drift: "other thumbprints than those pinned",
    happens: () =>
      account.iam.send(
        new UpdateOpenIDConnectProviderThumbprintCommand({
          OpenIDConnectProviderArn: providerArn,
          ThumbprintList: ["06b25927c42a721631c1efd9431e648fa62e1e39", pinned],
        }),
      ),
    writes: ["UpdateOpenIDConnectProviderThumbprint"],
  },
  {
    drift: "a provider without its tag",
    happens: () =>
      account.iam.send(
        new UntagOpenIDConnectProviderCommand({
          OpenIDConnectProviderArn: providerArn,
          TagKeys: ["oidc-reconciler:prefix"],
        }),
      ),
    writes: ["TagOpenIDConnectProvider"],
  },
  {
    drift: "a deleted provider",
    happens: () =>
      account.iam.send(
        new DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: providerArn }),
      ),
    writes: ["CreateOpenIDConnectProvider"],
  },
  {
    drift: "a trust policy that admits more",
    happens: () =>
      setTrust((trust) => {
        const [first, ...others] = trust.Statement;
        return { ...trust, Statement: [{ ...first, Condition: undefined }, ...others] };
      }),
    writes: ["UpdateAssumeRolePolicy"],
  },
  {
    drift: "a trust policy that admits less",
    happens: () => setTrust(withOneSubject),
    writes: ["UpdateAssumeRolePolicy"],
  },
  {
    drift: "a trust policy that admits somebody else",
    happens: () =>
      setTrust(() => ({
        Version: "2012-10-17",
        Statement: [
          { Effect: "Allow", Principal: { AWS: "210987654321" }, Action: "sts:AssumeRole" },
        ],
      })),
    writes: ["UpdateAssumeRolePolicy"],
  },
  {
    drift: "another description",
    happens: () =>
      account.iam.send(
        new UpdateRoleCommand({
          RoleName: roleName,
          Description: "mine",
          MaxSessionDuration: 7200,
        }),
      ),
    writes: ["UpdateRole"],
  },
  {
    drift: "a longer session",
    happens: () =>
      account.iam.send(new UpdateRoleCommand({ RoleName: roleName, MaxSessionDuration: 43200 })),
    writes: ["UpdateRole"],
  },
  {
    drift: "a shorter session",
    happens: () =>
      account.iam.send(new UpdateRoleCommand({ RoleName: roleName, MaxSessionDuration: 3600 })),
    writes: ["UpdateRole"],
  },
  {
    drift: "no permissions boundary",
    happens: () =>
      account.iam.send(new DeleteRolePermissionsBoundaryCommand({ RoleName: roleName })),
    writes: ["PutRolePermissionsBoundary"],
  },
  {
    drift: "another permissions boundary",
    happens: () =>
      account.iam.send(
        new PutRolePermissionsBoundaryCommand({
          RoleName: roleName,
          PermissionsBoundary: otherBoundaryArn,
        }),
      ),
    writes: ["PutRolePermissionsBoundary"],
  },
  {
    drift: "a role without one of its tags",
    happens: () =>
      account.iam.send(new UntagRoleCommand({ RoleName: roleName, TagKeys: ["team"] })),
    writes: ["TagRole"],
  },
  {
    drift: "a role without its owner's tags",
    happens: () =>
      account.iam.send(
        new UntagRoleCommand({
          RoleName: roleName,
          TagKeys: ["oidc-reconciler:environment", "oidc-reconciler:prefix"],
        }),
      ),
    writes: ["TagRole"],
  },
  {
    drift: "a role's tag with another value",
    happens: () =>
      account.iam.send(
        new TagRoleCommand({ RoleName: roleName, Tags: [{ Key: "team", Value: "other" }] }),
      ),
    writes: ["TagRole"],
  },
  {
    drift: "a role's tag more",
    happens: () =>
      account.iam.send(
        new TagRoleCommand({ RoleName: roleName, Tags: [{ Key: "admin", Value: "true" }] }),
      ),
    writes: ["UntagRole"],
  },
  {
    drift: "a policy attached beside ours",
    happens: () =>
      account.iam.send(new AttachRolePolicyCommand({ RoleName: roleName, PolicyArn: readOnlyArn })),
    writes: ["DetachRolePolicy"],
  },
  {
    drift: "our policy detached",
    happens: () =>
      account.iam.send(new DetachRolePolicyCommand({ RoleName: roleName, PolicyArn: policyArn })),
    writes: ["AttachRolePolicy"],
  },
  {
    drift: "two inline policies",
    happens: async () => {
      for (const PolicyName of ["debug", "debug-2"]) {
        const inline = { RoleName: roleName, PolicyName, PolicyDocument: everything };
        await account.iam.send(new PutRolePolicyCommand(inline));
      }
    },
    writes: ["DeleteRolePolicy", "DeleteRolePolicy"],
  },
  {
    drift: "a policy version that grants more",
    happens: () => newVersion(everything),
    writes: ["CreatePolicyVersion"],
  },
  {
    drift: "a policy version that grants less",
    happens: () => newVersion(allow("ecr:GetAuthorizationToken", "*")),
    writes: ["CreatePolicyVersion"],
  },
  {
    drift: "an older policy version made the default",
    happens: async () => {
      const [ours = ""] = await versions();
      await newVersion(allow("s3:GetObject", "*"));
      await newVersion(await policyTextOf(ours));
      const [, middle = ""] = await versions();
      const back = { PolicyArn: policyArn, VersionId: middle };
      await account.iam.send(new SetDefaultPolicyVersionCommand(back));
    },
    writes: ["CreatePolicyVersion"],
  },
  {
    drift: "five policy versions, the last of them another",
    happens: async () => {
      const text = await policyText();
      for (const document of [everything, text, everything, text]) {
        await newVersion(document.replace("ecr:PutImage", "ecr:BatchGetImage"));
      }
    },
    writes: ["DeletePolicyVersion", "CreatePolicyVersion"],
  },
  {
    drift: "a policy without its tags",
    happens: () =>
      account.iam.send(
        new UntagPolicyCommand({
          PolicyArn: policyArn,
          TagKeys: ["oidc-reconciler:environment", "oidc-reconciler:prefix"],
        }),
      ),
    writes: ["TagPolicy"],
  },
  {
    drift: "a deleted policy",
    happens: async () => {
      const { iam } = account;
      await iam.send(new DetachRolePolicyCommand({ RoleName: roleName, PolicyArn: policyArn }));
      await iam.send(new DeletePolicyCommand({ PolicyArn: policyArn }));
    },
    writes: ["CreatePolicy", "AttachRolePolicy"],
  },
  {
    drift: "a deleted role",
    happens: deleteRole,
    writes: ["CreateRole", "AttachRolePolicy"],
  },
];

async function policyTextOf(version: string): Promise<string> {
  const { PolicyVersion } = await account.iam.send(
    new GetPolicyVersionCommand({ PolicyArn: policyArn, VersionId: version }),
  );
  return decodeURIComponent(PolicyVersion?.Document ?? "");
}

describe("drift is put right by exactly the writes that it needs, and then there is none", () => {
  test.each(drifts)("$drift", async ({ happens, writes }) => {
    await dropOldVersions();
    const before = withoutVersions(await account.state());
    await happens();
    const run = await account.run();
    expect(run.iamWrites).toEqual(writes);
    expect(run.environment).toMatchObject({ outcome: "reconciled", errors: [], version: 1 });
    expect(run.environment.changes.map(({ applied }) => applied)).toEqual(writes.map(() => true));
    expect(withoutVersions(await account.state())).toEqual(before);
    expectIdle(await account.run());
  });
});

type Sameness = {
  readonly what: string;
  readonly happens: () => Promise<unknown>;
};

/** The same document with its members, lists and statements the other way round. */
function turned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(turned).toReversed();
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, member]) => [key, turned(member)])
      .toReversed(),
  );
}

function lists(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const listed = ["Action", "Resource", "Federated", "Statement"];
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      key,
      listed.includes(key) && !Array.isArray(member) ? [member] : lists(member),
    ]),
  );
}

const samenesses: readonly Sameness[] = [
  { what: "members and statements in another order", happens: () => setTrust(turned) },
  {
    what: "condition keys and actions in other letters",
    happens: () =>
      setTrust((trust) =>
        JSON.parse(
          JSON.stringify(trust)
            .replaceAll(":aud", ":AUD")
            .replaceAll(":sub", ":Sub")
            .replaceAll("AssumeRoleWithWebIdentity", "ASSUMEROLEWITHWEBIDENTITY"),
        ),
      ),
  },
  {
    what: "lists of one where we write the value alone",
    happens: () =>
      setTrust((trust) => ({ ...trust, Statement: trust.Statement.map((one) => lists(one)) })),
  },
  {
    what: "Sids and white space",
    happens: async () => {
      const trust = await trustNow();
      const Statement = trust.Statement.map((one, index) => ({ Sid: `S${index}`, ...one }));
      const PolicyDocument = JSON.stringify({ ...trust, Statement }, null, 8);
      const update = { RoleName: roleName, PolicyDocument };
      await account.iam.send(new UpdateAssumeRolePolicyCommand(update));
    },
  },
  {
    what: "a deploy policy with statements, actions and members in another order",
    happens: async () =>
      newVersion(JSON.stringify(turned(JSON.parse(await policyText())), null, 4)),
  },
  {
    what: "a deploy policy whose statements are split and whose actions are in other letters",
    happens: async () => {
      const policy: { Statement: { Sid?: string; Action: string | string[] }[] } = JSON.parse(
        await policyText(),
      );
      const Statement = policy.Statement.flatMap(({ Sid: _, ...statement }) =>
        [statement.Action].flat().map((action) => ({ ...statement, Action: action.toUpperCase() })),
      );
      await newVersion(JSON.stringify({ ...policy, Statement }));
    },
  },
];

describe("what means the same is no drift", () => {
  test.each(samenesses)("$what", async ({ happens }) => {
    await dropOldVersions();
    await happens();
    const run = await account.run();
    expect(run.iamWrites).toEqual([]);
    expect(run.environment).toMatchObject({ outcome: "in-sync", changes: [] });
    expect(run.report.alerts).toEqual([]);
  });
});

test("a role at another path is a conflict that says why, and stays where it is", async () => {
  await deleteRole();
  const { iam } = account;
  await iam.send(
    new CreateRoleCommand({
      RoleName: roleName,
      Path: "/ci/",
      AssumeRolePolicyDocument: JSON.stringify({
        Version: "2012-10-17",
        Statement: [
          { Effect: "Allow", Principal: { AWS: "123456789012" }, Action: "sts:AssumeRole" },
        ],
      }),
    }),
  );
  const before = await account.state();
  const run = await account.run();
  expect(run.environment.outcome).toBe("conflict");
  expect(run.environment.errors).toEqual([
    { code: "PathDiffers", message: expect.stringContaining("IAM cannot move a role") },
  ]);
  expect(run.iamWrites).toEqual([]);
  expect(run.report.alerts.map(({ kind }) => kind)).toEqual(["conflict"]);
  expect(await account.state()).toEqual(before);
  const again = await account.run();
  expect(again.report.alerts).toEqual([]);
  await iam.send(new DeleteRoleCommand({ RoleName: roleName }));
  const mended = await account.run();
  expect(mended.environment.outcome).toBe("reconciled");
});
