import {
  AttachRolePolicyCommand,
  CreatePolicyVersionCommand,
  UpdateRoleCommand,
} from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import { isOwn } from "../invariants/telling.ts";
import { allow, setTrust } from "./by-hand.ts";
import {
  guide,
  guideWith,
  organization,
  policyName,
  roleName,
  shopMainAndDev,
} from "./documents.ts";
import { expectIdle, type Scenario, startScenario } from "./harness.ts";
import { appliedIn as applied, everybody, kindsOf, refuse } from "./holds.ts";

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

const deploy = { ...guide.deploy, amplify: ["demo-frontend"] };

async function widenPolicy(
  { iam }: Scenario,
  actions: readonly string[] = ["ecr:*", "apprunner:*", "amplify:*"],
): Promise<void> {
  const PolicyArn = `arn:aws:iam::123456789012:policy/${policyName}`;
  const version = { PolicyArn, PolicyDocument: allow([...actions], "*"), SetAsDefault: true };
  await iam.send(new CreatePolicyVersionCommand(version));
}

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
    await widenPolicy(account);
    await account.put(guideWith({ ...lets, trust: { projects: [shopMainAndDev] }, deploy }));
    refuse(account, "UpdateAssumeRolePolicy");
    const run = await account.run();
    expect(kindsOf(run)).toContain("permissions-widened");
    expect(applied(run)).toEqual(["permissions-widening-applied"]);
    account.sandbox.faults.clear();
    expect(applied(await account.run())).toEqual(["trust-widening-applied"]);
    expectIdle(await account.run());
  });

  test("a target is reported though IAM refuses longer sessions", async () => {
    const account = await inForce();
    await widenPolicy(account);
    await account.put(guideWith({ ...lets, deploy, role: longer }));
    refuse(account, "UpdateRole");
    const run = await account.run();
    expect(applied(run)).toEqual(["permissions-widening-applied"]);
    const [alert] = run.report.alerts.filter(({ title }) => title.includes("version 2 widens"));
    expect(alert?.text).toContain("a part of it could not be written yet");
    expect(applied(await account.run())).toEqual([]);
    account.sandbox.faults.clear();
    expect(applied(await account.run())).toEqual([]);
    expectIdle(await account.run());
  });

  test("a target is reported that the closing part of a write leaves", async () => {
    const account = await inForce();
    await widenPolicy(account, ["apprunner:*", "amplify:*"]);
    const PolicyArn = "arn:aws:iam::aws:policy/AdministratorAccess";
    await account.iam.send(new AttachRolePolicyCommand({ RoleName: roleName, PolicyArn }));
    await account.put(guideWith({ ...lets, trust: { projects: [shopMainAndDev] }, deploy }));
    refuse(account, "DetachRolePolicy");
    const run = await account.run();
    expect(run.iamWrites).toContain("CreatePolicyVersion");
    expect(applied(run)).toEqual(["permissions-widening-applied"]);
    expect(applied(await account.run())).toEqual([]);
    account.sandbox.faults.clear();
    expect(applied(await account.run())).toEqual(["trust-widening-applied"]);
    expectIdle(await account.run());
  });

  test("longer sessions are reported though IAM refuses a target", async () => {
    const account = await inForce();
    const session = { RoleName: roleName, MaxSessionDuration: 43_200 };
    await account.iam.send(new UpdateRoleCommand(session));
    await account.put(guideWith({ ...lets, deploy, role: longer }));
    refuse(account, "CreatePolicyVersion");
    const run = await account.run();
    expect(run.iamWrites).toContain("UpdateRole");
    expect(applied(run)).toEqual(["permissions-widening-applied"]);
    expect(applied(await account.run())).toEqual([]);
    account.sandbox.faults.clear();
    expect(applied(await account.run())).toEqual([]);
    expectIdle(await account.run());
  });

  test("nothing is reported of a version that gives nothing more", async () => {
    const account = await inForce();
    await widenPolicy(account);
    await account.put(guideWith({ ...lets, deploy: { ecr: ["demo-backend"] }, role: longer }));
    refuse(account, "UpdateRole");
    const run = await account.run();
    expect(run.iamWrites).toContain("CreatePolicyVersion");
    expect(applied(run)).toEqual([]);
    account.sandbox.faults.clear();
    expect(applied(await account.run())).toEqual(["permissions-widening-applied"]);
    expectIdle(await account.run());
  });
});

test("a ref that somebody had let in by hand is reported though IAM refuses longer sessions", async () => {
  const account = await startScenario();
  await account.put(guideWith({ ...lets, trust: { projects: [shopMainAndDev] } }));
  await account.run();
  const wide = account.sandbox.directory().roles.get(roleName.toLowerCase())?.trust ?? "";
  await account.put(guideWith(lets));
  await account.run();
  await setTrust(account, () => JSON.parse(wide));
  await account.put(guideWith({ ...lets, trust: { projects: [shopMainAndDev] }, role: longer }));
  refuse(account, "UpdateRole");
  const run = await account.run();
  expect(applied(run)).toEqual(["trust-widening-applied"]);
  const [found] = run.environment.widenings;
  expect(found).toMatchObject({ disposition: "applied", openedAt: null });
  expect(applied(await account.run())).toEqual([]);
  account.sandbox.faults.clear();
  expect(applied(await account.run())).toEqual(["permissions-widening-applied"]);
  expectIdle(await account.run());
});

test("what a version gives is not said again by the next one, which gives nothing more", async () => {
  const account = await inForce();
  const ref = { trust: { projects: [shopMainAndDev] } } as const;
  await account.put(guideWith({ ...lets, ...ref, role: longer }));
  refuse(account, "UpdateRole");
  expect(applied(await account.run())).toEqual(["trust-widening-applied"]);
  await account.put(guideWith({ ...lets, ...ref, role: { ...longer, tags: { team: "shop" } } }));
  for (let run = 0; run < 3; run += 1) {
    expect(applied(await account.run())).not.toContain("trust-widening-applied");
  }
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

test("what a target has waited for that could not be read for one run is nobody's drift", async () => {
  const account = await inForce();
  account.sandbox.faults.add({
    at: "before",
    how: { error: "AccessDeniedException", httpStatus: 400 },
    when: (call) => isOwn(call) && call.operation === "ListApps",
  });
  await account.put(guideWith({ ...lets, deploy }));
  await account.run();
  account.sandbox.faults.clear();
  const run = await account.run();
  expect(run.iamWrites).toEqual(["CreatePolicyVersion"]);
  const drift = run.report.alerts.find(({ kind }) => kind === "drift-corrected");
  expect(drift?.title ?? "what an earlier run left").toContain("what an earlier run left");
  // From then on all is there.
  await widenPolicy(account);
  expect(kindsOf(await account.run())).toEqual(["permissions-widened"]);
});
