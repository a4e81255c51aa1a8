import { CreatePolicyCommand, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import type { RecordedCall } from "../../sandbox/index.ts";
import { allow, boundaryArn, providerArn } from "./by-hand.ts";
import { guideWith, otherOrganization, policyName, roleName } from "./documents.ts";
import { type Scenario, startScenario } from "./harness.ts";
import { kindsOf, readBelow, recordOf } from "./holds.ts";
import {
  asking,
  elsewhere,
  expectDone,
  production,
  staging,
  two,
} from "./two-of-one-organization.ts";

const isOf = ({ input }: RecordedCall, kind: string) =>
  JSON.stringify(input).includes(`/oidc-reconciler/${kind}`);
const operation = (name: string) => (call: RecordedCall) => call.operation === name;
const readingRecord = (name: string) => (call: RecordedCall) =>
  call.operation === "GetParameters" && isOf(call, `applied/${name}`);

/** One call is refused, or every one, and nothing else is the matter. */
function refuse(account: Scenario, when: (call: RecordedCall) => boolean, times?: number): void {
  const how = { error: "AccessDenied", httpStatus: 403 } as const;
  account.sandbox.faults.add({
    when,
    at: "before",
    how,
    ...(times === undefined ? {} : { times }),
  });
}

const audiences = async (account: Scenario) =>
  (await account.state()).providers[providerArn]?.audiences.filter((one) => one.length === 1);

describe("an edit that a fault keeps from closing is nobody's attack in the next run", () => {
  test.each([
    ["what takes the audience off is refused", "RemoveClientIDFromOpenIDConnectProvider", 1],
    // Where it is asked ahead, and after the documents.
    ["the provider cannot be read", "GetOpenIDConnectProvider", 2],
  ])("an audience of a shared provider: %s", async (_, name, times) => {
    const account = await startScenario();
    await two(account, "delete");
    await account.put(staging("delete", asking("c")), "staging");
    refuse(account, operation(name), times);
    await account.run();
    expect((await recordOf(account, "staging"))?.applied?.version).toBe(1);
    const next = await account.run();
    expect(kindsOf(next)).not.toContain("audience-widened");
    expect(await audiences(account)).toEqual(["a", "c"]);
    expect((await recordOf(account, "staging"))?.applied?.version).toBe(2);
    await expectDone(account, "all");
  });

  test("permissions within a boundary that was not there before", async () => {
    const account = await startScenario();
    const boundary = { PolicyName: "ci-boundary", PolicyDocument: allow(["ecr:*"], "*") };
    await account.iam.send(new CreatePolicyCommand(boundary));
    await account.put(guideWith({}));
    await account.run();
    await account.put(guideWith({ role: { permissionsBoundary: boundaryArn } }));
    refuse(account, operation("PutRolePermissionsBoundary"), 1);
    await account.run();
    const next = await account.run();
    expect(kindsOf(next)).not.toContain("permissions-widened");
    expect(next.iamWrites).toEqual(["PutRolePermissionsBoundary"]);
    await expectDone(account, "all");
  });

  test("permissions on a target that is not named any more", async () => {
    const account = await startScenario();
    await account.put(guideWith({}));
    await account.run();
    await account.put(guideWith({ deploy: { ecr: ["demo-backend"] } }));
    refuse(account, operation("CreatePolicyVersion"), 1);
    await account.run();
    const next = await account.run();
    expect(kindsOf(next)).not.toContain("permissions-widened");
    expect(next.iamWrites).toContain("CreatePolicyVersion");
    await expectDone(account, "all");
  });
});

test("what is corrected is reported, though the record cannot be read just now", async () => {
  const account = await startScenario();
  await account.put(guideWith({}));
  await account.run();
  const PolicyDocument = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: "ecr:GetAuthorizationToken", Resource: "*" }],
  });
  const inline = { RoleName: roleName, PolicyName: "by-hand", PolicyDocument };
  await account.iam.send(new PutRolePolicyCommand(inline));
  refuse(account, readingRecord("production"));
  const run = await account.run();
  expect(run.iamWrites).toEqual(["DeleteRolePolicy"]);
  expect(kindsOf(run)).toEqual(["drift-corrected"]);
  account.sandbox.faults.clear();
  await expectDone(account, "all");
});

