import { describe, expect, onTestFinished, test, vi } from "vitest";
import { commands } from "../../cli/commands.ts";
import { guide, guideWith } from "../scenarios/documents.ts";
import { type Scenario, startScenario } from "../scenarios/harness.ts";
import { type Shell, say } from "./shell.ts";

const functionName = "oidc-reconciler-prod-reconcile";

function asPerson({ sandbox }: Scenario): void {
  for (const [name, value] of Object.entries(sandbox.environment)) vi.stubEnv(name, value);
}

/** An account in which the function can be invoked, and the payloads that it was invoked with. */
async function deployed() {
  const scenario = await startScenario();
  const payloads: unknown[] = [];
  scenario.sandbox.functions.handle(functionName, async (event) => {
    payloads.push(event);
    const invocation = await scenario.invoke(event);
    asPerson(scenario);
    if (invocation.kind === "threw") throw invocation.error;
    return invocation.run.report;
  });
  return { scenario, payloads };
}

async function run(scenario: Scenario, line: string, shell: Shell = {}) {
  asPerson(scenario);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  return say(["reconcile", ...line.split(" ")], { environment: process.env, ...shell });
}

const invocations = ({ sandbox }: Scenario) =>
  sandbox.calls.filter(({ operation }) => operation === "Invoke").length;

/** What two runs of the same account print differently. */
const withoutTimes = (text: string) =>
  text
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "TIME")
    .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, "ID")
    .replaceAll(/"durationMs": \d+/g, "DURATION")
    .replace(/"calls": \{[^}]*\}/, "CALLS")
    .replace(/\d+ AWS calls in \d+ ms/, "CALLS");

