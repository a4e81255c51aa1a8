import { UpdateAssumeRolePolicyCommand } from "@aws-sdk/client-iam";
import { afterAll, beforeAll, expect, test } from "vitest";
import { settingsOf } from "../../functions/environment.ts";
import { makeClients } from "../../shared/edge/clients.ts";
import { run } from "../../shared/run.ts";
import { wakeOf } from "../../shared/wake/index.ts";
import { guideAs } from "../scenarios/documents.ts";
import { openScenario, type Scenario, schedule } from "../scenarios/harness.ts";
import { anybody } from "./policies.ts";
import { isOwn, toldBy } from "./telling.ts";

const count = 250;
/** CloudTrail's answers take 4 s in a bad hour, and 250 names would take 500 s two at a time. */
const lookUpMs = 400;

const names = Array.from({ length: count }, (_, index) => `e${String(index).padStart(3, "0")}`);

let account: Scenario;

/** A run whose waits for Parameter Store's pace take no time. */
async function quickRun(remainingMs: () => number = () => 600_000) {
  const first = account.sandbox.calls.length;
  const firstMessage = account.sandbox.messages.length;
  let asleep = 0;
  const time = {
    now: () => Date.now() + asleep,
    sleep: async (ms: number, signal?: AbortSignal) => {
      // A wait for a look-up is a real one; a wait for a turn to write passes at once.
      if (signal === undefined) asleep += ms;
      else await new Promise((resolve) => setTimeout(resolve, Math.min(ms, 3_000)));
    },
  };
  const report = await account.beside(async () => {
    const { installation, channels, prefix, region } = settingsOf(process.env);
    const wake = wakeOf(schedule, prefix, installation);
    if (wake.kind === "refused") throw new Error(wake.error.message);
    const ended = await run({
      clients: makeClients(region, {}, time),
      wake,
      installation,
      channels,
      runId: crypto.randomUUID(),
      clock: () => new Date(),
      functionArn: "arn:aws:lambda:us-east-1:123456789012:function:reconcile",
      remainingMs: () => remainingMs() - asleep,
      alive: new Set(),
      logRemoval: () => undefined,
    });
    return ended.report;
  });
  return {
    report,
    asleep,
    calls: account.sandbox.calls.slice(first).filter(isOwn),
    messages: account.sandbox.messages.slice(firstMessage),
  };
}

beforeAll(async () => {
  account = await openScenario();
  for (const name of names) await account.put(guideAs(name, { deploy: {} }), name);
  await quickRun(() => 6_000_000);
  await quickRun(() => 6_000_000);
}, 240_000);
afterAll(() => account.close());

test("a quiet run over all of them costs pages, not environments", async () => {
  const { report, calls } = await quickRun();
  expect(new Set(report.environments.map(({ outcome }) => outcome))).toEqual(new Set(["in-sync"]));
  // Documents and statuses by ten, the account by a thousand, and what every run costs.
  expect(calls.length).toBeLessThanOrEqual(2 * Math.ceil(count / 10) + 20);
});

test("so many doors are all shut, and told before CloudTrail has answered for them", async () => {
  for (const name of names) {
    const role = { RoleName: `CircleCI-${name}-Role`, PolicyDocument: anybody };
    await account.iam.send(new UpdateAssumeRolePolicyCommand(role));
  }
  account.sandbox.faults.add({
    when: ({ service }) => service === "cloudtrail",
    at: "before",
    how: { delayMs: lookUpMs },
  });
  const { report, calls, messages } = await quickRun();
  account.sandbox.faults.clear();
  const shut = calls.filter(({ operation }) => operation === "UpdateAssumeRolePolicy");
  expect(shut.length).toBe(count);
  const told = toldBy(messages).filter((line) => line.endsWith(" trust-widened"));
  expect(told.toSorted()).toEqual(names.map((name) => `${name} trust-widened`));
  expect(messages.length).toBeLessThan(10);
  const published = calls.find(({ operation }) => operation === "Publish");
  const waited = (published?.at.getTime() ?? Number.NaN) - (shut.at(-1)?.at.getTime() ?? 0);
  expect(waited).toBeLessThan(3_000 + 2_000);
  expect(report.errors.filter(({ code }) => code.includes("EMFILE"))).toEqual([]);
  const next = await quickRun();
  expect(next.messages).toEqual([]);
}, 120_000);

test("what the time does not write, the next run writes, and says nothing again", async () => {
  for (const name of names) await account.put(guideAs(name, { deploy: {}, mode: "observe" }), name);
  const first = await quickRun(() => 90_000);
  expect(first.report.errors.map(({ code }) => code)).toContain("TimeUp");
  // No more than two a second, beside the first ten.
  const writes = first.calls.filter(({ service, mutating }) => service === "ssm" && mutating);
  expect(writes.length).toBeLessThanOrEqual(10 + Math.ceil((2 * first.asleep) / 1000) + 2);
  for (let nth = 0; nth < 8; nth += 1) {
    const { report } = await quickRun(() => 600_000);
    if (report.errors.length === 0) break;
  }
  const last = await quickRun();
  expect(last.messages).toEqual([]);
  expect(last.report.errors).toEqual([]);
}, 120_000);
