import {
  DeleteOpenIDConnectProviderCommand,
  PutRolePolicyCommand,
  TagRoleCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import { settingsOf } from "../../functions/environment.ts";
import { makeClients } from "../../shared/edge/clients.ts";
import type { Report } from "../../shared/report/report.ts";
import { run } from "../../shared/run.ts";
import { wakeOf } from "../../shared/wake/index.ts";
import { everything, providerArn } from "../scenarios/by-hand.ts";
import { guide, guideAs, roleName } from "../scenarios/documents.ts";
import { type Scenario, schedule, startScenario } from "../scenarios/harness.ts";
import { anybody } from "./policies.ts";
import { isOwn } from "./telling.ts";

const staging = "CircleCI-staging-Role";

/** The standard's limits, ten times shorter. */
const limits = { callMs: 3_000, tryMs: 900, connectMs: 300 };

/** A run with short limits, which a test has the time to wait for. */
function shortRun(account: Scenario): Promise<Report> {
  return account.beside(async () => {
    const { installation, channels, prefix, region } = settingsOf(process.env);
    const wake = wakeOf(schedule, prefix, installation);
    if (wake.kind === "refused") throw new Error(wake.error.message);
    const { report } = await run({
      clients: makeClients(region, limits),
      wake,
      installation,
      channels,
      runId: "7c1e6a52-0000-4000-8000-00000000000a",
      clock: () => new Date(),
      functionArn: "arn:aws:lambda:us-east-1:123456789012:function:reconcile",
      remainingMs: () => 600_000,
      alive: new Set(),
      logRemoval: () => undefined,
      targetsGraceMs: 100,
    });
    return report;
  });
}

async function withDoorsOpen(): Promise<Scenario> {
  const account = await startScenario();
  await account.put(guide);
  await account.put(guideAs("staging", { deploy: {} }), "staging");
  await account.run();
  const { iam } = account;
  const PolicyDocument = anybody;
  await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: roleName, PolicyDocument }));
  const inline = { RoleName: staging, PolicyName: "debug", PolicyDocument: everything };
  await iam.send(new PutRolePolicyCommand(inline));
  return account;
}

function silence(account: Scenario, service: string): void {
  const when = (call: { readonly service: string }) => call.service === service;
  account.sandbox.faults.add({ when, at: "before", how: "silence" });
}

async function openDoors(account: Scenario): Promise<readonly string[]> {
  const { roles } = await account.state();
  return [
    ...(JSON.stringify(roles[roleName]?.trust).includes('"AWS":"*"') ? ["trust"] : []),
    ...Object.keys(roles[staging]?.inline ?? {}),
  ];
}

describe("while a service never answers, what closes is closed, and the run ends in time", () => {
  test.each([
    { service: "ecr", outcomes: ["degraded", "reconciled"] },
    { service: "apprunner", outcomes: ["degraded", "reconciled"] },
    { service: "amplify", outcomes: ["degraded", "reconciled"] },
    { service: "cloudtrail", outcomes: ["reconciled", "reconciled"] },
    { service: "sns", outcomes: ["reconciled", "reconciled"] },
    { service: "events", outcomes: ["reconciled", "reconciled"] },
    { service: "sts", outcomes: ["reconciled", "reconciled"] },
  ])("$service", { timeout: 60_000 }, async ({ service, outcomes }) => {
    const account = await withDoorsOpen();
    silence(account, service);
    const first = account.sandbox.calls.length;
    const started = Date.now();
    const report = await shortRun(account);
    expect(Date.now() - started).toBeLessThan(5 * limits.callMs);
    expect(report.environments.map(({ outcome }) => outcome)).toEqual(outcomes);
    expect(await openDoors(account)).toEqual([]);
    const calls = account.sandbox.calls.slice(first).filter(isOwn);
    const closed = calls.find(({ operation }) => operation === "UpdateAssumeRolePolicy");
    expect((closed?.at.getTime() ?? Number.NaN) - started).toBeLessThan(limits.callMs);
    const told = report.alerts.map(({ kind, environment }) => `${environment} ${kind}`);
    expect(told).toEqual(
      expect.arrayContaining(["production trust-widened", "staging permissions-widened"]),
    );
  });

  test.each([
    { service: "iam", outcomes: ["failed", "failed"], errors: [] },
    { service: "ssm", outcomes: [], errors: ["TimeoutError"] },
  ])(
    "but nothing can be decided without $service, and that is said",
    {
      timeout: 60_000,
    },
    async ({ service, outcomes, errors }) => {
      const account = await withDoorsOpen();
      silence(account, service);
      const started = Date.now();
      const report = await shortRun(account);
      expect(Date.now() - started).toBeLessThan(5 * limits.callMs);
      expect(report.environments.map(({ outcome }) => outcome)).toEqual(outcomes);
      expect(report.errors.map(({ code }) => code)).toEqual(errors);
      account.sandbox.faults.clear();
      await account.run();
      expect(await openDoors(account)).toEqual([]);
    },
  );
});

/** What an organisation's policy refuses everybody in the account. */
function refuse(account: Scenario, Action: string, Resource: string): void {
  account.sandbox.setServiceControlPolicies([
    JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        { Effect: "Allow", Action: "*", Resource: "*" },
        { Effect: "Deny", Action, Resource },
      ],
    }),
  ]);
}

test("one environment's refusal does not lock its organisation out", async () => {
  const account = await startScenario();
  await account.put(guide);
  await account.put(guideAs("staging"), "staging");
  await account.run();
  const Tags = [{ Key: "cost", Value: "42" }];
  await account.iam.send(new TagRoleCommand({ RoleName: staging, Tags }));
  await account.iam.send(
    new DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: providerArn }),
  );
  refuse(account, "iam:UntagRole", `arn:aws:iam::123456789012:role/${staging}`);
  const { report } = await account.run();
  expect(report.environments.map(({ outcome }) => outcome)).toEqual(["reconciled", "degraded"]);
  expect(Object.keys((await account.state()).providers)).toEqual([providerArn]);
});

test("a tag that may not be taken off stops no opening, and is told once", async () => {
  const account = await startScenario();
  await account.put(guide);
  await account.run();
  const Tags = [{ Key: "cost", Value: "42" }];
  await account.iam.send(new TagRoleCommand({ RoleName: roleName, Tags }));
  refuse(account, "iam:UntagRole", "*");
  await account.put({ ...guide, deploy: { ...guide.deploy, ecr: [] } });
  await account.run();
  const version = await account.put(guide);
  await account.run();
  await account.approve(version);
  const { report, published } = await account.run();
  expect(report.environments[0]?.appliedVersion).toBe(version);
  expect(published).not.toContain("reconcile-failed");
  expect(JSON.stringify((await account.state()).policies)).toContain("repository/demo-backend");
  expect((await account.run()).published).toEqual([]);
});
