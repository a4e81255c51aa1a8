import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateRoleCommand, DeleteRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { type Sandbox, startSandbox } from "../../sandbox/index.ts";
import { clientOptions } from "../../sandbox/seed.ts";
import { leaves } from "./leaves.ts";
import { type Said, say } from "./shell.ts";

const organization = "11111111-2222-4333-8444-555555555555";
const claims = { iss: `https://oidc.circleci.com/org/${organization}`, aud: "x", sub: "y" };
const tasksTrust = {
  Version: "2012-10-17",
  Statement: [
    {
      Effect: "Allow",
      Principal: { Service: "ecs-tasks.amazonaws.com" },
      Action: "sts:AssumeRole",
    },
  ],
};
const policy = { Statement: [{ Effect: "Allow", Principal: "*", Action: "sts:AssumeRole" }] };
const files = {
  "claims.json": JSON.stringify(claims),
  "question.json": JSON.stringify({ role: "CI", claims }),
  "trust.json": JSON.stringify(policy),
  "document.yaml": `circleci: {organizationId: ${organization}}\ntrust: {projects: all}\ndeploy: {ecr: [a]}\n`,
};

type Call = {
  /** Arguments behind the command's name that it accepts. */
  readonly args: string;
  /** Whether it asks AWS: a command that does not, never fails for what AWS says. */
  readonly asksAws: boolean;
};

/** One call of every command. */
const calls: Readonly<Record<string, Call>> = {
  init: {
    args: `production --organization ${organization} --project ${organization} --ecr a`,
    asksAws: true,
  },
  plan: { args: "production", asksAws: true },
  reconcile: { args: "production", asksAws: true },
  status: { args: "production", asksAws: true },
  history: { args: "production", asksAws: true },
  approve: { args: "production --yes", asksAws: true },
  drill: { args: "production", asksAws: true },
  audit: { args: "", asksAws: true },
  diagnose: { args: "question.json", asksAws: true },
  validate: { args: "document.yaml", asksAws: false },
  "trust compare": { args: "--before trust.json --after trust.json", asksAws: false },
  "trust explain": { args: "trust.json", asksAws: false },
  "trust admits": { args: "trust.json --token claims.json", asksAws: false },
  "trust replay": { args: "production", asksAws: true },
  doctor: { args: "production --token claims.json", asksAws: true },
  "circleci config": { args: "production", asksAws: true },
  "circleci env": { args: "production --project gh/acme/shop", asksAws: true },
  "circleci check": { args: "production --project gh/acme/shop", asksAws: true },
  report: { args: "production", asksAws: true },
  completion: { args: "bash", asksAws: false },
};

const argsOf = (path: string) => `${path} ${calls[path]?.args ?? ""}`.trim().split(" ");
const run = (args: readonly string[]) => say(args, { files, environment: process.env });

/** A command that ends without an answer says why in one sentence, and never how it was built. */
function expectSentence({ out, err }: Said): void {
  expect(out + err).not.toMatch(/\n\s+at |node:internal|\.ts:\d/);
  expect(err).toMatch(/[.:)]\n/);
}

/** The same asked with `--json`: an error, or a report that has one. */
async function errorOf(args: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
  const { out } = await run([...args, "--json"]);
  const { error } = JSON.parse(out);
  return error;
}

test("every command has its line here", () => {
  const known = leaves.map(({ path }) => path);
  expect(Object.keys(calls)).toEqual(expect.arrayContaining(known));
});

describe.each(leaves)("oidc-reconciler $path", ({ path, command }) => {
  const { options, operands } = command;
  const valued = Object.entries(options).filter(([, { value }]) => value !== undefined);
  const single = valued.filter(([, { list }]) => list !== true).map(([name]) => name);

  test("with an option that it does not have ends with 2 and names it", async () => {
    const said = await run([...argsOf(path), "--nonsense"]);
    expect(said).toMatchObject({ code: 2, out: "" });
    expect(said.err).toContain("There is no option --nonsense.");
    expectSentence(said);
    expect(await errorOf([...argsOf(path), "--nonsense"])).toMatchObject({ code: "WrongUsage" });
  });

  test.runIf(valued.length > 0)("with an option that lacks its value ends with 2", async () => {
    for (const [name] of valued) {
      const said = await run([path, `--${name}`].join(" ").split(" "));
      expect(said.code).toBe(2);
      expect(said.err).toContain(`--${name} needs a value.`);
    }
  });

  test.runIf(single.length > 0)("with an option twice ends with 2", async () => {
    for (const name of single) {
      const said = await run(`${path} --${name} a --${name} b`.split(" "));
      expect(said.code).toBe(2);
      expect(said.err).toContain(`--${name} is given twice.`);
    }
  });

  test.runIf((operands?.least ?? 0) > 0)("without its operand ends with 2", async () => {
    const said = await run(path.split(" "));
    expect(said.code).toBe(2);
    expectSentence(said);
  });

  test.runIf((operands?.most ?? 0) < 9)("with too many words ends with 2", async () => {
    const said = await run([...path.split(" "), ..."abcdefghi"]);
    expect(said.code).toBe(2);
    expect(said.err).toContain("Too many arguments");
  });
});

