import {
  AddClientIDToOpenIDConnectProviderCommand,
  AttachRolePolicyCommand,
  CreateRoleCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import { anybody } from "../invariants/policies.ts";
import { policyArn, providerArn } from "./by-hand.ts";
import { guideAs, guideWith, organization, roleName } from "./documents.ts";
import { expectIdle, type Scenario } from "./harness.ts";
import {
  alertedOf,
  deleteBelow,
  expectHeld,
  kindsOf,
  readBelow,
  recordOf,
  startApplied,
  unlabels,
  writeBelow,
} from "./holds.ts";

const applied = "applied/production";
const status = "status/production";
const renamed = { role: { name: "CircleCI-New-Role" } } as const;
const widened = [["trust-widened", "critical"]];

/** Records come out of a backup, and statuses do not: each is the only version of its parameter. */
async function restore(account: Scenario, text: string | null): Promise<void> {
  const newest = text ?? (await readBelow(account, applied)) ?? "";
  await deleteBelow(account, applied, status);
  await writeBelow(account, applied, newest);
}

/** A role that a rename has left holds the policy that is in force. */
async function startRenamed(): Promise<Scenario> {
  const account = await startApplied();
  await account.put(guideWith(renamed));
  await account.run();
  expectIdle(await account.run());
  return account;
}

async function openRole(account: Scenario, RoleName: string = roleName): Promise<void> {
  const open = { RoleName, PolicyDocument: anybody };
  await account.iam.send(new UpdateAssumeRolePolicyCommand(open));
}

const inOrder = async (account: Scenario) => {
  const newest = (await readBelow(account, applied)) ?? "";
  const older = JSON.stringify({ ...JSON.parse(newest), serial: 1, after: 0 });
  await writeBelow(account, applied, older);
};

describe("what a record names that is not believed is still looked at", () => {
  test.each([
    ["restored without its status", (account: Scenario) => restore(account, null)],
    ["an older one that is put back in its place", inOrder],
    [
      "an older one that is put back, without a status",
      async (account: Scenario) => {
        await inOrder(account);
        await deleteBelow(account, status);
      },
    ],
    [
      "the one before a spoilt one, without a status",
      async (account: Scenario) => {
        await writeBelow(account, applied, "{}");
        await deleteBelow(account, status);
      },
    ],
  ])("%s", async (_, lose) => {
    const account = await startRenamed();
    await account.put(
      guideWith({ ...renamed, role: { ...renamed.role, maxSessionSeconds: 7200 } }),
    );
    await lose(account);
    const first = await account.run();
    expect(first.environment).toMatchObject({ outcome: "held" });
    expect(kindsOf(first)).not.toContain("conflict");
    await openRole(account);
    const run = await account.run();
    expect(alertedOf(run)).toEqual(widened);
    expect(run.report.alerts[0]?.title).toContain("not reverted");
    expect(run.iamWrites).toEqual([]);
    const again = await account.run();
    expect([kindsOf(again), again.parameterWrites]).toEqual([[], ["/heartbeat"]]);
    await account.approve(3);
    const approved = await account.run();
    expect(approved.environment).toMatchObject({ appliedVersion: 3 });
    expect((await recordOf(account))?.names.roles.toSorted()).toEqual([
      "CircleCI-New-Role",
      roleName,
    ]);
    expect((await account.state()).roles[roleName]).toBeDefined();
    expect(alertedOf(await account.run())).toEqual([]);
  });

  test.each(["retain", "delete"] as const)(
    "where the document is gone and said onRemove: %s, what is left stays and is watched",
    async (onRemove) => {
      const account = await startApplied(guideWith({ onRemove }));
      await restore(account, null);
      await account.remove();
      const run = await account.run();
      expect([run.environment.outcome, kindsOf(run)]).toEqual(["orphaned", ["orphaned"]]);
      expect(run.report.alerts[0]?.text).toContain("still watched");
      expect(run.report.alerts[0]?.text).not.toContain("onRemove: retain");
      await openRole(account);
      expect(alertedOf(await account.run())).toEqual(widened);
      const again = await account.run();
      expect([kindsOf(again), again.parameterWrites]).toEqual([[], ["/heartbeat"]]);
      expect(await readBelow(account, applied)).not.toBeNull();
    },
  );

  test("nothing that it let in once is let in, whatever it says", async () => {
    const account = await startApplied(guideWith({ trust: { projects: "all" }, onWiden: "apply" }));
    const wide = await readBelow(account, applied);
    await account.put(guideWith({ onWiden: "apply" }));
    await account.run();
    await restore(account, wide);
    expectHeld(await account.run(), 2, null);
    // By what it says the role would be right: it is measured by the newest version, as ever.
    await openRole(account);
    expect(alertedOf(await account.run())).toEqual(widened);
  });
});

describe("an old role of a record that is not believed holds the policy", () => {
  test("it is no other identity, and once the version is approved all is as before", async () => {
    const account = await startRenamed();
    await restore(account, null);
    expectHeld(await account.run(), 2, null);
    await account.approve(2);
    const run = await account.run();
    expect([run.environment.appliedVersion, run.iamWrites]).toEqual([2, []]);
    expectIdle(await account.run());
  });

  test("unless it bears our tags no more", async () => {
    const account = await startRenamed();
    account.sandbox.setTags(`arn:aws:iam::123456789012:role/${roleName}`, {});
    await restore(account, null);
    const run = await account.run();
    expect(run.environment.outcome).toBe("conflict");
    expect(run.environment.errors[0]).toMatchObject({
      code: "PolicyInUse",
      message: expect.stringContaining("attached to 1 other identity"),
    });
  });

  test("and nobody else's that holds it beside it is ours by that", async () => {
    const account = await startRenamed();
    const RoleName = "somebody-elses";
    await account.iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: anybody }));
    await account.iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: policyArn }));
    await account.run();
    await restore(account, null);
    const run = await account.run();
    expect(run.environment.outcome).toBe("conflict");
    expect(run.environment.errors[0]?.message).toContain("attached to 1 other identity");
  });

  test("where it cannot be read nothing is decided, and an approval stays", async () => {
    const account = await startRenamed();
    await restore(account, null);
    expectHeld(await account.run(), 2, null);
    await account.approve(2);
    account.sandbox.faults.add({
      when: ({ operation, input, caller }) =>
        caller.includes("oidc-reconciler") &&
        (operation === "GetAccountAuthorizationDetails" ||
          operation === "ListRoles" ||
          input["RoleName"] === roleName),
      at: "before",
      how: { error: "AccessDenied", httpStatus: 403 },
    });
    const run = await account.run();
    expect([run.environment.outcome, unlabels(run), run.iamWrites]).toEqual(["failed", false, []]);
    account.sandbox.faults.clear();
    expect((await account.run()).environment).toMatchObject({ appliedVersion: 2 });
  });
});

