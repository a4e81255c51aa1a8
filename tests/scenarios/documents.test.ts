import {
  CreateRoleCommand,
  DeleteRoleCommand,
  DetachRolePolicyCommand,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { describe, expect, test, vi } from "vitest";
import {
  guide,
  guideAs,
  guideFor,
  guideWith,
  organization,
  policyName,
  roleName,
  shopMain,
  shopMainAndDev,
} from "./documents.ts";
import { expectIdle, type Run, type Scenario, startScenario } from "./harness.ts";

const kindsOf = ({ report }: Run) => report.alerts.map(({ kind }) => kind);
const everything = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
});
const anybody = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole" }],
});

async function applied(document = guide): Promise<Scenario> {
  const account = await startScenario();
  await account.put(document);
  await account.run();
  return account;
}

async function loosen({ iam }: Scenario, RoleName = roleName): Promise<void> {
  await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: anybody }));
}

describe("a document that is not valid", () => {
  const broken: readonly (readonly [string, string])[] = [
    ["is not YAML", "circleci: ["],
    ["is a list", "- production"],
    [
      "gives a member twice",
      `circleci: {organizationId: ${organization}}\ncirclei: {}\ncirclei: {}`,
    ],
    ["has an unknown member", JSON.stringify({ ...guide, owner: "me" })],
    [
      "has an id that is not a UUID",
      JSON.stringify(guideWith({ circleci: { organizationId: "acme" } })),
    ],
    ["names nobody", JSON.stringify(guideWith({ trust: { projects: [] } }))],
  ];

  test.each(broken)("because it %s leaves the version before in force", async (_, text) => {
    const account = await applied();
    await account.put(text);
    await loosen(account);
    const run = await account.run();
    expect(run.environment).toMatchObject({ outcome: "invalid", version: 2, appliedVersion: 1 });
    expect(run.environment.errors[0]?.message).toContain(
      "/oidc-reconciler/environments/production",
    );
    expect(run.environment.conditions.SpecValid).toMatchObject({ status: false });
    expect(run.iamWrites).toEqual(["UpdateAssumeRolePolicy"]);
    expect(kindsOf(run).toSorted()).toEqual(["spec-invalid", "trust-widened"]);
  });

  test("is reported once while it stays, and once when it is mended", async () => {
    const account = await applied();
    await account.put("circleci: [");
    expect(kindsOf(await account.run())).toEqual(["spec-invalid"]);
    const again = await account.run();
    expect(kindsOf(again)).toEqual([]);
    expect(again.parameterWrites).toEqual(["/heartbeat"]);
    await account.put(guide);
    const mended = await account.run();
    expect(kindsOf(mended)).toEqual(["spec-invalid"]);
    expect(mended.report.alerts[0]).toMatchObject({ severity: "info" });
    expect(mended.environment).toMatchObject({ outcome: "in-sync", appliedVersion: 3 });
    expectIdle(await account.run());
  });

  test("changes nothing where no version was ever applied", async () => {
    const account = await startScenario();
    await account.put("circleci: [");
    const run = await account.run();
    expect(run.environment).toMatchObject({ outcome: "invalid", appliedVersion: null });
    expect(run.iamWrites).toEqual([]);
    expect(kindsOf(run)).toEqual(["spec-invalid"]);
    expect(kindsOf(await account.run())).toEqual([]);
  });

  test("stops no other environment", async () => {
    const account = await startScenario();
    await account.put("circleci: [", "broken");
    await account.put(guide);
    const { report } = await account.run();
    expect(report.environments.map(({ name, outcome }) => [name, outcome])).toEqual([
      ["broken", "invalid"],
      ["production", "reconciled"],
    ]);
  });

  test("with a trust policy longer than IAM takes is refused before anything is written", async () => {
    const account = await applied();
    const refs = Array.from({ length: 80 }, (_, index) => `refs/heads/b${index}`);
    await account.put(guideFor({ ...shopMain, refs }));
    const run = await account.run();
    expect(run.environment).toMatchObject({ outcome: "invalid", appliedVersion: 1 });
    expect(run.environment.errors[0]?.message).toContain("8192");
    expect(run.iamWrites).toEqual([]);
  });

  test("below a name that is not ours is reported and ignored", async () => {
    const account = await applied();
    await account.put(guide, "team/production");
    const { report } = await account.run();
    expect(report.environments.map(({ name }) => name)).toEqual(["production"]);
    expect(report.errors).toEqual([
      { code: "BadEnvironmentName", message: expect.stringContaining("team/production") },
    ]);
  });
});

