import { afterAll, beforeAll, expect, test } from "vitest";
import { guideAs, type Written } from "../scenarios/documents.ts";
import { openScenario, prefix, type Scenario } from "../scenarios/harness.ts";
import { readBelow, writeBelow } from "../scenarios/holds.ts";
import { runWith, swiftTime } from "./run-with.ts";
import { isOwn, reportedBy } from "./telling.ts";

const count = 900;
const names = Array.from({ length: count }, (_, index) => `e${String(index).padStart(3, "0")}`);

let account: Scenario;

/** A run that may take so long by a clock that waits for nobody, and what it reported and wrote. */
async function timedRun(remainingMs: number) {
  const first = account.sandbox.calls.length;
  const firstMessage = account.sandbox.messages.length;
  const time = swiftTime();
  const started = time.now();
  const report = await runWith(account, {
    time,
    remainingMs: () => started + remainingMs - time.now(),
  });
  const calls = account.sandbox.calls.slice(first).filter(isOwn);
  return {
    report,
    asleepMs: time.asleepMs(),
    elapsedMs: time.now() - started,
    told: reportedBy(account.sandbox.messages.slice(firstMessage)),
    statuses: calls
      .filter(({ operation }) => operation === "PutParameter")
      .map(({ input }) => String(input["Name"]))
      .filter((name) => name.startsWith(`${prefix}/status/`))
      .map((name) => name.slice(`${prefix}/status/`.length)),
  };
}

/** It writes nothing and keeps no record: what it has is a status. */
const watched: Written = { deploy: {}, mode: "observe" };
/** Half of them, the last ones by name, that have something to report. */
const spoilt = names.slice(-450);

beforeAll(async () => {
  account = await openScenario();
  for (const name of names) await account.put(guideAs(name, watched), name);
  const { report } = await timedRun(600_000);
  expect(report.errors).toEqual([]);
  expect((await timedRun(600_000)).statuses).toEqual([]);
}, 240_000);
afterAll(() => account.close());

/** As another release might have written it: the same, and not word for word. */
async function rewriteStatus(name: string): Promise<void> {
  const text = (await readBelow(account, `status/${name}`)) ?? "";
  await writeBelow(account, `status/${name}`, JSON.stringify(JSON.parse(text), null, 1));
}

test("the statuses of 900 environments take their turn, those that were alerted first", async () => {
  for (const name of names) await rewriteStatus(name);
  for (const name of spoilt) await account.put("circleci: 7", name);
  const lines = spoilt.map((name) => `${name} spec-invalid`);

  const first = await timedRun(300_000);
  expect(first.told.toSorted()).toEqual(lines);
  // Ten at once, then two a second, until half of the reserve is left, which is a tenth of the time.
  // Whatever the run does between two writes counts as waiting too. The last turn that it waits for may end half a
  // second later.
  const seconds = first.elapsedMs / 1_000;
  expect(first.statuses.length).toBeGreaterThan(500);
  expect(first.statuses.length).toBeLessThanOrEqual(10 + 2 * seconds + 2);
  expect(first.asleepMs / 1_000).toBeLessThanOrEqual(300 - 15 + 0.5);
  expect(first.statuses.slice(0, spoilt.length).toSorted()).toEqual(spoilt);
  expect(first.report.errors).toEqual([
    {
      code: "TimeUp",
      message: expect.stringContaining(`${count - first.statuses.length} environments`),
    },
  ]);

  const second = await timedRun(600_000);
  expect(second.told).toEqual([]);
  expect(second.report.errors).toEqual([]);
  const late = names.filter((name) => !first.statuses.includes(name));
  expect(second.statuses.toSorted()).toEqual(late);

  const third = await timedRun(600_000);
  expect([third.told, third.statuses]).toEqual([[], []]);
  // It waits for pages alone: two listings, side by side, share thirty reads a second.
  const pages = 2 * Math.ceil(count / 10);
  expect(third.asleepMs / 1_000).toBeLessThanOrEqual((2 * pages) / 30);
}, 240_000);
