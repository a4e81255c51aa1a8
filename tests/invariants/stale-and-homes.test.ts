import { describe, expect, test } from "vitest";
import {
  guide,
  guideAs,
  guideFor,
  guideWith,
  organization,
  roleName,
  shopMain,
  shopMainAndDev,
} from "../scenarios/documents.ts";
import { type Scenario, startScenario } from "../scenarios/harness.ts";
import { isOwn } from "./telling.ts";

/** The function's reads of a service are one write old from now on, so many times. */
function stale(account: Scenario, service: string, times: number): void {
  account.sandbox.faults.add({
    when: (call) => isOwn(call) && call.service === service,
    at: "before",
    how: "stale",
    times,
  });
}

async function settles(account: Scenario): Promise<void> {
  account.sandbox.faults.clear();
  for (let nth = 0; nth < 3; nth += 1) await account.run();
  const idle = await account.run();
  expect([...idle.iamWrites, ...idle.parameterWrites]).toEqual(["/heartbeat"]);
}

async function trustText(account: Scenario): Promise<string> {
  return JSON.stringify((await account.state()).roles[roleName]?.trust);
}

describe("reads that are one write old", () => {
  // As many as one look takes; what a second read agrees on is reported.
  test.each([1, 2, 3, 5, 7])(
    "of IAM, %i of them after a write of ours, alarm nobody",
    async (times) => {
      const account = await startScenario();
      await account.put(guideFor(shopMainAndDev));
      await account.run();
      await account.put(guideFor(shopMain));
      await account.run();
      stale(account, "iam", times);
      const run = await account.run();
      const critical = run.report.alerts.filter(({ severity }) => severity === "critical");
      expect(critical).toEqual([]);
      expect(await trustText(account)).not.toContain("refs/heads/dev");
      await settles(account);
    },
  );

  test.each([1, 2, 3, 5, 8, 13])(
    "of IAM, %i of them after a creation, take no name for another's",
    async (times) => {
      const account = await startScenario();
      await account.put(guide);
      await account.run();
      stale(account, "iam", times);
      const run = await account.run();
      const kinds = run.report.alerts.map(({ kind }) => kind);
      expect(kinds).not.toContain("conflict");
      await settles(account);
      expect(await trustText(account)).toContain("refs/heads/main");
    },
  );

  test.each([1, 2, 3, 5, 8])("of Parameter Store, %i of them, open nothing", async (times) => {
    const account = await startScenario();
    await account.put(guideFor(shopMain));
    await account.run();
    const version = await account.put(guideFor(shopMainAndDev));
    await account.run();
    await account.approve(version);
    await account.put(guideFor(shopMain));
    stale(account, "ssm", times);
    await account.run();
    expect(await trustText(account)).not.toContain("refs/heads/dev");
    await settles(account);
    expect(await trustText(account)).not.toContain("refs/heads/dev");
  });
});

describe("two homes in one account, with one prefix,", () => {
  /** The same function deployed in another Region, with parameters of its own. */
  async function twoHomes(elsewhere: { readonly name: string; readonly document: object }) {
    const account = await startScenario();
    await account.put(guideWith({ circleci: { organizationId: organization, audiences: ["a"] } }));
    await account.run();
    account.sandbox.createParameter({
      region: "eu-west-1",
      name: `/oidc-reconciler/environments/${elsewhere.name}`,
      value: JSON.stringify(elsewhere.document),
    });
    const there = async () => {
      // The stack's role is of its own Region; the other home's stack would bring one like it.
      const other = { ...account.sandbox.environment, AWS_REGION: "eu-west-1" };
      const variables = Object.entries({ ...other, AWS_SESSION_TOKEN: "" });
      for (const [name, value] of variables) account.variables.set(name, value);
      const run = await account.run();
      for (const [name] of variables) account.variables.delete(name);
      return run;
    };
    return { account, there };
  }

  test("with the same name: the second is in conflict, and neither undoes the other", async () => {
    const { account, there } = await twoHomes({ name: "production", document: guide });
    const second = await there();
    expect(second.environment.outcome).toBe("conflict");
    expect(second.iamWrites).toEqual([]);
    expect((await account.run()).iamWrites).toEqual([]);
    expect((await there()).iamWrites).toEqual([]);
  });

  test("with different names: the provider is the first one's, used as it is", async () => {
    const document = guideAs("eu", { deploy: { region: "us-east-1", ecr: ["demo-backend"] } });
    const { account, there } = await twoHomes({ name: "eu", document });
    const second = await there();
    expect(second.environment.outcome).toBe("reconciled");
    const first = await account.run();
    expect(first.iamWrites).toEqual([]);
    expect(first.report.alerts).toEqual([]);
    expect((await there()).iamWrites).toEqual([]);
  });
});