describe("observe", () => {
  const observing = guideWith({ mode: "observe" });

  test("reports what differs and writes nothing in IAM", async () => {
    const account = await applied(observing);
    const run = await account.run();
    expect(run.environment).toMatchObject({ outcome: "drifted", appliedVersion: null });
    expect(run.environment.changes.every(({ applied }) => !applied)).toBe(true);
    expect(run.iamWrites).toEqual([]);
    expect(await account.state()).toMatchObject({ roles: {}, policies: {}, providers: {} });
  });

  test("reports a widening and leaves it", async () => {
    const account = await applied();
    await account.put(observing);
    // A version that is only observed moves no baseline.
    expect((await account.run()).environment.appliedVersion).toBe(1);
    await loosen(account);
    const run = await account.run();
    expect(run.environment).toMatchObject({
      outcome: "drifted",
      widenings: [{ source: "drift", disposition: "observed", closedAt: null }],
    });
    expect(run.iamWrites).toEqual([]);
    expect(kindsOf(run)).toEqual(["trust-widened"]);
    expect(kindsOf(await account.run())).toEqual([]);
  });

  test("is overruled by force, once", async () => {
    const account = await applied();
    await account.put(observing);
    await account.run();
    await loosen(account);
    await account.run();
    const forced = await account.run({ force: true });
    expect(forced.iamWrites).toEqual(["UpdateAssumeRolePolicy"]);
    expect(forced.environment.outcome).toBe("reconciled");
    await loosen(account);
    expect((await account.run()).iamWrites).toEqual([]);
  });

  test("is read from a newer version than a held one only if that is not held itself", async () => {
    const account = await applied();
    await account.put(guideWith({ trust: { projects: [shopMainAndDev] }, mode: "suspend" }));
    await loosen(account);
    const run = await account.run();
    expect(run.environment.outcome).toBe("held");
    expect(run.iamWrites).toEqual(["UpdateAssumeRolePolicy"]);
  });
});

describe("suspend", () => {
  test("writes nothing in IAM, and enforcing again puts everything right", async () => {
    const account = await applied();
    await account.put(guideWith({ mode: "suspend" }));
    await account.run();
    await loosen(account);
    const run = await account.run();
    expect(run.environment).toMatchObject({ outcome: "suspended", appliedVersion: 1 });
    expect(run.iamWrites).toEqual([]);
    expect((await account.run({ force: true })).iamWrites).toEqual([]);
    await account.put(guide);
    const back = await account.run();
    expect(back.iamWrites).toEqual(["UpdateAssumeRolePolicy"]);
    expectIdle(await account.run());
  });
});

describe("a dry run", () => {
  test("of a first creation writes nothing at all, not even a heartbeat, and alerts nobody", async () => {
    const account = await startScenario();
    await account.put(guide);
    const run = await account.run({ dryRun: true });
    expect(run.report).toMatchObject({ dryRun: true, trigger: "manual", alerts: [] });
    expect(run.environment.outcome).toBe("drifted");
    expect(run.environment.changes.map(({ resource }) => resource)).toEqual([
      "oidc-provider",
      "policy",
      "role",
      "attachment",
    ]);
    expect(run.calls.filter(({ mutating }) => mutating)).toEqual([]);
    expect(await account.heartbeat()).toBeNull();
    expect(await account.status()).toBeNull();
  });

  test("of drift shows what would be done and leaves all as it is", async () => {
    const account = await applied();
    await loosen(account);
    const before = await account.state();
    const run = await account.run({ dryRun: true, force: true });
    expect(run.calls.filter(({ mutating }) => mutating)).toEqual([]);
    expect(run.environment).toMatchObject({ outcome: "drifted", version: 1 });
    expect(run.environment.widenings).toMatchObject([{ disposition: "observed" }]);
    expect(await account.state()).toEqual(before);
    expect(kindsOf(await account.run())).toEqual(["trust-widened"]);
  });

  test("of an approved widening leaves the label where it is", async () => {
    const account = await applied();
    await account.approve(await account.put(guideFor(shopMainAndDev)));
    const run = await account.run({ environments: ["production"], dryRun: true });
    expect(run.calls.filter(({ mutating }) => mutating)).toEqual([]);
    expect((await account.run()).environment.appliedVersion).toBe(2);
  });

  test("of a removed parameter removes nothing", async () => {
    const account = await applied(guideWith({ onRemove: "delete" }));
    await account.remove();
    const run = await account.run({ dryRun: true });
    expect(run.calls.filter(({ mutating }) => mutating)).toEqual([]);
    expect(run.environment.outcome).toBe("orphaned");
    expect(Object.keys((await account.state()).roles)).toEqual([roleName]);
  });
});

