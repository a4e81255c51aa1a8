import { CreatePolicyCommand } from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import type { HttpAnswer, RecordedCall } from "../../sandbox/index.ts";
import { isOwn } from "../invariants/telling.ts";
import { allow, boundaryArn } from "./by-hand.ts";
import {
  guide,
  guideFor,
  guideWith,
  organization,
  roleName,
  shopMainAndDev,
  type Written,
} from "./documents.ts";
import { expectIdle, type Run, type Scenario, startScenario } from "./harness.ts";
import { kindsOf } from "./holds.ts";
import { applied, giveRoles, updating } from "./words.ts";

const page = (answer: HttpAnswer): HttpAnswer => ({
  ...answer,
  headers: { ...answer.headers, "content-type": "text/html" },
  body: "",
});

/**
 * A write reaches IAM, and a page of a proxy is its answer.
 *
 * @returns whether that has happened
 */
function garbleAnswer(
  { sandbox }: Scenario,
  operation: string,
  often: { readonly times?: number } = { times: 1 },
): () => boolean {
  let isLost = false;
  sandbox.faults.add({
    when: (call) => isOwn(call) && call.operation === operation,
    at: "after",
    ...often,
    how: {
      garbled: (answer) => {
        isLost = true;
        return page(answer);
      },
    },
  });
  return () => isLost;
}

/** The answer to a write is lost, and until the faults are cleared no look works. */
function loseAnswer(account: Scenario, operation: string, looks: readonly string[]): void {
  const isLost = garbleAnswer(account, operation);
  account.sandbox.faults.add({
    when: (call) => isLost() && isOwn(call) && looks.includes(call.operation),
    at: "before",
    how: { error: "AccessDenied", httpStatus: 403 },
  });
}

const widenings = ({ report }: Run) =>
  report.alerts.filter(({ kind }) => kind.endsWith("-widening-applied"));
const unsure = "IAM gave no answer, so it may be in force already. The next run continues.";

const lets = { onWiden: "apply" } as const;
const pinned = (thumbprint: string): Written => ({
  circleci: { organizationId: organization, thumbprints: [thumbprint.repeat(20)] },
});
const edits = [
  ["a ref", {}, { trust: { projects: [shopMainAndDev] } }, "UpdateAssumeRolePolicy", ["GetRole"]],
  [
    "a target less, and one more",
    {},
    { deploy: { ecr: ["demo-backend"], amplify: ["demo-frontend"] } },
    "CreatePolicyVersion",
    ["GetPolicy", "ListPolicyVersions", "GetPolicyVersion"],
  ],
  ["longer sessions", {}, { role: { maxSessionSeconds: 7200 } }, "UpdateRole", ["GetRole"]],
  ["a role tag", {}, { role: { tags: { team: "shop" } } }, "TagRole", ["GetRole", "ListRoleTags"]],
  [
    "no boundary",
    { role: { permissionsBoundary: boundaryArn } },
    { role: {} },
    "DeleteRolePermissionsBoundary",
    ["GetRole"],
  ],
  [
    "other thumbprints",
    pinned("cd"),
    pinned("ab"),
    "UpdateOpenIDConnectProviderThumbprint",
    ["GetOpenIDConnectProvider"],
  ],
] as const satisfies readonly (readonly [string, Written, Written, string, readonly string[]])[];

describe.each(edits)("%s that may have been written", (_, base, edit, operation, looks) => {
  async function unsureOf(): Promise<Scenario> {
    const account = await startScenario({ overSocket: true });
    const boundary = { PolicyName: "ci-boundary", PolicyDocument: allow(["*"], "*") };
    await account.iam.send(new CreatePolicyCommand(boundary));
    await account.put(guideWith({ ...base, ...lets }));
    await account.run();
    await account.put(guideWith({ ...edit, ...lets }));
    loseAnswer(account, operation, looks);
    const run = await account.run();
    const said = widenings(run);
    expect(said).toHaveLength(1);
    expect(said[0]?.text).toContain(unsure);
    expect(run.environment.widenings).toMatchObject([{ disposition: "applied" }]);
    expect(run.environment.outcome).not.toBe("reconciled");
    account.sandbox.faults.clear();
    return account;
  }

  test("is reported, and not again when it is found", async () => {
    const account = await unsureOf();
    const run = await account.run();
    expect(run.environment.appliedVersion).toBe(2);
    expect(widenings(run)).toEqual([]);
    expectIdle(await account.run());
  });

  test("was reported before a narrower document closes it", async () => {
    const account = await unsureOf();
    await account.put(guideWith({ ...base, ...lets }));
    const run = await account.run();
    expect(run.environment).toMatchObject({ outcome: "reconciled", appliedVersion: 3 });
    expectIdle(await account.run());
  });
});

