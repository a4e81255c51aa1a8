import { PutRolePolicyCommand, UpdateAssumeRolePolicyCommand } from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import type { RecordedCall } from "../../sandbox/index.ts";
import type { Report } from "../../shared/report/report.ts";
import { everything } from "../scenarios/by-hand.ts";
import { guide, guideAs, roleName } from "../scenarios/documents.ts";
import { type Scenario, startScenario } from "../scenarios/harness.ts";
import { anybody } from "./policies.ts";
import { runWith, swiftTime } from "./run-with.ts";

const administrator = "arn:aws:iam::123456789012:user/administrator";

/** The three seconds that alerts wait, made shorter than the answers of CloudTrail below. */
const patienceMs = 20;
const lookUpMs = 150;

/** Both doors are open: production's trust, staging's permissions. */
async function withDoorsOpen(): Promise<Scenario> {
  const account = await startScenario({ overSocket: true });
  await account.put(guide);
  await account.put(guideAs("staging", { deploy: {} }), "staging");
  await account.run();
  const { iam } = account;
  const role = { RoleName: roleName, PolicyDocument: anybody };
  await iam.send(new UpdateAssumeRolePolicyCommand(role));
  const inline = { RoleName: "CircleCI-staging-Role", PolicyName: "debug" };
  await iam.send(new PutRolePolicyCommand({ ...inline, PolicyDocument: everything }));
  return account;
}

function delay(account: Scenario, when: (call: RecordedCall) => boolean, delayMs: number): void {
  account.sandbox.faults.add({ when, at: "before", how: { delayMs } });
}

const isLookUp = ({ service }: RecordedCall) => service === "cloudtrail";
const isHeartbeat = ({ operation, input }: RecordedCall) =>
  operation === "PutParameter" && String(input["Name"]).endsWith("/heartbeat");

function actorsOf({ environments }: Report): readonly (string | null)[] {
  return environments.flatMap(({ widenings }) => widenings.map(({ actor }) => actor));
}

const kindOnBus = (account: Scenario, detailType: string) =>
  account.events.filter((event) => event["detail-type"] === detailType);

describe("who opened a door, known only after the alert was out", () => {
  test("goes to report and bus, one event for each door, and not out again", async () => {
    const account = await withDoorsOpen();
    delay(account, isLookUp, lookUpMs);
    // What is written after the alerts takes longer than the look-ups.
    delay(account, isHeartbeat, 5 * lookUpMs);
    const firstMessage = account.sandbox.messages.length;
    const alertsBefore = kindOnBus(account, "OIDC Reconciler Alert").length;
    const report = await runWith(account, { time: swiftTime(patienceMs) });
    const messages = account.sandbox.messages.slice(firstMessage);
    expect(messages.map(({ attributes }) => attributes.get("kind")?.value).toSorted()).toEqual([
      "permissions-widened",
      "trust-widened",
    ]);
    for (const { message } of messages) expect(message).not.toContain(administrator);
    expect(actorsOf(report)).toEqual([administrator, administrator]);
    const events = kindOnBus(account, "OIDC Reconciler Attribution");
    const reported = report.environments.flatMap(({ name, widenings }) =>
      widenings.map(({ resource, actor, openedAt }) => {
        const { runId } = report;
        return { environment: name, resource, actor, openedAt, runId, account: "123456789012" };
      }),
    );
    expect(reported.map(({ openedAt }) => Number.isNaN(Date.parse(openedAt ?? "")))).toEqual([
      false,
      false,
    ]);
    // Each door has one event, in whatever order environments were corrected.
    expect(events).toHaveLength(reported.length);
    expect(events.map(({ detail }) => detail)).toEqual(expect.arrayContaining(reported));
    expect(events.map(({ source }) => source)).toEqual(["oidc-reconciler", "oidc-reconciler"]);
    expect(kindOnBus(account, "OIDC Reconciler Alert")).toHaveLength(alertsBefore + 2);
    expect(report.errors).toEqual([]);
    account.sandbox.faults.clear();
    expect((await account.run()).published).toEqual([]);
    expect(kindOnBus(account, "OIDC Reconciler Attribution")).toHaveLength(2);
  });

  test("is an error of the run where the bus does not take it", async () => {
    const account = await withDoorsOpen();
    delay(account, isLookUp, lookUpMs);
    delay(account, isHeartbeat, 5 * lookUpMs);
    account.sandbox.faults.add({
      when: ({ operation, input }) =>
        operation === "PutEvents" && JSON.stringify(input).includes("Attribution"),
      at: "before",
      how: { error: "AccessDeniedException", httpStatus: 400 },
    });
    const report = await runWith(account, { time: swiftTime(patienceMs) });
    expect(actorsOf(report)).toEqual([administrator, administrator]);
    expect(report.errors).toMatchObject([{ message: expect.stringContaining("PutEvents") }]);
  });
});

test("who is known in time is in the alert, and is reported by no other event", async () => {
  const account = await withDoorsOpen();
  const run = await account.run();
  expect(actorsOf(run.report)).toEqual([administrator, administrator]);
  for (const { text } of run.report.alerts) expect(text).toContain(administrator);
  expect(kindOnBus(account, "OIDC Reconciler Attribution")).toEqual([]);
});

test("nobody waits for who is not known in the end", async () => {
  const account = await withDoorsOpen();
  account.sandbox.faults.add({ when: isLookUp, at: "before", how: "no-response" });
  const report = await runWith(account, { time: swiftTime(patienceMs) });
  expect(actorsOf(report)).toEqual([null, null]);
  expect(report.alerts).toHaveLength(2);
  expect(kindOnBus(account, "OIDC Reconciler Attribution")).toEqual([]);
});
