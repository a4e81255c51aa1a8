import { CreatePolicyVersionCommand } from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import { isOwn } from "../invariants/telling.ts";
import { allow, setTrust } from "./by-hand.ts";
import { guide, guideWith, organization, policyName, shopMainAndDev } from "./documents.ts";
import { expectIdle, type Run, type Scenario, startScenario } from "./harness.ts";
import { everybody, kindsOf } from "./holds.ts";

/*
 * What a version opens is reported as soon as it is in force, whatever else of that version IAM refuses, and
 * however it came into force.
 */

const lets = { onWiden: "apply" } as const;
const longer = { maxSessionSeconds: 7200 } as const;

async function inForce(): Promise<Scenario> {
  const account = await startScenario();
  await account.put(guideWith(lets));
  await account.run();
  return account;
}

function refuse({ sandbox }: Scenario, operation: string): void {
  sandbox.faults.add({
    at: "before",
    how: { error: "AccessDenied", httpStatus: 403 },
    when: (call) => isOwn(call) && call.operation === operation,
  });
}

const applied = (run: Run) => kindsOf(run).filter((kind) => kind.endsWith("-widening-applied"));

describe("where somebody had opened more by hand, so that its write only closes,", () => {
  test("a ref is reported though IAM refuses longer sessions", async () => {
    const account = await inForce();
    await setTrust(account, () => everybody);
    await account.put(guideWith({ ...lets, trust: { projects: [shopMainAndDev] }, role: longer }));
    refuse(account, "UpdateRole");
    const run = await account.run();
    expect(kindsOf(run)).toContain("trust-widened");
    expect(applied(run)).toEqual(["trust-widening-applied"]);
    expect(applied(await account.run())).toEqual([]);
    account.sandbox.faults.clear();
    expect(applied(await account.run())).toEqual(["permissions-widening-applied"]);
    expectIdle(await account.run());
  });

  test("a target is reported though IAM refuses a ref", async () => {
    const account = await inForce();
    const PolicyArn = `arn:aws:iam::123456789012:policy/${policyName}`;
    const PolicyDocument = allow(["ecr:*", "apprunner:*", "amplify:*"], "*");
    const version = { PolicyArn, PolicyDocument, SetAsDefault: true };
    await account.iam.send(new CreatePolicyVersionCommand(version));
    const deploy = { ...guide.deploy, amplify: ["demo-frontend"] };
    await account.put(guideWith({ ...lets, trust: { projects: [shopMainAndDev] }, deploy }));
    refuse(account, "UpdateAssumeRolePolicy");
    const run = await account.run();
    expect(kindsOf(run)).toContain("permissions-widened");
    expect(applied(run)).toEqual(["permissions-widening-applied"]);
    account.sandbox.faults.clear();
    expect(applied(await account.run())).toEqual(["trust-widening-applied"]);
    expectIdle(await account.run());
  });
});

test("an audience is reported once it is added, though IAM refuses the trust policy that asks for it", async () => {
  const account = await inForce();
  const circleci = { organizationId: organization, audiences: ["deploy"] };
  await account.put(guideWith({ ...lets, circleci }));
  refuse(account, "UpdateAssumeRolePolicy");
  const run = await account.run();
  expect(run.iamWrites).toContain("AddClientIDToOpenIDConnectProvider");
  expect(applied(run)).toEqual(["trust-widening-applied"]);
  expect(applied(await account.run())).toEqual([]);
  account.sandbox.faults.clear();
  expect(applied(await account.run())).toEqual([]);
  expectIdle(await account.run());
});
