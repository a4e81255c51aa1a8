import { describe, expect, onTestFinished, test, vi } from "vitest";
import { readConfig, scriptsOf, workflowJobs } from "../pipeline/pipelines.ts";
import { guide, guideAs, guideWith, type Written } from "../scenarios/documents.ts";
import { prefix, type Scenario, startScenario } from "../scenarios/harness.ts";
import { makeServiceAnew } from "../scenarios/job-outputs.ts";
import { type Shell, say } from "./shell.ts";

/** Runs the command with a person's credentials; the SDK reads the process's own variables. */
async function run({ sandbox }: Scenario, args = "", shell: Shell = {}) {
  for (const [name, value] of Object.entries(sandbox.environment)) vi.stubEnv(name, value);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  const words = args.split(" ").filter((word) => word !== "");
  return say(["circleci", "config", ...words], { environment: process.env, ...shell });
}

async function applied(documents: Readonly<Record<string, Written>>): Promise<Scenario> {
  const account = await startScenario();
  for (const [name, document] of Object.entries(documents)) await account.put(document, name);
  const { report } = await account.run();
  expect(report.environments.map(({ outcome }) => outcome)).not.toContain("failed");
  return account;
}

describe("circleci config", () => {
  test("prints the file for the guide's environment and nothing else", async () => {
    const account = await applied({ production: guide });
    const { code, out, err } = await run(account);
    const started =
      "production: App Runner service demo-backend: the job only starts a deployment, because its `may` has no watch.\n";
    expect({ code, err }).toEqual({ code: 0, err: started });
    const config = readConfig(out);
    expect(Object.keys(config.jobs)).toEqual([
      "test-login-production",
      "push-demo-backend-production",
      "deploy-app-runner-demo-backend-production",
      "release-amplify-demo-frontend-main-production",
    ]);
    for (const { filters } of workflowJobs(config, "production").values()) {
      expect(filters).toEqual({ branches: { only: ["main"] } });
    }
    const asJson = await run(account, "production --json");
    expect(asJson.code).toBe(0);
    expect(readConfig(JSON.parse(asJson.out).config)).toEqual(config);
  });

  test("with readOutputs deploys to a service that was made again, without a new file", async () => {
    const reading = guideWith({ policy: { readOutputs: true } });
    const account = await applied({ production: reading });
    const before = await run(account);
    const arn = await makeServiceAnew(account);
    await account.run();
    expect((await account.status())?.outputs["AWS_APP_RUNNER_SERVICE_ARN"]).toBe(arn);
    expect((await run(account)).out).toBe(before.out);
    expect(before.out).toContain(`OUTPUTS_PARAMETER: ${prefix}/outputs/production`);
    expect(before.out).not.toContain(account.targets.serviceArn);
  });

  test("of several environments has each one's role, or each one's context", async () => {
    const account = await applied({
      production: guideAs("production"),
      staging: guideAs("staging"),
    });
    const { out } = await run(account);
    for (const name of ["production", "staging"]) {
      expect(out).toContain(`role_arn: arn:aws:iam::123456789012:role/CircleCI-${name}-Role`);
    }
    expect(out).toContain(account.targets.serviceArn);
    const { out: withContexts } = await run(
      account,
      "production staging --context production=aws-1 staging=aws-2",
    );
    expect(withContexts).not.toContain("arn:aws:iam::123456789012:role");
    const jobs = workflowJobs(readConfig(withContexts), "staging");
    expect([...jobs.values()].map(({ context }) => context)).toEqual(Array(4).fill(["aws-2"]));
  });

  test("is of the version in force while a wider one is held, and says so", async () => {
    const account = await applied({ production: guide });
    await account.put(guideWith({ trust: { projects: "all" } }));
    await account.run();
    const { code, out, err } = await run(account);
    expect(code).toBe(0);
    expect(out).toContain("only:\n                - main\n");
    const note = "a newer version of the document is not in force, and nothing of it is here.";
    expect(err).toContain(`production: ${note}\n`);
    expect(out).toContain(`#   production: ${note}\n`);
  });

  test("leaves out an entry that has ended by the clock, before the next run", async () => {
    const until = "2026-12-01T00:00:00Z";
    const projects = [{ id: "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee", until }];
    const account = await applied({ production: guideWith({ trust: { projects } }) });
    const early = await run(account, "", { now: new Date("2026-11-30T23:59:59Z") });
    expect(early.out).not.toContain("filters:");
    const late = await run(account, "", { now: new Date(until) });
    expect(late.out).toContain("branches:\n              ignore:\n                - /.*/\n");
    expect(late.err).toContain("production: every entry of trust has ended, so no job runs.\n");
  });

  test("has no job for a target that does not exist, and says so", async () => {
    const deploy = { ecr: ["demo-backend", "not-there"] };
    const account = await applied({ production: guideWith({ deploy }) });
    const { code, out, err } = await run(account);
    expect(code).toBe(0);
    expect(err).toBe(
      "production: ECR repository not-there has no job: it was not found, so the role may not deploy to it.\n",
    );
    expect(Object.keys(readConfig(out).jobs)).toHaveLength(2);
  });

  test("leaves out an environment that waits for approval, unless it is asked for", async () => {
    const account = await applied({ production: guide });
    account.variables.set("OIDC_FIRST_DOCUMENT", "hold");
    await account.put(guideAs("staging"), "staging");
    await account.run();
    const all = await run(account);
    expect(all.code).toBe(0);
    expect(all.err).toContain(
      "Environment staging has no version in force, so the file does not deploy it.\n",
    );
    expect(Object.keys(readConfig(all.out).workflows)).toEqual(["production"]);
    // Its context is for later.
    const contexts = await run(account, "--context production=aws-1 staging=aws-2");
    expect(contexts).toMatchObject({ code: 0, err: all.err });
    expect(contexts.out).toContain("- aws-1");
    const asked = await run(account, "production staging");
    expect(asked).toMatchObject({ code: 1, out: "" });
    expect(asked.err).toContain("environment staging has no version in force");
    const { error } = JSON.parse((await run(account, "staging --json")).out);
    expect(error).toMatchObject({ code: "NothingInForce", where: "staging" });
  });

  test("without any environment ends with 1 and says how to make one", async () => {
    const account = await startScenario();
    const { code, out, err } = await run(account);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toBe("There is no environment yet: make one with oidc-reconciler init.\n");
  });

  test("marks deployments where that is asked for", async () => {
    const account = await applied({ production: guide });
    const { out } = await run(account, "--deploy-markers");
    const job = readConfig(out).jobs["release-amplify-demo-frontend-main-production"];
    const scripts = job === undefined ? [] : scriptsOf(job);
    expect(scripts[0]).toContain('circleci run release plan "$CIRCLE_JOB"');
    expect(job?.environment).toMatchObject({
      DEPLOY_ENVIRONMENT: "production",
      DEPLOY_COMPONENT: "demo-frontend",
    });
  });

  test.each([
    [
      "prodction",
      "UnknownEnvironment",
      'There is no environment "prodction". Did you mean "production"?',
    ],
    ["--context aws", "WrongUsage", '--context takes ENV=NAME, and "aws" is not of that form.'],
    ["--context =aws", "WrongUsage", '--context takes ENV=NAME, and "=aws" is not of that form.'],
    [
      "--context production=a\tb",
      "WrongUsage",
      '--context takes ENV=NAME, and "production=a\\u0009b" is not of that form.',
    ],
    [
      "--context production=",
      "WrongUsage",
      '--context takes ENV=NAME, and "production=" is not of that form.',
    ],
    [
      "--context production=a production=b",
      "WrongUsage",
      '--context names environment "production" twice.',
    ],
    [
      "--context staging=a",
      "WrongUsage",
      '--context names "staging", which is not among the environments of this file: production.',
    ],
  ])("%s ends with 2", async (args, code, sentence) => {
    const account = await applied({ production: guide });
    const said = await run(account, args);
    expect(said).toMatchObject({ code: 2, out: "" });
    expect(said.err).toContain(sentence);
    const { error } = JSON.parse((await run(account, `${args} --json`)).out);
    expect(error.code).toBe(code);
  });
});
