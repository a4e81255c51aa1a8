import { DeleteParameterCommand } from "@aws-sdk/client-ssm";
import { describe, expect, test } from "vitest";
import { guideWith, roleName } from "./documents.ts";
import { expectIdle, prefix, type Scenario, startScenario } from "./harness.ts";

const rolesOf = async (account: Scenario) => Object.keys((await account.state()).roles).toSorted();

/**
 * A rename that makes the new role and stops before it is done: no status reports it, and only
 * the record of what has begun does.
 */
async function halfRenamed(onRemove: "retain" | "delete"): Promise<Scenario> {
  const account = await startScenario();
  await account.put(guideWith({ onRemove }));
  await account.run();
  await account.put(guideWith({ role: { name: "CircleCI-Second" }, onRemove }));
  account.sandbox.faults.add({
    when: ({ operation, input }) =>
      operation === "AttachRolePolicy" ||
      (operation === "PutParameter" && String(input["Name"]).includes("/status/")),
    at: "before",
    how: { error: "AccessDenied", httpStatus: 403 },
  });
  await account.invoke();
  account.sandbox.faults.clear();
  expect(await rolesOf(account)).toEqual([roleName, "CircleCI-Second"]);
  return account;
}

describe("a role of a version that never came to its end", () => {
  test("goes when the next version has a third name and onRemove is delete", async () => {
    const account = await halfRenamed("delete");
    await account.put(guideWith({ role: { name: "CircleCI-Third" }, onRemove: "delete" }));
    const { environment } = await account.run();
    expect(environment.outcome).toBe("reconciled");
    expect(await rolesOf(account)).toEqual(["CircleCI-Third"]);
    expectIdle(await account.run());
  });

  test("goes when the next version takes the first name again", async () => {
    const account = await halfRenamed("delete");
    await account.put(guideWith({ onRemove: "delete" }));
    await account.run();
    expect(await rolesOf(account)).toEqual([roleName]);
    expectIdle(await account.run());
  });

  test("is reported, and stays, where onRemove is retain", async () => {
    const account = await halfRenamed("retain");
    await account.put(guideWith({}));
    const run = await account.run();
    const alert = run.report.alerts.find(({ kind }) => kind === "orphaned");
    expect(alert?.text).toContain("role/CircleCI-Second");
    expect(await rolesOf(account)).toEqual([roleName, "CircleCI-Second"]);
    expectIdle(await account.run());
  });

  test("goes where the status is lost: the record names it", async () => {
    const account = await halfRenamed("delete");
    await account.put(guideWith({ onRemove: "delete" }));
    const Name = `${prefix}/status/production`;
    await account.ssm.send(new DeleteParameterCommand({ Name }));
    await account.run();
    expect(await rolesOf(account)).toEqual([roleName]);
    expectIdle(await account.run());
  });

  test("holds the next version where the record is lost too, and nothing is touched", async () => {
    const account = await halfRenamed("delete");
    await account.put(guideWith({ onRemove: "delete" }));
    for (const Name of [`${prefix}/status/production`, `${prefix}/applied/production`]) {
      await account.ssm.send(new DeleteParameterCommand({ Name }));
    }
    const run = await account.run();
    expect(run.environment.outcome).toBe("held");
    expect(run.iamWrites).toEqual([]);
    expect(await rolesOf(account)).toEqual([roleName, "CircleCI-Second"]);
  });
});

test("somebody else's role with another prefix is not a second door of ours", async () => {
  const account = await startScenario();
  account.sandbox.createRole({
    name: "Other-Team",
    tags: {
      "oidc-reconciler:environment": "production",
      "oidc-reconciler:prefix": `${prefix}-of-others`,
    },
  });
  await account.put(guideWith({}));
  await account.run();
  await account.put(guideWith({ role: { name: "CircleCI-New" }, onRemove: "delete" }));
  const run = await account.run();
  expect(await rolesOf(account)).toContain("Other-Team");
  expect(run.report.alerts.find(({ kind }) => kind === "orphaned")?.text).not.toContain("Other");
});
