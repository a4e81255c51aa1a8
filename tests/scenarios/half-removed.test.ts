import {
  AttachRolePolicyCommand,
  DeleteOpenIDConnectProviderCommand,
  DeletePolicyCommand,
  DetachRolePolicyCommand,
  ListPolicyTagsCommand,
  UntagPolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import { deleteRole, policyArn, providerArn, setTrust, type TrustStatement } from "./by-hand.ts";
import { guideWith, organization, roleName } from "./documents.ts";
import { type Scenario, startScenario } from "./harness.ts";
import { everybody, kindsOf, outcomesOf, recordOf, refuse } from "./holds.ts";
import { stoppedAt } from "./stopped.ts";
import { asking, audiences, production, staging, two } from "./two-of-one-organization.ts";

/*
 * What a removal has begun to take off is in force no more, be the removal refused half-way, or its run killed before it
 * had written down what it did: no document that is put then brings it back as drift.
 */

const whole = production("delete", { onWiden: "hold", ...asking() });

/** Puts a document, and expects that no run writes anything for it, or says that drift was corrected. */
async function expectNothingBack(account: Scenario, name = "production"): Promise<void> {
  await account.put("{{{", name);
  for (const _run of [1, 2]) {
    const run = await account.run();
    expect(run.iamWrites).toEqual([]);
    expect(kindsOf(run)).not.toContain("drift-corrected");
    expect(outcomesOf(run)).toContainEqual([name, "invalid"]);
  }
  const last = await account.run();
  expect([last.parameterWrites, kindsOf(last)]).toEqual([["/heartbeat"], []]);
}

async function removed(account: Scenario): Promise<void> {
  await account.put(whole);
  await account.run();
  await account.remove();
  account.variables.delete("OIDC_FIRST_DOCUMENT");
}

describe.each(["DeleteRole", "DetachRolePolicy"])("a removal in which %s is refused", (denied) => {
  async function stuck(): Promise<Scenario> {
    const account = await startScenario();
    await removed(account);
    refuse(account, denied);
    await account.run();
    account.sandbox.faults.clear();
    return account;
  }

  test("is undone by no document that does not parse, and goes on without it", async () => {
    const account = await stuck();
    await expectNothingBack(account);
    await account.remove();
    await account.run();
    expect(await account.state()).toEqual({ providers: {}, roles: {}, policies: {} });
    expect((await account.run()).report.environments).toEqual([]);
  });

  test("is undone by the approval of the same document, which is held as a first one", async () => {
    const account = await stuck();
    await account.put(whole);
    const held = await account.run();
    expect([held.environment.outcome, held.iamWrites]).toEqual(["held", []]);
    await account.approve(1);
    const run = await account.run();
    expect(kindsOf(run)).not.toContain("drift-corrected");
    expect(run.environment.appliedVersion).toBe(1);
    expect(await recordOf(account)).not.toHaveProperty("parted");
    const idle = await account.run();
    expect([idle.environment.outcome, idle.iamWrites, kindsOf(idle)]).toEqual(["in-sync", [], []]);
  });
});

describe("a removing run that is killed before it has written down what it did", () => {
  test.each(["DetachRolePolicy", "DeleteRole", "DeletePolicy", "DeleteOpenIDConnectProvider"])(
    "has taken it out of force: after %s",
    async (operation) => {
      const account = await startScenario();
      await removed(account);
      await stoppedAt(account, "after", (call) => call.operation === operation);
      await expectNothingBack(account);
    },
  );

  test("has taken an audience out of force, which the neighbour does not add again", async () => {
    const account = await startScenario();
    await two(account, "retain");
    await account.remove("staging");
    await stoppedAt(account, "after", ({ operation }) => operation.startsWith("RemoveClientID"));
    await expectNothingBack(account, "staging");
    expect(await audiences(account)).toEqual(["a"]);
  });

  test("has taken out of force what had begun again before", async () => {
    const account = await startScenario();
    await removed(account);
    refuse(account, "DeleteRole");
    await account.run();
    account.sandbox.faults.clear();
    await account.put(whole);
    await account.run();
    await account.approve(1);
    await stoppedAt(account, "before", ({ operation }) => operation === "AttachRolePolicy");
    await account.remove();
    await stoppedAt(account, "before", ({ operation }) => operation === "DeleteRole");
    await expectNothingBack(account);
  });
});

describe("a read that fails when a document is put again", () => {
  test.each([
    ["GetRole", deleteRole],
    ["GetPolicy", deletePolicy],
    ["GetOpenIDConnectProvider", deleteProvider],
  ] as const)(
    "brings nothing back that a person had deleted, in no later run either: %s",
    async (operation, deletes) => {
      const account = await startScenario();
      await account.put(guideWith({ onRemove: "retain", onWiden: "hold" }));
      await account.run();
      await account.remove();
      await account.run();
      await deletes(account);
      await account.put("{{{");
      refuse(account, operation);
      expect((await account.run()).iamWrites).toEqual([]);
      account.sandbox.faults.clear();
      await expectNothingBack(account);
    },
  );
});

async function deleteProvider({ iam }: Scenario): Promise<void> {
  const gone = { OpenIDConnectProviderArn: providerArn };
  await iam.send(new DeleteOpenIDConnectProviderCommand(gone));
}

async function deletePolicy({ iam }: Scenario): Promise<void> {
  const PolicyArn = policyArn;
  await iam.send(new DetachRolePolicyCommand({ RoleName: roleName, PolicyArn }));
  await iam.send(new DeletePolicyCommand({ PolicyArn }));
}

test.each([
  ["and a run has seen that", true],
  ["and no run has seen that", false],
])(
  "a policy that a person deleted once its document was gone is made with an approval, %s",
  async (_, isSeen) => {
    const account = await startScenario();
    const retained = guideWith({ onRemove: "retain", onWiden: "hold" });
    await account.put(retained);
    await account.run();
    await account.remove();
    await account.run();
    await deletePolicy(account);
    if (isSeen) await account.run();
    await expectNothingBack(account);
    await account.put(retained);
    const held = await account.run();
    expect([held.environment.outcome, held.iamWrites]).toEqual(["held", []]);
    await account.approve(2);
    const run = await account.run();
    expect(run.iamWrites).toEqual(["CreatePolicy", "AttachRolePolicy"]);
    expect(kindsOf(run)).toEqual(["permissions-widening-applied"]);
  },
);

test("a policy that was released, and that a person deleted then, is made by no document that does not parse", async () => {
  const account = await startScenario();
  await account.put(guideWith({ onRemove: "retain", onWiden: "hold" }));
  await account.run();
  await account.remove();
  await account.run();
  await releasePolicy(account);
  await account.run();
  await deletePolicy(account);
  await expectNothingBack(account);
});

async function releasePolicy({ iam }: Scenario): Promise<void> {
  const { Tags = [] } = await iam.send(new ListPolicyTagsCommand({ PolicyArn: policyArn }));
  const TagKeys = Tags.flatMap(({ Key }) => Key ?? []);
  await iam.send(new UntagPolicyCommand({ PolicyArn: policyArn, TagKeys }));
}

test("a listing that lacks a document takes no audience off, in whatever run", async () => {
  const account = await startScenario();
  await two(account, "retain");
  await account.remove("staging");
  await account.put(staging("retain"), "staging");
  account.sandbox.faults.add({
    when: ({ operation }) => operation === "GetParametersByPath",
    at: "before",
    how: "stale",
  });
  const run = await account.run();
  expect([run.iamWrites, kindsOf(run)]).toEqual([[], ["orphaned"]]);
  expect(run.report.environments[1]?.errors).toMatchObject([{ code: "StaleListing" }]);
  account.sandbox.faults.clear();
  const next = await account.run();
  expect([next.iamWrites, outcomesOf(next)]).toEqual([
    [],
    [
      ["production", "in-sync"],
      ["staging", "in-sync"],
    ],
  ]);
});

test("a policy that somebody took the tags off while the document was gone hides no widening of its role", async () => {
  const account = await startScenario();
  await account.put(production("retain"));
  await account.run();
  await releasePolicy(account);
  await account.remove();
  expect(kindsOf(await account.run())).toEqual(["orphaned", "orphaned"]);
  await account.put(production("retain"));
  await setTrust(account, (trust) => ({ ...trust, Statement: trust.Statement.map(forEverybody) }));
  expect(kindsOf(await account.run())).toEqual(["trust-widened", "adopted"]);
});

/** The statement without its condition on the subject. */
function forEverybody({
  Condition: { StringLike: _, ...Condition },
  ...statement
}: TrustStatement) {
  return { ...statement, Condition };
}

describe.each(["observe", "suspend"] as const)(
  "an environment that was removed while its mode was %s",
  (mode) => {
    async function watching(): Promise<Scenario> {
      const account = await startScenario();
      await two(account, "retain");
      await account.put({ ...staging("retain"), mode }, "staging");
      await account.run();
      await account.remove("staging");
      return account;
    }

    test("gets back no audience that a run took off before it was killed", async () => {
      const account = await watching();
      await stoppedAt(account, "after", ({ operation }) => operation.startsWith("RemoveClientID"));
      await expectNothingBack(account, "staging");
      expect(await audiences(account)).toEqual(["a"]);
    });

    test("loses none where only a listing lacks its document", async () => {
      const account = await watching();
      await account.put({ ...staging("retain"), mode }, "staging");
      staleListing(account);
      const run = await account.run();
      expect(run.iamWrites).toEqual([]);
      expect(run.report.environments[1]?.errors).toMatchObject([{ code: "StaleListing" }]);
      account.sandbox.faults.clear();
      const next = await account.run();
      expect([next.iamWrites, kindsOf(next)]).toEqual([[], []]);
      expect(await audiences(account)).toEqual(["a", "b"]);
    });
  },
);

test("a listing that lacks a document takes none of its thumbprints off", async () => {
  const account = await startScenario();
  const pinning = (pin: string) => ({
    circleci: { organizationId: organization, thumbprints: [pin.repeat(40)] },
  });
  await account.put(production("retain", pinning("a")));
  await account.run();
  await account.put(staging("retain", pinning("b")), "staging");
  await account.run();
  await account.approve(1, "staging");
  await account.run();
  await account.remove("staging");
  await account.put(staging("retain", pinning("b")), "staging");
  staleListing(account);
  const run = await account.run();
  expect(run.iamWrites).toEqual([]);
  expect(run.report.environments[1]?.errors).toMatchObject([{ code: "StaleListing" }]);
  account.sandbox.faults.clear();
  const next = await account.run();
  expect([next.iamWrites, kindsOf(next)]).toEqual([[], []]);
});

function staleListing({ sandbox }: Scenario): void {
  sandbox.faults.add({
    when: ({ operation }) => operation === "GetParametersByPath",
    at: "before",
    how: "stale",
  });
}

describe("a role of which the removal was refused", () => {
  async function stuck(mode: "enforce" | "observe" | "suspend"): Promise<Scenario> {
    const account = await startScenario();
    await removed(account);
    refuse(account, "DeleteRole");
    await account.run();
    account.sandbox.faults.clear();
    await account.put({ ...whole, mode });
    await account.run();
    return account;
  }

  test.each([
    ["held", whole],
    ["not valid", "{{{"],
    ["held under another name", { ...whole, role: { name: "another" } }],
  ])("lets in nobody who somebody adds where the document is put again and %s", async (_, put) => {
    const account = await stuck("enforce");
    await account.put(put);
    await account.run();
    const before = await account.state();
    await setTrust(account, (trust) => ({
      ...trust,
      Statement: [...trust.Statement, ...everybody.Statement],
    }));
    await attachAdministrator(account);
    const run = await account.run();
    expect(run.iamWrites).toEqual(["DetachRolePolicy", "UpdateAssumeRolePolicy"]);
    expect(kindsOf(run)).toEqual(["trust-widened", "permissions-widened"]);
    const found = run.environment.widenings.filter(({ source }) => source === "drift");
    expect(found.map(({ disposition }) => disposition)).toEqual(["reverted", "reverted"]);
    expect(await account.state()).toEqual(before);
    const idle = await account.run();
    expect([idle.iamWrites, kindsOf(idle)]).toEqual([[], []]);
    expect(idle.environment.conditions.TrustAsIntended?.reason).not.toBe("Widened");
  });

  test.each(["observe", "suspend"] as const)(
    "is watched still where the document is put again: %s",
    async (mode) => {
      const account = await stuck(mode);
      await openTrust(account);
      const run = await account.run();
      expect([run.iamWrites, kindsOf(run)]).toEqual([[], ["trust-widened"]]);
      expect(kindsOf(await account.run())).toEqual([]);
    },
  );
});

test("a role of which the policy is gone lets in nobody who somebody adds while its document is not valid", async () => {
  const account = await startScenario();
  await account.put(guideWith({ onRemove: "retain", onWiden: "hold" }));
  await account.run();
  await account.remove();
  await account.run();
  await deletePolicy(account);
  await account.put("{{{");
  await account.run();
  await openTrust(account);
  const run = await account.run();
  expect([run.iamWrites, kindsOf(run)]).toEqual([["UpdateAssumeRolePolicy"], ["trust-widened"]]);
  await expectNothingBack(account);
});

async function openTrust({ iam }: Scenario): Promise<void> {
  const opened = { RoleName: roleName, PolicyDocument: JSON.stringify(everybody) };
  await iam.send(new UpdateAssumeRolePolicyCommand(opened));
}

async function attachAdministrator({ iam }: Scenario): Promise<void> {
  const PolicyArn = "arn:aws:iam::aws:policy/AdministratorAccess";
  await iam.send(new AttachRolePolicyCommand({ RoleName: roleName, PolicyArn }));
}
