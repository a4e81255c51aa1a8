import { CreateRepositoryCommand } from "@aws-sdk/client-ecr";
import { CreateExpressGatewayServiceCommand } from "@aws-sdk/client-ecs";
import {
  DeleteOpenIDConnectProviderCommand,
  IAMClient,
  PutRolePolicyCommand,
  TagRoleCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import { clientOptions } from "../../sandbox/seed.ts";
import type { Report } from "../../shared/report/report.ts";
import { everything, providerArn } from "../scenarios/by-hand.ts";
import { guide, guideAs, guideWith, roleName } from "../scenarios/documents.ts";
import { type Scenario, startScenario } from "../scenarios/harness.ts";
import type { AccountState } from "../scenarios/state.ts";
import { anybody } from "./policies.ts";
import { runWith } from "./run-with.ts";
import { isOwn } from "./telling.ts";

const staging = "CircleCI-staging-Role";

/** The standard's limits, twenty times shorter. */
const limits = { callMs: 1_500, tryMs: 450, connectMs: 150 };

/** A run with short limits, which a test has the time to wait for. */
const shortRun = (account: Scenario): Promise<Report> =>
  runWith(account, { limits, targetsGraceMs: 100 });

async function withDoorsOpen(): Promise<Scenario> {
  const account = await startScenario({ overSocket: true });
  await account.put(guide);
  await account.put(guideAs("staging", { deploy: {} }), "staging");
  await account.run();
  await openBoth(account);
  return account;
}

/** By somebody's session: STS is asked whether it is our own. */
async function openBoth({ sandbox }: Scenario): Promise<void> {
  const policies = { all: JSON.parse(everything) };
  const arn = sandbox.createRole({ name: "Operations", policies });
  const credentials = await sandbox.credentialsOf(arn, "mo");
  const iam = new IAMClient({ ...clientOptions(sandbox), credentials });
  const PolicyDocument = anybody;
  await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: roleName, PolicyDocument }));
  const inline = { RoleName: staging, PolicyName: "debug", PolicyDocument: everything };
  await iam.send(new PutRolePolicyCommand(inline));
}

/** The same with a service of every kind, so that ECS is asked too. */
async function withEcs(): Promise<Scenario> {
  const account = await startScenario({ overSocket: true });
  await createService(account, "web");
  await account.put(guideWith({ deploy: { ...guide.deploy, ecsExpress: ["web"] } }));
  await account.put(guideAs("staging", { deploy: {} }), "staging");
  await account.run();
  await openBoth(account);
  return account;
}

async function createService({ ecs }: Scenario, serviceName: string): Promise<void> {
  const role = (name: string) => `arn:aws:iam::123456789012:role/${name}`;
  const roles = {
    executionRoleArn: role("exec"),
    taskRoleArn: role("task"),
    infrastructureRoleArn: role("infra"),
  };
  const primaryContainer = { image: "demo:1" };
  await ecs.send(
    new CreateExpressGatewayServiceCommand({ serviceName, ...roles, primaryContainer }),
  );
}