const asking = leaves.filter(({ path }) => calls[path]?.asksAws === true);

describe.each(asking)("oidc-reconciler $path", ({ path }) => {
  let sandbox: Sandbox;
  let home: string;
  beforeAll(async () => {
    sandbox = await startSandbox();
    home = mkdtempSync(join(tmpdir(), "oidc-reconciler-home-"));
  });
  afterAll(async () => {
    await sandbox.close();
    rmSync(home, { recursive: true });
  });

  /** The environment of a shell at the account, without some variables. */
  function environment(...missing: readonly string[]): void {
    onTestFinished(() => void vi.unstubAllEnvs());
    const given = {
      ...sandbox.environment,
      HOME: home,
      AWS_EC2_METADATA_DISABLED: "true",
      CIRCLE_TOKEN: "CCIPAT_x",
      CIRCLECI_CLI_HOST: sandbox.endpoint,
    };
    for (const [name, value] of Object.entries(given)) vi.stubEnv(name, value);
    for (const name of missing) vi.stubEnv(name, undefined);
  }

  /** AWS accepts the login of no call any more. */
  function endLogin(): void {
    const how = { error: "ExpiredTokenException", httpStatus: 400 };
    sandbox.faults.add({ when: () => true, at: "before", how });
    onTestFinished(() => sandbox.faults.clear());
  }

  /** Takes the credentials of a role without any policy. */
  async function actAsNobody(): Promise<void> {
    const iam = new IAMClient(clientOptions(sandbox));
    const RoleName = "Nobody";
    const made = await iam.send(
      new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: JSON.stringify(tasksTrust) }),
    );
    onTestFinished(async () => {
      await iam.send(new DeleteRoleCommand({ RoleName }));
      iam.destroy();
    });
    const session = await sandbox.credentialsOf(made.Role?.Arn ?? "", "ann");
    vi.stubEnv("AWS_ACCESS_KEY_ID", session.accessKeyId);
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", session.secretAccessKey);
    vi.stubEnv("AWS_SESSION_TOKEN", session.sessionToken);
  }

  test("without credentials ends with 1 and CredentialsMissing", async () => {
    environment("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN");
    const said = await run(argsOf(path));
    expect(said).toMatchObject({ code: 1, out: "" });
    expect(said.err).toContain("There are no AWS credentials.");
    expectSentence(said);
    expect(await errorOf(argsOf(path))).toMatchObject({ code: "CredentialsMissing", where: "" });
  });

  test("without a Region ends with 1 and RegionMissing", async () => {
    environment("AWS_REGION", "AWS_DEFAULT_REGION");
    const said = await run(argsOf(path));
    expect(said).toMatchObject({ code: 1, out: "" });
    expectSentence(said);
    expect(await errorOf(argsOf(path))).toMatchObject({ code: "RegionMissing", where: "" });
  });

  test("with a login that has ended ends with 1 and LoginExpired", async () => {
    environment();
    endLogin();
    const said = await run(argsOf(path));
    expect(said.code).toBe(1);
    expectSentence(said);
    expect(await errorOf(argsOf(path))).toMatchObject({ code: "LoginExpired" });
  });

  test("that may do nothing ends with 1 and AccessDenied, and names the action", async () => {
    environment();
    await actAsNobody();
    const said = await run(argsOf(path));
    expect(said.code).toBe(1);
    expectSentence(said);
    const { code, where } = await errorOf(argsOf(path));
    expect(code).toBe("AccessDenied");
    expect(where).toMatch(/^[a-z-]+:[A-Z]\w+$/);
  });
});
