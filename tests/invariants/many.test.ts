import { UpdateAssumeRolePolicyCommand } from "@aws-sdk/client-iam";
import { afterAll, beforeAll, expect, test } from "vitest";
import { guideAs } from "../scenarios/documents.ts";
import { openScenario, type Scenario } from "../scenarios/harness.ts";
import { anybody } from "./policies.ts";
import { runWith, swiftTime } from "./run-with.ts";
import { isOwn, reportedBy } from "./telling.ts";

const count = 150;
/**
 * CloudTrail's answers take 4 s in a bad hour, and 150 names would take 300 s two at a time. Twice
 * as long here, so that a slow machine is not a reason for the first to come before the last write.
 */
const lookUpMs = 8_000;

const names = Array.from({ length: count }, (_, index) => `e${String(index).padStart(3, "0")}`);

let account: Scenario;

/** A run whose waits for Parameter Store's pace take no time. */
async function quickRun(remainingMs: () => number = () => 600_000) {
  const first = account.sandbox.calls.length;
  const firstMessage = account.sandbox.messages.length;
  const time = swiftTime();
  const started = time.now();
  const report = await runWith(account, {
    time,
    remainingMs: () => remainingMs() - time.asleepMs(),
  });
  return {
    report,
    // The pace's clock: what the run does between two writes counts as waiting too.
    elapsedMs: time.now() - started,
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

test("so many doors are all shut, and reported before CloudTrail has answered for them", async () => {
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
  const reported = reportedBy(messages).filter((line) => line.endsWith(" trust-widened"));
  expect(reported.toSorted()).toEqual(names.map((name) => `${name} trust-widened`));
  expect(messages.length).toBeLessThan(10);
  const times = (operation: string) =>
    calls.filter((call) => call.operation === operation).map(({ at }) => at.getTime());
  const answered = Math.min(...times("LookupEvents")) + lookUpMs;
  expect(Math.max(...times("UpdateAssumeRolePolicy"))).toBeLessThan(answered);
  // They wait at most three seconds all together, here and not for each of them.
  const waited = Math.min(...times("Publish")) - Math.max(...times("UpdateAssumeRolePolicy"));
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
  expect(writes.length).toBeLessThanOrEqual(10 + Math.ceil((2 * first.elapsedMs) / 1000) + 2);
  for (let nth = 0; nth < 8; nth += 1) {
    const { report } = await quickRun(() => 600_000);
    if (report.errors.length === 0) break;
  }
  const last = await quickRun();
  expect(last.messages).toEqual([]);
  expect(last.report.errors).toEqual([]);
}, 120_000);
