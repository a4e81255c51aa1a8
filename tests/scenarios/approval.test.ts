import { UpdateAssumeRolePolicyCommand } from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import { serializeRecord } from "../../shared/plan/record.ts";
import { guide, guideFor, guideWith, roleName, shopMain, shopMainAndDev } from "./documents.ts";
import { expectIdle, type Scenario } from "./harness.ts";
import {
  deleteBelow,
  everybody,
  expectHeld,
  kindsOf,
  readBelow,
  recordOf,
  startApplied,
  textOf,
  unlabels,
  writeBelow,
} from "./holds.ts";

const wider = guideFor(shopMainAndDev);
const anybody = guideWith({ trust: { projects: "all" } });
const unguarded = guideWith({ trust: { projects: "all" }, onWiden: "apply" });
const held = "trust-widening-held";

describe("an approval is of a content", () => {
  test("another content under the number that was held is held again, said so, and the label taken off", async () => {
    const account = await startApplied();
    await account.put(wider);
    expectHeld(await account.run(), 2, 1);
    await account.remove();
    await account.put(guide);
    await account.put(anybody);
    await account.approve(2);
    const run = await account.run();
    expectHeld(run, 2, 1);
    expect([kindsOf(run), unlabels(run)]).toEqual([[held], true]);
    expect(textOf(run, held)).toContain("not the content that was announced");
    const again = await account.run();
    expectHeld(again, 2, 1);
    expect(kindsOf(again)).toEqual([]);
    await account.approve(2);
    const released = await account.run();
    expect(released.environment).toMatchObject({ outcome: "reconciled", appliedVersion: 2 });
    expectIdle(await account.run());
  });

  test("the same content under the number that was held is what was approved", async () => {
    const account = await startApplied();
    await account.put(wider);
    await account.run();
    await account.remove();
    await account.put(guide);
    await account.put(wider);
    await account.approve(2);
    expect((await account.run()).environment.appliedVersion).toBe(2);
    expectIdle(await account.run());
  });

  test("a label on an older version releases nothing and is taken off", async () => {
    const account = await startApplied();
    await account.put(wider);
    await account.run();
    await account.approve(2);
    await account.put(anybody);
    const run = await account.run();
    expectHeld(run, 3, 1);
    expect([kindsOf(run), unlabels(run)]).toEqual([[held], true]);
    const again = await account.run();
    expect([kindsOf(again), unlabels(again)]).toEqual([[], false]);
    expect(again.parameterWrites).toEqual(["/heartbeat"]);
  });

  test("a label put before any run has seen the edit counts where the history shows what is applied", async () => {
    const account = await startApplied();
    await account.approve(await account.put(wider));
    const run = await account.run();
    expect(run.environment).toMatchObject({ outcome: "reconciled", appliedVersion: 2 });
    expect(kindsOf(run)).toEqual(["trust-widening-applied"]);
    expectIdle(await account.run());
  });

  test("and not where the parameter was deleted and re-created with the same text", async () => {
    const account = await startApplied();
    await account.remove();
    await account.put(guide);
    await account.approve(await account.put(anybody));
    const run = await account.run();
    expectHeld(run, 2, 1);
    expect([kindsOf(run), unlabels(run)]).toEqual([[held], true]);
    expect(textOf(run, held)).toContain("before its content was announced");
    await account.approve(2);
    expect((await account.run()).environment.appliedVersion).toBe(2);
  });
});

describe("the same text, put again", () => {
  test("moves the number and nothing else", async () => {
    const account = await startApplied();
    await account.put(guide);
    const run = await account.run();
    expect(run.environment).toMatchObject({ outcome: "in-sync", version: 2, appliedVersion: 2 });
    expect([run.iamWrites, kindsOf(run)]).toEqual([[], []]);
    expect((await recordOf(account))?.applied?.version).toBe(2);
    expectIdle(await account.run());
  });

  test("needs no approval where it grants what was approved", async () => {
    const account = await startApplied();
    await account.approve(await account.put(anybody));
    await account.run();
    await account.put(anybody);
    expect((await account.run()).environment).toMatchObject({ appliedVersion: 3, widenings: [] });
    expectIdle(await account.run());
  });
});

