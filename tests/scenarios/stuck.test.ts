import {
  AddRoleToInstanceProfileCommand,
  AttachRolePolicyCommand,
  AttachUserPolicyCommand,
  CreateInstanceProfileCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteRoleCommand,
  DeleteRolePermissionsBoundaryCommand,
  DetachRolePolicyCommand,
  DetachUserPolicyCommand,
  PutRolePermissionsBoundaryCommand,
  RemoveRoleFromInstanceProfileCommand,
} from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import { policyArn, providerArn } from "./by-hand.ts";
import { guideAs, guideWith, policyName, roleName } from "./documents.ts";
import type { Run, Scenario } from "./harness.ts";
import { kindsOf, readBelow, startApplied, textOf } from "./holds.ts";

const deleting = guideWith({ onRemove: "delete" });
const nothing = { providers: {}, roles: {}, policies: {} };

async function addToProfile({ iam }: Scenario, ...names: readonly string[]): Promise<void> {
  for (const InstanceProfileName of names) {
    await iam.send(new CreateInstanceProfileCommand({ InstanceProfileName }));
    await iam.send(
      new AddRoleToInstanceProfileCommand({ InstanceProfileName, RoleName: roleName }),
    );
  }
}

const codesOf = ({ environment }: Run) => environment.errors.map(({ code }) => code);

/** Nothing new is tried, nothing is reported again, and the report says all the same why. */
async function expectQuiet(account: Scenario, codes: readonly string[]): Promise<void> {
  const again = await account.run();
  expect([again.iamWrites, kindsOf(again), again.parameterWrites]).toEqual([
    [],
    [],
    ["/heartbeat"],
  ]);
  expect(codesOf(again)).toEqual(codes);
}

/**
 * https://github.com/aws-controllers-k8s/iam-controller/issues/180
 * https://github.com/cloud-custodian/cloud-custodian/issues/6044
 * https://github.com/rebuy-de/aws-nuke/issues/702
 */
describe("a role that an instance profile holds", () => {
  test("of an earlier name is not drift where it is locked, and is where somebody unlocks it", async () => {
    const account = await startApplied();
    await account.put(guideAs("New", { onRemove: "delete" }));
    await account.run();
    await addToProfile(account, "web");
    expect(kindsOf(await account.run())).toEqual(["orphaned"]);
    await expectQuiet(account, ["RoleInInstanceProfile"]);
    const PolicyArn = policyArn.replace(policyName, "CircleCI-New-Policy");
    await account.iam.send(new AttachRolePolicyCommand({ RoleName: roleName, PolicyArn }));
    const again = await account.run();
    expect(again.iamWrites).toEqual(["DetachRolePolicy"]);
    expect(kindsOf(again)).toEqual(["permissions-widened"]);
    expect(again.environment.widenings).toMatchObject([{ disposition: "reverted" }]);
  });

  test("stays without permissions and visitors, is reported with the profile's name, and goes later", async () => {
    const account = await startApplied(deleting);
    await addToProfile(account, "web");
    await account.remove();
    const run = await account.run();
    expect(kindsOf(run)).toEqual(["orphaned"]);
    expect(textOf(run, "orphaned")).toContain(
      `Role ${roleName} is in instance profile web, and IAM does not delete such a role.`,
    );
    expect(textOf(run, "orphaned")).toContain(
      `aws iam remove-role-from-instance-profile --instance-profile-name web --role-name ${roleName}`,
    );
    expect(codesOf(run)).toEqual(["RoleInInstanceProfile"]);
    expect(run.iamWrites).toEqual([
      "DetachRolePolicy",
      "UpdateAssumeRolePolicy",
      "DeletePolicy",
      "DeleteOpenIDConnectProvider",
    ]);
    const { roles, policies, providers } = await account.state();
    expect(roles).toMatchObject({
      [roleName]: { attached: [], trust: { Statement: [{ Effect: "Deny" }] } },
    });
    expect([policies, providers]).toEqual([{}, {}]);
    await expectQuiet(account, ["RoleInInstanceProfile"]);
    const out = { InstanceProfileName: "web", RoleName: roleName };
    await account.iam.send(new RemoveRoleFromInstanceProfileCommand(out));
    expect((await account.run()).iamWrites).toEqual(["DeleteRole"]);
    expect(await account.state()).toEqual(nothing);
    expect(await readBelow(account, "applied/production")).toBeNull();
  });

  test("is reported with every profile's name, and in a run by name too", async () => {
    const account = await startApplied(deleting);
    await addToProfile(account, "web", "batch");
    await account.remove();
    const run = await account.run({ environments: ["production"] });
    expect(textOf(run, "orphaned")).toContain("is in instance profile web, batch");
    await expectQuiet(account, ["RoleInInstanceProfile"]);
  });

  test("under an old name is reported once, and keeps nobody from the new one", async () => {
    const account = await startApplied(deleting);
    await addToProfile(account, "web");
    await account.put(guideAs("New", { onRemove: "delete" }));
    const run = await account.run();
    expect(run.environment).toMatchObject({ outcome: "reconciled", appliedVersion: 2 });
    expect(kindsOf(run)).toEqual(["mode-changed", "orphaned"]);
    expect(textOf(run, "orphaned")).toContain("instance profile web");
    await expectQuiet(account, ["RoleInInstanceProfile"]);
  });

  test("is reported where somebody puts it into one before the next try", async () => {
    const account = await startApplied(deleting);
    await account.remove();
    account.sandbox.faults.add({
      when: ({ operation }) => operation === "DeleteRole",
      at: "before",
      how: { error: "AccessDenied", httpStatus: 403 },
    });
    await account.run();
    account.sandbox.faults.clear();
    await addToProfile(account, "web");
    const run = await account.run();
    expect(kindsOf(run)).toEqual(["orphaned"]);
    expect(textOf(run, "orphaned")).toContain("instance profile web");
    await expectQuiet(account, ["RoleInInstanceProfile"]);
  });
});

