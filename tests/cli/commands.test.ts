import { stripVTControlCharacters } from "node:util";
import { DeleteParameterCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { type Sandbox, startSandbox } from "../../sandbox/index.ts";
import { clientOptions, seed } from "../../sandbox/seed.ts";
import { say } from "./shell.ts";

const document = `circleci: {organizationId: 11111111-2222-4333-8444-555555555555}
trust: {projects: [{id: aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee, origin: github.com/acme/shop, refs: [refs/heads/main]}]}
deploy: {ecr: [demo-backend]}
`;

/** Runs a command in the account that the process's environment points at. */
const run = (args: readonly string[], files: Readonly<Record<string, string>> = {}) =>
  say(args, { files, environment: process.env });

/** An account with one document, and the process's environment pointing at it. */
async function startAccount(text: string | null = document): Promise<Sandbox> {
  const sandbox = await startSandbox();
  onTestFinished(async () => {
    vi.unstubAllEnvs();
    await sandbox.close();
  });
  for (const [name, value] of Object.entries(sandbox.environment)) vi.stubEnv(name, value);
  await seed(sandbox);
  if (text === null) return sandbox;
  const Name = "/oidc-reconciler/environments/production";
  await new SSMClient(clientOptions(sandbox)).send(
    new PutParameterCommand({ Name, Value: text, Type: "String" }),
  );
  return sandbox;
}

const writesOf = (sandbox: Sandbox, from: number) =>
  sandbox.calls.slice(from).filter(({ mutating }) => mutating).length;

describe("plan", () => {
  test("shows what a run would do, writes nothing, and ends with 3", async () => {
    const sandbox = await startAccount();
    const before = sandbox.calls.length;
    const { code, out, err } = await run(["plan"]);
    const assumed = "assuming OIDC_FIRST_DOCUMENT=hold and any organisation\n";
    expect({ code, err }).toEqual({ code: 3, err: assumed });
    expect(out).toContain("production: held (version 1, none applied)");
    expect(writesOf(sandbox, before)).toBe(0);
  });

  test("shows what is made where first documents are applied, and says what it assumes", async () => {
    await startAccount();
    vi.stubEnv("OIDC_FIRST_DOCUMENT", "apply");
    const { code, out, err } = await run(["plan"]);
    expect({ code, err }).toEqual({ code: 3, err: "assuming any organisation\n" });
    expect(out).toContain("create role CircleCI-OIDC-Role");
  });

  test("ends with 0 once there is nothing to do", async () => {
    await startAccount();
    vi.stubEnv("OIDC_FIRST_DOCUMENT", "apply");
    expect((await run(["reconcile"])).code).toBe(0);
    expect((await run(["plan", "production"])).code).toBe(0);
  });

  test("answers with one JSON value", async () => {
    await startAccount();
    const { out } = await run(["plan", "--json"]);
    expect(JSON.parse(out)).toMatchObject({
      dryRun: true,
      trigger: "manual",
      environments: [{ name: "production", outcome: "held" }],
    });
  });

  test("of an environment that is not there says which are, and ends with 2", async () => {
    await startAccount();
    const { code, out, err } = await run(["plan", "staging"]);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toBe('There is no environment "staging". There are: production.\n');
  });
});

describe("reconcile", () => {
  test("of a document that is not valid ends with 3 and says what is wrong", async () => {
    await startAccount("circleci: {}");
    const { code, out } = await run(["reconcile"]);
    expect(code).toBe(3);
    expect(out).toContain("organizationId");
  });

  test("where Parameter Store cannot be read ends with 1 and one sentence", async () => {
    const sandbox = await startAccount();
    sandbox.faults.add({
      when: ({ service }) => service === "ssm",
      at: "before",
      how: { error: "AccessDeniedException", httpStatus: 400 },
    });
    const { code, out } = await run(["reconcile"]);
    expect(code).toBe(1);
    expect(out).toContain("AccessDenied");
    expect(out).not.toMatch(/\n\s+at /);
  });
});

describe("a name that no environment has", () => {
  test.each(["plan", "reconcile", "reconcile --dry-run", "status"])(
    "ends %s with 2 before anything is done for the others",
    async (call) => {
      const sandbox = await startAccount();
      const from = sandbox.calls.length;
      const { code, out } = await run([...call.split(" "), "production", "prodution", "--json"]);
      expect(code).toBe(2);
      expect(JSON.parse(out)).toEqual({
        error: {
          code: "UnknownEnvironment",
          message: 'There is no environment "prodution". Did you mean "production"?',
          where: "prodution",
        },
      });
      expect(writesOf(sandbox, from)).toBe(0);
    },
  );

  test("is a known one where only a status is left of it", async () => {
    const sandbox = await startAccount();
    vi.stubEnv("OIDC_FIRST_DOCUMENT", "apply");
    await run(["reconcile"]);
    const Name = "/oidc-reconciler/environments/production";
    await new SSMClient(clientOptions(sandbox)).send(new DeleteParameterCommand({ Name }));
    expect((await run(["plan", "production"])).out).toContain("production: orphaned");
  });
});

describe("validate", () => {
  test("ends with 0 for a valid document, without AWS", async () => {
    const said = await run(["validate", "good.yaml"], { "good.yaml": document });
    expect(said).toEqual({ code: 0, out: "good.yaml is valid\n", err: "" });
  });

  test("names file, place and what is allowed", async () => {
    const text = document.replace("refs/heads/main", "main");
    const { code, err } = await run(["validate", "bad.yaml"], { "bad.yaml": text });
    expect(code).toBe(2);
    expect(err).toMatch(/bad\.yaml.*trust\.projects\[0\]\.refs\[0\].*allowed:/);
  });

  test("without a file says how it is used", async () => {
    const { code, err } = await run(["validate"]);
    expect(code).toBe(2);
    expect(err).toContain("Usage:");
  });
});

describe("audit and diagnose", () => {
  test("audit reports its findings and ends with 3", async () => {
    await startAccount(null);
    const { code, out } = await run(["audit"]);
    expect(code).toBe(3);
    expect(out).toContain("no CloudTrail trail is logging");
    expect(out).toMatch(/1 finding\.\n$/);
  });

  test("diagnose says what its file may hold", async () => {
    await startAccount(null);
    expect(await run(["diagnose", "a.json"], { "a.json": "no JSON" })).toMatchObject({
      code: 2,
      err: expect.stringContaining("holds no JSON"),
    });
    const said = await run(["diagnose", "a.json"], { "a.json": "{}" });
    expect(said).toMatchObject({ code: 2, err: expect.stringContaining("allowed:") });
  });

  test("diagnose names the role that is not there", async () => {
    await startAccount(null);
    const claims = { iss: "https://oidc.circleci.com/org/x", aud: "x", sub: "y" };
    const file = JSON.stringify({ role: "Nobody", claims });
    const { code, out } = await run(["diagnose", "a.json"], { "a.json": file });
    expect(code).toBe(3);
    expect(out).toMatch(/^role-missing: there is no role Nobody in account 123456789012/);
  });
});

describe("every command that asks AWS", () => {
  const claims = { iss: "https://oidc.circleci.com/org/x", aud: "x", sub: "y" };
  const files = { "a.json": JSON.stringify({ role: "Nobody", claims }) };
  const calls = ["plan", "reconcile --dry-run", "audit", "diagnose a.json"];

  test.each(calls)("%s keeps to the terminal's width, with its colours", async (call) => {
    await startAccount();
    const args = call.split(" ");
    const layout = { width: 60, colour: true };
    const narrow = await say(args, { files, environment: process.env, layout });
    const wide = await say(args, { files, environment: process.env });
    const rows = (narrow.out + narrow.err).split("\n").map(stripVTControlCharacters);
    expect(narrow.out).toContain("\u001b[");
    expect(Math.max(...rows.map((row) => row.length))).toBeLessThanOrEqual(60);
    expect(Math.max(...wide.out.split("\n").map((row) => row.length))).toBeGreaterThan(60);
    expect(wide.out).not.toContain("\u001b");
  });

  test.each(calls)("%s prints its report alone with --json", async (call) => {
    await startAccount();
    const said = await run([...call.split(" "), "--json"], files);
    expect(JSON.parse(said.out)).toMatchObject({ account: "123456789012", trigger: "manual" });
  });

  test("looks where --prefix and --region say", async () => {
    const sandbox = await startAccount();
    expect((await run(["plan", "--prefix", "/other"])).out).toContain("no environment looked at");
    const from = sandbox.calls.length;
    expect((await run(["plan", "--region", "eu-west-1"])).out).toContain(
      "no environment looked at",
    );
    const regions = sandbox.calls.slice(from).map(({ region }) => region);
    expect(new Set(regions)).toEqual(new Set(["eu-west-1"]));
    expect((await run(["plan", "--prefix=/oidc-reconciler", "--region=us-east-1"])).code).toBe(3);
  });

  test.each([
    ["AWS_REGION", "us-east", { AWS_REGION: "us-east" }],
    ["AWS_REGION", "us east 1", { AWS_REGION: "us east 1" }],
    ["AWS_ENDPOINT_URL", "nonsense", { AWS_ENDPOINT_URL: "nonsense" }],
    ["AWS_ENDPOINT_URL_SSM", "ftp://x", { AWS_ENDPOINT_URL_SSM: "ftp://x" }],
  ])("refuses %s %s with 2 before it asks AWS", async (name, value, environment) => {
    for (const call of [...calls, "status"]) {
      const shell = { files, environment: { AWS_REGION: "us-east-1", ...environment } };
      const { code, out } = await say([...call.split(" "), "--json"], shell);
      expect(code).toBe(2);
      expect(JSON.parse(out).error).toMatchObject({ code: "BadSetting", where: name });
      expect(out).toContain(value);
    }
  });

  test("refuses a name that no environment can have", async () => {
    expect(await run(["plan", "a b"])).toEqual({
      code: 2,
      out: "",
      err: '"a b" cannot be an environment: a name has 1 to 64 of the characters A-Z a-z 0-9 _ . -\n',
    });
  });

  test("audit that could not read everything does not say that nothing is loose", async () => {
    const sandbox = await startAccount(null);
    sandbox.faults.add({
      when: ({ service }) => service === "ssm",
      at: "before",
      how: { error: "AccessDeniedException", httpStatus: 400 },
    });
    const { code, out, err } = await run(["audit"]);
    expect(code).toBe(1);
    expect(out).not.toContain("Nothing is loose");
    expect(err).toContain("AccessDenied");
  });

  test("audit that could not read the roles has failed, and names the action that is missing", async () => {
    const sandbox = await startAccount(null);
    sandbox.faults.add({
      when: ({ operation }) => operation === "GetAccountAuthorizationDetails",
      at: "before",
      how: { error: "AccessDenied", httpStatus: 403 },
    });
    const { code, out } = await run(["audit", "--json"]);
    expect(code).toBe(1);
    const { findings, error } = JSON.parse(out);
    expect(findings).toContainEqual(expect.objectContaining({ code: "unreadable" }));
    expect(error).toMatchObject({
      code: "AccessDenied",
      where: "iam:GetAccountAuthorizationDetails",
    });
  });
});
