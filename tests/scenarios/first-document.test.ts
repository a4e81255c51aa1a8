import { UpdateAssumeRolePolicyCommand } from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import { everything } from "./by-hand.ts";
import { guide, guideWith, roleName } from "./documents.ts";
import { expectIdle, type Scenario, startScenario } from "./harness.ts";
import {
  alertedOf,
  deleteBelow,
  everybody,
  expectHeld,
  kindsOf,
  readBelow,
  recordOf,
  startApplied,
  startHolding,
  textOf,
  unlabels,
} from "./holds.ts";

const empty = { providers: {}, roles: {}, policies: {} };
const force = { environments: ["production"], force: true };

/** A role of that name that no document asked for, as wide as can be. */
function wideRole({ sandbox }: Scenario): void {
  const [statement] = everybody.Statement;
  const Action = ["sts:AssumeRole", "sts:AssumeRoleWithWebIdentity"];
  const trust = { ...everybody, Statement: [{ ...statement, Action }] };
  const policies = { all: JSON.parse(everything) };
  sandbox.createRole({ name: roleName, trust, policies });
}

describe("a first document", () => {
  test("is held and announced with the request, once; approved, it is applied and reported", async () => {
    const account = await startHolding();
    await account.put(guide);
    const held = await account.run();
    expectHeld(held, 1, null);
    expect(kindsOf(held)).toEqual(["trust-widening-held"]);
    expect(textOf(held, "trust-widening-held")).toContain("vcs-ref/refs/heads/main");
    expect(textOf(held, "trust-widening-held")).toContain("--parameter-version 1");
    expect(await account.state()).toEqual(empty);
    expect(await recordOf(account)).toBeNull();
    const again = await account.run();
    expect(kindsOf(again)).toEqual([]);
    expect(again.parameterWrites).toEqual(["/heartbeat"]);
    await account.approve(1);
    const run = await account.run(account.eventOf("Parameter Store Change"));
    expect(run.environment).toMatchObject({ outcome: "reconciled", appliedVersion: 1 });
    expect(kindsOf(run)).toEqual(["trust-widening-applied"]);
    expect(unlabels(run)).toBe(true);
    expect((await recordOf(account))?.applied?.version).toBe(1);
    expectIdle(await account.run());
  });

  test.each(["", "Apply", "yes", "hold"])("is held where the setting is %j", async (setting) => {
    const account = await startHolding();
    account.variables.set("OIDC_FIRST_DOCUMENT", setting);
    await account.put(guide);
    expectHeld(await account.run(), 1, null);
  });

  test("loses a label that came before anything was announced, and is announced first", async () => {
    const account = await startHolding();
    await account.put(guide);
    await account.approve(1);
    const run = await account.run();
    expectHeld(run, 1, null);
    expect(unlabels(run)).toBe(true);
    expect(kindsOf(run)).toEqual(["trust-widening-held"]);
    expect(textOf(run, "trust-widening-held")).toContain("the label was removed");
    const again = await account.run();
    expectHeld(again, 1, null);
    expect([kindsOf(again), unlabels(again)]).toEqual([[], false]);
    await account.approve(1);
    expect((await account.run()).environment).toMatchObject({ appliedVersion: 1 });
    expectIdle(await account.run());
  });

  test("is held by its content: another one under the same name is announced again", async () => {
    const account = await startHolding();
    await account.put(guide);
    await account.run();
    await account.remove();
    await account.put(guideWith({ trust: { projects: "all" } }));
    await account.approve(1);
    const run = await account.run();
    expectHeld(run, 1, null);
    expect([kindsOf(run), unlabels(run)]).toEqual([["trust-widening-held"], true]);
    expect(textOf(run, "trust-widening-held")).toContain("not the content that was announced");
  });
});

describe("with OIDC_FIRST_DOCUMENT=apply", () => {
  test("a name that no role has is made, and reported as widened from nothing", async () => {
    const account = await startScenario();
    await account.put(guide);
    const run = await account.run();
    expect(run.environment).toMatchObject({ outcome: "reconciled", appliedVersion: 1 });
    expect(kindsOf(run)).toEqual(["trust-widening-applied"]);
    expect(textOf(run, "trust-widening-applied")).toContain("first document");
    expect(run.environment.widenings).toMatchObject([
      { source: "desired", resource: "trust-policy", disposition: "applied" },
    ]);
    expectIdle(await account.run());
  });

  test("an existing role that admits and grants more is adopted", async () => {
    const account = await startScenario();
    wideRole(account);
    await account.put(guide);
    const run = await account.run();
    expect(run.environment).toMatchObject({ outcome: "reconciled", appliedVersion: 1 });
    expect(alertedOf(run)).toEqual([["adopted", "info"]]);
    expectIdle(await account.run());
  });

  test("an existing role that admits somebody else is the baseline: held", async () => {
    const account = await startScenario();
    account.sandbox.createRole({ name: roleName });
    await account.put(guide);
    const run = await account.run();
    expectHeld(run, 1, null);
    expect(kindsOf(run)).toEqual(["trust-widening-held", "permissions-widening-held"]);
  });

  test("tags of ours without a status are a hold, and what is open meanwhile is reported once", async () => {
    const account = await startApplied();
    await deleteBelow(account, "status/production", "applied/production");
    const PolicyDocument = JSON.stringify(everybody);
    const open = { RoleName: roleName, PolicyDocument };
    await account.iam.send(new UpdateAssumeRolePolicyCommand(open));
    const run = await account.run();
    expectHeld(run, 1, null);
    expect(kindsOf(run).toSorted()).toEqual(["trust-widened", "trust-widening-held"]);
    expect(run.environment.widenings).toContainEqual(
      expect.objectContaining({ source: "drift", disposition: "observed" }),
    );
    const again = await account.run();
    expectHeld(again, 1, null);
    expect(kindsOf(again)).toEqual([]);
    await account.approve(1);
    expect((await account.run()).iamWrites).toContain("UpdateAssumeRolePolicy");
    expectIdle(await account.run());
  });

  test("tags of ours on a role of another name are a hold too", async () => {
    const account = await startApplied();
    await deleteBelow(account, "status/production", "applied/production");
    await account.put(guideWith({ role: { name: "CircleCI-X" }, policy: { name: "CircleCI-Y" } }));
    expectHeld(await account.run(), 2, null);
  });
});

