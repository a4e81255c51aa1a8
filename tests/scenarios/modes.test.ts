import {
  AddClientIDToOpenIDConnectProviderCommand,
  CreatePolicyCommand,
  DeleteRolePermissionsBoundaryCommand,
  TagRoleCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
} from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import { allow, boundaryArn, everything, newVersion, providerArn } from "./by-hand.ts";
import { guide, guideAs, guideWith, roleName, shopMainAndDev } from "./documents.ts";
import { expectIdle, type Scenario, startScenario } from "./harness.ts";
import {
  alertedOf,
  everybody,
  expectHeld,
  kindsOf,
  recordOf,
  startApplied,
  textOf,
} from "./holds.ts";

const passive = ["observe", "suspend"] as const;

async function openTrust({ iam }: Scenario, RoleName = roleName): Promise<void> {
  const PolicyDocument = JSON.stringify(everybody);
  await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }));
}

/** An applied environment whose document then says another mode, and a run has seen it. */
async function startIn(mode: "observe" | "suspend"): Promise<Scenario> {
  const account = await startApplied();
  await account.put(guideWith({ mode }));
  await account.run();
  return account;
}

/** An applied environment whose boundary takes away most of what its policy grants. */
async function startBounded(): Promise<Scenario> {
  const account = await startScenario();
  const PolicyDocument = allow("ecr:GetAuthorizationToken", "*");
  await account.iam.send(new CreatePolicyCommand({ PolicyName: "ci-boundary", PolicyDocument }));
  await account.put(guideWith({ role: { permissionsBoundary: boundaryArn } }));
  await account.run();
  return account;
}

describe("a change of mode", () => {
  test.each(passive)("to %s accuses nobody of what it would end itself", async (mode) => {
    const role = { name: roleName, maxSessionSeconds: 7_200 };
    const account = await startApplied(guideWith({ role }));
    await account.put(guideWith({ mode, role: { ...role, maxSessionSeconds: 3_600 } }));
    expect(alertedOf(await account.run()).map(([, severity]) => severity)).not.toContain(
      "critical",
    );
    expect(alertedOf(await account.run())).toEqual([]);
    // Longer than either says is somebody's doing.
    await account.iam.send(
      new UpdateRoleCommand({ RoleName: roleName, MaxSessionDuration: 43_200 }),
    );
    expect(alertedOf(await account.run())).toEqual([["drift-corrected", "critical"]]);
  });

  test.each(passive)("to %s and back is reported once each time", async (mode) => {
    const account = await startApplied();
    await account.put(guideWith({ mode }));
    const there = await account.run();
    expect(alertedOf(there)).toEqual([["mode-changed", "warning"]]);
    expect(textOf(there, "mode-changed")).toContain(`from enforce to ${mode}`);
    expect(there.iamWrites).toEqual([]);
    expect(kindsOf(await account.run())).toEqual([]);
    await account.put(guide);
    const back = await account.run();
    expect(kindsOf(back)).toEqual(["mode-changed"]);
    expect(textOf(back, "mode-changed")).toContain(`from ${mode} to enforce`);
    expect(back.environment).toMatchObject({ outcome: "in-sync", appliedVersion: 3 });
    expectIdle(await account.run());
  });

  test.each([
    ["observe", "Observed"],
    ["suspend", "Suspended"],
  ] as const)(
    "to %s makes nobody sure that jobs can deploy: Ready is false, %s",
    async (mode, reason) => {
      const account = await startIn(mode);
      const { conditions } = (await account.run()).environment;
      expect(conditions["Ready"]).toMatchObject({ status: false, reason });
      expect((await account.status())?.conditions["Ready"]).toMatchObject({
        status: false,
        reason,
      });
      const planned = (await account.run({ dryRun: true })).environment;
      expect(planned.conditions["Ready"]).toMatchObject({ status: false, reason });
    },
  );

  test.each(passive)("to %s moves no baseline and writes no name", async (mode) => {
    const account = await startApplied();
    await account.put(guideAs("Other", { mode }));
    const run = await account.run();
    expect(run.environment.appliedVersion).toBe(1);
    const record = await recordOf(account);
    expect(record?.applied?.version).toBe(1);
    expect(record?.names.roles).toEqual([roleName]);
  });

  test("in an edit that widens waits with the edit", async () => {
    const account = await startApplied();
    await account.put(guideWith({ mode: "suspend", trust: { projects: [shopMainAndDev] } }));
    const run = await account.run();
    expectHeld(run, 2, 1);
    await openTrust(account);
    expect((await account.run()).iamWrites).toEqual(["UpdateAssumeRolePolicy"]);
  });

  test("in an invalid edit counts for nothing", async () => {
    const account = await startApplied();
    await account.put(`mode: suspend\n${JSON.stringify(guide)}`);
    await account.run();
    await openTrust(account);
    expect((await account.run()).iamWrites).toEqual(["UpdateAssumeRolePolicy"]);
  });
});

