import { ListRoleTagsCommand, PutRolePolicyCommand, TagRoleCommand } from "@aws-sdk/client-iam";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { guide, guideWith, roleName } from "../scenarios/documents.ts";
import { type Scenario, startScenario } from "../scenarios/harness.ts";
import { type Shell, say } from "./shell.ts";

const key = "oidc-reconciler-drill";
const RoleName = roleName;

/** The process's variables are a person's; a run of the function sets its own and takes all away. */
function asPerson({ sandbox }: Scenario): void {
  for (const [name, value] of Object.entries(sandbox.environment)) vi.stubEnv(name, value);
}

async function drill(scenario: Scenario, args: readonly string[], shell: Shell = {}) {
  asPerson(scenario);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  return say(["drill", ...args], { environment: process.env, ...shell });
}

/** What happens during each wait, and five seconds that pass; after the last one nothing more. */
function waits(scenario: Scenario, steps: readonly (() => Promise<unknown>)[]) {
  const left = [...steps];
  let now = Date.parse("2026-11-26T10:00:00Z");
  const wait = async (milliseconds: number) => {
    now += milliseconds;
    await left.shift()?.();
    asPerson(scenario);
  };
  return { wait, clock: () => new Date(now) };
}

const nothing = async () => undefined;

async function ready(): Promise<Scenario> {
  const scenario = await startScenario();
  await scenario.put(guideWith({ role: { tags: { team: "shop" } } }));
  await scenario.run();
  return scenario;
}

async function tagsOf({ iam }: Scenario): Promise<Readonly<Record<string, string>>> {
  const { Tags = [] } = await iam.send(new ListRoleTagsCommand({ RoleName }));
  return Object.fromEntries(Tags.map(({ Key = "", Value = "" }) => [Key, Value]));
}

const operationsOf = ({ sandbox }: Scenario, from: number) =>
  sandbox.calls.slice(from).map(({ service, operation }) => `${service}:${operation}`);