describe("an edit that lowers its own guard passes in no order of puts and deletes", () => {
  async function waits(account: Scenario, version: number): Promise<void> {
    const run = await account.run();
    expectHeld(run, version, 1);
    expect((await recordOf(account))?.applied?.text).toContain("refs/heads/main");
    expectHeld(await account.run(), version, 1);
  }

  test("a hundred and one edits", async () => {
    const account = await startApplied();
    await account.put(unguarded);
    expectHeld(await account.run(), 2, 1);
    for (let version = 3; version <= 102; version += 1) await account.put(unguarded);
    await waits(account, 102);
  });

  test("delete and re-create", async () => {
    const account = await startApplied();
    await account.remove();
    await account.put(unguarded);
    await waits(account, 1);
  });

  test("delete, let a run see it, and re-create", async () => {
    const account = await startApplied();
    await account.remove();
    await account.run();
    await account.put(unguarded);
    await waits(account, 1);
  });

  test("with the status lost", async () => {
    const account = await startApplied();
    await account.put(unguarded);
    await deleteBelow(account, "status/production");
    await waits(account, 2);
  });

  test.each(["", "{}", "{", '"x"'])("with the status spoilt: %j", async (text) => {
    const account = await startApplied();
    await account.put(unguarded);
    await writeBelow(account, "status/production", text === "" ? " " : text);
    await waits(account, 2);
  });

  test("with a status that says it is applied", async () => {
    const account = await startApplied();
    const before = await account.status();
    await account.put(unguarded);
    const { digest } = await digestOfNewest(account);
    const forged = { ...before, appliedVersion: 2, appliedDigest: digest, heldVersion: null };
    await writeBelow(account, "status/production", JSON.stringify(forged));
    await waits(account, 2);
  });

  async function digestOfNewest(account: Scenario): Promise<{ readonly digest: string }> {
    const { createHash } = await import("node:crypto");
    const text = (await readBelow(account, "environments/production")) ?? "";
    return { digest: createHash("sha256").update(text).digest("hex") };
  }
});

/** In force is a narrow version; a wide one was before it, with its record, and is now edited in again. */
async function narrowedAndEdited() {
  const account = await startApplied(guideWith({ ...wider, onWiden: "apply" }));
  const older = (await readBelow(account, "applied/production")) ?? "";
  await account.put(guide);
  await account.run();
  await account.put(guideWith(wider));
  return { account, older };
}

describe("without the record of what is in force", () => {
  test("an edit is held, and what is open is not", async () => {
    const account = await startApplied();
    await account.put(unguarded);
    await deleteBelow(account, "applied/production");
    const run = await account.run();
    expectHeld(run, 2, 1);
    expect(textOf(run, held)).toContain("is gone");
    await account.approve(2);
    expect((await account.run()).environment.appliedVersion).toBe(2);
    expectIdle(await account.run());
  });

  test("a document that only closes is written and starts a new one", async () => {
    const account = await startApplied(wider);
    await account.put(guide);
    await deleteBelow(account, "applied/production");
    const run = await account.run();
    expect(run.environment).toMatchObject({ outcome: "reconciled", appliedVersion: 2 });
    expect((await recordOf(account))?.applied?.version).toBe(2);
    expectIdle(await account.run());
  });

  test.each([
    ["spoilt", () => "{}"],
    ["another environment's", (text: string) => text.replace('"production"', '"staging"')],
    ["changed in its text", (text: string) => text.replaceAll("refs/heads/main", "refs/heads/*")],
  ])("%s, an edit is held", async (_, spoil) => {
    const account = await startApplied();
    const text = (await readBelow(account, "applied/production")) ?? "";
    await account.put(unguarded);
    await writeBelow(account, "applied/production", spoil(text));
    expectHeld(await account.run(), 2, 1);
  });

  test("with an older one put back, an edit is held that the older would have let through", async () => {
    const account = await startApplied(guideWith({ ...wider, onWiden: "apply" }));
    const older = (await readBelow(account, "applied/production")) ?? "";
    await account.put(guide);
    await account.run();
    await account.put(unguarded);
    await writeBelow(account, "applied/production", older);
    expectHeld(await account.run(), 3, 2);
  });

  test.each([
    ["put back as the status goes", (older: string) => [older]],
    ["put back after it was spoilt as the status went", (older: string) => ["{}", older]],
  ])("an older one that is %s is not believed by any later run", async (_, texts) => {
    const { account, older } = await narrowedAndEdited();
    await deleteBelow(account, "status/production");
    for (const text of texts(older)) {
      await writeBelow(account, "applied/production", text);
      expectHeld(await account.run(), 3, null);
    }
    for (const _later of [1, 2]) {
      const later = await account.run();
      expectHeld(later, 3, null);
      expect(later.published).toEqual([]);
    }
    expect((await account.run()).parameterWrites).toEqual(["/heartbeat"]);
    await account.approve(3);
    const run = await account.run();
    expect(run.environment).toMatchObject({ outcome: "reconciled", appliedVersion: 3 });
    expect(kindsOf(run)).toContain("trust-widening-applied");
    expectIdle(await account.run());
    await writeBelow(account, "applied/production", older);
    await account.put(guideWith({ ...wider, trust: { projects: "all" } }));
    expectHeld(await account.run(), 4, 3);
  });
});

test("an older record, copied into a re-created parameter, is not believed without its status", async () => {
  const { account, older } = await narrowedAndEdited();
  await deleteBelow(account, "status/production", "applied/production");
  await writeBelow(account, "applied/production", older);
  expectHeld(await account.run(), 3, null);
  expectHeld(await account.run(), 3, null);
  await account.approve(3);
  expect((await account.run()).environment).toMatchObject({ appliedVersion: 3 });
  expectIdle(await account.run());
});

