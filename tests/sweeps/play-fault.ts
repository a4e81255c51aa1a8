import { expect } from "vitest";
import type { PublishedMessage } from "../../sandbox/index.ts";
import { atDepth } from "../depth.ts";
import type { GroundRun } from "../model/ground.ts";
import { withoutVersions } from "../scenarios/state.ts";
import {
  aWeekAfter,
  expectRecovery,
  expectWithin,
  isOwnOf,
  isQuiet,
  outcomesOf,
  periodMs,
  type Ready,
  weekMs,
} from "./bench.ts";
import { type Cell, nameOf } from "./cells.ts";
import { inIam } from "./in-iam.ts";
import { afterFault, alertsIn, changesIn, counter, countsOf, expectTold } from "./stops.ts";
import { inVirtualTime } from "./swift.ts";

/** A try every nine seconds and four tries, in each of two looks at the account. */
const sameWriteMax = 8;
/** So many calls that are never answered, of 30 s each (FRAME 18), and what else the run does: far from its time limit. */
const runMaxMs = sameWriteMax * 30_000 + 10_000;

/**
 * Plays a fault for one run or for a week, and then the recovery, and judges all of it. What follows
 * depends on what was changed meanwhile, so that it is played only where that `isNew`. Gives the disturbed runs.
 */
export async function playFault(
  ready: Ready,
  cell: Cell,
  isNew: (changed: string) => boolean,
  judgeFirst: (run: GroundRun) => void = () => undefined,
): Promise<readonly GroundRun[]> {
  const { account } = ready;
  const where = placeOf(ready, cell);
  ready.restore();
  strike(ready, cell);
  const first = await runTimed(ready, cell, where);
  judge(ready, cell, first);
  judgeFirst(first);
  if (cell.kind.passes === true && !cell.stays) {
    expect(outcomesOf(first), `outcomes with ${where}`).toEqual(ready.outcomes);
  }
  const runs = [first, ...(cell.stays ? await playWeek(ready, cell, where) : [])];
  account.sandbox.faults.clear();
  if (isLie(cell)) return runs;
  if (!isNew(changesIn({ calls: runs.flatMap(({ calls }) => calls) }))) return runs;
  const due = cell.stays ? aWeekAfter(ready) : ready;
  const later = await expectRecovery(due, where);
  const stopped = runs.flatMap(({ messages }) => messages);
  if (!isOfChannel(cell)) expectTold(due, { stopped, later, further: afterFault }, where);
  return runs;
}

function placeOf({ start }: Ready, cell: Cell): string {
  return `${nameOf(cell)}, from ${start.start}`;
}

function strike({ account }: Ready, { call, nth, kind, stays }: Cell): void {
  const isOwn = isOwnOf(account);
  const numberOf = counter();
  account.sandbox.faults.add({
    ...kind.fault(call),
    ...(stays ? {} : { times: 1 }),
    when: (each) =>
      isOwn(each) &&
      each.service === call.service &&
      each.operation === call.operation &&
      numberOf(each) >= nth,
  });
}

/** A run that ends in time, whatever is not answered. */
async function runTimed({ account }: Ready, { kind }: Cell, where: string): Promise<GroundRun> {
  const { clock } = account.sandbox;
  const began = clock.now().getTime();
  const run = await (kind.silent === true
    ? inVirtualTime(account, () => account.run())
    : account.run());
  expect(clock.now().getTime() - began, `milliseconds of a run with ${where}`).toBeLessThan(
    runMaxMs,
  );
  return run;
}

/** Scheduled runs under a fault that stays, until they only repeat themselves, and one a week later. */
async function playWeek(ready: Ready, cell: Cell, where: string): Promise<readonly GroundRun[]> {
  const { account } = ready;
  const runs: GroundRun[] = [];
  const hour = [periodMs, periodMs, periodMs, periodMs];
  const waits = [...atDepth({ usual: [periodMs], deep: hour }), weekMs];
  let still = 0;
  for (const wait of waits) {
    account.wait(wait);
    if (still >= 2 && wait === periodMs) continue;
    const run = await runTimed(ready, cell, where);
    judge(wait === weekMs ? aWeekAfter(ready) : ready, cell, run);
    still = isQuiet(run) ? still + 1 : 0;
    runs.push(run);
  }
  if (isOfChannel(cell) || isOfMemory(cell)) return runs;
  const messages = runs.flatMap((run) => run.messages);
  const often = [...countsOf(messages.flatMap(alertsOf))].filter(([, count]) => count > 1);
  expect(often, `alerts again and again, ${where}`).toEqual([]);
  return runs;
}

/** The alerts of a message. That a state is over is said less loudly, and is not the alert once more. */
function alertsOf(message: PublishedMessage): readonly string[] {
  const severity = message.attributes.get("severity")?.value;
  return alertsIn([message]).map((line) => `${line} ${severity}`);
}

/** Whether a message was taken is not known where its answer is lost: it is sent again. */
function isOfChannel({ call: { service } }: Cell): boolean {
  return service === "sns" || service === "events";
}

/** Where no parameter can be written, nothing can be remembered, and so not what was reported. */
function isOfMemory({ call: { operation } }: Cell): boolean {
  return operation === "PutParameter";
}

/**
 * What AWS says for a week is not there, nobody can tell from what is gone, and it is forgotten. Said once, it
 * is doubted: what IAM shows late is looked for again.
 */
function isLie({ call: { mutating }, kind, stays }: Cell): boolean {
  return stays && !mutating && /^the modelled .*(?:NoSuch|NotFound)/.test(kind.kind);
}

function judge(ready: Ready, cell: Cell, run: GroundRun): void {
  const where = placeOf(ready, cell);
  if (!isLie(cell)) {
    expectWithin(ready, where);
    expectHonest(ready, run, where);
  }
  const own = run.calls.filter(isOwnOf(ready.account));
  const writes = own
    .filter(({ mutating, service }) => mutating && service !== "sns" && service !== "events")
    .map(({ operation, input }) => `${operation} ${input["Name"] ?? JSON.stringify(input)}`);
  const storm = [...countsOf(writes)].filter(([, count]) => count > sameWriteMax);
  expect(storm, `the same write again and again in one run, ${where}`).toEqual([]);
}

/** What is said to be done is done, what is said to be right is right, and what is not says why. */
function expectHonest(
  { account, end, ...ready }: Ready,
  { report, calls }: GroundRun,
  where: string,
): void {
  const done = calls.filter(({ mutating, happened }) => mutating && happened === true);
  const claimed = report.environments.flatMap(({ changes }) =>
    changes.filter(({ applied }) => applied),
  );
  const isDone = withoutVersions(inIam(account.sandbox));
  const isRight = JSON.stringify(isDone) === JSON.stringify(withoutVersions(end));
  const errors = [...report.errors, ...report.environments.flatMap((each) => each.errors)];
  expect(claimed.length, `changes that are claimed, ${where}`).toBeLessThanOrEqual(done.length);
  if (isRight) return;
  const outcomes = report.environments.map(({ outcome }) => outcome);
  const fine = outcomes.filter((outcome) => outcome === "in-sync" || outcome === "reconciled");
  const all = fine.length === outcomes.length && report.errors.length === 0;
  expect(all, `everything is fine, says a run that left something, ${where}`).toBe(false);
  // What is held says itself what it waits for, unless it is held only because of the fault.
  const isHeld = Object.values(ready.outcomes).includes("held") && outcomes.includes("held");
  const reasons = errors.length + (isHeld ? 1 : 0);
  expect(reasons, `errors of a run that left something, ${where}`).toBeGreaterThan(0);
}
