import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { atDepth } from "../depth.ts";
import { guide, policyName, roleName } from "../scenarios/documents.ts";
import { expectIdle, type Run } from "../scenarios/harness.ts";
import { type LateAccount, startLate } from "./late.ts";

const policyArn = `arn:aws:iam::123456789012:policy/${policyName}`;

function creations({ calls }: Run): readonly string[] {
  return calls
    .filter(({ operation, error }) => operation.startsWith("Create") && error === null)
    .map(({ operation }) => operation)
    .toSorted();
}

async function attached(account: LateAccount): Promise<readonly string[] | undefined> {
  return (await account.state()).roles[roleName]?.attached;
}

describe("a role just made is attached in the same run", () => {
  test.each([1, 5, 20, 60])("where IAM shows nothing for %i s", async (seconds) => {
    const account = await startLate();
    account.lags(() => seconds * 1000);
    await account.put(guide);
    const run = await account.run();
    expect(run.environment.outcome).toBe("reconciled");
    expect(run.report.alerts.map(({ kind }) => kind)).toEqual(["trust-widening-applied"]);
    expect(creations(run)).toEqual(["CreateOpenIDConnectProvider", "CreatePolicy", "CreateRole"]);
    expect(await attached(account)).toEqual([policyArn]);
    account.pass(60_000);
    expectIdle(await account.run());
  });

  test("where each call sees another age", async () => {
    const ages = fc.array(fc.integer({ min: 0, max: 60_000 }), { minLength: 40, maxLength: 40 });
    for (const schedule of fc.sample(ages, {
      numRuns: atDepth({ usual: 6, deep: 200 }),
      seed: 7,
    })) {
      const account = await startLate();
      account.lags(({ index }) => schedule[index % schedule.length] ?? 0);
      await account.put(guide);
      const run = await account.run();
      expect(run.environment.outcome, schedule.join()).toBe("reconciled");
      expect(creations(run), schedule.join()).toHaveLength(3);
      expect(await attached(account), schedule.join()).toEqual([policyArn]);
    }
  });
});

test("a role that never comes is waited for a minute, and said to be missing", async () => {
  const account = await startLate();
  account.lags(({ operation }) => (operation === "AttachRolePolicy" ? 500_000 : 0));
  await account.put(guide);
  const start = Date.now();
  const run = await account.run();
  expect(run.environment.outcome).toBe("degraded");
  expect(run.environment.errors).toMatchObject([{ code: "NoSuchEntityException" }]);
  expect(run.published.toSorted()).toEqual(["reconcile-failed", "trust-widening-applied"]);
  // Two looks at the account, and in each of them at most the pauses of one step.
  expect(Date.now() - start).toBeLessThan(150_000);
  account.lags(() => 0);
  const next = await account.run();
  expect(next.iamWrites).toEqual(["AttachRolePolicy"]);
  expect(next.environment.outcome).toBe("reconciled");
});
