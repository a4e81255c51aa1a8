import { UpdateRoleCommand } from "@aws-sdk/client-iam";
import type { Context } from "aws-lambda";
import { beforeEach, describe, expect, test } from "vitest";
import type { RecordedCall } from "../../sandbox/index.ts";
import type { Report } from "../../shared/report/report.ts";
import { isOwn } from "../invariants/telling.ts";
import { type Scenario, schedule, startScenario } from "../scenarios/harness.ts";
import { documentsOf, type Member, memberOf, settle } from "./crowd.ts";

const { handler } = await import("../../functions/reconcile.ts");

const count = 40;
/** A write in IAM takes so long here that four of them use a run's time up: a tenth of them all. */
const writeMs = 140_000;

let account: Scenario;
let members: readonly Member[];

beforeEach(async () => {
  account = await startScenario();
  members = await settle(account, { count, apply: () => account.run() });
});

const isWrite = (call: RecordedCall) => isOwn(call) && call.service === "iam" && call.mutating;

/** What the function's clock shows, if each of its writes in IAM has taken so long. */
function clockOf(took: (call: RecordedCall) => number): () => number {
  const first = account.sandbox.calls.length;
  return () =>
    account.sandbox.calls
      .slice(first)
      .filter(isWrite)
      .reduce((left, call) => left - took(call), 600_000);
}

function run(took: (call: RecordedCall) => number = () => writeMs): Promise<Report> {
  const context = { functionName: "reconcile", getRemainingTimeInMillis: clockOf(took) };
  return account.beside(() => handler(schedule, context as Context));
}

async function touch(member: Member): Promise<void> {
  const changed = { RoleName: member.role, Description: "by hand", MaxSessionDuration: 3600 };
  await account.iam.send(new UpdateRoleCommand(changed));
}

const named = (report: Report, outcome: string) =>
  report.environments.filter((each) => each.outcome === outcome).map(({ name }) => name);

describe("a run whose time is enough for a tenth of what is due", () => {
  beforeEach(async () => {
    for (const member of members) await touch(member);
  });

  test("says what it did not reach, and the next ones go on there until all are done", async () => {
    const first = await run();
    expect(named(first, "reconciled")).toEqual(members.slice(0, 4).map(({ name }) => name));
    expect(named(first, "degraded")).toEqual(members.slice(4).map(({ name }) => name));
    expect(first.errors).toEqual([
      { code: "TimeUp", message: expect.stringContaining(`36 environments`) },
    ]);
    expect(first.errors[0]?.message).toContain(`${members[4]?.name}, ${members[5]?.name}`);
    expect(await account.heartbeat()).toMatchObject({
      environments: count,
      outcomes: { reconciled: 4, degraded: 36 },
      next: members[4]?.name,
    });
    const second = await run();
    expect(named(second, "reconciled")).toEqual(members.slice(4, 8).map(({ name }) => name));
    for (let nth = 3; nth <= 10; nth += 1) await run();
    const last = await run();
    expect(named(last, "in-sync").length).toBe(count);
    expect(last.errors).toEqual([]);
    expect(Object.keys((await account.heartbeat()) ?? {})).not.toContain("next");
  });

  test("reaches everybody although environments come and go meanwhile", async () => {
    const done = new Set<string>();
    for (let nth = 0; nth < 11; nth += 1) {
      for (const name of named(await run(), "reconciled")) done.add(name);
      // The one at which the next run would go on is gone, and a new one is before all others.
      const next = (await account.heartbeat())?.["next"];
      if (nth === 3) await account.remove(String(next));
      const added = memberOf(-1 - nth);
      account.sandbox.createMany({
        roles: [],
        policies: [],
        parameters: nth < 5 ? documentsOf([added], account.sandbox.clock.now()) : [],
      });
      if (nth === 3) done.add(String(next));
    }
    expect(members.filter(({ name }) => !done.has(name))).toEqual([]);
  });

  test("reaches everybody although one environment uses a run's time up again and again", async () => {
    const [greedy] = members;
    const takes = (call: RecordedCall) => (call.input["RoleName"] === greedy?.role ? 600_000 : 1);
    const done = new Set<string>();
    for (let nth = 0; nth < 10; nth += 1) {
      // After four writes the time is over anyway, and after the greedy one's at once.
      const report = await run((call) => takes(call) + writeMs);
      for (const name of named(report, "reconciled")) done.add(name);
      if (greedy !== undefined) await touch(greedy);
    }
    expect(members.filter(({ name }) => !done.has(name))).toEqual([]);
  });
});

test("what closes is done before what does not, out of turn", async () => {
  for (const member of members.slice(0, 20)) await touch(member);
  const open = members.slice(30, 34);
  for (const { role } of open) {
    const longer = { RoleName: role, MaxSessionDuration: 43_200 };
    await account.iam.send(new UpdateRoleCommand(longer));
  }
  const report = await run();
  expect(named(report, "reconciled")).toEqual(open.map(({ name }) => name));
});
