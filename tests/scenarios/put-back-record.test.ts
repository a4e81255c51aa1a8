import { UpdateAssumeRolePolicyCommand } from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import type { RecordedCall } from "../../sandbox/index.ts";
import { serializeRecord } from "../../shared/plan/record.ts";
import { type Trust, trustNow } from "./by-hand.ts";
import { guideFor, guideWith, roleName, shopMainAndDev } from "./documents.ts";
import { expectIdle, prefix, type Scenario, startScenario } from "./harness.ts";
import {
  alertedOf,
  deleteBelow,
  everybody,
  expectHeld,
  kindsOf,
  readBelow,
  recordOf,
  startApplied,
  writeBelow,
} from "./holds.ts";

const applied = "applied/production";
const status = "status/production";
const wider = guideFor(shopMainAndDev);

async function recordText(account: Scenario): Promise<string> {
  return (await readBelow(account, applied)) ?? "";
}

/** A record of another run that began at the same time, for a version that lets more in. */
async function overtakenOf(account: Scenario): Promise<string> {
  const record = await recordOf(account);
  const { applied: narrow } = record ?? {};
  if (record === null || narrow === undefined) throw new Error("nothing is applied");
  const others = await startApplied(wider);
  const wide = (await recordOf(others))?.applied ?? null;
  return serializeRecord({ ...record, applied: wide }) ?? "";
}

describe("without a status, while two runs are at work at once", () => {
  test("a record that one of them restores is believed, though a run has read the other's before", async () => {
    const account = await startApplied();
    const [restored, overtaken] = [await recordText(account), await overtakenOf(account)];
    await deleteBelow(account, status);
    await writeBelow(account, applied, overtaken);
    expectHeld(await account.run(), 1, null);
    await writeBelow(account, applied, restored);
    const run = await account.run();
    expect(run.environment).toMatchObject({ outcome: "in-sync", appliedVersion: 1 });
    expect(run.report.alerts).toEqual([]);
    expectIdle(await account.run());
  });

  test("what was overtaken is believed in no later run, whatever is asked for", async () => {
    const account = await startApplied();
    const overtaken = await overtakenOf(account);
    await account.put(wider);
    await deleteBelow(account, status);
    await writeBelow(account, applied, overtaken);
    for (const _run of [1, 2, 3]) expectHeld(await account.run(), 2, null);
    expect((await account.run()).parameterWrites).toEqual(["/heartbeat"]);
  });

  const other = (own: string) => own.replace('"mode":null', '"mode":"observe"');
  test.each([
    ["the same once more", (own: string) => [own], 2, []],
    ["another, and restores it", (own: string) => [other(own), own], 2, []],
    // What has begun is restored in its place.
    [
      "another, and does not come to restore it",
      (own: string) => [other(own)],
      3,
      ["trust-widening-applied"],
    ],
  ])(
    "the other one writes %s: the one that has begun is the last",
    async (_, others, writes, kinds) => {
      const account = await startScenario();
      await account.put(guideWith({ onWiden: "apply" }));
      afterRecord(account, others);
      const first = await account.run();
      expect(first.environment).toMatchObject({ appliedVersion: 1, errors: [] });
      expect(first.parameterWrites.filter((name) => name === `/${applied}`)).toHaveLength(writes);
      if ((await readBelow(account, status)) !== null) await deleteBelow(account, status);
      const run = await account.run();
      expect(run.environment).toMatchObject({ outcome: "in-sync", appliedVersion: 1 });
      expect([run.iamWrites, kindsOf(run)]).toEqual([[], kinds]);
      expectIdle(await account.run());
    },
  );
});

describe("copied into a re-created parameter, without a status", () => {
  test.each([
    ["one of release 0.1.0", (older: string) => [older.replace(/"after":\d+,/, "")]],
    [
      "the same twice",
      (older: string) => [...Array(2)].map(() => older.replace(/"after":\d+,/, "")),
    ],
    ["the second, once a run has seen a spoilt one before it", (older: string) => ["{}", older]],
  ])("%s is not believed, and the hold is written once", async (_, copies) => {
    const account = await startApplied(guideWith({ ...wider, onWiden: "apply" }));
    const older = await recordText(account);
    await account.put(guideWith({ onWiden: "apply" }));
    await account.run();
    await account.put(guideWith({ ...wider, onWiden: "apply" }));
    await deleteBelow(account, status, applied);
    for (const text of copies(older)) {
      await writeBelow(account, applied, text);
      expectHeld(await account.run(), 3, null);
    }
    const again = await account.run();
    expectHeld(again, 3, null);
    expect([again.parameterWrites, kindsOf(again)]).toEqual([["/heartbeat"], []]);
    await account.approve(3);
    expect((await account.run()).environment).toMatchObject({ appliedVersion: 3 });
    expectIdle(await account.run());
    // What is written by then is newer than all that was.
    await writeBelow(account, applied, older);
    await account.put(guideWith({ trust: { projects: "all" }, onWiden: "apply" }));
    expectHeld(await account.run(), 4, 3);
  });
});

