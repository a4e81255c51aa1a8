import { AttachRolePolicyCommand, CreateRoleCommand } from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import { deleteRole, policyArn } from "./by-hand.ts";
import { guideWith, roleName, shopMain, shopMainAndDev, type Written, wiki } from "./documents.ts";
import { expectIdle, type Scenario, startScenario } from "./harness.ts";
import { everybody, kindsOf, readBelow, writeBelow } from "./holds.ts";

/*
 * Once a removed environment's role is gone, nothing of it is in force any more, though its record is still kept for
 * what is left: the next document is a first one.
 */

const before = guideWith({ onRemove: "delete", trust: { projects: [shopMainAndDev] } });

const hasRole = ({ sandbox }: Scenario) => sandbox.directory().roles.has(roleName.toLowerCase());

/** Removed but for its policy, which a role of somebody else holds. */
async function policyLeft(firstDocument: "hold" | "apply"): Promise<Scenario> {
  const account = await startScenario();
  account.variables.set("OIDC_FIRST_DOCUMENT", firstDocument);
  await account.put(before);
  await account.run();
  if (firstDocument === "hold") {
    await account.approve(1);
    await account.run();
  }
  const AssumeRolePolicyDocument = JSON.stringify(everybody);
  await account.iam.send(new CreateRoleCommand({ RoleName: "other", AssumeRolePolicyDocument }));
  const attached = { RoleName: "other", PolicyArn: policyArn };
  await account.iam.send(new AttachRolePolicyCommand(attached));
  await account.remove();
  await account.run();
  expect(hasRole(account)).toBe(false);
  return account;
}

describe("a document put after its role was removed", () => {
  test.each([
    ["the same", before],
    ["less", guideWith({ onRemove: "delete" })],
    ["other", guideWith({ onRemove: "delete", trust: { projects: [shopMain, { id: wiki }] } })],
  ])("is held like a first one: %s", async (_, next) => {
    const account = await policyLeft("hold");
    await account.put(next);
    const run = await account.run();
    expect([run.environment.outcome, hasRole(account)]).toEqual(["held", false]);
    expect(kindsOf(run)).toContain("trust-widening-held");
    await account.approve(1);
    const approved = await account.run();
    expect(approved.environment.outcome).toBe("reconciled");
    expect(kindsOf(approved)).toContain("trust-widening-applied");
    expectIdle(await account.run());
  });

  test("is applied and reported like a first one", async () => {
    const account = await policyLeft("apply");
    await account.put(guideWith({ onRemove: "delete" }));
    const run = await account.run();
    expect(run.environment.outcome).toBe("reconciled");
    expect(kindsOf(run)).toContain("trust-widening-applied");
    expect(kindsOf(run)).not.toContain("drift-corrected");
    expectIdle(await account.run());
  });

  test("brings nothing back where it does not parse", async () => {
    const account = await policyLeft("apply");
    await account.put("{{{");
    const run = await account.run();
    expect([run.environment.outcome, hasRole(account)]).toEqual(["invalid", false]);
  });

  test("is a first one where a person deleted what retain had left", async () => {
    const account = await startScenario();
    await account.put(guideWith({ onRemove: "retain" } satisfies Written));
    await account.run();
    await account.remove();
    await account.run();
    await deleteRole(account);
    await account.run();
    account.variables.set("OIDC_FIRST_DOCUMENT", "hold");
    await account.put(guideWith({ onRemove: "retain" }));
    expect([(await account.run()).environment.outcome, hasRole(account)]).toEqual(["held", false]);
  });
});

describe("a document put before any run has seen that what retain had left was deleted", () => {
  const retained = guideWith({ onRemove: "retain", onWiden: "hold" });
  const wider = guideWith({
    onRemove: "retain",
    onWiden: "hold",
    trust: { projects: [shopMainAndDev] },
  });

  async function deletedUnseen(): Promise<Scenario> {
    const account = await startScenario();
    await account.put(retained);
    await account.run();
    await account.remove();
    expect((await account.run()).environment.outcome).toBe("orphaned");
    await deleteRole(account);
    account.variables.set("OIDC_FIRST_DOCUMENT", "hold");
    return account;
  }

  test.each([
    ["does not parse", "{{{", "invalid"],
    ["is the same", retained, "held"],
    ["gives more", wider, "held"],
  ])("brings nothing back, in any run, where it %s", async (_, next, outcome) => {
    const account = await deletedUnseen();
    await account.put(next);
    const run = await account.run();
    expect([run.environment.outcome, hasRole(account)]).toEqual([outcome, false]);
    expect(kindsOf(run)).not.toContain("drift-corrected");
    const { environment, iamWrites, parameterWrites, report } = await account.run();
    expect([environment.outcome, iamWrites, report.alerts]).toEqual([outcome, [], []]);
    expect([parameterWrites, hasRole(account)]).toEqual([["/heartbeat"], false]);
  });

  test("is a first one, held, approved and reported", async () => {
    const account = await deletedUnseen();
    await account.put(wider);
    expect(kindsOf(await account.run())).toContain("trust-widening-held");
    await account.approve(1);
    const run = await account.run();
    expect(run.environment.outcome).toBe("reconciled");
    expect(kindsOf(run)).toContain("trust-widening-applied");
    expectIdle(await account.run());
  });

  test("is not what a status says that somebody has written, or that a run has, of a document still there", async () => {
    const account = await startScenario();
    await account.put(retained);
    await account.run();
    await account.remove();
    await account.run();
    const orphaned = await readBelow(account, "status/production");
    await account.put(retained);
    await account.run();
    await account.put(wider);
    expect((await account.run()).environment.outcome).toBe("held");
    await deleteRole(account);
    const { seen } = JSON.parse((await readBelow(account, "status/production")) ?? "");
    await writeBelow(
      account,
      "status/production",
      JSON.stringify({ ...JSON.parse(orphaned ?? ""), seen }),
    );
    const run = await account.run();
    expect([run.environment.outcome, hasRole(account)]).toEqual(["held", true]);
    expect(kindsOf(run)).toContain("drift-corrected");
  });
});
