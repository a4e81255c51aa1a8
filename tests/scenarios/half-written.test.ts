import { CreatePolicyVersionCommand } from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import { policyArn, setTrust } from "./by-hand.ts";
import { guide, guideWith, roleName, shopMain, shopMainAndDev } from "./documents.ts";
import { expectIdle, startScenario } from "./harness.ts";
import { appliedIn as applied, kindsOf, refuse } from "./holds.ts";

/*
 * A version that has begun closes at once what it closes, though IAM refuses another part of it for good. What it has
 * closed is nobody's any more: put back by hand, it is an attack.
 */

const lets = { onWiden: "apply" } as const;
const longer = { maxSessionSeconds: 7200 } as const;
const more = { ...guide.deploy, amplify: ["demo-frontend"] };

/** A version that gives up a ref and a target comes into force but for its longer sessions, which IAM refuses. */
async function halfWritten() {
  const account = await startScenario();
  await account.put(guideWith({ ...lets, trust: { projects: [shopMainAndDev] }, deploy: more }));
  await account.run();
  const { roles, policies } = account.sandbox.directory();
  const trust = roles.get(roleName.toLowerCase())?.trust ?? "";
  const policy = policies.get(policyArn)?.versions[0]?.document ?? "";
  await account.put(guideWith({ ...lets, trust: { projects: [shopMain] }, role: longer }));
  refuse(account, "UpdateRole");
  const run = await account.run();
  expect(run.environment.appliedVersion).toBe(1);
  const putBack = {
    trust: () => setTrust(account, () => JSON.parse(trust)),
    permissions: () =>
      account.iam.send(
        new CreatePolicyVersionCommand({
          PolicyArn: policyArn,
          PolicyDocument: policy,
          SetAsDefault: true,
        }),
      ),
  };
  return { account, putBack };
}

describe.each([
  ["trust", "trust-widened"],
  ["permissions", "permissions-widened"],
] as const)("the %s that a version has closed of which IAM refuses another part", (half, alert) => {
  test("is an attack when it comes back, each time", async () => {
    const { account, putBack } = await halfWritten();
    for (const round of ["first", "second"]) {
      await putBack[half]();
      const run = await account.run();
      expect([round, kindsOf(run)]).toEqual([round, [alert]]);
      const drift = run.environment.widenings.filter(({ source }) => source === "drift");
      expect(drift).toMatchObject([{ disposition: "reverted" }]);
    }
    account.sandbox.faults.clear();
    await account.run();
    expectIdle(await account.run());
  });

  test("is an attack when it comes back under the next version, too", async () => {
    const { account, putBack } = await halfWritten();
    const next = { trust: { projects: [shopMain] }, role: { maxSessionSeconds: 5400 } } as const;
    await account.put(guideWith({ ...lets, ...next }));
    await account.run();
    await putBack[half]();
    expect(kindsOf(await account.run())).toEqual([alert]);
  });

  test("is an attack when it comes back once the document is gone", async () => {
    const { account, putBack } = await halfWritten();
    await account.remove();
    await account.run();
    await putBack[half]();
    expect(kindsOf(await account.run())).toContain(alert);
  });
});

test("what the next version opens again is reported though its first write fails", async () => {
  const { account } = await halfWritten();
  const next = { trust: { projects: [shopMainAndDev] }, deploy: more, role: longer } as const;
  await account.put(guideWith({ ...lets, ...next }));
  for (const operation of ["UpdateAssumeRolePolicy", "CreatePolicyVersion"]) {
    refuse(account, operation);
  }
  expect(applied(await account.run())).toEqual([]);
  account.sandbox.faults.clear();
  expect(applied(await account.run())).toEqual([
    "trust-widening-applied",
    "permissions-widening-applied",
  ]);
  expectIdle(await account.run());
});

test("nobody is alerted of what a version has not closed yet", async () => {
  const account = await startScenario();
  await account.put(guideWith({ ...lets, trust: { projects: [shopMainAndDev] }, deploy: more }));
  await account.run();
  await account.put(guideWith({ ...lets, trust: { projects: [shopMain] } }));
  refuse(account, "UpdateAssumeRolePolicy");
  const said: string[] = [];
  for (let run = 0; run < 2; run += 1) said.push(...kindsOf(await account.run()));
  account.sandbox.faults.clear();
  said.push(...kindsOf(await account.run()));
  // IAM's refusal, and its end.
  expect(said).toEqual(["reconcile-failed", "reconcile-failed"]);
  expectIdle(await account.run());
});