describe("a removed environment", () => {
  test("whose record cannot be read just now is nobody's attack", async () => {
    const account = await startScenario();
    await two(account, "delete");
    await account.remove("staging");
    refuse(account, readingRecord("staging"), 2);
    expect(kindsOf(await account.run())).not.toContain("audience-widened");
    await account.run();
    expect(await audiences(account)).toEqual(["a"]);
    await expectDone(account, "all");
  });

  test("that cannot be forgotten is reported once", async () => {
    const account = await startScenario();
    await account.put(production("delete"));
    await account.run();
    await account.remove();
    refuse(account, operation("DeleteParameter"));
    expect(kindsOf(await account.run())).toEqual(["orphaned"]);
    expect(kindsOf(await account.run())).toEqual([]);
    expect(kindsOf(await account.run())).toEqual([]);
    account.sandbox.faults.clear();
    await account.run();
    expect((await account.run()).report.environments).toEqual([]);
  });

  test("that comes back before it could be forgotten has lost its outputs to nobody", async () => {
    const account = await startScenario();
    const document = production("delete", { policy: { readOutputs: true } });
    await account.put(document);
    await account.run();
    await account.remove();
    refuse(account, (call) => call.operation === "DeleteParameter" && isOf(call, "applied"));
    await account.run();
    account.sandbox.faults.clear();
    await account.put(document);
    expect(kindsOf(await account.run())).not.toContain("conflict");
    expect(await readBelow(account, "outputs/production")).not.toBeNull();
    await expectDone(account, "all");
  });

  test("whose role needs a second pass takes along the provider that another one has left", async () => {
    const account = await startScenario();
    await two(account, "delete");
    await account.remove();
    await account.put(staging("delete", elsewhere()), "staging");
    refuse(account, operation("DetachRolePolicy"), 1);
    await account.run();
    await account.run();
    const providers = Object.keys((await account.state()).providers);
    expect(providers.map((arn) => arn.split("/").at(-1))).toEqual([otherOrganization]);
    await expectDone(account, "all");
  });
});

describe("a name that another environment takes in the same run", () => {
  const taking = staging("delete", { role: { name: roleName }, policy: { name: policyName } });

  test("is left alone by a removed one whose record could not be deleted", async () => {
    const account = await startScenario();
    await two(account, "delete");
    await account.remove();
    await account.put(taking, "staging");
    refuse(account, operation("DeleteParameter"), 1);
    await account.run();
    const before = await account.state();
    expect(Object.keys(before.roles)).toEqual([roleName]);
    const next = await account.run();
    expect(next.iamWrites).toEqual([]);
    expect(kindsOf(next)).toEqual([]);
    expect(await account.state()).toEqual(before);
    await expectDone(account, "all");
  });

  test.each([2, 3])("ends in no conflict, whichever write of a record fails: %i", async (nth) => {
    const account = await startScenario();
    await two(account, "delete");
    await account.put(production("delete", { role: { name: "CircleCI-New" } }));
    await account.put(staging("delete", { role: { name: roleName } }), "staging");
    let seen = 0;
    const isRecord = (call: RecordedCall) =>
      call.operation === "PutParameter" && isOf(call, "applied/production");
    refuse(account, (call) => isRecord(call) && ++seen === nth);
    const first = await account.run();
    const second = await account.run();
    expect([...kindsOf(first), ...kindsOf(second)]).not.toContain("trust-widened");
    expect(second.report.environments.map(({ outcome }) => outcome)).not.toContain("conflict");
    expect(Object.keys((await account.state()).roles)).toEqual(["CircleCI-New", roleName]);
    await expectDone(account, "all");
  });
});