describe("drill", () => {
  test("measures how long the loop takes, and asks nothing", async () => {
    const scenario = await ready();
    const before = await tagsOf(scenario);
    let during: Readonly<Record<string, string>> = {};
    const look = async () => {
      during = await tagsOf(scenario);
    };
    const steps = [look, nothing, () => scenario.run(), nothing];
    const progress: string[] = [];
    const shell = { ...waits(scenario, steps), progress };
    const { code, out, err } = await drill(scenario, ["production", "--json"], shell);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual({
      name: "production",
      openedAt: "2026-11-26T10:00:00.000Z",
      closedAt: "2026-11-26T10:00:15.000Z",
      seconds: 15,
      closedBy: "loop",
    });
    expect(during).toEqual({ ...before, [key]: "2026-11-26T10:00:00.000Z" });
    expect(await tagsOf(scenario)).toEqual(before);
    expect(err).toBe(
      `putting the tag ${key} on ${roleName}; if this ends in the middle: aws iam untag-role --role-name ${roleName} --tag-keys ${key}\n`,
    );
    expect(progress[2]).toBe("waiting for the loop to take the tag off: 5 s of at most 1200 s");
  });

  test("is reported by the loop as corrected drift that grants nothing", async () => {
    const scenario = await ready();
    const runs: Awaited<ReturnType<Scenario["run"]>>[] = [];
    const run = async () => runs.push(await scenario.run());
    await drill(scenario, ["production"], waits(scenario, [nothing, run, nothing]));
    const [{ report }] = runs as [Awaited<ReturnType<Scenario["run"]>>];
    expect(report.alerts).toMatchObject([{ kind: "drift-corrected", severity: "info" }]);
    expect(report.environments[0]?.widenings).toEqual([]);
    expect(report.environments[0]?.changes).toMatchObject([
      { resource: "role", before: { [key]: expect.any(String) }, after: {} },
    ]);
  });

  test("takes the tag off itself when the time is over, and ends with 3", async () => {
    const scenario = await ready();
    const before = await tagsOf(scenario);
    const args = ["production", "--timeout", "12"];
    const { code, out } = await drill(scenario, args, waits(scenario, []));
    expect(code).toBe(3);
    expect(out).toContain("The loop did not take the tag off within 12 s");
    expect(await tagsOf(scenario)).toEqual(before);
    const json = await drill(scenario, [...args, "--json"], waits(scenario, []));
    expect(JSON.parse(json.out)).toMatchObject({ seconds: 12, closedBy: "drill" });
  });

  test("takes the tag off with Ctrl-C, and says so", async () => {
    const scenario = await ready();
    const before = await tagsOf(scenario);
    const ctrlC = new AbortController();
    const press = async () => ctrlC.abort();
    const shell = { ...waits(scenario, [nothing, press]), interrupted: ctrlC.signal };
    const { code, out } = await drill(scenario, ["production"], shell);
    expect(code).toBe(3);
    expect(out).toContain("Ended after 10 s, before the loop had taken the tag off");
    expect(await tagsOf(scenario)).toEqual(before);
  });

  test("takes the tag off where it cannot look any more, and ends with 1", async () => {
    const scenario = await ready();
    const deny = async () =>
      scenario.sandbox.faults.add({
        when: ({ operation }) => operation === "ListRoleTags",
        at: "before",
        how: { error: "AccessDenied", httpStatus: 403 },
      });
    const { code, err } = await drill(scenario, ["production"], waits(scenario, [deny]));
    expect(code).toBe(1);
    expect(err).toContain("You are not allowed to call iam:ListRoleTags");
    expect(err).toContain("The drill took its tag off again.");
    scenario.sandbox.faults.clear();
    expect(await tagsOf(scenario)).not.toHaveProperty(key);
  });

  test("takes off a tag whose answer got lost", async () => {
    const scenario = await ready();
    vi.spyOn(Math, "random").mockReturnValue(0);
    onTestFinished(() => {
      vi.restoreAllMocks();
    });
    scenario.sandbox.faults.add({
      when: ({ operation }) => operation === "TagRole",
      at: "after",
      how: "connection-reset",
    });
    expect((await drill(scenario, ["production"], waits(scenario, []))).code).toBe(1);
    expect(await tagsOf(scenario)).not.toHaveProperty(key);
  });

  test("says how to take the tag off where it may not", async () => {
    const scenario = await ready();
    scenario.sandbox.faults.add({
      when: ({ operation }) => operation === "UntagRole",
      at: "before",
      how: { error: "AccessDenied", httpStatus: 403 },
    });
    const args = ["production", "--timeout", "5", "--json"];
    const { code, out } = await drill(scenario, args, waits(scenario, []));
    expect(code).toBe(1);
    const { error } = JSON.parse(out);
    expect(error).toMatchObject({ code: "DrillTagLeft", where: roleName });
    expect(error.message).toMatch(
      new RegExp(`with: aws iam untag-role --role-name ${roleName} --tag-keys ${key}$`),
    );
  });

  test("touches no tag of a person, and uses no key that a policy asks for", async () => {
    const scenario = await ready();
    await scenario.iam.send(
      new TagRoleCommand({ RoleName, Tags: [{ Key: `${key}-2`, Value: "of a person" }] }),
    );
    const PolicyDocument = JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Action: "s3:*",
          Resource: "*",
          Condition: { StringLike: { [`aws:PrincipalTag/${key}`]: "*" } },
        },
      ],
    });
    const inline = { RoleName, PolicyName: "by-tag", PolicyDocument };
    await scenario.iam.send(new PutRolePolicyCommand(inline));
    const args = ["production", "--timeout", "5"];
    const { code, err } = await drill(scenario, args, waits(scenario, []));
    expect(code).toBe(3);
    expect(err).toContain(`putting the tag ${key}-3 on`);
    expect(await tagsOf(scenario)).toMatchObject({ [`${key}-2`]: "of a person", team: "shop" });
  });

  test.each<[string, Parameters<typeof guideWith>[0]]>([
    ["observe", { mode: "observe" }],
    ["suspend", { mode: "suspend" }],
  ])("is refused with 2 in mode %s, looked at or not", async (mode, changes) => {
    const scenario = await ready();
    await scenario.put(guideWith({ role: { tags: { team: "shop" } }, ...changes }));
    for (const step of [nothing, () => scenario.run()]) {
      await step();
      const from = scenario.sandbox.calls.length;
      const { code, out } = await drill(scenario, ["production", "--json"]);
      expect(code).toBe(2);
      expect(JSON.parse(out).error).toMatchObject({
        code: "DrillRefused",
        where: "production",
        message: expect.stringContaining(`its mode is ${mode}`),
      });
      // The heartbeat, and then what the environment is.
      expect(operationsOf(scenario, from)).toEqual(["ssm:GetParameters", "ssm:GetParameters"]);
    }
  });

  test("is refused with 2 where nothing is in force yet", async () => {
    const scenario = await startScenario();
    await scenario.put(guide);
    const { code, err } = await drill(scenario, ["production"]);
    expect(code).toBe(2);
    expect(err).toContain("no version of its document is in force");
  });

  test("is refused with 2 where the role is gone", async () => {
    const scenario = await startScenario();
    await scenario.put(guide);
    await scenario.run();
    scenario.sandbox.faults.add({
      when: ({ operation }) => operation === "GetRole",
      at: "before",
      how: { error: "NoSuchEntity", httpStatus: 404 },
    });
    const { code, err } = await drill(scenario, ["production"]);
    expect(code).toBe(2);
    expect(err).toContain(`its role ${roleName} does not exist`);
  });

  test.each(["0", "86401", "1.5", "soon", "1e3"])(
    "refuses --timeout %s with 2",
    async (seconds) => {
      const { code, err } = await say(["drill", "production", "--timeout", seconds]);
      expect(code).toBe(2);
      expect(err).toContain(`--timeout is "${seconds}"; it is a whole number of seconds`);
    },
  );

  test("calls what docs say it may, and no more", async () => {
    const scenario = await ready();
    const from = scenario.sandbox.calls.length;
    await drill(scenario, ["production", "--timeout", "5"], waits(scenario, []));
    expect(new Set(operationsOf(scenario, from))).toEqual(
      new Set([
        "ssm:GetParameters",
        "iam:GetRole",
        "iam:ListAttachedRolePolicies",
        "iam:ListRolePolicies",
        "iam:GetPolicy",
        "iam:GetPolicyVersion",
        "iam:TagRole",
        "iam:ListRoleTags",
        "iam:UntagRole",
      ]),
    );
  });

  test("names the tag that an earlier drill left behind", async () => {
    const scenario = await ready();
    await scenario.iam.send(new TagRoleCommand({ RoleName, Tags: [{ Key: key, Value: "old" }] }));
    const args = ["production", "--timeout", "5"];
    const { err } = await drill(scenario, args, waits(scenario, []));
    expect(err).toContain(`${roleName} still has the tag ${key} of an earlier drill`);
    expect(err).toContain(`putting the tag ${key}-2 on`);
    expect(await tagsOf(scenario)).toHaveProperty(key, "old");
  });
});
