import { CreatePolicyCommand } from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import { everything } from "../scenarios/by-hand.ts";
import { guide, guideWith, roleName } from "../scenarios/documents.ts";
import { prefix, type Scenario, startScenario } from "../scenarios/harness.ts";
import { asPerson } from "./person.ts";
import type { Said } from "./shell.ts";

const boundary = "arn:aws:iam::123456789012:policy/ci-boundary";

/** What a stack bounds is in force, and a shell does not have the stack's variables. */
async function startBounded(document = guide): Promise<Scenario> {
  const scenario = await startScenario();
  const policy = { PolicyName: "ci-boundary", PolicyDocument: everything };
  await scenario.iam.send(new CreatePolicyCommand(policy));
  scenario.variables.set("OIDC_PERMISSIONS_BOUNDARY", boundary);
  scenario.variables.set("OIDC_ROLE_NAMES", "CircleCI-*");
  await scenario.put(document);
  await scenario.run();
  await scenario.run();
  scenario.variables.delete("OIDC_PERMISSIONS_BOUNDARY");
  scenario.variables.delete("OIDC_ROLE_NAMES");
  return scenario;
}

function from(
  scenario: Scenario,
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Promise<Said> {
  return asPerson(scenario, args, {
    environment: { ...scenario.sandbox.environment, ...variables },
  });
}

describe("a command from a shell goes by what the deployed function is restricted to", () => {
  test("and finds in sync what that has bounded", async () => {
    const scenario = await startBounded();
    const planned = await from(scenario, ["plan", "production"]);
    expect(planned).toMatchObject({ code: 0, err: "assuming OIDC_FIRST_DOCUMENT=hold\n" });
    const run = await from(scenario, ["reconcile", "production"]);
    expect(run).toMatchObject({ code: 0, err: "assuming OIDC_FIRST_DOCUMENT=hold\n" });
  });

  test("and takes no boundary off where a document applies what it widens", async () => {
    const scenario = await startBounded(guideWith({ onWiden: "apply" }));
    await from(scenario, ["reconcile"]);
    expect((await scenario.state()).roles[roleName]?.boundary).toBe(boundary);
  });

  test("and judges by it the names of an edit", async () => {
    const scenario = await startBounded();
    await scenario.put(guideWith({ role: { name: "Deploy-Role" } }));
    const planned = await from(scenario, ["plan", "production"]);
    expect(planned.code).toBe(3);
    expect(planned.out).toContain("the installation keeps no role Deploy-Role");
  });

  test("unless its own variables say otherwise, an empty one too", async () => {
    const scenario = await startBounded();
    const none = { OIDC_PERMISSIONS_BOUNDARY: "" };
    const planned = await from(scenario, ["plan", "production"], none);
    expect(planned.code).toBe(3);
    expect(planned.out).toContain("held");
  });

  test("and assumes what it always did where nobody can use what is written there", async () => {
    const scenario = await startBounded();
    const spoilt = JSON.stringify({ settings: { OIDC_ROLE_NAMES: "/" } });
    scenario.sandbox.createParameter({ name: `${prefix}/heartbeat`, value: spoilt });
    const planned = await from(scenario, ["plan", "production"]);
    expect(planned.err).toBe("assuming OIDC_FIRST_DOCUMENT=hold and any organisation\n");
  });
});

test("a run from a shell that knows no topic says where its alerts went", async () => {
  const scenario = await startScenario();
  await scenario.put(guide);
  const { err } = await from(scenario, ["reconcile"]);
  expect(err).toContain("The alert went to the event bus default alone");
  expect(err).toContain("--lambda");
});
