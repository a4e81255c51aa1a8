import { UpdateAssumeRolePolicyCommand } from "@aws-sdk/client-iam";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { anybody } from "../invariants/policies.ts";
import { guideAs, guideWith } from "../scenarios/documents.ts";
import { type Scenario, startScenario } from "../scenarios/harness.ts";
import { type Shell, say } from "./shell.ts";

const names = Array.from({ length: 5 }, (_, at) => `e${at}`);

async function account(most = names.length): Promise<Scenario> {
  const scenario = await startScenario();
  for (const name of names.slice(0, most)) await scenario.put(guideAs(name, { deploy: {} }), name);
  return scenario;
}

async function reconcile({ sandbox }: Scenario, args: readonly string[], shell: Shell = {}) {
  for (const [name, value] of Object.entries(sandbox.environment)) vi.stubEnv(name, value);
  vi.stubEnv("OIDC_FIRST_DOCUMENT", "apply");
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  return say(["reconcile", ...args], { environment: process.env, ...shell });
}

/** Presses Ctrl-C when the account gets the first call of that name. */
function pressedAt(scenario: Scenario, operation: string): AbortSignal {
  const ctrlC = new AbortController();
  scenario.sandbox.faults.add({
    when: (call) => {
      if (call.operation === operation) ctrlC.abort();
      return false;
    },
    at: "before",
    how: "connection-reset",
  });
  return ctrlC.signal;
}

const rolesOf = ({ sandbox }: Scenario) =>
  sandbox.calls.flatMap(({ operation, input }) =>
    operation === "CreateRole" ? [String(input["RoleName"])] : [],
  );

describe("Ctrl-C while reconcile is at work", () => {
  test("begins nothing new, finishes what it has begun, and says which is which", async () => {
    const scenario = await account();
    const interrupted = pressedAt(scenario, "CreateRole");
    const { code, out, err } = await reconcile(scenario, ["--json"], { interrupted });
    expect(code).toBe(3);
    const { environments, alerts } = JSON.parse(out);
    const begun = environments.filter(
      ({ outcome }: { outcome: string }) => outcome === "reconciled",
    );
    const left = environments.filter(({ errors }: { errors: readonly { code: string }[] }) =>
      errors.some((error) => error.code === "Interrupted"),
    );
    expect(begun.length).toBeGreaterThan(0);
    expect(left.length).toBeGreaterThan(0);
    expect(begun.length + left.length).toBe(names.length);
    expect(rolesOf(scenario)).toHaveLength(begun.length);
    // What is begun is whole: its status and record are written too.
    for (const { name } of begun) expect((await scenario.status(name))?.appliedVersion).toBe(1);
    const namesLeft = left.map(({ name }: { name: string }) => name).join(", ");
    expect(err).toContain(`Interrupted: not everything was begun for ${namesLeft}.`);
    // Nothing failed, so nobody is woken, and the next run has nothing to take back.
    const kinds = alerts.map(({ kind }: { kind: string }) => kind);
    expect(new Set(kinds)).toEqual(new Set(["trust-widening-applied"]));
    for (const { name } of left) expect(await scenario.status(name)).toBeNull();
    expect(await scenario.heartbeat()).toBeNull();
    scenario.sandbox.faults.clear();
    expect((await reconcile(scenario, namesLeft.split(", "))).code).toBe(0);
  });

  test("opens no provider any more", async () => {
    const scenario = await account();
    const interrupted = pressedAt(scenario, "GetParametersByPath");
    const { code, out, err } = await reconcile(scenario, [], { interrupted });
    expect(code).toBe(3);
    const writes = scenario.sandbox.calls.filter(
      ({ service, mutating, caller }) =>
        service === "iam" && mutating && caller.endsWith(":user/administrator"),
    );
    expect(writes).toEqual([]);
    expect(out).not.toContain("reconcile-failed");
    expect(err).toContain(`not everything was begun for ${names.join(", ")}.`);
  });

  test("leaves a door open that it found, and alerts that it did", async () => {
    const scenario = await account(1);
    await reconcile(scenario, []);
    const RoleName = "CircleCI-e0-Role";
    const role = { RoleName, PolicyDocument: anybody };
    await scenario.iam.send(new UpdateAssumeRolePolicyCommand(role));
    const interrupted = pressedAt(scenario, "GetParametersByPath");
    const { code, out } = await reconcile(scenario, ["--json"], { interrupted });
    expect(code).toBe(3);
    expect(JSON.parse(out).alerts).toMatchObject([
      {
        kind: "trust-widened",
        severity: "critical",
        text: expect.stringContaining("Nothing was changed: somebody ended the run by Ctrl-C."),
      },
    ]);
  });

  test("removes nothing any more", async () => {
    const scenario = await startScenario();
    await scenario.put(guideWith({ onRemove: "delete" }));
    await reconcile(scenario, []);
    await scenario.remove();
    const interrupted = pressedAt(scenario, "GetParametersByPath");
    const { code, out } = await reconcile(scenario, ["--json"], { interrupted });
    expect(code).toBe(3);
    expect(JSON.parse(out).environments).toMatchObject([
      { outcome: "orphaned", errors: [{ code: "Interrupted" }] },
    ]);
    expect((await scenario.state()).roles).not.toEqual({});
    scenario.sandbox.faults.clear();
    await reconcile(scenario, []);
    expect((await scenario.state()).roles).toEqual({});
  });

  test("says so where nothing was left to begin", async () => {
    const scenario = await account(1);
    await reconcile(scenario, []);
    const interrupted = pressedAt(scenario, "GetParametersByPath");
    const { code, err } = await reconcile(scenario, [], { interrupted });
    expect(code).toBe(0);
    expect(err).toContain("Interrupted, when nothing was left to begin");
  });
});

describe("progress", () => {
  test.each([
    ["plan", "planning: 1 calls of AWS, 0 s"],
    ["reconcile --dry-run", "planning: 1 calls of AWS, 0 s"],
    ["reconcile", "reconciling (Ctrl-C ends it in order): 1 calls of AWS, 0 s"],
    ["audit", "looking at the account: 1 calls of AWS, 0 s"],
  ])("of %s begins with its first call", async (call, next) => {
    const { sandbox } = await startScenario();
    for (const [name, value] of Object.entries(sandbox.environment)) vi.stubEnv(name, value);
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    const progress: string[] = [];
    await say(call.split(" "), { environment: process.env, progress });
    expect(progress.slice(0, 2)).toEqual(["reading the heartbeat: 0 calls of AWS, 0 s", next]);
  });
});
