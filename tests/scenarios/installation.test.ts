import { CreatePolicyCommand, UpdateAssumeRolePolicyCommand } from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import { boundaryArn, everything, otherBoundaryArn } from "./by-hand.ts";
import { guide, guideWith, organization, otherOrganization, roleName } from "./documents.ts";
import { expectIdle, type Scenario, startScenario } from "./harness.ts";
import { everybody, expectHeld, kindsOf, startApplied, textOf } from "./holds.ts";

const empty = { providers: {}, roles: {}, policies: {} };

describe("OIDC_ORGANIZATIONS", () => {
  test.each([organization, ` ${otherOrganization} , ${organization.toUpperCase()}`])(
    "%j lets the organisation that it lists in",
    async (list) => {
      const account = await startScenario();
      account.variables.set("OIDC_ORGANIZATIONS", list);
      await account.put(guide);
      expect((await account.run()).environment.outcome).toBe("reconciled");
    },
  );

  test.each([
    ["another", otherOrganization],
    ["no id", "acme"],
    ["an empty item", `${organization},`],
  ])("with %s makes the document invalid, and an approval releases nothing", async (_, list) => {
    const account = await startScenario();
    account.variables.set("OIDC_ORGANIZATIONS", list);
    await account.put(guide);
    const run = await account.run();
    expect(run.environment).toMatchObject({ outcome: "invalid", appliedVersion: null });
    expect(kindsOf(run)).toEqual(["spec-invalid"]);
    expect(textOf(run, "spec-invalid")).toContain("organi");
    await account.approve(1);
    expect((await account.run()).iamWrites).toEqual([]);
    expect(await account.state()).toEqual(empty);
  });

  test.each([otherOrganization, "acme"])(
    "changed to %j leaves what is applied in force, kept right, and it is reported once",
    async (list) => {
      const account = await startApplied();
      account.variables.set("OIDC_ORGANIZATIONS", list);
      const run = await account.run();
      expect(run.environment).toMatchObject({ outcome: "invalid", appliedVersion: 1 });
      expect([kindsOf(run), run.iamWrites]).toEqual([["spec-invalid"], []]);
      const PolicyDocument = JSON.stringify(everybody);
      const open = { RoleName: roleName, PolicyDocument };
      await account.iam.send(new UpdateAssumeRolePolicyCommand(open));
      const closed = await account.run();
      expect(closed.iamWrites).toEqual(["UpdateAssumeRolePolicy"]);
      expect(kindsOf(closed)).toEqual(["trust-widened"]);
    },
  );
});

describe("OIDC_PERMISSIONS_BOUNDARY", () => {
  async function bounded(): Promise<Scenario> {
    const account = await startScenario();
    for (const PolicyName of ["ci-boundary", "other-boundary"]) {
      await account.iam.send(new CreatePolicyCommand({ PolicyName, PolicyDocument: everything }));
    }
    return account;
  }
  const boundaryOf = async (account: Scenario) => (await account.state()).roles[roleName]?.boundary;

  test("bounds the role of a document that names none", async () => {
    const account = await bounded();
    account.variables.set("OIDC_PERMISSIONS_BOUNDARY", boundaryArn);
    await account.put(guide);
    await account.run();
    expect(await boundaryOf(account)).toBe(boundaryArn);
    expectIdle(await account.run());
  });

  test("makes a document invalid that names another", async () => {
    const account = await bounded();
    account.variables.set("OIDC_PERMISSIONS_BOUNDARY", boundaryArn);
    await account.put(guideWith({ role: { permissionsBoundary: otherBoundaryArn } }));
    expect((await account.run()).environment.outcome).toBe("invalid");
  });

  test("set later it only closes, and taken back again it waits for approval", async () => {
    const account = await bounded();
    await account.put(guide);
    await account.run();
    account.variables.set("OIDC_PERMISSIONS_BOUNDARY", boundaryArn);
    const run = await account.run();
    expect(run.iamWrites).toEqual(["PutRolePermissionsBoundary"]);
    expectIdle(await account.run());
    account.variables.delete("OIDC_PERMISSIONS_BOUNDARY");
    const held = await account.run();
    expectHeld(held, 1, 1);
    expect(kindsOf(held)).toEqual(["permissions-widening-held"]);
    expect(await boundaryOf(account)).toBe(boundaryArn);
    expect(kindsOf(await account.run())).toEqual([]);
    await account.approve(1);
    expect((await account.run()).iamWrites).toEqual(["DeleteRolePermissionsBoundary"]);
    expectIdle(await account.run());
  });
});