type Holder = {
  readonly what: string;
  readonly held: (account: Scenario) => Promise<unknown>;
  readonly says: string;
  readonly code: string;
  readonly freed: (account: Scenario) => Promise<unknown>;
};

const other = { RoleName: "Other-Team" };
const attached = { ...other, PolicyArn: policyArn };
const ofUser = { UserName: "ci", PolicyArn: policyArn };
const trusting = JSON.stringify({
  Version: "2012-10-17",
  Statement: [
    {
      Effect: "Allow",
      Principal: { Federated: providerArn },
      Action: "sts:AssumeRoleWithWebIdentity",
    },
  ],
});

const holders: readonly Holder[] = [
  {
    what: "a policy that another role holds",
    held: async (account) => {
      account.sandbox.createRole({ name: "Other-Team" });
      await account.iam.send(new AttachRolePolicyCommand(attached));
    },
    says: `Policy ${policyArn} is also attached to role Other-Team: the next run deletes it once it is detached there.`,
    code: "PolicyInUse",
    freed: ({ iam }) => iam.send(new DetachRolePolicyCommand(attached)),
  },
  {
    what: "a policy that a user holds",
    held: async ({ iam }) => {
      await iam.send(new CreateUserCommand({ UserName: "ci" }));
      await iam.send(new AttachUserPolicyCommand(ofUser));
    },
    says: "is also attached to 1 other identity",
    code: "PolicyInUse",
    freed: ({ iam }) => iam.send(new DetachUserPolicyCommand(ofUser)),
  },
  {
    what: "a policy that bounds another role",
    held: async (account) => {
      account.sandbox.createRole({ name: "Other-Team" });
      const boundary = { ...other, PermissionsBoundary: policyArn };
      await account.iam.send(new PutRolePermissionsBoundaryCommand(boundary));
    },
    says: `Policy ${policyArn} is the permissions boundary of role Other-Team:`,
    code: "PolicyInUse",
    freed: ({ iam }) => iam.send(new DeleteRolePermissionsBoundaryCommand(other)),
  },
  {
    what: "a provider that another role trusts",
    held: ({ iam }) =>
      iam.send(new CreateRoleCommand({ ...other, AssumeRolePolicyDocument: trusting })),
    says: `${providerArn} is trusted by role Other-Team: the next run deletes it once no trust policy names it.`,
    code: "ProviderInUse",
    freed: ({ iam }) => iam.send(new DeleteRoleCommand(other)),
  },
];

describe("what somebody else holds stays, with his name, and the rest goes", () => {
  test.each(holders)("$what", async ({ held, says, code, freed }) => {
    const account = await startApplied(deleting);
    await held(account);
    await account.remove();
    const run = await account.run();
    expect(kindsOf(run)).toEqual(["orphaned"]);
    expect(textOf(run, "orphaned").toLowerCase()).toContain(says.toLowerCase());
    expect(codesOf(run)).toEqual([code]);
    expect(Object.keys((await account.state()).roles)).not.toContain(roleName);
    await expectQuiet(account, [code]);
    await freed(account);
    await account.run();
    const { providers, policies } = await account.state();
    expect([providers, policies]).toEqual([{}, {}]);
    expect(await readBelow(account, "applied/production")).toBeNull();
  });

  test("is reported again where yet another holds it", async () => {
    const account = await startApplied(deleting);
    account.sandbox.createRole({ name: "Other-Team" });
    await account.iam.send(new AttachRolePolicyCommand(attached));
    await account.remove();
    await account.run();
    account.sandbox.createRole({ name: "Third-Team" });
    const third = { RoleName: "Third-Team", PolicyArn: policyArn };
    await account.iam.send(new AttachRolePolicyCommand(third));
    const run = await account.run();
    expect(run.report.alerts.map(({ title }) => title)).toEqual([
      `production: policy/${policyName} cannot be removed yet`,
    ]);
    expect(textOf(run, "orphaned")).toContain("role Other-Team, role Third-Team");
    await expectQuiet(account, ["PolicyInUse"]);
  });

  test(`of ${policyName}'s old name, too, and is reported once`, async () => {
    const account = await startApplied(deleting);
    account.sandbox.createRole({ name: "Other-Team" });
    await account.iam.send(new AttachRolePolicyCommand(attached));
    await account.put(guideWith({ policy: { name: "CircleCI-New-Policy" }, onRemove: "delete" }));
    const run = await account.run();
    expect(kindsOf(run)).toEqual(["mode-changed", "orphaned"]);
    expect(textOf(run, "orphaned")).toContain("role Other-Team");
    await expectQuiet(account, ["PolicyInUse"]);
  });
});
