import { UntagPolicyCommand, UntagRoleCommand } from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import { isOwn } from "../invariants/telling.ts";
import { setTrust } from "./by-hand.ts";
import { guide, guideWith, policyName, roleName } from "./documents.ts";
import { expectIdle, type Scenario, startScenario } from "./harness.ts";
import { everybody, kindsOf } from "./holds.ts";

const second = guideWith({
  role: { name: "CircleCI-Second-Role" },
  policy: { name: "CircleCI-Second-Policy" },
});
const policyArn = `arn:aws:iam::123456789012:policy/${policyName}`;

/** A rename has left a role and its policy. */
async function renamed(): Promise<Scenario> {
  const account = await startScenario();
  await account.put(guide);
  await account.run();
  await account.put(second);
  await account.run();
  expectIdle(await account.run());
  return account;
}

/** The next answer about what the rename left has no tags. */
function hideTags({ sandbox }: Scenario, operation: "GetRole" | "GetPolicy"): void {
  sandbox.faults.add({
    when: (call) =>
      isOwn(call) &&
      call.operation === operation &&
      [roleName, policyArn].includes(String(call.input["RoleName"] ?? call.input["PolicyArn"])),
    at: "after",
    times: 1,
    how: {
      garbled: (answer) => ({
        ...answer,
        body: answer.body.replace(/<Tags>.*<\/Tags>/s, "<Tags/>"),
      }),
    },
  });
}

describe("what a rename left and one answer shows without tags", () => {
  test.each(["GetRole", "GetPolicy"] as const)("is not released: %s", async (operation) => {
    const account = await renamed();
    hideTags(account, operation);
    const run = await account.run();
    expect([kindsOf(run), run.iamWrites]).toEqual([[], []]);
    expectIdle(await account.run());
    await setTrust(account, () => everybody);
    expect(kindsOf(await account.run())).toEqual(["trust-widened"]);
  });

  test("is released where a person took them off", async () => {
    const account = await renamed();
    const TagKeys = ["environment", "prefix", "home"].map((name) => `oidc-reconciler:${name}`);
    await account.iam.send(new UntagRoleCommand({ RoleName: roleName, TagKeys }));
    await account.iam.send(new UntagPolicyCommand({ PolicyArn: policyArn, TagKeys }));
    const run = await account.run();
    expect(run.report.alerts.map(({ title }) => title)).toEqual([
      expect.stringContaining(`role/${roleName}, policy/${policyName} released`),
    ]);
    expectIdle(await account.run());
  });
});