describe("of an older record under its status, an edit that narrows", () => {
  const narrower = guideWith({ deploy: { ecr: ["demo-backend"] } });
  const openTo = (account: Scenario, document: unknown) =>
    account.iam.send(
      new UpdateAssumeRolePolicyCommand({
        RoleName: roleName,
        PolicyDocument: JSON.stringify(document),
      }),
    );
  /** A wide version was in force, and then a narrow one; the record of the first is put back. */
  async function startOlder(): Promise<{ readonly account: Scenario; readonly before: Trust }> {
    const account = await startScenario();
    await account.put(guideWith({ ...wider, onWiden: "apply" }));
    await account.run();
    const older = await recordText(account);
    const before = await trustNow(account);
    await account.put(guideWith({ onWiden: "apply" }));
    await account.run();
    expectIdle(await account.run());
    await account.put(narrower);
    await writeBelow(account, applied, older);
    return { account, before };
  }

  test("is nobody's attack: what the status names is in force too", async () => {
    const { account } = await startOlder();
    const run = await account.run();
    expect(run.environment).toMatchObject({ outcome: "reconciled", appliedVersion: 3 });
    expect(run.iamWrites).toContain("CreatePolicyVersion");
    expect([kindsOf(run), run.environment.widenings]).toEqual([[], []]);
    expectIdle(await account.run());
  });

  test.each([
    [
      "what neither lets in",
      (before: Trust) => ({ ...before, Statement: [...before.Statement, ...everybody.Statement] }),
    ],
    ["what the older record says", (before: Trust) => before],
  ])("is applied, and %s is reported", async (_, trust) => {
    const { account, before } = await startOlder();
    await openTo(account, trust(before));
    const run = await account.run();
    expect(run.environment).toMatchObject({ appliedVersion: 3 });
    expect(alertedOf(run)).toEqual([["trust-widened", "critical"]]);
    expect(run.report.alerts[0]?.title).toContain("(reverted)");
    expectIdle(await account.run());
  });
});

/** Another run writes these records between the first and the second of this one. */
function afterRecord({ sandbox }: Scenario, others: (own: string) => readonly string[]): void {
  const name = `${prefix}/${applied}`;
  const written: string[] = [];
  sandbox.faults.add({
    when: ({ operation, input }: RecordedCall) => {
      if (operation !== "PutParameter" || input["Name"] !== name) return false;
      const [own] = written;
      written.push(String(input["Value"]));
      if (own === undefined || written.length > 2) return false;
      for (const value of others(own)) sandbox.createParameter({ name, value });
      return false;
    },
    at: "before",
    how: "connection-reset",
  });
}

describe("a number from which nobody could count on", () => {
  const inStatus = (far: number) => (text: string) =>
    text.replace(/"record":\d+/, `"record":${far}`);
  const inRecord = (far: number) => (text: string) =>
    text.replace(/"serial":\d+/, `"serial":${far}`);
  // From 2^52 on nobody counts any further, and one less is the last that is counted on.
  test.each(
    [Number.MAX_SAFE_INTEGER, 2 ** 52, 2 ** 52 - 1].flatMap((far) => [
      [`${far} in the status`, status, inStatus(far)] as const,
      [`${far} in the record`, applied, inRecord(far)] as const,
    ]),
  )("%s spoils no record: a door is shut at once", async (_, path, spoilt) => {
    const account = await startApplied();
    await account.run();
    await writeBelow(account, path, spoilt((await readBelow(account, path)) ?? ""));
    await account.run();
    const PolicyDocument = JSON.stringify(everybody);
    await account.iam.send(
      new UpdateAssumeRolePolicyCommand({ RoleName: roleName, PolicyDocument }),
    );
    const run = await account.run();
    expect(run.iamWrites).toEqual(["UpdateAssumeRolePolicy"]);
    // What a run writes, the next one reads.
    expect(await recordOf(account)).not.toBeNull();
    expect((await account.run()).environment.outcome).not.toBe("held");
  });
});
