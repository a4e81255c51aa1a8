import { PutParameterCommand } from "@aws-sdk/client-ssm";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { guide, guideAs, textOf } from "../scenarios/documents.ts";
import { prefix, type Scenario, startScenario } from "../scenarios/harness.ts";
import { type Shell, say } from "./shell.ts";

/** Runs the command with a person's credentials; the SDK reads the process's own variables. */
async function run({ sandbox }: Scenario, args: readonly string[], shell: Shell = {}) {
  for (const [name, value] of Object.entries(sandbox.environment)) vi.stubEnv(name, value);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  return say(["status", ...args], { environment: process.env, ...shell });
}

const putStatus = ({ ssm }: Scenario, Value: string, name = "production") =>
  ssm.send(
    new PutParameterCommand({
      Name: `${prefix}/status/${name}`,
      Value,
      Overwrite: true,
      Type: "String",
    }),
  );

const callsOf = ({ sandbox }: Scenario, from: number) =>
  sandbox.calls.slice(from).map(({ service, operation }) => `${service}:${operation}`);

describe("status", () => {
  test("of an environment that is ready ends with 0 and shows its outputs", async () => {
    const scenario = await startScenario();
    await scenario.put(guide);
    await scenario.run();
    const { code, out, err } = await run(scenario, []);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(
      /^✓ heartbeat \d+ s ago: schedule run over 1 environment, 1 in-sync|reconciled/,
    );
    expect(out).toContain("production: ready (version 1, applied)");
    expect(out).toContain("AWS_ROLE_ARN=arn:aws:iam::123456789012:role/CircleCI-OIDC-Role");
  });

  test("of a held edit ends with 3 and says how to approve it", async () => {
    const scenario = await startScenario();
    await scenario.put(guide);
    await scenario.run();
    await scenario.put({ ...guide, trust: { projects: "all" } });
    await scenario.run();
    const { code, out } = await run(scenario, ["production"]);
    expect(code).toBe(3);
    expect(out).toContain("oidc-reconciler approve production");
    const json = JSON.parse((await run(scenario, ["--json"])).out);
    expect(json).toMatchObject({
      heartbeat: { trigger: "schedule", environments: 1, ageSeconds: expect.any(Number) },
      environments: [{ name: "production", version: 2, appliedVersion: 1, heldVersion: 2 }],
    });
    const conditions = (await scenario.status())?.conditions;
    expect(json.environments[0].conditions).toEqual(conditions);
  });

  test("of a held edit that somebody has approved says that the next run applies it", async () => {
    const scenario = await startScenario();
    await scenario.put(guide);
    await scenario.run();
    await scenario.put({ ...guide, trust: { projects: "all" } });
    await scenario.run();
    await scenario.approve(2);
    for (const names of [[], ["production"]]) {
      const { code, out } = await run(scenario, names);
      expect(code).toBe(3);
      expect(out).toContain("! version 2 is held, and it is approved: the next run applies it");
      expect(out).not.toContain("oidc-reconciler approve");
    }
  });

  test("of an edit that no run has looked at ends with 3, with empty members at first", async () => {
    const scenario = await startScenario();
    await scenario.put(guide);
    const { code, out } = await run(scenario, ["--json"]);
    expect(code).toBe(3);
    expect(JSON.parse(out)).toEqual({
      heartbeat: null,
      environments: [
        {
          name: "production",
          version: 1,
          appliedVersion: null,
          heldVersion: null,
          conditions: {},
          outputs: {},
        },
      ],
    });
  });

  test("lists an environment of which only a status is left", async () => {
    const scenario = await startScenario();
    await scenario.put(guide);
    await scenario.run();
    await scenario.remove();
    const { code, out } = await run(scenario, ["production", "--json"]);
    expect(code).toBe(3);
    expect(JSON.parse(out).environments).toMatchObject([{ version: null, appliedVersion: 1 }]);
  });

  test("says which status it cannot read, and shows the others", async () => {
    const scenario = await startScenario();
    await scenario.put(guide);
    await scenario.run();
    await putStatus(scenario, "{\u202e", "other");
    const { code, out, err } = await run(scenario, []);
    expect(code).toBe(3);
    expect(out).toContain("production: ready");
    expect(err).toBe(
      `${prefix}/status/other holds nothing that the reconciler wrote. See in CloudTrail who put it.\n`,
    );
    expect((await run(scenario, ["--json"])).err).toBe(err);
  });

  test("of an old heartbeat ends with 3, by the period that the environment names", async () => {
    const scenario = await startScenario();
    await scenario.put(guide);
    await scenario.run();
    const now = new Date(Date.now() + 31 * 60_000);
    expect((await run(scenario, [], { now })).code).toBe(3);
    const hourly = { ...scenario.sandbox.environment, OIDC_SCHEDULE_MINUTES: "60" };
    expect((await run(scenario, [], { now, environment: hourly })).code).toBe(0);
  });

  test("asks Parameter Store alone: all in pages, named ones by ten", async () => {
    const scenario = await startScenario({ paging: "short-pages" });
    const names = Array.from({ length: 12 }, (_, at) => `env-${String(at).padStart(2, "0")}`);
    for (const name of names) await putStatus(scenario, "{}", name);
    for (const name of names) await scenario.put(textOf(guide), name);
    const from = scenario.sandbox.calls.length;
    const all = JSON.parse((await run(scenario, ["--json"])).out);
    expect(all.environments.map(({ name }: { name: string }) => name)).toEqual(names);
    const listed = callsOf(scenario, from);
    expect(new Set(listed)).toEqual(new Set(["ssm:GetParametersByPath", "ssm:GetParameters"]));
    const middle = scenario.sandbox.calls.length;
    const some = JSON.parse((await run(scenario, [...names.slice(0, 7), "--json"])).out);
    expect(some.environments).toHaveLength(7);
    expect(callsOf(scenario, middle)).toEqual(["ssm:GetParameters", "ssm:GetParameters"]);
  });

  test("shows an environment that is named twice once", async () => {
    const scenario = await startScenario();
    await scenario.put(guide);
    const { out } = await run(scenario, ["production", "production", "--json"]);
    expect(JSON.parse(out).environments).toHaveLength(1);
  });

  test.each(["GetParametersByPath", "GetParameters"])(
    "without ssm:%s ends with 1",
    async (denied) => {
      const scenario = await startScenario();
      scenario.sandbox.faults.add({
        when: ({ operation }) => operation === denied,
        at: "before",
        how: { error: "AccessDeniedException", httpStatus: 400 },
      });
      const { code, out } = await run(scenario, ["--json"]);
      expect(code).toBe(1);
      expect(JSON.parse(out).error).toMatchObject({ code: "AccessDenied", where: `ssm:${denied}` });
    },
  );

  test("prints one value with --json, and so not with --watch", async () => {
    const { code, out } = await say(["status", "--watch", "--json"]);
    expect(code).toBe(2);
    expect(JSON.parse(out).error.code).toBe("WrongUsage");
  });
});