function silence(account: Scenario, service: string): void {
  const when = (call: { readonly service: string }) => call.service === service;
  account.sandbox.faults.add({ when, at: "before", how: "no-response" });
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
    { service: "ecs", outcomes: ["degraded", "reconciled"] },
    { service: "cloudtrail", outcomes: ["reconciled", "reconciled"] },
    { service: "sns", outcomes: ["reconciled", "reconciled"] },
    { service: "events", outcomes: ["reconciled", "reconciled"] },
    { service: "sts", outcomes: ["reconciled", "reconciled"] },
  ])("$service", { timeout: 60_000 }, async ({ service, outcomes }) => {
    const account = service === "ecs" ? await withEcs() : await withDoorsOpen();
    const granted = statementsOf(await account.state());
    silence(account, service);
    const first = account.sandbox.calls.length;
    const started = Date.now();
    const report = await shortRun(account);
    expect(Date.now() - started).toBeLessThan(5 * limits.callMs);
    expect(report.environments.map(({ outcome }) => outcome)).toEqual(outcomes);
    expect(await openDoors(account)).toEqual([]);
    expect(statementsOf(await account.state())).toEqual(granted);
    const calls = account.sandbox.calls.slice(first).filter(isOwn);
    const closed = calls.find(({ operation }) => operation === "UpdateAssumeRolePolicy");
    expect((closed?.at.getTime() ?? Number.NaN) - started).toBeLessThan(limits.callMs);
    expect(calls.some((call) => call.service === service)).toBe(true);
    const reported = report.alerts.map(({ kind, environment }) => `${environment} ${kind}`);
    expect(reported).toEqual(
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

/** The deploy policies, whole: what silence must not take away from them. */
function statementsOf({ policies }: AccountState): readonly unknown[] {
  return Object.values(policies).map(({ document }) => document);
}

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
  const account = await startScenario({ overSocket: true });
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

test("a tag that may not be taken off stops no opening, and is reported once", async () => {
  const account = await startScenario({ overSocket: true });
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

test("a registry that throttles everybody takes nothing away, however many repositories", async () => {
  const account = await startScenario({ overSocket: true });
  const repositories = Array.from({ length: 23 }, (_, nth) => `shop/part-${nth}`);
  for (const repositoryName of repositories) {
    await account.ecr.send(new CreateRepositoryCommand({ repositoryName }));
  }
  await account.put(guideWith({ deploy: { ecr: repositories } }));
  await account.run();
  const before = await account.state();
  expect(JSON.stringify(statementsOf(before))).toContain("repository/shop/part-22");
  account.sandbox.faults.add({
    when: ({ service }) => service === "ecr",
    at: "before",
    how: { error: "ThrottlingException", httpStatus: 400 },
  });
  const reported = [];
  for (let nth = 0; nth < 3; nth += 1) {
    const { report, iamWrites } = await account.run();
    expect(iamWrites).toEqual([]);
    expect(report.environments.map(({ outcome }) => outcome)).toEqual(["degraded"]);
    expect(report.environments.flatMap(({ widenings }) => widenings)).toEqual([]);
    reported.push(...report.alerts.map(({ kind, severity }) => [kind, severity]));
  }
  expect(reported).toEqual([["target-missing", "warning"]]);
  expect(await account.state()).toEqual(before);
  account.sandbox.faults.clear();
  expect((await account.run()).environment.outcome).toBe("in-sync");
  expect(await account.state()).toEqual(before);
});

test("a boundary that does not exist takes nothing from the pipeline, and is reported once", async () => {
  const account = await startScenario({ overSocket: true });
  const first = guideWith({ deploy: { ecr: ["demo-backend"] }, onWiden: "apply" });
  await account.put(first);
  await account.run();
  const before = await account.state();
  const permissionsBoundary = "arn:aws:iam::123456789012:policy/ci-boundry";
  const mistyped = { ...first, role: { name: roleName, permissionsBoundary } };
  await account.put({ ...mistyped, deploy: { ...guide.deploy } });
  const reported = [];
  for (let nth = 0; nth < 4; nth += 1) {
    const { environment, published } = await account.run();
    expect(environment.outcome).toBe("degraded");
    expect(environment.errors.map(({ message }) => message).join()).toContain("ci-boundry");
    reported.push(...published);
    const now = await account.state();
    expect(now.roles[roleName]?.attached).toEqual(before.roles[roleName]?.attached);
    expect(JSON.stringify(statementsOf(now))).toContain("repository/demo-backend");
  }
  expect(reported).toEqual(["reconcile-failed"]);
  await account.put(guideWith({ onWiden: "apply" }));
  expect((await account.run()).environment.outcome).toBe("reconciled");
  expect(JSON.stringify(statementsOf(await account.state()))).toContain("apprunner");
});

test("what is closed before a slow service answers is counted, whether or not the record was due", async () => {
  const account = await startScenario({ overSocket: true });
  // One more than the records that a run reads in turn.
  const names = Array.from({ length: 9 }, (_, index) => `e${index}`);
  for (const name of names) await account.put(guideAs(name), name);
  await account.invoke();
  const inline = { PolicyName: "debug", PolicyDocument: everything };
  for (const name of names)
    await account.iam.send(
      new PutRolePolicyCommand({ ...inline, RoleName: `CircleCI-${name}-Role` }),
    );
  const isSlow = ({ service }: { readonly service: string }) => service === "ecr";
  account.sandbox.faults.add({ when: isSlow, at: "before", how: { delayMs: 300 } });
  const { errors, alerts } = await runWith(account, { targetsGraceMs: 50 });
  expect(errors).toEqual([]);
  expect(alerts.map(({ kind }) => kind)).toEqual(names.map(() => "permissions-widened"));
});
