import { UpdateAssumeRolePolicyCommand } from "@aws-sdk/client-iam";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import type { Fault } from "../../sandbox/index.ts";
import { say } from "../cli/shell.ts";
import { guideAs, guideWith, organization, roleName } from "./documents.ts";
import { expectIdle, type Run, type Scenario } from "./harness.ts";
import {
  everybody,
  kindsOf,
  oneWaits,
  outcomesOf,
  readBelow,
  startApplied,
  startReleased,
} from "./holds.ts";

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
    expect(outcomesOf(run)).toEqual([
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
    expect(outcomesOf(await account.run())).toContainEqual(["production", "reconciled"]);
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

const recorded: Fault = {
  when: ({ operation, input }) =>
    operation === "GetParametersByPath" && String(input["Path"]).endsWith("/applied"),
  at: "before",
  how: denied,
};

/** A run that looks at no environment says so, and writes no heartbeat. */
function expectNothingDone(run: Run): void {
  expect(outcomesOf(run)).toEqual([]);
  expect(run.report.errors).toHaveLength(1);
  expect([kindsOf(run), run.iamWrites, run.parameterWrites]).toEqual([[], [], []]);
}

describe("where no status can be read at all", () => {
  const refuse = ({ sandbox: { faults } }: Scenario) => {
    faults.add(listing);
    faults.add(byName);
  };

  test("nothing is reported again, however many runs there are, and nothing is written", async () => {
    const account = await oneWaits();
    await account.put(guideAs("old"), "renamed");
    await account.run();
    await account.put(guideAs("new"), "renamed");
    await account.run();
    refuse(account);
    for (let time = 0; time < 3; time += 1) expectNothingDone(await account.run());
    account.sandbox.faults.clear();
    const after = await account.run();
    expect([kindsOf(after), after.iamWrites, after.parameterWrites]).toEqual([
      [],
      [],
      ["/heartbeat"],
    ]);
  });

  test("a role that a person has released is not deleted", async () => {
    const account = await startReleased();
    refuse(account);
    expectNothingDone(await account.run());
    account.sandbox.faults.clear();
    await account.run();
    expect(Object.keys((await account.state()).roles)).toContain(roleName);
  });

  test("nor is anything decided where neither statuses nor records can be listed", async () => {
    const circleci = { organizationId: organization, audiences: ["deploy"] };
    const account = await startApplied(guideWith({ circleci }));
    await account.put(guideAs("staging"), "staging");
    await account.run();
    await account.remove();
    account.sandbox.faults.add(listing);
    account.sandbox.faults.add(recorded);
    // The audience of the document that is gone is nobody's crime.
    expectNothingDone(await account.run());
    account.sandbox.faults.clear();
    expect(kindsOf(await account.run())).toEqual(["orphaned"]);
  });
});