/** Does something between two looks; Ctrl-C comes once there is nothing left to do. */
function meanwhile(steps: readonly (() => Promise<unknown>)[], scenario: Scenario) {
  const ctrlC = new AbortController();
  const left = [...steps];
  const wait = async () => {
    const step = left.shift();
    await step?.();
    for (const [name, value] of Object.entries(scenario.sandbox.environment))
      vi.stubEnv(name, value);
    if (left.length === 0) ctrlC.abort();
  };
  return { interrupted: ctrlC.signal, wait };
}

/** Rows of the first drawing: what the cursor goes up before the second. */
const heightOf = (out: string) => (out.split("\u001b")[0] ?? "").split("\n").length - 1;

describe("status --watch", () => {
  const nothing = async () => undefined;

  test("prints one block for each change and ends as the last state does", async () => {
    const scenario = await startScenario();
    await scenario.put(guide);
    await scenario.run();
    await scenario.put(guide, "other");
    const steps = [
      nothing,
      () => scenario.remove("other"),
      () => scenario.put({ ...guide, trust: { projects: "all" } }),
      () => scenario.run(),
      nothing,
    ];
    const shell = { ...meanwhile(steps, scenario), now: new Date() };
    const { code, out, err } = await run(scenario, ["--watch"], shell);
    expect({ code, err }).toEqual({ code: 3, err: "" });
    const heads = out.split("\n").filter((row) => /^[a-z ]+: /.test(row));
    expect(heads).toEqual([
      "other: no run has looked at version 1 yet",
      "production: ready (version 1, applied)",
      "environment other: gone",
      "production: ready (version 2 is not applied; version 1 applied)",
      "production: not ready (version 2 is held; version 1 applied)",
    ]);
    expect(out.match(/heartbeat/g)).toHaveLength(1);
  });

  test("draws on a terminal in place, and only the rows that changed", async () => {
    const scenario = await startScenario();
    await scenario.put(guide);
    await scenario.run();
    const steps = [nothing, () => scenario.put(guide), nothing];
    const terminal = { layout: { width: 100, colour: false }, height: 40, now: new Date() };
    const shell = { ...meanwhile(steps, scenario), ...terminal };
    const { out } = await run(scenario, ["--watch"], shell);
    const [first = "", same = "", changed = ""] = out.split(`\u001b[${heightOf(out)}A`);
    expect(first).toContain("AWS_ROLE_ARN=");
    expect(same).toMatch(/^\n+$/);
    expect(changed.replaceAll("\n", "")).toBe(
      "\u001b[2Kproduction: ready (version 2 is not applied; version 1 applied)",
    );
  });

  test("shows on a short terminal what waits, and how much is left out", async () => {
    const scenario = await startScenario();
    for (const name of ["a", "b", "z"]) await scenario.put(guideAs(name, { deploy: {} }), name);
    await scenario.run();
    await putStatus(scenario, "{}", "z");
    const terminal = { layout: { width: 60, colour: false }, height: 8 };
    const shell = { ...meanwhile([nothing], scenario), ...terminal, now: new Date() };
    const { out } = await run(scenario, ["--watch"], shell);
    const rows = (out.split("\u001b")[0] ?? "").split("\n");
    expect(rows).toHaveLength(8);
    expect(rows).toContain("! 1 of 3 environments need a look: z");
    expect(rows).toContain("z: unknown (version 1)");
    expect(rows.at(-2)).toMatch(/^… and \d+ more rows/);
  });

  test("goes on after a look that failed, and ends where the login has ended", async () => {
    const scenario = await startScenario();
    await scenario.put(guide);
    await scenario.run();
    const fail = (error: string, httpStatus: number, times: number) => async () => {
      scenario.sandbox.faults.add({
        when: ({ operation }) => operation === "GetParameters",
        at: "before",
        how: { error, httpStatus },
        times,
      });
    };
    const steps = [fail("ValidationException", 400, 1), nothing, nothing];
    const progress: string[] = [];
    const on = await run(scenario, ["--watch"], { ...meanwhile(steps, scenario), progress });
    expect(on.code).toBe(0);
    expect(progress).toEqual([expect.stringContaining("Not read at")]);
    const ended = [fail("ExpiredTokenException", 400, 100), nothing];
    const off = await run(scenario, ["--watch"], meanwhile(ended, scenario));
    expect(off.code).toBe(1);
    expect(off.err).toContain("AWS no longer accepts the login");
  });

  test("ends where nobody reads any more", async () => {
    const scenario = await startScenario();
    const shell = { nobodyReads: true, wait: () => Promise.reject(new Error("it waits")) };
    expect((await run(scenario, ["--watch"], shell)).code).toBe(3);
  });
});