describe("reconcile --lambda", () => {
  test.each(["", " --json"])("prints the function's report as that of a run%s", async (form) => {
    const { scenario, payloads } = await deployed();
    await scenario.put(guide);
    await scenario.run();
    await scenario.put(guideWith({ trust: { projects: "all" } }));
    const remote = await run(scenario, `production --dry-run --lambda ${functionName}${form}`);
    const local = await run(scenario, `production --dry-run${form}`);
    expect(withoutTimes(remote.out)).toBe(withoutTimes(local.out));
    expect(remote.code).toBe(3);
    expect(remote.err).toBe("");
    expect(payloads).toEqual([{ dryRun: true, force: false, environments: ["production"] }]);
  });

  test("runs the function once, over all environments, with its own payload", async () => {
    const { scenario, payloads } = await deployed();
    await scenario.put(guide);
    const progress: string[] = [];
    const said = await run(scenario, `--force --lambda ${functionName}`, { progress });
    expect(said.code).toBe(0);
    expect(said.out).toContain("production: reconciled");
    expect(payloads).toEqual([{ dryRun: false, force: true }]);
    expect(await scenario.status()).not.toBeNull();
    expect(progress[0]).toBe(`${functionName} is at work: 0 s`);
  });

  test("takes an ARN, and goes to its Region", async () => {
    const { scenario } = await deployed();
    const arn = (region: string) =>
      `arn:aws:lambda:${region}:123456789012:function:${functionName}`;
    expect((await run(scenario, `--lambda ${arn("us-east-1")}`)).code).toBe(0);
    const elsewhere = await run(scenario, `--json --lambda ${arn("eu-west-1")}`);
    expect(JSON.parse(elsewhere.out).error.code).toBe("ResourceNotFoundException");
    expect(elsewhere.err).toContain("Name it as the stack does, such as oidc-reconciler-prod");
    expect(scenario.sandbox.calls.at(-1)).toMatchObject({ service: "lambda", region: "eu-west-1" });
  });

  test("ends with 2 where the function knows no such environment", async () => {
    const { scenario } = await deployed();
    await scenario.put(guide);
    const { code, out } = await run(scenario, `prodution --json --lambda ${functionName}`);
    expect(code).toBe(2);
    expect(JSON.parse(out)).toMatchObject({
      environments: [],
      error: { code: "UnknownEnvironment", message: expect.stringContaining("production") },
    });
  });

  test.each<[string, () => unknown, string, RegExp]>([
    [
      "an error",
      () => {
        throw new Error("OIDC_PARAMETER_PREFIX must be\n a path");
      },
      "FunctionFailed",
      /failed: OIDC_PARAMETER_PREFIX must be a path\. Its log has more\.$/,
    ],
    [
      "an error of its own kind",
      () => {
        throw Object.assign(new Error("Task timed out after 600.00 seconds"), {
          name: "Sandbox.Timedout",
        });
      },
      "Sandbox.Timedout",
      /failed: Task timed out after 600\.00 seconds\./,
    ],
  ])("ends with 1 and one sentence for %s", async (_, handler, code, message) => {
    const { scenario } = await deployed();
    scenario.sandbox.functions.handle(functionName, async () => handler());
    const said = await run(scenario, `--json --lambda ${functionName}`);
    expect(said.code).toBe(1);
    expect(JSON.parse(said.out)).toEqual({
      error: { code, message: expect.stringMatching(message), where: functionName },
    });
    expect(said.out + said.err).not.toMatch(/\n\s+at |\.ts:\d/);
    expect(invocations(scenario)).toBe(1);
  });

  test.each([null, "report", [], {}, { environments: [] }, { environments: [{ name: "x" }] }])(
    "ends with 1 where the function answers %j",
    async (answer) => {
      const { scenario } = await deployed();
      scenario.sandbox.functions.handle(functionName, async () => answer);
      const said = await run(scenario, `--json --lambda ${functionName}`);
      expect(said.code).toBe(1);
      expect(JSON.parse(said.out).error).toMatchObject({ code: "NotAReport", where: functionName });
    },
  );

  test.each([
    ["writes for a dry run", "production --dry-run", { dryRun: false }, "a run that writes"],
    ["only plans", "production", { dryRun: true }, "made a dry run, so nothing is written"],
    ["leaves out a name", "production", { environments: [] }, "nothing of environment production"],
  ])("prints a report and ends with 1 where the function %s", async (_, line, change, message) => {
    const { scenario } = await deployed();
    await scenario.put(guide);
    scenario.sandbox.functions.handle(functionName, async (event) => {
      const invocation = await scenario.invoke(event);
      asPerson(scenario);
      if (invocation.kind === "threw") throw invocation.error;
      return { ...invocation.run.report, ...change };
    });
    const said = await run(scenario, `${line} --json --lambda ${functionName}`);
    expect(said.code).toBe(1);
    expect(JSON.parse(said.out)).toMatchObject(change);
    expect(said.err).toContain(message);
  });

  test("keeps an error short, its code a word, and secrets out of it", async () => {
    const { scenario } = await deployed();
    const secret = "a-token-of-no-known-form";
    scenario.sandbox.functions.handle(functionName, async () => {
      const message = `${"z".repeat(990)}${secret}${"z".repeat(100_000)}`;
      throw Object.assign(new Error(message), { name: "X\u202e".repeat(1000) });
    });
    const said = await run(scenario, `--json --lambda ${functionName}`, {
      environment: { ...process.env, ...scenario.sandbox.environment, CIRCLE_TOKEN: secret },
    });
    expect(said.code).toBe(1);
    expect(JSON.parse(said.out).error.code).toBe("FunctionFailed");
    expect(said.err.length).toBeLessThan(1200);
    expect(said.err).not.toContain("a-token");
  });

  test.each([
    ["in-sync", 0],
    ["held", 3],
    ["failed", 1],
    ["of-a-later-release", 3],
  ])("prints a report of another release as it came: %s ends with %d", async (outcome, exit) => {
    const { scenario } = await deployed();
    const report = {
      runId: "r",
      dryRun: false,
      environments: [{ name: "production", outcome, later: { member: 1 } }],
      alerts: [],
      errors: [],
      later: true,
    };
    scenario.sandbox.functions.handle(functionName, async () => report);
    const { code, out, err } = await run(scenario, `--lambda ${functionName}`);
    // Its JSON is not of this release's schema, so it is read without.
    const args = ["reconcile", "--lambda", functionName, "--json"];
    const asJson = await say(args, { environment: process.env }, commands);
    expect(JSON.parse(asJson.out)).toEqual(report);
    expect({ code, out }).toEqual({ code: exit, out: `production: ${outcome}\n` });
    expect(asJson.code).toBe(exit);
    expect(err).toContain("of another release");
  });

  test("never invokes a second time: an answer that got lost ends it", async () => {
    const { scenario, payloads } = await deployed();
    await scenario.put(guide);
    scenario.sandbox.faults.add({
      when: ({ operation }) => operation === "Invoke",
      at: "after",
      how: "connection-reset",
    });
    expect((await run(scenario, `--lambda ${functionName}`)).code).toBe(1);
    expect(payloads).toHaveLength(1);
  });

  test.each([
    ["TooManyRequestsException", 429],
    ["ServiceException", 500],
  ])("%s is not tried again, and ends with 1", async (error, httpStatus) => {
    const { scenario } = await deployed();
    scenario.sandbox.faults.add({
      when: ({ operation }) => operation === "Invoke",
      at: "before",
      how: { error, httpStatus },
    });
    const said = await run(scenario, `--json --lambda ${functionName}`);
    expect(said.code).toBe(1);
    expect(JSON.parse(said.out).error.code).toBe(error);
    expect(invocations(scenario)).toBe(1);
  });

  test("without lambda:InvokeFunction says so", async () => {
    const { scenario } = await deployed();
    scenario.sandbox.faults.add({
      when: ({ operation }) => operation === "Invoke",
      at: "before",
      how: { error: "AccessDeniedException", httpStatus: 403 },
    });
    const { out } = await run(scenario, `--json --lambda ${functionName}`);
    expect(JSON.parse(out).error).toMatchObject({
      code: "AccessDenied",
      where: "lambda:InvokeFunction",
    });
  });

  test("ends the wait with Ctrl-C, and says that the function goes on", async () => {
    const { scenario } = await deployed();
    const ctrlC = new AbortController();
    const { promise: ended, resolve: end } = Promise.withResolvers<null>();
    scenario.sandbox.functions.handle(functionName, () => {
      ctrlC.abort();
      return ended;
    });
    const said = await run(scenario, `--json --lambda ${functionName}`, {
      interrupted: ctrlC.signal,
    });
    end(null);
    expect(said.code).toBe(1);
    expect(JSON.parse(said.out).error).toEqual({
      code: "Interrupted",
      message: `Only the wait has ended: ${functionName} goes on, and its log has the report.`,
      where: functionName,
    });
  });

  test.each(["a/b", "arn:aws:iam::123456789012:role/x", "x".repeat(65)])(
    "refuses %s, which cannot be a function, with 2",
    async (name) => {
      const said = await say(["reconcile", "--lambda", name]);
      expect(said.code).toBe(2);
      expect(said.err).toContain("it is the name or the ARN of a Lambda function");
    },
  );
});
