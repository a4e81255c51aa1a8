import {
  DeleteRoleCommand,
  DetachRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { atDepth } from "../depth.ts";
import {
  guide,
  guideFor,
  guideWith,
  policyName,
  roleName,
  shopMain,
  shopMainAndDev,
} from "../scenarios/documents.ts";
import { expectIdle, type Run } from "../scenarios/harness.ts";
import { openGate } from "./gate.ts";
import { type LateAccount, startLate } from "./late.ts";
import { anybody } from "./policies.ts";

const second = 1000;
const reported = (runs: readonly Run[]) =>
  runs.flatMap(({ report }) => report.alerts.map(({ kind, severity }) => `${severity} ${kind}`));

/** Runs over all environments, one every so often. */
async function runs(account: LateAccount, times: number, everyMs: number): Promise<readonly Run[]> {
  const done: Run[] = [];
  for (let nth = 0; nth < times; nth += 1) {
    done.push(await account.run());
    account.pass(everyMs);
  }
  return done;
}

async function settles(account: LateAccount): Promise<void> {
  account.lags(() => 0);
  await account.run();
  expectIdle(await account.run());
}

async function trust(account: LateAccount): Promise<string> {
  return JSON.stringify((await account.state()).roles[roleName]?.trust);
}

/** The age of what each call sees: the same for all, or another one each time. */
const ages = fc.oneof(
  fc.integer({ min: 1, max: 60 }).map((seconds) => [seconds * second]),
  fc.array(fc.integer({ min: 0, max: 60_000 }), { minLength: 37, maxLength: 37 }),
);
const schedules = fc.sample(fc.record({ ages, everyMs: fc.integer({ min: 500, max: 20_000 }) }), {
  numRuns: atDepth({ usual: 3, deep: 300 }),
  seed: 11,
});

function lagging(account: LateAccount, lags: readonly number[]): void {
  account.lags(({ index }) => lags[index % lags.length] ?? 0);
}

describe("what IAM shows late alarms nobody", () => {
  test.each(schedules)("of a first document, by schedule %#", async ({ ages: lags, everyMs }) => {
    const account = await startLate();
    lagging(account, lags);
    await account.put(guide);
    const all = await runs(account, 5, everyMs);
    expect(reported(all)).toEqual(["warning trust-widening-applied"]);
    const made = all.flatMap(({ calls }) =>
      calls.filter(({ operation, error }) => operation.startsWith("Create") && error === null),
    );
    expect(made.map(({ operation }) => operation).toSorted()).toEqual([
      "CreateOpenIDConnectProvider",
      "CreatePolicy",
      "CreateRole",
    ]);
    await settles(account);
  });

  test.each(schedules)(
    "of an edit that narrows, by schedule %#",
    async ({ ages: lags, everyMs }) => {
      const account = await startLate();
      await account.put(guideFor(shopMainAndDev));
      await account.run();
      account.pass(200 * second);
      await account.put(guideFor(shopMain));
      lagging(account, lags);
      expect(reported(await runs(account, 5, everyMs))).toEqual([]);
      expect(await trust(account)).not.toContain("refs/heads/dev");
      await settles(account);
    },
  );

  test.each(schedules)(
    "of a removal, and of the same names at once, by schedule %#",
    async (schedule) => {
      const account = await startLate();
      const document = guideWith({ onRemove: "delete" });
      await account.put(document);
      await account.run();
      account.pass(200 * second);
      await account.remove();
      lagging(account, schedule.ages);
      const removal = await runs(account, 2, schedule.everyMs);
      await account.put(document);
      const all = [...removal, ...(await runs(account, 4, schedule.everyMs))];
      expect(reported(all).filter((line) => line.includes("failed"))).toEqual([]);
      expect(reported(all).filter((line) => line.includes("conflict"))).toEqual([]);
      account.pass(60 * second);
      await settles(account);
      expect((await account.state()).roles[roleName]?.attached).toHaveLength(1);
    },
  );
});

test("what an earlier run made is not made again where a second pass does not see it for a while", async () => {
  const account = await startLate();
  // The policy is attached a quarter of a minute after the role was made.
  account.lags(({ operation }) => (operation === "AttachRolePolicy" ? 12 * second : 0));
  await account.put(guide);
  await account.run();
  account.pass(second);
  let refused: number | null = null;
  account.lags(({ operation }) => {
    if (operation === "AttachRolePolicy") {
      refused = Date.now();
      return 60 * second;
    }
    if (refused !== null) return Date.now() - refused < 5 * second ? 60 * second : 0;
    return operation === "ListAttachedRolePolicies" ? 10 * second : 0;
  });
  const run = await account.run();
  expect(refused).not.toBeNull();
  expect(reported([run])).toEqual([]);
  expect(run.report.environments.map(({ outcome }) => outcome)).toEqual(["in-sync"]);
  expect(run.iamWrites.filter((write) => write.startsWith("Create"))).toEqual([]);
  await settles(account);
});

test("what closes does not wait for it, though it was closed a moment ago as well", async () => {
  const gate = openGate();
  const account = await startLate({ before: gate.before });
  const widen = () =>
    account.iam.send(
      new UpdateAssumeRolePolicyCommand({ RoleName: roleName, PolicyDocument: anybody }),
    );
  account.lags(({ operation }) => (operation === "AttachRolePolicy" ? 12 * second : 0));
  await account.put(guide);
  await account.run();
  account.lags(() => 0);
  await widen();
  await account.run();
  let refused: number | null = null;
  let closed: number | null = null;
  account.lags(({ operation }) => {
    if (operation === "AttachRolePolicy") refused ??= Date.now();
    if (operation === "UpdateAssumeRolePolicy") closed ??= Date.now();
    if (refused === null) return operation === "ListAttachedRolePolicies" ? 10 * second : 0;
    return /^((Get|List)Policy|AttachRole)/.test(operation) ? 60 * second : 0;
  });
  const held = gate.hold(1);
  const running = account.run();
  await held.reached;
  await widen();
  held.release();
  await running;
  expect((closed ?? Number.POSITIVE_INFINITY) - (refused ?? 0)).toBeLessThan(4 * second);
  expect(await trust(account)).not.toContain('"AWS":"*"');
});

test("a policy that IAM shows later than the role which holds it is nobody's widening", async () => {
  const account = await startLate();
  await account.put(guide);
  await account.run();
  account.lags(({ operation }) => (/Policy(Version|Versions)?$/.test(operation) ? 20 * second : 0));
  const run = await account.run();
  expect(reported([run])).toEqual([]);
  expect(run.iamWrites).toEqual([]);
  await settles(account);
});

test("a document that comes back while IAM shows what was removed with it is held for one run at most", async () => {
  const account = await startLate();
  const document = guideWith({ onRemove: "delete" });
  await account.put(document);
  await account.run();
  account.pass(200 * second);
  await account.remove();
  await account.run();
  await account.put(document);
  account.lags(({ operation }) => (/^(Get|List)/.test(operation) ? 30 * second : 0));
  const outcomes: string[] = [];
  for (const run of await runs(account, 2, 60 * second)) {
    outcomes.push(...run.report.environments.map(({ outcome }) => outcome));
  }
  expect(outcomes).toEqual(["held", "reconciled"]);
  await settles(account);
});

test("a change by a person a moment after our own is taken for what it is", async () => {
  const account = await startLate();
  await account.put(guide);
  await account.run();
  const PolicyArn = `arn:aws:iam::123456789012:policy/${policyName}`;
  await account.iam.send(new DetachRolePolicyCommand({ RoleName: roleName, PolicyArn }));
  expect(reported([await account.run()])).toEqual(["info drift-corrected"]);
  await account.iam.send(new DetachRolePolicyCommand({ RoleName: roleName, PolicyArn }));
  await account.iam.send(new DeleteRoleCommand({ RoleName: roleName }));
  const run = await account.run();
  expect(reported([run])).toEqual(["info drift-corrected"]);
  expect(run.iamWrites).toContain("CreateRole");
});
