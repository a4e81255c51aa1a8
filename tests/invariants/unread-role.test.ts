import {
  AttachRolePolicyCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  DeleteRoleCommand,
  DetachRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import type { GroundRun } from "../model/ground.ts";
import { everything, policyArn } from "../scenarios/by-hand.ts";
import { guideAs, guideWith, policyName, roleName } from "../scenarios/documents.ts";
import { openSwept, type SweptAccount } from "../sweeps/account.ts";
import { starts } from "../sweeps/starts.ts";
import { anybody } from "./policies.ts";

/** A role that is to be taken over holds its policy, and one answer does not show the role. */

const quarter = 15 * 60_000;
const kindsOf = ({ report }: GroundRun) => report.alerts.map(({ kind }) => kind);
const outcomeOf = ({ report }: GroundRun) => report.environments[0]?.outcome;

/** The guide's role, policy and provider were made by hand; the document is approved. */
async function takingOver(): Promise<SweptAccount> {
  const start = starts.find((each) => each.start.startsWith("the guide's resources"));
  const account = await openSwept({ firstDocument: start?.first ?? "hold" });
  await start?.given(account);
  account.wait(quarter);
  return account;
}

function failOnce(account: SweptAccount, error: string, times = 1): void {
  account.sandbox.faults.add({
    at: "before",
    how: { error, httpStatus: 403 },
    times,
    when: ({ operation, caller }) => operation === "GetRole" && caller === account.caller,
  });
}

describe("a role to take over that one answer does not show", () => {
  test("makes no conflict of its own policy where it could not be read", async () => {
    const account = await takingOver();
    failOnce(account, "AccessDenied");
    const run = await account.run();
    expect([outcomeOf(run), kindsOf(run), run.iamWrites]).toEqual([
      "failed",
      ["reconcile-failed"],
      [],
    ]);
    account.wait(quarter);
    const next = await account.run();
    expect(outcomeOf(next)).toBe("reconciled");
    expect(kindsOf(next)).toEqual(["adopted", "reconcile-failed"]);
  });

  test("is asked for again where IAM says that it is not there", async () => {
    const account = await takingOver();
    failOnce(account, "NoSuchEntity");
    const run = await account.run();
    expect([outcomeOf(run), kindsOf(run)]).toEqual(["reconciled", ["adopted"]]);
  });

  test("is asked for again under the names of an edit, while another version is in force", async () => {
    const account = await openSwept({ firstDocument: "apply" });
    await account.put(guideAs("Former", { onWiden: "apply" }));
    await account.run();
    const role = { RoleName: roleName };
    await account.iam.send(new CreateRoleCommand({ ...role, AssumeRolePolicyDocument: anybody }));
    const made = { PolicyName: policyName, PolicyDocument: everything };
    await account.iam.send(new CreatePolicyCommand(made));
    await account.iam.send(new AttachRolePolicyCommand({ ...role, PolicyArn: policyArn }));
    await account.put(guideWith({ onWiden: "apply" }));
    account.wait(quarter);
    failOnce(account, "NoSuchEntity");
    const run = await account.run();
    expect(outcomeOf(run)).toBe("reconciled");
    expect(kindsOf(run)).not.toContain("conflict");
  });

  test("is a conflict where another identity does hold the policy, without a long wait", async () => {
    const account = await takingOver();
    const other = { RoleName: "somebody-else", AssumeRolePolicyDocument: anybody };
    await account.iam.send(new CreateRoleCommand(other));
    const held = { RoleName: "somebody-else", PolicyArn: policyArn };
    await account.iam.send(new AttachRolePolicyCommand(held));
    await account.iam.send(new DetachRolePolicyCommand({ ...held, RoleName: roleName }));
    await account.iam.send(new DeleteRoleCommand({ RoleName: roleName }));
    const from = account.sandbox.clock.now().getTime();
    const run = await account.run();
    expect([outcomeOf(run), kindsOf(run), run.iamWrites]).toEqual(["conflict", ["conflict"], []]);
    expect(run.report.alerts[0]?.text).toContain("attached to 1 other identity");
    expect(account.sandbox.clock.now().getTime() - from).toBeLessThan(5_000);
    account.wait(quarter);
    const again = await account.run();
    expect(kindsOf(again)).toEqual([]);
    const reads = again.calls.filter(
      ({ operation, caller }) => operation === "GetRole" && caller === account.caller,
    );
    expect(reads.length).toBeLessThanOrEqual(1);
  });
});

test("a new policy name waits while its role cannot be read", async () => {
  const account = await takingOver();
  await account.run();
  account.wait(quarter);
  await account.put(guideWith({ policy: { name: "CircleCI-Second-Policy" } }));
  failOnce(account, "AccessDenied", Number.POSITIVE_INFINITY);
  const run = await account.run();
  expect([outcomeOf(run), kindsOf(run), run.iamWrites]).toEqual([
    "failed",
    ["reconcile-failed"],
    [],
  ]);
  account.sandbox.faults.clear();
  account.wait(quarter);
  expect(outcomeOf(await account.run())).toBe("reconciled");
});
