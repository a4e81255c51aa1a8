import {
  AddClientIDToOpenIDConnectProviderCommand,
  AttachRolePolicyCommand,
  CreateRoleCommand,
  DeleteOpenIDConnectProviderCommand,
  DeletePolicyCommand,
  DeleteRoleCommand,
  DeleteRolePermissionsBoundaryCommand,
  DetachRolePolicyCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  RemoveClientIDFromOpenIDConnectProviderCommand,
  SetDefaultPolicyVersionCommand,
  TagRoleCommand,
  UntagOpenIDConnectProviderCommand,
  UntagPolicyCommand,
  UntagRoleCommand,
  UpdateOpenIDConnectProviderThumbprintCommand,
  UpdateRoleCommand,
} from "@aws-sdk/client-iam";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  allow,
  deleteRole,
  dropOldVersions,
  everything,
  newVersion,
  openInSync,
  otherBoundaryArn,
  pinned,
  policyArn,
  policyText,
  policyTextOf,
  providerArn,
  readOnlyArn,
  setTrust,
  versions,
  withOneSubject,
} from "./by-hand.ts";
import { roleName } from "./documents.ts";
import { expectIdle, type Scenario } from "./harness.ts";
import { withoutVersions } from "./state.ts";

let account: Scenario;
beforeAll(async () => {
  // Each kind of write that corrects something crosses a socket here.
  account = await openInSync({ overSocket: true });
});
afterAll(() => account.close());

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
      setTrust(account, (trust) => {
        const [first, ...others] = trust.Statement;
        return { ...trust, Statement: [{ ...first, Condition: undefined }, ...others] };
      }),
    writes: ["UpdateAssumeRolePolicy"],
  },
  ...[
    ["a Deny of a type that no subject has", "Deny", "ArnLike"],
    ["an Allow that asks for no such type", "Allow", "ArnNotLike"],
  ].map(([name = "", Effect = "", operator = ""]) => ({
    drift: `a trust policy that admits every project, hidden by ${name}`,
    happens: () =>
      setTrust(account, (trust) => {
        const [first] = trust.Statement;
        const sub = `${providerArn.replace(/^.*:oidc-provider\//, "")}:sub`;
        const open = { ...first?.Condition, StringLike: { [sub]: "org/*" } };
        const hidden = { [operator]: { [sub]: "arn:aws:s3:::x" } };
        const more =
          Effect === "Deny"
            ? [
                { ...first, Condition: open },
                { ...first, Effect, Condition: hidden },
              ]
            : [{ ...first, Condition: { ...open, ...hidden } }];
        return { ...trust, Statement: [...trust.Statement, ...more] };
      }),
    writes: ["UpdateAssumeRolePolicy"],
  })),
  {
    drift: "a trust policy that admits less",
    happens: () => setTrust(account, withOneSubject),
    writes: ["UpdateAssumeRolePolicy"],
  },
  {
    drift: "a trust policy that admits somebody else",
    happens: () =>
      setTrust(account, () => ({
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
    happens: () => newVersion(account, everything),
    writes: ["CreatePolicyVersion", "DeletePolicyVersion"],
  },
  {
    drift: "a policy version that grants less",
    happens: () => newVersion(account, allow("ecr:GetAuthorizationToken", "*")),
    writes: ["CreatePolicyVersion"],
  },
  {
    drift: "an older policy version made the default",
    happens: async () => {
      const [ours = ""] = await versions(account);
      await newVersion(account, allow("s3:GetObject", "*"));
      await newVersion(account, await policyTextOf(account, ours));
      const [, middle = ""] = await versions(account);
      const back = { PolicyArn: policyArn, VersionId: middle };
      await account.iam.send(new SetDefaultPolicyVersionCommand(back));
    },
    writes: ["CreatePolicyVersion", "DeletePolicyVersion"],
  },
  {
    drift: "five policy versions, the last of them another",
    happens: async () => {
      const text = await policyText(account);
      for (const document of [everything, text, everything, text]) {
        await newVersion(account, document.replace("ecr:PutImage", "ecr:BatchGetImage"));
      }
    },
    writes: [
      "DeletePolicyVersion",
      "CreatePolicyVersion",
      "DeletePolicyVersion",
      "DeletePolicyVersion",
    ],
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
    happens: () => deleteRole(account),
    writes: ["CreateRole", "AttachRolePolicy"],
  },
];

describe("drift is corrected by exactly the writes that it needs, and then there is none", () => {
  test.each(drifts)("$drift", async ({ happens, writes }) => {
    await dropOldVersions(account);
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

test("a role at another path is a conflict that says why, and stays where it is", async () => {
  await deleteRole(account);
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
  // What is there has lost its boundary and admits the account: blocked is not unseen.
  expect(run.report.alerts.map(({ kind }) => kind)).toEqual([
    "trust-widened",
    "permissions-widened",
    "conflict",
  ]);
  expect(await account.state()).toEqual(before);
  const again = await account.run();
  expect(again.report.alerts).toEqual([]);
  await iam.send(new DeleteRoleCommand({ RoleName: roleName }));
  const mended = await account.run();
  expect(mended.environment.outcome).toBe("reconciled");
});