test("a role of a first document that may have been made is reported, though the document is deleted", async () => {
  const account = await startScenario({ overSocket: true });
  await account.put(guide);
  loseAnswer(account, "CreateRole", ["GetRole"]);
  const run = await account.run();
  expect(widenings(run).map(({ title }) => title)).toEqual([
    "production: version 1, the first document, lets its jobs assume the role",
  ]);
  expect(widenings(run)[0]?.text).toContain(unsure);
  account.sandbox.faults.clear();
  await account.remove();
  expect(kindsOf(await account.run())).toContain("orphaned");
  expect(account.sandbox.directory().roles.has(roleName.toLowerCase())).toBe(true);
});

/** An edit lets one more ref in, and no run has come yet. */
async function editedWider(): Promise<Scenario> {
  const account = await startScenario({ overSocket: true });
  await account.put(guideWith(lets));
  await account.run();
  await account.put({ ...guideFor(shopMainAndDev), ...lets });
  return account;
}

test("a write is not reported where a look shows that it was not made", async () => {
  const account = await editedWider();
  account.sandbox.faults.add({
    when: (call) => isOwn(call) && call.operation === "UpdateAssumeRolePolicy",
    at: "before",
    times: 1,
    how: { garbled: page },
  });
  const run = await account.run();
  expect(widenings(run)).toEqual([]);
  expect(widenings(await account.run())).toHaveLength(1);
});

test("a write that every look has missed is in the alert that the document was deleted, unless its version was applied since", async () => {
  const account = await editedWider();
  const isLost = garbleAnswer(account, "UpdateAssumeRolePolicy", {});
  account.sandbox.faults.add({
    when: (call) => isLost() && isOwn(call) && call.operation === "GetRole",
    at: "before",
    how: "stale",
  });
  expect(widenings(await account.run())).toEqual([]);
  account.sandbox.faults.clear();
  await account.remove();
  const run = await account.run();
  const begun =
    "Version 2 had begun to be written and was not applied: the jobs that it names may get";
  expect(run.report.alerts).toMatchObject([
    { kind: "orphaned", text: expect.stringContaining(begun) },
  ]);
  expect(kindsOf(await account.run())).toEqual([]);
  await account.put({ ...guideFor(shopMainAndDev), ...lets });
  await account.run();
  await account.remove();
  const [again] = (await account.run()).report.alerts;
  expect([again?.kind, again?.text.includes("had begun")]).toEqual(["orphaned", false]);
});

describe("a role that AWS newly passes, and that the policy may name", () => {
  const looks = ["GetPolicy", "ListPolicyVersions", "GetPolicyVersion"];

  async function unsureOf(): Promise<Scenario> {
    const account = await applied(updating, (at) => giveRoles(at, "app"));
    await giveRoles(account, "Admin");
    loseAnswer(account, "CreatePolicyVersion", looks);
    const run = await account.run();
    expect(run.environment.widenings).toMatchObject([{ disposition: "applied" }]);
    expect(widenings(run).map(({ title }) => title)).toEqual([
      "production: a change in AWS widens the permissions",
    ]);
    expect(widenings(run)[0]?.text).toContain(unsure);
    account.sandbox.faults.clear();
    return account;
  }

  test("is reported, and not again when it is found", async () => {
    const account = await unsureOf();
    expect(widenings(await account.run())).toEqual([]);
    expectIdle(await account.run());
    // Another role is another widening.
    await giveRoles(account, "Root");
    expect(widenings(await account.run())).toHaveLength(1);
    expectIdle(await account.run());
  });

  test("was reported before the document is deleted", async () => {
    const account = await unsureOf();
    await account.remove();
    expect(kindsOf(await account.run())).toContain("orphaned");
  });
});

