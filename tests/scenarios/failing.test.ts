import {
  CreatePolicyCommand,
  DeleteOpenIDConnectProviderCommand,
  DeletePolicyCommand,
  DetachRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import type { Fault } from "../../sandbox/index.ts";
import {
  blog,
  guide,
  guideAs,
  guideFor,
  guideWith,
  organization,
  policyName,
  roleName,
  shopMainAndDev,
} from "./documents.ts";
import { expectIdle, type Run, type Scenario, startScenario } from "./harness.ts";

const anybody = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole" }],
});
const listing = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "s3:ListAllMyBuckets", Resource: "*" }],
});
const kindsOf = ({ report }: Run) => report.alerts.map(({ kind }) => kind);

async function applied(): Promise<Scenario> {
  const account = await startScenario();
  await account.put(guide);
  await account.run();
  return account;
}

function refusing(operation: string): Fault {
  return {
    when: (call) => call.operation === operation,
    at: "before",
    how: { error: "AccessDenied", httpStatus: 403 },
  };
}

describe("a fault that stays is reported once, and once when it is over", () => {
  test("where a widening cannot be reverted", async () => {
    const account = await applied();
    const loose = { RoleName: roleName, PolicyDocument: anybody };
    await account.iam.send(new UpdateAssumeRolePolicyCommand(loose));
    account.sandbox.faults.add(refusing("UpdateAssumeRolePolicy"));
    const first = await account.run();
    expect(first.environment).toMatchObject({
      outcome: "degraded",
      widenings: [{ disposition: "observed", closedAt: null }],
    });
    expect(kindsOf(first)).toEqual(["trust-widened", "reconcile-failed"]);
    const again = await account.run();
    // The journal is before each try: a correction that works must not go unreported.
    const writes = ["/journal", "/journal", "/heartbeat"];
    expect([kindsOf(again), again.parameterWrites]).toEqual([[], writes]);
    account.sandbox.faults.clear();
    const mended = await account.run();
    expect(mended.report.alerts.map(({ kind, severity }) => [kind, severity])).toEqual([
      ["trust-widened", "critical"],
      ["reconcile-failed", "info"],
    ]);
    expectIdle(await account.run());
  });

  test("where the role cannot be read, whatever words AWS finds for it", async () => {
    const account = await applied();
    // A process that left all in sync asks once before it knows the documents, and once after.
    account.sandbox.faults.add({ ...refusing("GetRole"), times: 2 });
    const first = await account.run();
    expect(first.environment).toMatchObject({ outcome: "failed", appliedVersion: 1 });
    expect(kindsOf(first)).toEqual(["reconcile-failed"]);
    account.sandbox.faults.add(refusing("ListRolePolicies"));
    expect(kindsOf(await account.run())).toEqual([]);
    account.sandbox.faults.clear();
    expect(kindsOf(await account.run())).toEqual(["reconcile-failed"]);
    expectIdle(await account.run());
  });

  test("where the boundary that is asked for does not exist", async () => {
    const account = await startScenario();
    const permissionsBoundary = "arn:aws:iam::123456789012:policy/ci-boundary";
    await account.put(guideWith({ role: { name: roleName, permissionsBoundary } }));
    const first = await account.run();
    expect(first.environment).toMatchObject({ outcome: "degraded", appliedVersion: null });
    expect(first.environment.errors[0]?.message).toContain("ci-boundary");
    expect(kindsOf(first)).toEqual(["reconcile-failed"]);
    expect(kindsOf(await account.run())).toEqual([]);
    const PolicyDocument = anybody
      .replace('"Principal":{"AWS":"*"},', "")
      .replace("}]", ',"Resource":"*"}]');
    await account.iam.send(new CreatePolicyCommand({ PolicyName: "ci-boundary", PolicyDocument }));
    expect((await account.run()).environment).toMatchObject({ outcome: "reconciled" });
    expectIdle(await account.run());
  });
});

