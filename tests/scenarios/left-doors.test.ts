import {
  AttachRolePolicyCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  DeletePolicyCommand,
  DetachRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { expect, test } from "vitest";
import { everything, newVersion, policyArn, setTrust } from "./by-hand.ts";
import { guideWith, policyName, roleName } from "./documents.ts";
import { type Run, type Scenario, startScenario } from "./harness.ts";
import { everybody, kindsOf, refuse } from "./holds.ts";
import { stoppedAt } from "./stopped.ts";

/*
 * Of a role that was left, or whose removal has begun, nothing is in force any more. A door that somebody opens on it is
 * shut once its document is there again, and nothing else of it is touched.
 */

const retained = guideWith({ onRemove: "retain", onWiden: "hold" });
const removed = guideWith({ onRemove: "delete", onWiden: "hold" });

const addEverybody = (account: Scenario) =>
  setTrust(account, (trust) => ({
    ...trust,
    Statement: [...trust.Statement, ...everybody.Statement],
  }));

async function letEverybodyIn({ iam }: Scenario, RoleName = roleName): Promise<void> {
  const PolicyDocument = JSON.stringify(everybody);
  await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }));
}

/** The document goes, the run that removes what it made goes as far as it can, and one that does not parse comes. */
async function putSpoilt(account: Scenario): Promise<void> {
  account.variables.delete("OIDC_FIRST_DOCUMENT");
  await account.remove();
  await account.run();
  account.sandbox.faults.clear();
  await account.put("{{{");
  await account.run();
}

/** What a run wrote to IAM, what it alerted, and how what it found ended. */
const wholeOf = (run: Run) => [
  run.iamWrites,
  kindsOf(run),
  run.environment.widenings.map(({ disposition }) => disposition),
];

test("a door on the trust policy takes nothing off that a version before gave", async () => {
  const account = await startScenario();
  await account.put(retained);
  await account.run();
  await account.put({ ...retained, policy: { name: "CircleCI-Other-Policy" } });
  await stoppedAt(account, "before", ({ operation }) => operation === "DetachRolePolicy");
  await putSpoilt(account);
  const before = await account.state();
  await addEverybody(account);
  const run = await account.run();
  expect(wholeOf(run)).toEqual([["UpdateAssumeRolePolicy"], ["trust-widened"], ["reverted"]]);
  expect(await account.state()).toEqual(before);
});

test("a read that shows once more what was shut is asked again", async () => {
  const account = await startScenario();
  await account.put(removed);
  await account.run();
  refuse(account, "DeleteRole");
  await putSpoilt(account);
  await letEverybodyIn(account);
  expect(wholeOf(await account.run())[2]).toEqual(["reverted"]);
  const when = ({ operation }: { readonly operation: string }) => operation === "GetRole";
  account.sandbox.faults.add({ at: "before", how: "stale", times: 1, when });
  expect(wholeOf(await account.run())).toEqual([[], [], []]);
});

test("a door is shut on the role of each version that is known", async () => {
  const account = await startScenario();
  await account.put(removed);
  await account.run();
  await account.put({ ...removed, role: { name: "CircleCI-Other-Role" } });
  await stoppedAt(account, "before", ({ operation }) => operation === "AttachRolePolicy");
  refuse(account, "DeleteRole");
  await putSpoilt(account);
  for (const role of [roleName, "CircleCI-Other-Role"]) {
    await letEverybodyIn(account, role);
    const run = await account.run();
    expect(wholeOf(run)).toEqual([["UpdateAssumeRolePolicy"], ["trust-widened"], ["reverted"]]);
    expect(wholeOf(await account.run())).toEqual([[], [], []]);
  }
});

test.each(["our role alone", "another role too"])(
  "a policy of our old name that somebody made and attached to %s is reported and left as it is, and the door beside it shut",
  async (where) => {
    const account = await startScenario();
    const { iam } = account;
    await account.put(retained);
    await account.run();
    await account.remove();
    await account.run();
    await iam.send(new DetachRolePolicyCommand({ RoleName: roleName, PolicyArn: policyArn }));
    await iam.send(new DeletePolicyCommand({ PolicyArn: policyArn }));
    await account.run();
    await account.put("{{{");
    await account.run();
    await iam.send(new CreatePolicyCommand({ PolicyName: policyName, PolicyDocument: everything }));
    await iam.send(new AttachRolePolicyCommand({ RoleName: roleName, PolicyArn: policyArn }));
    if (where === "another role too") {
      const RoleName = "another";
      const AssumeRolePolicyDocument = JSON.stringify(everybody);
      await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
      await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: policyArn }));
    }
    await addEverybody(account);
    const { policies } = await account.state();
    const run = await account.run();
    expect(wholeOf(run)).toEqual([
      ["UpdateAssumeRolePolicy"],
      ["trust-widened", "permissions-widened"],
      ["reverted", "observed"],
    ]);
    // One role has both doors: it is not said of it that another one could do the same.
    expect(JSON.stringify(run.report.alerts)).not.toContain("could do the same");
    expect((await account.state()).policies).toEqual(policies);
    const again = await account.run();
    expect([again.iamWrites, kindsOf(again)]).toEqual([[], []]);
  },
);

test("what a rename takes off the old role is off, though the role cannot be deleted", async () => {
  const account = await startScenario();
  await account.put(removed);
  await account.run();
  const names = { role: { name: "CircleCI-New-Role" }, policy: { name: "CircleCI-New-Policy" } };
  await account.put({ ...removed, ...names });
  await newVersion(account, everything);
  refuse(account, "DeleteRole");
  const run = await account.run();
  const found = run.environment.widenings.filter(({ source }) => source === "drift");
  expect(found.map(({ disposition }) => disposition)).toEqual(["reverted"]);
  const again = await account.run();
  expect(again.environment.widenings).toEqual([]);
});