describe("a first document in mode observe", () => {
  const observed = guideWith({ mode: "observe" });

  test("writes nothing, keeps no record, and is reported once with the request", async () => {
    const account = await startHolding();
    await account.put(observed);
    const run = await account.run();
    expect(run.environment).toMatchObject({ outcome: "drifted", appliedVersion: null });
    expect(run.environment.widenings).toMatchObject([{ disposition: "observed" }]);
    expect(kindsOf(run)).toEqual(["adopted"]);
    expect(textOf(run, "adopted")).toContain("nothing is written");
    expect(textOf(run, "adopted")).toContain("vcs-ref/refs/heads/main");
    expect(await account.state()).toEqual(empty);
    expect(await readBelow(account, "applied/production")).toBeNull();
    const again = await account.run();
    expect([kindsOf(again), again.iamWrites]).toEqual([[], []]);
    expect(again.parameterWrites).toEqual(["/heartbeat"]);
  });

  test("is followed by the edit to enforce, which is the first document: held", async () => {
    const account = await startHolding();
    await account.put(observed);
    await account.run();
    await account.put(guide);
    const held = await account.run();
    expectHeld(held, 2, null);
    expect(kindsOf(held)).toEqual(["trust-widening-held"]);
    await account.approve(2);
    expect((await account.run()).environment.appliedVersion).toBe(2);
    expectIdle(await account.run());
  });

  test("is followed by the edit to enforce, which is applied where the setting says so", async () => {
    const account = await startScenario();
    await account.put(observed);
    await account.run();
    await account.put(guide);
    const run = await account.run();
    expect(run.environment).toMatchObject({ outcome: "reconciled", appliedVersion: 2 });
    expect(kindsOf(run)).toContain("trust-widening-applied");
    expectIdle(await account.run());
  });

  test("force does what enforce would: it releases no hold", async () => {
    const account = await startHolding();
    await account.put(observed);
    await account.run();
    expectHeld(await account.run(force), 1, null);
    expect(await account.state()).toEqual(empty);
  });

  test("and what is watched is not reported again after it, but another document is", async () => {
    const account = await startHolding();
    await account.put(observed);
    expect(kindsOf(await account.run())).toEqual(["adopted"]);
    await account.run(force);
    expect(kindsOf(await account.run())).toEqual([]);
    expect(kindsOf(await account.run())).toEqual([]);
    await account.run(force);
    await account.put(guideWith({ mode: "observe", deploy: { ecr: ["more"] } }));
    expect(kindsOf(await account.run())).toContain("adopted");
  });

  test("and the hold that only force sees is announced once, however often it is forced", async () => {
    const account = await startHolding();
    await account.put(observed);
    await account.run();
    expect(kindsOf(await account.run(force))).toEqual(["trust-widening-held"]);
    await account.run();
    expect(kindsOf(await account.run(force))).toEqual([]);
    expect(kindsOf(await account.run(force))).toEqual([]);
    await account.run();
    // With the label on it, it is news that this releases nothing.
    await account.approve(1);
    const labelled = await account.run(force);
    expectHeld(labelled, 1, null);
    expect(textOf(labelled, "trust-widening-held")).toContain("approved");
    // Another version is news as well, and so is the hold once the document says enforce.
    await account.put(guideWith({ mode: "observe", deploy: { ecr: ["more"] } }));
    expect(kindsOf(await account.run(force))).toContain("trust-widening-held");
    await account.run();
    await account.put(guide);
    expect(kindsOf(await account.run())).toEqual(["trust-widening-held"]);
  });

  test("force applies it where the setting says so", async () => {
    const account = await startScenario();
    await account.put(observed);
    await account.run();
    const run = await account.run(force);
    expect(run.environment).toMatchObject({ outcome: "reconciled", appliedVersion: 1 });
    expect(kindsOf(run)).toContain("trust-widening-applied");
    expect(Object.keys((await account.state()).roles)).toEqual([roleName]);
  });
});
