import {
  AttachRolePolicyCommand,
  CreatePolicyCommand,
  ListAttachedRolePoliciesCommand,
  ListRolePoliciesCommand,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { expect, onTestFinished, test } from "vitest";
import { openInSync, setTrust } from "./by-hand.ts";
import { roleName } from "./documents.ts";
import type { Scenario } from "./harness.ts";

const RoleName = roleName;

/** What the console's "Revoke active sessions" writes. */
function revocation(at: Date): string {
  const DateLessThan = { "aws:TokenIssueTime": at.toISOString() };
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Deny", Action: "*", Resource: "*", Condition: { DateLessThan } }],
  });
}

async function inlineOf({ iam }: Scenario): Promise<readonly string[]> {
  return (await iam.send(new ListRolePoliciesCommand({ RoleName }))).PolicyNames ?? [];
}

async function inSync(): Promise<Scenario> {
  const account = await openInSync();
  onTestFinished(() => account.close());
  return account;
}

const open = (trust: object) => ({
  ...trust,
  Statement: [{ Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole" }],
});

test("who revokes sessions is not undone, and the door is shut all the same", async () => {
  const account = await inSync();
  await setTrust(account, open);
  const PolicyName = "AWSRevokeOlderSessions";
  const PolicyDocument = revocation(new Date());
  await account.iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument }));
  account.sandbox.faults.add({
    when: (call) => call.operation === "UpdateAssumeRolePolicy",
    at: "before",
    how: { error: "AccessDenied", httpStatus: 403 },
    times: 1,
  });
  expect((await account.run()).iamWrites).toEqual(["UpdateAssumeRolePolicy"]);
  expect(await inlineOf(account)).toEqual([PolicyName]);
  expect((await account.run()).iamWrites).toEqual(["UpdateAssumeRolePolicy"]);
  expect((await account.run()).iamWrites).toEqual([]);
  expect(await inlineOf(account)).toEqual([PolicyName]);
});

test("a revocation older than the longest session is taken off", async () => {
  const account = await inSync();
  const PolicyName = "AWSRevokeOlderSessions";
  const PolicyDocument = revocation(new Date("2020-01-01T00:00:00Z"));
  await account.iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument }));
  expect((await account.run()).iamWrites).toEqual(["DeleteRolePolicy"]);
});

test("a policy of somebody's that denies everything stays attached", async () => {
  const account = await inSync();
  const PolicyDocument = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Deny", Action: "*", Resource: "*" }],
  });
  const PolicyArn = "arn:aws:iam::123456789012:policy/Quarantine";
  await account.iam.send(new CreatePolicyCommand({ PolicyName: "Quarantine", PolicyDocument }));
  await account.iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
  expect((await account.run()).iamWrites).toEqual([]);
  const { AttachedPolicies } = await account.iam.send(
    new ListAttachedRolePoliciesCommand({ RoleName }),
  );
  expect(AttachedPolicies?.map((policy) => policy.PolicyArn)).toContain(PolicyArn);
});
