import { UpdateAssumeRolePolicyCommand } from "@aws-sdk/client-iam";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import type { Fault } from "../../sandbox/index.ts";
import { say } from "../cli/shell.ts";
import { guideAs, guideFor, guideWith, shopMainAndDev } from "./documents.ts";
import { expectIdle, type Run, type Scenario } from "./harness.ts";
import { everybody, kindsOf, readBelow, startApplied, unlabels } from "./holds.ts";

const wider = guideFor(shopMainAndDev);
const denied = { error: "AccessDeniedException", httpStatus: 400 } as const;

const listing: Fault = {
  when: ({ operation, input }) =>
    operation === "GetParametersByPath" && String(input["Path"]).endsWith("/status"),
  at: "before",
  how: denied,
};

const byName: Fault = {
  when: ({ operation, input }) =>
    operation === "GetParameters" && JSON.stringify(input["Names"] ?? "").includes("/status/"),
  at: "before",
  how: denied,
};

const outcomes = ({ report }: Run) =>
  report.environments.map(({ name, outcome }) => [name, outcome]);

/** `production` waits for a person, `staging` is in sync. */
async function oneWaits(): Promise<Scenario> {
  const account = await startApplied();
  await account.put(guideAs("staging"), "staging");
  await account.run();
  await account.put(wider);
  await account.run();
  return account;
}

async function open({ iam }: Scenario, RoleName: string): Promise<void> {
  const PolicyDocument = JSON.stringify(everybody);
  await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }));
}

describe("where the statuses cannot be listed", () => {
  test("they are read by their names, and each environment is as it would be", async () => {
    const account = await oneWaits();
    account.sandbox.faults.add(listing);
    await open(account, "CircleCI-staging-Role");
    const run = await account.run();
    expect(outcomes(run)).toEqual([
      ["production", "held"],
      ["staging", "reconciled"],
    ]);
    // The hold was announced before, and its status says so.
    expect(kindsOf(run)).toEqual(["trust-widened"]);
    expect(run.report.errors.map(({ message }) => message)).toEqual([
      expect.stringContaining("ssm:GetParametersByPath of"),
    ]);
    const again = await account.run();
    expect([kindsOf(again), again.iamWrites, again.parameterWrites]).toEqual([
      [],
      [],
      ["/heartbeat"],
    ]);
    await account.approve(2);
    expect(outcomes(await account.run())).toContainEqual(["production", "reconciled"]);
    account.sandbox.faults.clear();
    expectIdle(await account.run());
  });

  test("a document that was deleted is found by its record", async () => {
    const account = await startApplied(guideWith({ onRemove: "delete" }));
    await account.remove();
    account.sandbox.faults.add(listing);
    const run = await account.run();
    expect(kindsOf(run)).toEqual(["orphaned"]);
    expect((await account.state()).roles).toEqual({});
    expect(await readBelow(account, "applied/production")).toBeNull();
  });
});

test("a page is not made of what no status was read of", async () => {
  const account = await oneWaits();
  account.sandbox.faults.add(listing);
  for (const [name, value] of Object.entries(account.sandbox.environment)) vi.stubEnv(name, value);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  const said = await say(["report", "--out", "page.html"], { environment: process.env });
  expect(said.code).toBe(1);
  expect(said.err).toContain("AWS denies it");
});

describe("where no status can be read at all", () => {
  const refuse = ({ sandbox: { faults } }: Scenario) => {
    faults.add(listing);
    faults.add(byName);
  };

  test("the records decide: what is open is closed, and nothing more is let in", async () => {
    const account = await oneWaits();
    await account.approve(2);
    refuse(account);
    await open(account, "CircleCI-staging-Role");
    const run = await account.run();
    expect(outcomes(run)).toEqual([
      ["production", "held"],
      ["staging", "reconciled"],
    ]);
    expect(kindsOf(run)).toContain("trust-widened");
    expect(run.iamWrites).toEqual(["UpdateAssumeRolePolicy"]);
    expect(run.report.errors).toHaveLength(2);
    // The label stays, and counts once the status can be read.
    expect(unlabels(run)).toBe(false);
    account.sandbox.faults.clear();
    expect(outcomes(await account.run())).toEqual([
      ["production", "reconciled"],
      ["staging", "in-sync"],
    ]);
    expectIdle(await account.run());
  });

  test("an environment without a record is not taken for a first one", async () => {
    const account = await startApplied();
    refuse(account);
    await account.put(guideAs("staging"), "staging");
    const run = await account.run();
    expect(outcomes(run)).toEqual([
      ["production", "in-sync"],
      // Where the setting applies first documents: whether it is one, only its status would say.
      ["staging", "failed"],
    ]);
    expect(run.iamWrites).toEqual([]);
    account.sandbox.faults.clear();
    expect(outcomes(await account.run())).toContainEqual(["staging", "reconciled"]);
    expectIdle(await account.run());
  });
});