describe("an approved widening that cannot be brought into force at once", () => {
  test("is reported as applied when it is, and not before", async () => {
    const account = await applied();
    await account.approve(await account.put(guideFor(shopMainAndDev)));
    account.sandbox.faults.add(refusing("UpdateAssumeRolePolicy"));
    const first = await account.run();
    expect(first.environment).toMatchObject({ outcome: "degraded", appliedVersion: 1 });
    expect(first.environment.widenings).toMatchObject([{ disposition: "observed" }]);
    expect(kindsOf(first)).toEqual(["reconcile-failed"]);
    account.sandbox.faults.clear();
    const next = await account.run();
    expect(next.environment).toMatchObject({ outcome: "reconciled", appliedVersion: 2 });
    expect(kindsOf(next)).toEqual(["trust-widening-applied", "reconcile-failed"]);
    expectIdle(await account.run());
  });

  test("is reported once, though what comes after the trust policy takes another run", async () => {
    const account = await applied();
    const circleci = { organizationId: organization, audiences: ["deploy"] };
    await account.approve(await account.put(guideWith({ circleci })));
    account.sandbox.faults.add(refusing("AddClientIDToOpenIDConnectProvider"));
    const first = await account.run();
    // All that the version closes is written, so it is the measure from now on.
    expect(first.environment).toMatchObject({ outcome: "degraded", appliedVersion: 2 });
    expect(kindsOf(first)).toEqual(["trust-widening-applied", "reconcile-failed"]);
    account.sandbox.faults.clear();
    const next = await account.run();
    expect(next.iamWrites).toEqual(["AddClientIDToOpenIDConnectProvider"]);
    expect(kindsOf(next)).toEqual(["drift-corrected", "reconcile-failed"]);
    expectIdle(await account.run());
  });
});

test("two runs at once make everything once, and neither fails", async () => {
  const account = await startScenario();
  await account.put(guide);
  await account.put(guideAs("staging", { trust: { projects: [{ id: blog }] } }), "staging");
  for (const report of await account.runTogether(2)) {
    // Anyone who was overtaken says so, opens nothing more and leaves the record to the other.
    expect(report.errors.filter(({ code }) => code !== "Overtaken")).toEqual([]);
    expect(report.environments.map(({ outcome }) => outcome)).not.toContain("failed");
  }
  await account.run();
  expectIdle(await account.run());
  expect(Object.keys((await account.state()).roles)).toEqual([roleName, "CircleCI-staging-Role"]);
});

test("two runs at once that find the same drift correct it, and neither fails", async () => {
  const account = await applied();
  const loose = { RoleName: roleName, PolicyDocument: anybody };
  await account.iam.send(new UpdateAssumeRolePolicyCommand(loose));
  for (const report of await account.runTogether(3)) {
    expect(report.environments[0]?.outcome).toMatch(/reconciled|in-sync/);
  }
  expectIdle(await account.run());
});

test("a policy's name that is taken leaves the role watched and corrected, and the alert says so", async () => {
  const account = await applied();
  const [arn = ""] = Object.keys((await account.state()).policies);
  await account.iam.send(new DetachRolePolicyCommand({ RoleName: roleName, PolicyArn: arn }));
  await account.iam.send(new DeletePolicyCommand({ PolicyArn: arn }));
  const inLowerCase = { PolicyName: policyName.toLowerCase(), PolicyDocument: listing };
  await account.iam.send(new CreatePolicyCommand(inLowerCase));
  const loose = { RoleName: roleName, PolicyDocument: anybody };
  await account.iam.send(new UpdateAssumeRolePolicyCommand(loose));
  const run = await account.run();
  expect(run.iamWrites).toContain("UpdateAssumeRolePolicy");
  expect(run.environment).toMatchObject({ outcome: "conflict" });
  expect(run.environment.conditions.TrustAsIntended).toMatchObject({ status: true });
  const alert = run.report.alerts.find(({ kind }) => kind === "conflict");
  expect(alert?.title).not.toContain("someone else");
  expect(alert?.text).not.toContain("not reverted");
  expect(alert?.text).toContain("what widens the role is reverted");
  // Another look would show the same, so the run does not try twice, and neither does any other.
  for (const each of [run, await account.run(), await account.run()]) {
    expect(each.iamWrites.filter((call) => call === "CreatePolicy")).toEqual(["CreatePolicy"]);
    const journals = each.parameterWrites.filter((name) => name === "/journal");
    expect(journals).toEqual(["/journal", "/journal"]);
    expect(each.environment.conditions.InSync.reason).toBe(
      run.environment.conditions.InSync.reason,
    );
    if (each !== run) expect([kindsOf(each), each.environment.outcome]).toEqual([[], "conflict"]);
  }
  const [taken = ""] = Object.keys((await account.state()).policies);
  await account.iam.send(new DeletePolicyCommand({ PolicyArn: taken }));
  expect((await account.run()).environment.outcome).toBe("reconciled");
  expectIdle(await account.run());
});