describe.each(passive)("in mode %s", (mode) => {
  test("an opened trust is reported once, with the request, and left", async () => {
    const account = await startIn(mode);
    await openTrust(account);
    const run = await account.run();
    expect(alertedOf(run)).toEqual([["trust-widened", "critical"]]);
    expect(textOf(run, "trust-widened")).toContain(`the mode is ${mode}`);
    expect(run.environment.conditions["TrustAsIntended"]).toMatchObject({ status: false });
    expect(run.environment.widenings).toMatchObject([
      { source: "drift", disposition: "observed", resource: "trust-policy" },
    ]);
    expect(run.iamWrites).toEqual([]);
    const again = await account.run();
    expect(kindsOf(again)).toEqual([]);
    expect(again.parameterWrites).toEqual(["/heartbeat"]);
  });

  test("another request through the same door is reported again", async () => {
    const account = await startIn(mode);
    await openTrust(account);
    await account.run();
    const PolicyDocument = JSON.stringify({
      ...everybody,
      Statement: [
        { Effect: "Allow", Principal: { AWS: "999999999999" }, Action: "sts:AssumeRole" },
      ],
    });
    const other = { RoleName: roleName, PolicyDocument };
    await account.iam.send(new UpdateAssumeRolePolicyCommand(other));
    expect(kindsOf(await account.run())).toEqual(["trust-widened"]);
  });

  test("more permissions are reported once and left", async () => {
    const account = await startIn(mode);
    await newVersion(account, everything);
    const run = await account.run();
    expect(alertedOf(run)).toEqual([["permissions-widened", "critical"]]);
    expect(run.iamWrites).toEqual([]);
    expect(kindsOf(await account.run())).toEqual([]);
  });

  test("an audience that somebody adds to the provider is reported once and left", async () => {
    const account = await startIn(mode);
    const added = { OpenIDConnectProviderArn: providerArn, ClientID: "sts.amazonaws.com" };
    await account.iam.send(new AddClientIDToOpenIDConnectProviderCommand(added));
    const run = await account.run();
    expect(alertedOf(run)).toEqual([["audience-widened", "critical"]]);
    expect(run.iamWrites).toEqual([]);
    expect(kindsOf(await account.run())).toEqual([]);
  });

  test("drift that opens nothing is reported once and left", async () => {
    const account = await startIn(mode);
    const Tags = [{ Key: "cost", Value: "42" }];
    await account.iam.send(new TagRoleCommand({ RoleName: roleName, Tags }));
    const run = await account.run();
    expect(alertedOf(run)).toEqual([["drift-corrected", "info"]]);
    expect(textOf(run, "drift-corrected")).toContain("Nothing was changed");
    expect(run.iamWrites).toEqual([]);
    expect(kindsOf(await account.run())).toEqual([]);
  });

  test("a boundary that somebody took off is reported as more permissions", async () => {
    const account = await startBounded();
    await account.put(guideWith({ role: { permissionsBoundary: boundaryArn }, mode }));
    await account.run();
    await account.iam.send(new DeleteRolePermissionsBoundaryCommand({ RoleName: roleName }));
    const run = await account.run();
    expect(alertedOf(run)).toEqual([["permissions-widened", "critical"]]);
    expect(run.iamWrites).toEqual([]);
    expect(kindsOf(await account.run())).toEqual([]);
  });
});

test("a boundary that somebody took off is put back, and that is critical", async () => {
  const account = await startBounded();
  await account.iam.send(new DeleteRolePermissionsBoundaryCommand({ RoleName: roleName }));
  const run = await account.run();
  expect(run.iamWrites).toEqual(["PutRolePermissionsBoundary"]);
  expect(alertedOf(run)).toEqual([["permissions-widened", "critical"]]);
  expectIdle(await account.run());
});

describe.each(passive)("a rename in mode %s", (mode) => {
  test("leaves no second door that nobody mentions", async () => {
    const account = await startApplied();
    const renamed = guideAs("New", { mode });
    await account.put(renamed);
    await account.run();
    // The role in force is the old one as long as the new one was not made.
    await openTrust(account);
    const watched = await account.run();
    expect(kindsOf(watched)).toContain("trust-widened");
    await account.put(guideAs("New"));
    const run = await account.run();
    // The old role is still open.
    expect(run.environment).toMatchObject({ outcome: "degraded", appliedVersion: 3 });
    expect(textOf(run, "orphaned")).toContain(roleName);
    expect(Object.keys((await account.state()).roles)).toEqual(["CircleCI-New-Role", roleName]);
    expect(kindsOf(await account.run())).toEqual([]);
  });
});

describe("a role made by hand, watched first", () => {
  async function startWatching(): Promise<Scenario> {
    const account = await startScenario();
    const [statement] = everybody.Statement;
    const Action = ["sts:AssumeRole", "sts:AssumeRoleWithWebIdentity"];
    account.sandbox.createRole({
      name: roleName,
      trust: { ...everybody, Statement: [{ ...statement, Action }] },
      policies: { all: JSON.parse(everything) },
    });
    await account.put(guideWith({ mode: "observe" }));
    return account;
  }

  test("is reported once, as what it is: wider than the document, and nobody's drift", async () => {
    const account = await startWatching();
    const run = await account.run();
    expect(run.environment).toMatchObject({ outcome: "drifted", appliedVersion: null });
    expect(alertedOf(run)).toEqual([["adopted", "warning"]]);
    expect(textOf(run, "adopted")).toContain("Enforcing it would end what the role allows today");
    expect(textOf(run, "adopted")).toContain("could assume");
    const again = await account.run();
    expect([kindsOf(again), again.iamWrites]).toEqual([[], []]);
  });

  test("is adopted by the edit to enforce without an alarm", async () => {
    const account = await startWatching();
    await account.run();
    await account.put(guide);
    const run = await account.run();
    expect(run.environment).toMatchObject({ outcome: "reconciled", appliedVersion: 2 });
    expect(alertedOf(run)).toEqual([["adopted", "info"]]);
    expectIdle(await account.run());
  });
});