describe("a run by hand", () => {
  test("looks at the named environments alone", async () => {
    const account = await startScenario();
    await account.put(guide);
    await account.put(guideAs("staging"), "staging");
    const { report, parameterWrites } = await account.run({ environments: ["staging"] });
    expect(report.environments.map(({ name }) => name)).toEqual(["staging"]);
    // It says nothing of a loop that looks at all of them.
    expect(parameterWrites).not.toContain("/heartbeat");
    expect(Object.keys((await account.state()).roles)).toEqual(["CircleCI-staging-Role"]);
  });

  test("says which environments there are where it names one that is not", async () => {
    const account = await applied();
    const { report } = await account.run({ environments: ["stagin"] });
    expect(report.environments).toEqual([]);
    expect(report.errors).toEqual([
      { code: "EnvironmentNotFound", message: expect.stringContaining("production") },
    ]);
  });

  test.each([[{ dryrun: true }], [{ environments: "production" }], [{ dryRun: "yes" }], [[]], [7]])(
    "with the payload %j is refused with what is allowed, before any call",
    async (payload) => {
      const account = await startScenario();
      const invocation = await account.invoke(payload);
      expect(invocation.kind).toBe("threw");
      expect(invocation.run.calls).toEqual([]);
    },
  );
});

test("what a correction removes is kept whole in the report and in the log", async () => {
  const account = await applied();
  const inline = { RoleName: roleName, PolicyName: "debug", PolicyDocument: everything };
  await account.iam.send(new PutRolePolicyCommand(inline));
  await loosen(account);
  const run = await account.run();
  const lost = [{ name: "debug", document: JSON.parse(everything) }, JSON.parse(anybody)];
  const kept = run.environment.changes.map(({ before }) => before);
  expect(kept).toEqual(expect.arrayContaining(lost));
  const logged = JSON.stringify(run.log);
  for (const document of lost) expect(logged).toContain(JSON.stringify(document));
});

test("what a correction removes is in the log before it is overwritten", async () => {
  const account = await applied();
  const inline = { RoleName: roleName, PolicyName: "debug", PolicyDocument: everything };
  await account.iam.send(new PutRolePolicyCommand(inline));
  await loosen(account);
  const logged: string[] = [];
  const lost = new Map([
    ["DeleteRolePolicy", everything],
    ["UpdateAssumeRolePolicy", anybody],
  ]);
  account.sandbox.faults.add({
    when: ({ operation }) => {
      const document = lost.get(operation);
      const lines = JSON.stringify(vi.mocked(console.info).mock.calls);
      if (document !== undefined && lines.includes(JSON.stringify(document).slice(1, -1)))
        logged.push(operation);
      return false;
    },
    at: "before",
    how: "connection-reset",
  });
  await account.run();
  expect(logged.toSorted()).toEqual([...lost.keys()]);
});

test("a role that somebody deleted and re-created is ours again, and what was opened with it is closed", async () => {
  const account = await applied();
  const policy = `arn:aws:iam::123456789012:policy/${policyName}`;
  const { iam } = account;
  await iam.send(new DetachRolePolicyCommand({ RoleName: roleName, PolicyArn: policy }));
  await iam.send(new DeleteRoleCommand({ RoleName: roleName }));
  const before = { RoleName: roleName, AssumeRolePolicyDocument: anybody };
  await iam.send(new CreateRoleCommand(before));
  const run = await account.run();
  expect(run.environment).toMatchObject({ outcome: "reconciled", errors: [] });
  expect(run.iamWrites[0]).toBe("UpdateAssumeRolePolicy");
  expect(run.iamWrites.toSorted()).toEqual([
    "AttachRolePolicy",
    "TagRole",
    "UpdateAssumeRolePolicy",
    "UpdateRole",
  ]);
  expect(kindsOf(run)).toContain("trust-widened");
  expectIdle(await account.run());
});