test("a name that is taken in one environment keeps another from no second look", async () => {
  const account = await applied();
  const [arn = ""] = Object.keys((await account.state()).policies);
  await account.put(guideAs("staging"), "staging");
  await account.run();
  await account.iam.send(new DetachRolePolicyCommand({ RoleName: roleName, PolicyArn: arn }));
  await account.iam.send(new DeletePolicyCommand({ PolicyArn: arn }));
  const inLowerCase = { PolicyName: policyName.toLowerCase(), PolicyDocument: listing };
  await account.iam.send(new CreatePolicyCommand(inLowerCase));
  // IAM does not show the other policy for a moment: that is worth another look.
  account.sandbox.faults.add({
    when: ({ operation, input }) =>
      operation === "AttachRolePolicy" && input["RoleName"] === "CircleCI-staging-Role",
    at: "before",
    how: { error: "NoSuchEntity", httpStatus: 404 },
    times: 1,
  });
  const other = arn.replace(policyName, "CircleCI-staging-Policy");
  await account.iam.send(
    new DetachRolePolicyCommand({ RoleName: "CircleCI-staging-Role", PolicyArn: other }),
  );
  const { report } = await account.run();
  expect(report.environments.map(({ outcome }) => outcome)).toEqual(["conflict", "reconciled"]);
});

test("an environment whose only entry has ended stays as it is, with nobody let in", async () => {
  const account = await startScenario();
  await account.put(guideFor({ id: blog, until: "2020-01-01T00:00:00Z" }));
  expect((await account.run()).environment).toMatchObject({ outcome: "reconciled", errors: [] });
  expectIdle(await account.run());
});

describe("a provider that is gone", () => {
  const hidden = (RoleName: string): Fault => ({
    ...refusing("GetRole"),
    when: ({ operation, input }) => operation === "GetRole" && input["RoleName"] === RoleName,
  });

  test("is not re-created while a role that waits for it cannot be seen: it may be wide open", async () => {
    const account = await applied();
    await account.put(guideAs("staging"), "staging");
    await account.run();
    const [OpenIDConnectProviderArn] = Object.keys((await account.state()).providers);
    const gone = new DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn });
    await account.iam.send(gone);
    account.sandbox.faults.add(hidden("CircleCI-staging-Role"));
    const { report, iamWrites } = await account.run();
    expect(iamWrites).toEqual([]);
    expect(report.environments.map(({ outcome }) => outcome)).toEqual(["degraded", "failed"]);
    account.sandbox.faults.clear();
    expect((await account.run()).iamWrites).toEqual(["CreateOpenIDConnectProvider"]);
    expectIdle(await account.run());
  });

  test("is made for one environment though another, never applied, cannot be seen", async () => {
    const account = await startScenario();
    await account.put(guide);
    await account.put(guideAs("staging"), "staging");
    // Where first documents are held, roles are read by their names.
    account.variables.delete("OIDC_FIRST_DOCUMENT");
    await account.run();
    for (const name of ["production", "staging"]) await account.approve(1, name);
    account.sandbox.faults.add(hidden("CircleCI-staging-Role"));
    const { report } = await account.run();
    expect(report.environments.map(({ outcome }) => outcome)).toEqual(["reconciled", "failed"]);
    account.sandbox.faults.clear();
    await account.run();
    expectIdle(await account.run());
  });
});
