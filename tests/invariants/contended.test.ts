import { TagRoleCommand, UpdateAssumeRolePolicyCommand } from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import type { Change } from "../../shared/plan/change.ts";
import { correctionOf } from "../../shared/plan/correction.ts";
import { isPaused } from "../../shared/plan/quarrel.ts";
import { guide, roleName } from "../scenarios/documents.ts";
import { type Scenario, startScenario } from "../scenarios/harness.ts";
import { anybody } from "./policies.ts";
import { reportedDuring } from "./telling.ts";

const role = { RoleName: roleName };
const untagging = "UntagRole";

async function inSync(): Promise<Scenario> {
  const account = await startScenario();
  await account.put(guide);
  await account.run();
  return account;
}

/** A bot that tags all it sees, at once and always. */
function tag({ iam }: Scenario, Value = "42"): Promise<unknown> {
  return iam.send(new TagRoleCommand({ ...role, Tags: [{ Key: "cost", Value }] }));
}

/** One round: the other side writes, and the loop answers. */
async function round(account: Scenario, write: () => Promise<unknown>) {
  await write();
  let writes: readonly string[] = [];
  const reported = await reportedDuring(account, async () => {
    writes = (await account.run()).iamWrites;
  });
  return { reported, writes };
}

test("a bot that tags again and again is reported as one quarrel, and then waited out", async () => {
  const account = await inSync();
  const rounds = [];
  for (let nth = 1; nth <= 5; nth += 1) rounds.push(await round(account, () => tag(account)));
  expect(rounds).toEqual([
    { reported: ["production drift-corrected"], writes: [untagging] },
    { reported: ["production drift-corrected"], writes: [untagging] },
    { reported: ["production contended"], writes: [untagging] },
    { reported: [], writes: [] },
    { reported: [], writes: [] },
  ]);
  const { environment } = await account.run();
  expect(environment.outcome).toBe("drifted");
  expect(environment.conditions.InSync.reason).toBe("Contended");
  const other = await round(account, () => tag(account, "43"));
  expect(other).toEqual({ reported: ["production drift-corrected"], writes: [untagging] });
});

test("a door that is opened again and again is shut each time", async () => {
  const account = await inSync();
  const open = () =>
    account.iam.send(new UpdateAssumeRolePolicyCommand({ ...role, PolicyDocument: anybody }));
  const rounds = [];
  for (let nth = 1; nth <= 5; nth += 1) rounds.push(await round(account, open));
  expect(rounds.map(({ writes }) => writes)).toEqual(
    Array.from({ length: 5 }, () => ["UpdateAssumeRolePolicy"]),
  );
  expect(rounds.map(({ reported }) => reported)).toEqual([
    ["production trust-widened"],
    ["production trust-widened"],
    ["production contended"],
    [],
    [],
  ]);
});

describe("the pause", () => {
  const change: Change = {
    action: "tag",
    resource: "role",
    id: "arn:aws:iam::123456789012:role/r",
    reason: "tags that are not desired",
    before: { cost: "42" },
    after: {},
    effect: "neutral",
    step: { do: "untag-role", name: "r", keys: ["cost"] },
  };
  const last = Date.parse("2026-11-22T10:00:00.000Z");
  const paused = (rounds: number, minutesLater: number, of: Change = change) => {
    const at = Array.from({ length: rounds }, () => new Date(last).toISOString());
    const quarrels = [{ ...correctionOf(change), actor: null, at }];
    const now = new Date(last + minutesLater * 60_000);
    return isPaused(of, { quarrels, periodMinutes: 15, now });
  };

  test.each([
    { rounds: 2, minutes: 0, waits: false },
    { rounds: 3, minutes: 14, waits: true },
    { rounds: 3, minutes: 15, waits: false },
    { rounds: 4, minutes: 29, waits: true },
    { rounds: 4, minutes: 30, waits: false },
    { rounds: 12, minutes: 1439, waits: true },
    { rounds: 12, minutes: 1440, waits: false },
  ])("after $rounds rounds and $minutes minutes: $waits", ({ rounds, minutes, waits }) => {
    expect(paused(rounds, minutes)).toBe(waits);
  });

  test("is for nothing that closes or opens, and for nothing else that is found", () => {
    expect(paused(3, 0, { ...change, effect: "closes" })).toBe(false);
    expect(paused(3, 0, { ...change, effect: "opens" })).toBe(false);
    expect(paused(3, 0, { ...change, before: { cost: "43" } })).toBe(false);
    expect(paused(3, 0, { ...change, id: `${change.id}2` })).toBe(false);
  });
});