describe("an error of the server itself, which says nothing of what was made,", () => {
  async function afterError(): Promise<{ readonly account: Scenario; readonly run: Run }> {
    const account = await editedWider();
    account.sandbox.faults.add({
      when: (call) => isOwn(call) && call.operation === "UpdateAssumeRolePolicy",
      at: "after",
      how: { error: "ServiceFailure", httpStatus: 500 },
    });
    return { account, run: await account.run() };
  }

  test("leaves a look to show that the write was made", async () => {
    const { account, run } = await afterError();
    expect(run.environment).toMatchObject({ outcome: "reconciled", appliedVersion: 2 });
    expect(widenings(run)).toHaveLength(1);
    account.sandbox.faults.clear();
    expectIdle(await account.run());
  });

  test("is reported where the look fails too, though the document is deleted", async () => {
    const account = await startScenario({ overSocket: true });
    await account.put(guide);
    account.sandbox.faults.add({
      when: (call) => isOwn(call) && call.operation === "CreateRole",
      at: "after",
      how: { error: "ServiceFailure", httpStatus: 500 },
    });
    const run = await account.run();
    expect(widenings(run).map(({ text }) => text)).toEqual([expect.stringContaining(unsure)]);
    account.sandbox.faults.clear();
    await account.remove();
    expect(kindsOf(await account.run())).toContain("orphaned");
    expect(account.sandbox.directory().roles.has(roleName.toLowerCase())).toBe(true);
  });
});

test("a write that was too much for now is not looked for: it was not made", async () => {
  const account = await editedWider();
  account.sandbox.faults.add({
    when: (call) => isOwn(call) && call.operation === "UpdateAssumeRolePolicy",
    at: "before",
    how: { error: "Throttling", httpStatus: 400 },
  });
  const run = await account.run();
  expect(widenings(run)).toEqual([]);
  const tried = run.calls.findLastIndex(({ operation }) => operation === "UpdateAssumeRolePolicy");
  const later = run.calls.slice(tried).map(({ operation }) => operation);
  expect(later).not.toContain("GetRole");
});

test("a look that shows what was there before is made once more", async () => {
  const account = await startScenario({ overSocket: true });
  await account.put(guideWith(lets));
  await account.run();
  let before = "";
  account.sandbox.faults.add({
    when: (call) => isOwn(call) && call.operation === "GetRole",
    at: "after",
    times: 1,
    how: {
      garbled: (answer) => {
        before = answer.body;
        return answer;
      },
    },
  });
  await account.put({ ...guideFor(shopMainAndDev), ...lets });
  const isLost = garbleAnswer(account, "UpdateAssumeRolePolicy");
  account.sandbox.faults.add({
    when: (call) => isLost() && isOwn(call) && call.operation === "GetRole",
    at: "after",
    times: 1,
    how: { garbled: (answer) => ({ ...answer, body: before }) },
  });
  const run = await account.run();
  expect(run.environment).toMatchObject({ outcome: "reconciled", appliedVersion: 2 });
  expect(widenings(run)).toHaveLength(1);
  expectIdle(await account.run());
});

test.each([
  ["Throttling", 400],
  ["AccessDenied", 403],
] as const)(
  "a ref is reported whose write lost its answer, though the SDK's next try gets %s",
  async (error, httpStatus) => {
    const account = await startScenario();
    await account.put(guideWith(lets));
    await account.run();
    await account.put(guideWith({ ...lets, trust: { projects: [shopMainAndDev] } }));
    const when = (call: RecordedCall) => isOwn(call) && call.operation === "UpdateAssumeRolePolicy";
    account.sandbox.faults.add({ when, at: "after", times: 1, how: "connection-reset" });
    account.sandbox.faults.add({ when, at: "before", how: { error, httpStatus } });
    const run = await account.run();
    expect(widenings(run).map(({ title }) => title)).toEqual([
      "production: version 2 widens the trust policy",
    ]);
    account.sandbox.faults.clear();
    await account.remove();
    expect(widenings(await account.run())).toEqual([]);
  },
);

test("a ref that may be written is reported though the run looks again and cannot read the role", async () => {
  const account = await startScenario();
  await account.put(guideWith(lets));
  await account.run();
  await account.put(guideWith({ ...lets, trust: { projects: [shopMainAndDev] } }));
  let isLost = false;
  const when = (call: RecordedCall) => {
    if (!isOwn(call) || call.operation !== "UpdateAssumeRolePolicy") return false;
    isLost = true;
    return true;
  };
  const { faults } = account.sandbox;
  faults.add({ when, at: "after", times: 1, how: "connection-reset" });
  faults.add({ when, at: "before", how: { error: "ConcurrentModification", httpStatus: 409 } });
  faults.add({
    when: (call) => isLost && isOwn(call) && call.operation === "GetRole",
    at: "before",
    how: { error: "AccessDenied", httpStatus: 403 },
  });
  const run = await account.run();
  expect(widenings(run)).toHaveLength(1);
  expect(widenings(run)[0]?.text).toContain(unsure);
});
