import { UpdateAssumeRolePolicyCommand } from "@aws-sdk/client-iam";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { emptyMemory } from "../../shared/loop/memory.ts";
import { guide, roleName, textOf } from "../scenarios/documents.ts";
import { openScenario, type Scenario } from "../scenarios/harness.ts";
import { type Ground, openGround } from "./ground.ts";

const anybody = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole" }],
});
const open = new UpdateAssumeRolePolicyCommand({ RoleName: roleName, PolicyDocument: anybody });

describe("a run on the ground does what it does behind a socket", () => {
  let scenario: Scenario;
  let ground: Ground;
  const memory = emptyMemory();
  beforeAll(async () => {
    scenario = await openScenario({ overSocket: true });
    ground = await openGround();
    await ground.seed();
  });
  afterAll(() => scenario.close());

  const steps = [
    {
      what: "a first document",
      given: () => Promise.all([scenario.put(guide), ground.put(textOf(guide))]),
    },
    { what: "everything right", given: async () => undefined },
    {
      what: "a trust policy that somebody opened",
      given: () => Promise.all([scenario.iam.send(open), ground.iam.send(open)]),
    },
    { what: "a removed document", given: () => Promise.all([scenario.remove(), ground.remove()]) },
  ];
  test.each(steps)("$what", async ({ given }) => {
    await given();
    const [behind, on] = [await scenario.run(), await ground.run(undefined, { memory })];
    expect(countsOf(on.calls)).toEqual(countsOf(behind.calls));
    expect(on.iamWrites).toEqual(behind.iamWrites);
    const alerted = on.report.alerts.map(({ kind, environment }) => `${kind} ${environment}`);
    expect(alerted).toEqual(
      behind.report.alerts.map(({ kind, environment }) => `${kind} ${environment}`),
    );
    expect(on.messages.map(({ subject }) => subject)).toHaveLength(behind.published.length);
    expect(on.report.environments.map(({ outcome }) => outcome)).toEqual(
      behind.report.environments.map(({ outcome }) => outcome),
    );
  });
});

function countsOf(calls: Ground["sandbox"]["calls"]): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const { service, operation } of calls) {
    const name = `${service}:${operation}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return Object.fromEntries([...counts].toSorted());
}

describe("on the ground", () => {
  test("the function may do what its execution role allows, and no more", async () => {
    const ground = await openGround();
    const policy = {
      Version: "2012-10-17",
      Statement: [
        { Effect: "Allow", Action: "*", Resource: "*" },
        { Effect: "Deny", Action: "iam:CreateRole", Resource: "*" },
      ],
    };
    await ground.put(textOf(guide));
    ground.sandbox.setServiceControlPolicies([JSON.stringify(policy)]);
    const { report, calls } = await ground.run();
    expect(calls.find(({ operation }) => operation === "CreateRole")).toMatchObject({
      caller: ground.caller,
      error: "AccessDenied",
    });
    expect(report.environments[0]?.outcome).toBe("degraded");
  });

  test("a call whose connection is lost is tried again", async () => {
    const ground = await openGround();
    await ground.put(textOf(guide));
    ground.sandbox.faults.add({
      at: "before",
      how: "connection-reset",
      times: 1,
      when: ({ operation }) => operation === "CreateRole",
    });
    const { iamWrites, report } = await ground.run();
    expect(iamWrites.filter((write) => write === "CreateRole")).toHaveLength(2);
    expect(report.errors).toEqual([]);
  });

  test("a run is stopped only by a stop at one of its own calls", async () => {
    const ground = await openGround();
    await ground.put(textOf(guide));
    await ground.run();
    const { calls } = await ground.run();
    const stoppedAt = async (call: number) =>
      (await ground.run(undefined, { stop: { call, answered: true } })).stopped;
    expect(await stoppedAt(calls.length)).toBe(false);
    expect(await stoppedAt(calls.length - 1)).toBe(true);
  });
});
