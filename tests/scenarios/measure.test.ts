import { CreatePolicyCommand, UpdateAssumeRolePolicyCommand } from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import { boundaryArn, everything } from "./by-hand.ts";
import { guideWith, roleName, shopMainAndDev, type Written } from "./documents.ts";
import { base, role, startGuarded } from "./guarded.ts";
import { everybody, expectHeld, kindsOf, recordOf, startApplied, textOf } from "./holds.ts";

describe("the measure is what is known and the very role", () => {
  test("a version that only closed so far keeps no wide baseline for the next", async () => {
    const wide = guideWith({ trust: { projects: [shopMainAndDev] } });
    const account = await startApplied(wide);
    await account.put(guideWith({ role: { permissionsBoundary: `${boundaryArn}-misspelt` } }));
    const frozen = await account.run();
    expect(frozen.iamWrites).toContain("UpdateAssumeRolePolicy");
    expect(frozen.environment.appliedVersion).toBe(1);
    expect((await recordOf(account))?.begun?.version).toBe(2);
    await account.put(wide);
    const run = await account.run();
    expect(run.environment).toMatchObject({ outcome: "held", version: 3 });
    expect(kindsOf(run)).toContain("trust-widening-held");
    expect(JSON.stringify((await account.state()).roles[roleName]?.trust)).not.toContain("dev");
  });

  test.each([
    ["trusts a service", undefined],
    ["trusts everybody to do something else", everybody],
  ])("a rename onto an existing role that %s is held", async (_, given) => {
    const account = await startGuarded();
    account.sandbox.createRole({
      name: "CircleCI-Legacy",
      ...(given === undefined ? {} : { trust: given }),
    });
    const before = await account.state();
    await account.put(role({ name: "CircleCI-Legacy" }));
    const run = await account.run();
    expectHeld(run, 2, 1);
    expect(kindsOf(run)).toContain("trust-widening-held");
    expect(textOf(run, "trust-widening-held")).toContain("could assume");
    expect(await account.state()).toEqual(before);
  });

  test("a version that only closed so far is not undone by re-creating its predecessor", async () => {
    const wide = guideWith({ trust: { projects: [shopMainAndDev] } });
    const account = await startApplied(wide);
    await account.put(guideWith({ role: { permissionsBoundary: `${boundaryArn}-misspelt` } }));
    await account.run();
    await account.remove();
    await account.put(wide);
    const run = await account.run();
    expect(run.environment).toMatchObject({ outcome: "held", version: 1 });
    expect(JSON.stringify((await account.state()).roles[roleName]?.trust)).not.toContain("dev");
  });

  test("a rename onto a role that a boundary keeps small is held", async () => {
    const account = await startGuarded({ ...base, role: {} });
    const before = await account.state();
    const own = before.roles[roleName];
    if (own === undefined) throw new Error("no role");
    account.sandbox.createRole({
      name: "CircleCI-Legacy",
      trust: JSON.parse(JSON.stringify(own.trust)),
      policies: { all: JSON.parse(everything) },
      boundary: boundaryArn,
    });
    await account.put({ ...base, role: { name: "CircleCI-Legacy" } });
    const run = await account.run();
    expectHeld(run, 2, 1);
    expect(kindsOf(run)).toEqual(["permissions-widening-held"]);
    expect(textOf(run, "permissions-widening-held")).toContain("removes the permissions boundary");
  });

  test("a rename onto a policy that others hold is a conflict", async () => {
    const account = await startGuarded();
    const shared = { PolicyName: "CircleCI-Shared", PolicyDocument: everything };
    const { Policy } = await account.iam.send(new CreatePolicyCommand(shared));
    account.sandbox.createRole({ name: "Other", boundary: Policy?.Arn ?? "" });
    await account.put({ ...base, policy: { name: "CircleCI-Shared" } });
    const run = await account.run();
    expect(run.environment).toMatchObject({ outcome: "conflict", appliedVersion: 1 });
    expect(run.environment.errors).toMatchObject([{ code: "PolicyInUse" }]);
    expect(run.iamWrites).toEqual([]);
  });

  test.each<readonly [string, Written]>([
    ["role", role({ name: "Admin" })],
    ["role's path", role({ path: "/ci/" })],
    ["policy", { ...base, policy: { name: "ci-boundary" } }],
  ])(
    "a %s that is not one of the installation's is invalid, and what is applied is kept right",
    async (_, edited) => {
      const account = await startGuarded();
      await account.put(edited);
      const run = await account.run();
      expect(run.environment).toMatchObject({ outcome: "invalid", appliedVersion: 1 });
      expect(kindsOf(run)).toEqual(["spec-invalid"]);
      expect(textOf(run, "spec-invalid")).toContain("CircleCI-*");
      const PolicyDocument = JSON.stringify(everybody);
      await account.iam.send(
        new UpdateAssumeRolePolicyCommand({ RoleName: roleName, PolicyDocument }),
      );
      expect((await account.run()).iamWrites).toEqual(["UpdateAssumeRolePolicy"]);
    },
  );
});