test("a record that was sent twice is believed without its status once its history can be read", async () => {
  const account = await startApplied(guideWith({ ...wider, onWiden: "apply" }));
  const text = (await readBelow(account, "applied/production")) ?? "";
  await writeBelow(account, "applied/production", text);
  await deleteBelow(account, "status/production");
  await account.put({ ...wider, ...guideWith({ trust: { projects: "all" }, onWiden: "apply" }) });
  account.sandbox.faults.add({
    when: ({ operation, input }) =>
      operation === "GetParameterHistory" && String(input["Name"]).includes("/applied/"),
    at: "before",
    how: { error: "AccessDeniedException", httpStatus: 400 },
  });
  const refused = await account.run();
  expect(refused.environment).toMatchObject({ outcome: "failed", widenings: [] });
  expect(refused.environment.errors[0]?.message).toContain("ssm:GetParameterHistory");
  account.sandbox.faults.clear();
  expect((await account.run()).environment).toMatchObject({
    outcome: "reconciled",
    appliedVersion: 2,
  });
});

/** The record as if it had been written elsewhere; release 0.1.0 did not say after which version. */
async function recordAs(account: Scenario, serial: number, after?: number): Promise<string> {
  const record = await recordOf(account);
  return (record === null ? null : serializeRecord({ ...record, serial, after })) ?? "";
}

/** A wide version and then a narrow one were in force, and 0.1.0 wrote the record of the first one twice. */
async function startLagging(): Promise<{ readonly account: Scenario; readonly older: string }> {
  const account = await startApplied(guideWith({ ...wider, onWiden: "apply" }));
  const older = await recordAs(account, 1);
  await account.put(guide);
  await account.run();
  const newer = await recordAs(account, 2);
  await deleteBelow(account, "applied/production");
  for (const text of [older, older, newer]) await writeBelow(account, "applied/production", text);
  return { account, older };
}

describe("where release 0.1.0 has once written a record twice, and the status is gone", () => {
  test("the last record is believed", async () => {
    const { account } = await startLagging();
    await deleteBelow(account, "status/production");
    const run = await account.run();
    expect(run.environment).toMatchObject({ outcome: "in-sync", appliedVersion: 2 });
    expect(run.published).toEqual([]);
    expectIdle(await account.run());
  });

  test("the one before it, put back, is not", async () => {
    const { account, older } = await startLagging();
    await writeBelow(account, "applied/production", older);
    await deleteBelow(account, "status/production");
    await account.put(guideWith(wider));
    for (const _run of [1, 2]) expectHeld(await account.run(), 3, null);
  });
});

test("an older record put back is not believed where its parameter was re-created, nor the spoilt one before it", async () => {
  const account = await startApplied(guideWith({ ...wider, onWiden: "apply" }));
  const older = await recordAs(account, 18, 0);
  await account.put(guide);
  await account.run();
  const newer = await recordAs(account, 19, 1);
  await deleteBelow(account, "applied/production");
  for (const text of [older, newer, "{}"]) await writeBelow(account, "applied/production", text);
  await deleteBelow(account, "status/production");
  await account.put(guideWith(wider));
  expectHeld(await account.run(), 3, null);
  for (const _run of [1, 2]) {
    await writeBelow(account, "applied/production", older);
    expectHeld(await account.run(), 3, null);
  }
  // What was written last is what is in force: by that the edit is held as any other.
  await writeBelow(account, "applied/production", newer);
  expectHeld(await account.run(), 3, 2);
});

test("a record that could not be read, put back as the status went, is not believed once it can", async () => {
  const { account, older } = await narrowedAndEdited();
  await deleteBelow(account, "status/production");
  await writeBelow(account, "applied/production", older);
  account.sandbox.faults.add({
    when: ({ operation, input }) =>
      operation === "GetParameters" && JSON.stringify(input).includes("/applied/production"),
    at: "before",
    how: { error: "InternalServerError", httpStatus: 500 },
  });
  expect((await account.run()).environment.outcome).toBe("failed");
  account.sandbox.faults.clear();
  expectHeld(await account.run(), 3, null);
  expectHeld(await account.run(), 3, null);
});

test("a hundred held edits do not disarm the watch: a trust opened by hand is corrected and reported", async () => {
  const account = await startApplied();
  for (let version = 2; version <= 102; version += 1) {
    const refs = [`refs/heads/b${version}`];
    await account.put(guideFor(shopMain, { ...shopMain, refs }));
  }
  await account.run();
  const PolicyDocument = JSON.stringify(everybody);
  await account.iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: roleName, PolicyDocument }));
  const run = await account.run();
  expect(run.environment.outcome).toBe("held");
  expect(run.iamWrites).toEqual(["UpdateAssumeRolePolicy"]);
  expect(kindsOf(run)).toEqual(["trust-widened"]);
});
