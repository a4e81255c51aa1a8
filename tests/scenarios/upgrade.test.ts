import {
  CreatePolicyVersionCommand,
  DetachRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import { everything, newVersion, policyArn, policyText, versions } from "./by-hand.ts";
import { guide, guideAs, guideFor, roleName, shopMainAndDev } from "./documents.ts";
import { expectIdle, type Scenario, startScenario } from "./harness.ts";
import {
  alertedOf,
  deleteBelow,
  everybody,
  expectHeld,
  kindsOf,
  recordOf,
  startApplied,
  textOf,
  unlabels,
  writeBelow,
} from "./holds.ts";

const homeTag = "oidc-reconciler:home";

/** Makes of an account what the release before left: its status, no record, tags without home. */
async function asBefore(
  account: Scenario,
  name = "production",
  changes: { readonly heldVersion?: number; readonly appliedDigest?: string } = {},
): Promise<void> {
  const status = await account.status(name);
  const record = await recordOf(account, name);
  const document = record?.applied?.document;
  if (status === null || record === null || document === undefined) throw new Error("not applied");
  const { appliedVersion, appliedDigest, conditions, outputs } = status;
  const former = {
    appliedVersion,
    appliedDigest,
    heldVersion: null,
    conditions,
    outputs,
    applied: {
      organizationId: document.circleci.organizationId,
      role: document.role.name,
      path: document.role.path,
      policy: document.policy.name,
      policyVersion: "v1",
      onRemove: document.onRemove,
      mode: document.mode,
      labelled: false,
      targets: targetsBefore(record.targets),
    },
    ...changes,
  };
  await deleteBelow(account, `applied/${name}`);
  await writeBelow(account, `status/${name}`, JSON.stringify(former));
  const { roles, policies, providers } = await account.state();
  const named = [
    ...Object.values(roles).map(({ arn, tags }) => ({ arn, tags })),
    ...Object.entries({ ...policies, ...providers }).map(([arn, { tags }]) => ({ arn, tags })),
  ];
  for (const { arn, tags } of named) {
    const { [homeTag]: _, ...others } = tags;
    account.sandbox.setTags(arn, others);
  }
}

/** The four kinds of targets that the release before knew. */
function targetsBefore(targets: object | null): unknown {
  if (targets === null) return null;
  const known = ["ecr", "appRunner", "ecsExpress", "amplify"];
  return Object.fromEntries(Object.entries(targets).filter(([kind]) => known.includes(kind)));
}

/** An account as the release before left it, in sync. */
async function startBefore(): Promise<Scenario> {
  const account = await startApplied();
  await asBefore(account);
  return account;
}

describe("an account that the release before kept", () => {
  test("in sync is taken over: home tags come silently, nothing is held, one digest says so", async () => {
    const account = await startApplied();
    await account.put(guideAs("staging"), "staging");
    await account.run();
    await asBefore(account);
    await asBefore(account, "staging");
    const run = await account.run();
    expect(run.report.environments.map(({ outcome }) => outcome)).toEqual([
      "reconciled",
      "reconciled",
    ]);
    expect(alertedOf(run)).toEqual([["adopted", "info"]]);
    expect(textOf(run, "adopted")).toContain("production, staging");
    expect(new Set(run.iamWrites)).toEqual(
      new Set(["TagRole", "TagPolicy", "TagOpenIDConnectProvider"]),
    );
    const { roles, policies, providers } = await account.state();
    for (const { tags } of Object.values({ ...roles, ...policies, ...providers })) {
      expect(tags[homeTag]).toBe("us-east-1");
    }
    expect((await recordOf(account))?.applied?.version).toBe(1);
    expectIdle(await account.run());
  });

  test("with a trust opened by hand is corrected, and that is reported beside the digest", async () => {
    const account = await startBefore();
    const PolicyDocument = JSON.stringify({
      ...everybody,
      Statement: [
        { ...everybody.Statement[0], Action: ["sts:AssumeRole", "sts:AssumeRoleWithWebIdentity"] },
      ],
    });
    await account.iam.send(
      new UpdateAssumeRolePolicyCommand({ RoleName: roleName, PolicyDocument }),
    );
    const run = await account.run();
    expect(run.iamWrites).toContain("UpdateAssumeRolePolicy");
    expect(kindsOf(run).toSorted()).toEqual(["adopted", "trust-widened"]);
    expectIdle(await account.run());
  });

  test.each([
    [
      "somebody narrowed",
      (account: Scenario) =>
        account.iam.send(new DetachRolePolicyCommand({ RoleName: roleName, PolicyArn: policyArn })),
    ],
    [
      "admits somebody else instead",
      (account: Scenario) =>
        account.iam.send(
          new UpdateAssumeRolePolicyCommand({
            RoleName: roleName,
            PolicyDocument: JSON.stringify(everybody),
          }),
        ),
    ],
  ])("with a role that %s is held: nothing bears its status out", async (_, change) => {
    const account = await startBefore();
    await change(account);
    const run = await account.run();
    expectHeld(run, 1, 1);
    expect(textOf(run, "trust-widening-held") + textOf(run, "permissions-widening-held")).toContain(
      "earlier release",
    );
    await account.approve(1);
    expect((await account.run()).environment).toMatchObject({ appliedVersion: 1 });
    expectIdle(await account.run());
  });

  test("whose status has another digest than the text is held where it would widen", async () => {
    const account = await startApplied();
    await account.put(guideFor(shopMainAndDev));
    await asBefore(account, "production", { appliedDigest: "0".repeat(64) });
    expectHeld(await account.run(), 2, 1);
  });

  test("goes on with a narrower edit", async () => {
    const account = await startApplied(guideFor(shopMainAndDev));
    await asBefore(account);
    await account.put(guide);
    const run = await account.run();
    expect(run.environment).toMatchObject({ outcome: "reconciled", appliedVersion: 2 });
    expectIdle(await account.run());
  });
});

describe("an edit that the release before held", () => {
  test("has no digest in its status and is announced once more", async () => {
    const account = await startApplied();
    await account.put(guideFor(shopMainAndDev));
    await asBefore(account, "production", { heldVersion: 2 });
    const run = await account.run();
    expect(run.environment).toMatchObject({ outcome: "held", version: 2, appliedVersion: 1 });
    expect(kindsOf(run).toSorted()).toEqual(["adopted", "trust-widening-held"]);
    expect(kindsOf(await account.run())).toEqual([]);
    await account.approve(2);
    expect((await account.run()).environment.appliedVersion).toBe(2);
    expectIdle(await account.run());
  });

  test("loses a label that it has already: nobody knows for which content", async () => {
    const account = await startApplied();
    await account.put(guideFor(shopMainAndDev));
    await asBefore(account, "production", { heldVersion: 2 });
    await account.approve(2);
    const run = await account.run();
    expect(run.environment).toMatchObject({ outcome: "held", appliedVersion: 1 });
    expect(unlabels(run)).toBe(true);
    expect(textOf(run, "trust-widening-held")).toContain("the label was removed");
    expect(textOf(run, "trust-widening-held")).not.toContain("not the content that was announced");
  });
});

describe("policy versions that the release before left", () => {
  test("older than the default go silently where they grant more", async () => {
    const account = await startApplied();
    const right = await policyText(account);
    await newVersion(account, everything);
    await newVersion(account, right);
    await asBefore(account);
    const run = await account.run();
    expect(run.iamWrites).toContain("DeletePolicyVersion");
    expect(await versions(account)).toEqual(["v3", "v1"]);
    expect(kindsOf(run)).toEqual(["adopted"]);
    expectIdle(await account.run());
  });

  test("newer than the default are told: somebody put them there", async () => {
    const account = await startApplied();
    await account.iam.send(
      new CreatePolicyVersionCommand({ PolicyArn: policyArn, PolicyDocument: everything }),
    );
    await asBefore(account);
    const run = await account.run();
    expect(await versions(account)).toEqual(["v1"]);
    expect(kindsOf(run).toSorted()).toEqual(["adopted", "drift-corrected"]);
    expectIdle(await account.run());
  });
});

test("an environment whose parameter is gone keeps what its status says of onRemove", async () => {
  const account = await startScenario();
  await account.put({ ...guide, onRemove: "delete" });
  await account.run();
  await asBefore(account);
  await account.remove();
  const run = await account.run();
  expect(run.environment.outcome).toBe("orphaned");
  expect(kindsOf(run)).toEqual(["orphaned"]);
});
