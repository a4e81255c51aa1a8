import {
  AttachRolePolicyCommand,
  CreatePolicyCommand,
  ListAttachedRolePoliciesCommand,
  ListRolePoliciesCommand,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { expect, onTestFinished, test } from "vitest";
import { openGround } from "../model/ground.ts";
import { openInSync, setTrust } from "./by-hand.ts";
import { guide, guideWith, roleName } from "./documents.ts";
import { type Scenario, startScenario } from "./harness.ts";
import { alertedOf, kindsOf, textOf } from "./holds.ts";

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

const guardrail = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Deny", Action: "s3:*", Resource: "*" }],
};

/** A role that trusts nobody and that only an inline policy of somebody's is on. */
function roleWithGuardrail({ sandbox }: Scenario, name: string): void {
  const nobody = { Effect: "Deny", Principal: { AWS: "*" }, Action: "sts:AssumeRole" };
  const trust = { Version: "2012-10-17", Statement: [nobody] };
  sandbox.createRole({ name, trust, policies: { guardrail } });
}

test.each([
  ["by a first document", guide, roleName],
  ["by a rename", guideWith({ role: { name: "CircleCI-Other" } }), "CircleCI-Other"],
])(
  "a role that is taken over %s with a policy that only denies is reported by that very run",
  async (how, document, name) => {
    const account = await startScenario();
    if (how === "by a rename") {
      await account.put(guide);
      await account.run();
    }
    roleWithGuardrail(account, name);
    await account.approve(await account.put(document));
    let first = await account.run();
    if (first.environment.outcome === "held") {
      await account.approve(first.environment.version ?? 0);
      first = await account.run();
    }
    expect(first.environment.outcome).toBe("degraded");
    expect(first.environment.conditions).toMatchObject({ InSync: { reason: "SessionsRevoked" } });
    expect(alertedOf(first)).toContainEqual(["sessions-revoked", "critical"]);
    expect(textOf(first, "sessions-revoked")).toContain(
      "It refuses what it names in every session",
    );
    const policies = await account.iam.send(new ListRolePoliciesCommand({ RoleName: name }));
    expect(policies.PolicyNames).toEqual(["guardrail"]);

    const second = await account.run();
    expect(second.environment.outcome).toBe("degraded");
    expect(second.environment.conditions).toMatchObject({
      InSync: first.environment.conditions?.InSync,
    });
    expect([second.iamWrites, kindsOf(second)]).toEqual([[], []]);
  },
);

test.each(["observe", "suspend"] as const)(
  "a role that is only watched in mode %s is not: nobody takes it over",
  async (mode) => {
    const account = await startScenario();
    roleWithGuardrail(account, roleName);
    await account.put(guideWith({ mode }));
    for (const run of [await account.run(), await account.run()]) {
      expect(kindsOf(run)).not.toContain("sessions-revoked");
      expect(run.environment.conditions).not.toMatchObject({
        InSync: { reason: "SessionsRevoked" },
      });
    }
  },
);

test("a policy that denies something else under the same name stays twelve hours of its own", async () => {
  const ground = await openGround();
  await ground.seed();
  await ground.put(JSON.stringify(guide));
  await ground.run();
  const hour = 3_600_000;
  const write = (Action: string) => {
    const Statement = [{ Effect: "Deny", Action, Resource: "*" }];
    const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement });
    return ground.iam.send(
      new PutRolePolicyCommand({ RoleName, PolicyName: "freeze", PolicyDocument }),
    );
  };
  await write("s3:*");
  await ground.run();
  ground.wait(11 * hour);
  await write("*");
  const renewed = await ground.run();
  expect(alertedOf(renewed)).toEqual([["sessions-revoked", "critical"]]);
  expect(textOf(renewed, "sessions-revoked")).toContain("freeze until 2026-11-23T09:00");
  ground.wait(11 * hour);
  expect((await ground.run()).iamWrites).toEqual([]);
  ground.wait(hour);
  expect((await ground.run()).iamWrites).toEqual(["DeleteRolePolicy"]);
});
