import { describe, expect, test } from "vitest";
import { guide, guideWith, policyName, roleName } from "./documents.ts";
import { expectIdle, type Run, startScenario } from "./harness.ts";

const arnOf = (resource: string) => `arn:aws:iam::123456789012:${resource}`;
const roleArn = arnOf(`role/${roleName}`);
const policyArn = arnOf(`policy/${policyName}`);
const kindsOf = ({ report }: Run) => report.alerts.map(({ kind }) => kind);

describe("a removed parameter", () => {
  test("leaves role and policy as they are by default, and is reported once", async () => {
    const account = await startScenario();
    await account.put(guide);
    await account.run();
    const before = await account.state();
    await account.remove();
    const run = await account.run(account.eventOf("Parameter Store Change"));
    expect(run.environment).toMatchObject({
      outcome: "orphaned",
      version: null,
      appliedVersion: 1,
    });
    expect(kindsOf(run)).toEqual(["orphaned"]);
    expect(run.iamWrites).toEqual([]);
    const again = await account.run();
    expect(kindsOf(again)).toEqual([]);
    expect(again.parameterWrites).toEqual(["/heartbeat"]);
    expect(await account.state()).toEqual(before);
  });

  test("with onRemove delete takes role, policy and provider, and then its status", async () => {
    const account = await startScenario();
    await account.put(guideWith({ onRemove: "delete" }));
    await account.run();
    await account.put(guideWith({ onRemove: "delete", deploy: { ecr: ["demo-backend"] } }));
    await account.run();
    await account.remove();
    const run = await account.run();
    expect(run.environment.outcome).toBe("orphaned");
    expect(kindsOf(run)).toEqual(["orphaned"]);
    expect(run.iamWrites[0]).toBe("DetachRolePolicy");
    expect(await account.state()).toEqual({ providers: {}, roles: {}, policies: {} });
    expect(await account.status()).toBeNull();
    expect((await account.run()).report.environments).toEqual([]);
  });

  test("is forgotten by the next run where the record went and the status did not", async () => {
    const account = await startScenario();
    await account.put(guideWith({ onRemove: "delete" }));
    await account.run();
    await account.remove();
    account.sandbox.faults.add({
      when: ({ operation, input }) =>
        operation === "DeleteParameter" && String(input["Name"]).includes("/status/"),
      at: "before",
      how: { error: "AccessDeniedException", httpStatus: 403 },
      times: 1,
    });
    await account.run();
    expect(await account.status()).not.toBeNull();
    await account.run();
    expect(await account.status()).toBeNull();
    expect((await account.run()).report.environments).toEqual([]);
  });

  test("keeps a policy while the role that holds it could not be removed", async () => {
    const account = await startScenario();
    await account.put(guideWith({ onRemove: "delete" }));
    await account.run();
    await account.remove();
    account.sandbox.faults.add({
      when: ({ operation }) => operation === "DetachRolePolicy",
      at: "before",
      how: { error: "AccessDenied", httpStatus: 403 },
    });
    const run = await account.run();
    expect(run.iamWrites).not.toContain("DeletePolicy");
    account.sandbox.faults.clear();
    await account.run();
    expect(await account.state()).toEqual({ providers: {}, roles: {}, policies: {} });
  });

  test("goes by the onRemove that was applied, not by one that was never", async () => {
    const account = await startScenario();
    await account.put(guide);
    await account.run();
    await account.put(guideWith({ trust: { projects: "all" }, onRemove: "delete" }));
    expect((await account.run()).environment.outcome).toBe("held");
    await account.remove();
    await account.run();
    expect(Object.keys((await account.state()).roles)).toEqual([roleName]);
  });

  test("that comes back in time finds all as it was", async () => {
    const account = await startScenario();
    await account.put(guide);
    await account.run();
    await account.remove();
    await account.run();
    await account.put(guide);
    const run = await account.run();
    expect(run.iamWrites).toEqual([]);
    expect(run.environment).toMatchObject({ outcome: "in-sync", appliedVersion: 1 });
    expectIdle(await account.run());
  });

  test("with onRemove delete takes what the record names, whatever tags it has now", async () => {
    const account = await startScenario();
    await account.put(guideWith({ onRemove: "delete" }));
    await account.run();
    const tags = (await account.state()).roles[roleName]?.tags ?? {};
    account.sandbox.setTags(roleArn, { ...tags, "managed-by": "terraform" });
    await account.remove();
    await account.run();
    expect(await account.state()).toEqual({ providers: {}, roles: {}, policies: {} });
  });

  test("in mode observe removes nothing", async () => {
    const account = await startScenario();
    await account.put(guideWith({ onRemove: "delete" }));
    await account.run();
    await account.put(guideWith({ onRemove: "delete", mode: "observe" }));
    await account.run();
    await account.remove();
    expect((await account.run()).iamWrites).toEqual([]);
  });
});

describe("new names", () => {
  const renamed = { role: { name: "CircleCI-New-Role" }, policy: { name: "CircleCI-New-Policy" } };

  test("leave the old role and policy as they are by default, and it is said", async () => {
    const account = await startScenario();
    await account.put(guide);
    await account.run();
    await account.put(guideWith(renamed));
    const run = await account.run();
    expect(run.environment).toMatchObject({ outcome: "reconciled", appliedVersion: 2 });
    expect(kindsOf(run)).toContain("orphaned");
    const text = run.report.alerts.find(({ kind }) => kind === "orphaned")?.text;
    expect(text).toContain(roleArn);
    expect(text).toContain(policyArn);
    expect(Object.keys((await account.state()).roles)).toEqual(["CircleCI-New-Role", roleName]);
    expectIdle(await account.run());
  });

  test("with onRemove delete leave no second door", async () => {
    const account = await startScenario();
    await account.put(guideWith({ onRemove: "delete" }));
    await account.run();
    await account.put(guideWith({ ...renamed, onRemove: "delete" }));
    const run = await account.run();
    expect(run.iamWrites.slice(0, 3)).toEqual(["CreatePolicy", "CreateRole", "AttachRolePolicy"]);
    const state = await account.state();
    expect(Object.keys(state.roles)).toEqual(["CircleCI-New-Role"]);
    expect(Object.keys(state.policies)).toEqual([arnOf("policy/CircleCI-New-Policy")]);
    expectIdle(await account.run());
  });

  test("of the policy alone attach the new one and take the old one off", async () => {
    const account = await startScenario();
    await account.put(guideWith({ onRemove: "delete" }));
    await account.run();
    await account.put(guideWith({ policy: renamed.policy, onRemove: "delete" }));
    await account.run();
    const state = await account.state();
    expect(state.roles[roleName]?.attached).toEqual([arnOf("policy/CircleCI-New-Policy")]);
    expect(Object.keys(state.policies)).toEqual([arnOf("policy/CircleCI-New-Policy")]);
    expectIdle(await account.run());
  });
});