test("a role that a person has released since, and an older record names, is not removed", async () => {
  const account = await startApplied(guideWith({ onRemove: "retain" }));
  await account.put(guideWith({ ...renamed, onRemove: "retain", policy: { name: "New-Policy" } }));
  await account.run();
  const naming = await readBelow(account, applied);
  account.sandbox.setTags(`arn:aws:iam::123456789012:role/${roleName}`, {});
  await account.run();
  await account.put(guideWith({ ...renamed, onRemove: "delete", policy: { name: "New-Policy" } }));
  await restore(account, naming);
  await account.run();
  await account.approve(3);
  for (const _run of [1, 2, 3]) await account.run();
  expect((await account.state()).roles[roleName]).toBeDefined();
});

describe("on a provider that others share", () => {
  const audience = "sts.amazonaws.com";
  const asking = guideWith({
    circleci: { organizationId: organization, audiences: [audience] },
  });
  async function startShared(): Promise<Scenario> {
    const account = await startApplied(asking);
    await account.put(guideAs("staging"), "staging");
    await account.run();
    expectIdle(await account.run());
    return account;
  }

  test.each([
    ["restored without its status", (account: Scenario) => restore(account, null)],
    [
      "spoilt, without a status,",
      async (account: Scenario) => {
        await writeBelow(account, applied, "{}");
        await deleteBelow(account, status);
      },
    ],
  ])(
    "the audience that a document asks for whose record is %s is nobody's attack",
    async (_, lose) => {
      const account = await startShared();
      await lose(account);
      expect(kindsOf(await account.run())).not.toContain("audience-widened");
      // Neither is it taken off.
      const run = await account.run();
      expect([kindsOf(run), run.iamWrites]).toEqual([[], []]);
    },
  );

  test("another one, which no document asks for, is", async () => {
    const account = await startShared();
    await restore(account, null);
    await account.run();
    await account.iam.send(
      new AddClientIDToOpenIDConnectProviderCommand({
        OpenIDConnectProviderArn: providerArn,
        ClientID: "another",
      }),
    );
    expect(alertedOf(await account.run())).toEqual([["audience-widened", "critical"]]);
  });
});
