import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { auditCommand } from "../../cli/audit.ts";
import { diagnoseCommand } from "../../cli/diagnose.ts";
import type { Command, Io } from "../../cli/io.ts";
import { reconcileCommand } from "../../cli/reconcile.ts";
import { validateCommand } from "../../cli/validate.ts";
import { type Sandbox, startSandbox } from "../../sandbox/index.ts";
import { clientOptions, seed } from "../../sandbox/seed.ts";

const document = `circleci: {organizationId: 11111111-2222-4333-8444-555555555555}
trust: {projects: [{id: aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee, origin: github.com/acme/shop, refs: [refs/heads/main]}]}
deploy: {ecr: [demo-backend]}
`;

const plan: Command = (args, io) => reconcileCommand("plan", args, io);
const reconcile: Command = (args, io) => reconcileCommand("reconcile", args, io);

type Said = { readonly code: number; readonly out: string; readonly err: string };

async function say(command: Command, args: readonly string[], files: object = {}): Promise<Said> {
  let out = "";
  let err = "";
  const texts = new Map(Object.entries(files).map(([name, text]) => [name, String(text)]));
  const io: Io = {
    stdout: { write: (text) => (out += text) },
    stderr: { write: (text) => (err += text) },
    stdin: (async function* () {})(),
    readFile: async (path) => texts.get(path) ?? "",
    environment: process.env,
    layout: { width: null, colour: false },
  };
  const code = await command(args, io);
  return { code, out, err };
}

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
    const { code, out, err } = await say(plan, []);
    const assumed = "assuming OIDC_FIRST_DOCUMENT=hold and any organisation\n";
    expect({ code, err }).toEqual({ code: 3, err: assumed });
    expect(out).toContain("production: held (version 1, none applied)");
    expect(writesOf(sandbox, before)).toBe(0);
  });

  test("shows what is made where first documents are applied, and says what it assumes", async () => {
    await startAccount();
    vi.stubEnv("OIDC_FIRST_DOCUMENT", "apply");
    const { code, out, err } = await say(plan, []);
    expect({ code, err }).toEqual({ code: 3, err: "assuming any organisation\n" });
    expect(out).toContain("create role CircleCI-OIDC-Role");
  });

  test("ends with 0 once there is nothing to do", async () => {
    await startAccount();
    vi.stubEnv("OIDC_FIRST_DOCUMENT", "apply");
    expect((await say(reconcile, [])).code).toBe(0);
    expect((await say(plan, ["production"])).code).toBe(0);
  });

  test("answers with one JSON value", async () => {
    await startAccount();
    const { out } = await say(plan, ["--json"]);
    expect(JSON.parse(out)).toMatchObject({
      dryRun: true,
      trigger: "manual",
      environments: [{ name: "production", outcome: "held" }],
    });
  });

  test("of an environment that is not there says which are, and ends with 1", async () => {
    await startAccount();
    const { code, out } = await say(plan, ["staging"]);
    expect(code).toBe(1);
    expect(out).toContain("there are: production");
  });
});

describe("reconcile", () => {
  test("of a document that is not valid ends with 3 and says what is wrong", async () => {
    await startAccount("circleci: {}");
    const { code, out } = await say(reconcile, []);
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
    const { code, out } = await say(reconcile, []);
    expect(code).toBe(1);
    expect(out).toContain("AccessDenied");
    expect(out).not.toMatch(/\n\s+at /);
  });
});

describe("validate", () => {
  test("ends with 0 for a valid document, without AWS", async () => {
    const said = await say(validateCommand, ["good.yaml"], { "good.yaml": document });
    expect(said).toEqual({ code: 0, out: "good.yaml is valid\n", err: "" });
  });

  test("names file, place and what is allowed", async () => {
    const text = document.replace("refs/heads/main", "main");
    const { code, err } = await say(validateCommand, ["bad.yaml"], { "bad.yaml": text });
    expect(code).toBe(2);
    expect(err).toMatch(/bad\.yaml.*trust\.projects\[0\]\.refs\[0\].*allowed:/);
  });

  test("without a file says how it is used", async () => {
    const { code, err } = await say(validateCommand, []);
    expect(code).toBe(2);
    expect(err).toContain("usage:");
  });
});

describe("audit and diagnose", () => {
  test("audit tells its findings and ends with 3", async () => {
    await startAccount(null);
    const { code, out } = await say(auditCommand, []);
    expect(code).toBe(3);
    expect(out).toContain("no CloudTrail trail is logging");
    expect(out).toMatch(/1 finding\.\n$/);
  });

  test("diagnose says what its file may hold", async () => {
    await startAccount(null);
    expect(await say(diagnoseCommand, ["a.json"], { "a.json": "no JSON" })).toMatchObject({
      code: 2,
      err: expect.stringContaining("holds no JSON"),
    });
    const said = await say(diagnoseCommand, ["a.json"], { "a.json": "{}" });
    expect(said).toMatchObject({ code: 2, err: expect.stringContaining("allowed:") });
  });

  test("diagnose names the role that is not there", async () => {
    await startAccount(null);
    const claims = { iss: "https://oidc.circleci.com/org/x", aud: "x", sub: "y" };
    const file = JSON.stringify({ role: "Nobody", claims });
    const { code, out } = await say(diagnoseCommand, ["a.json"], { "a.json": file });
    expect(code).toBe(3);
    expect(out).toMatch(/^role-missing: there is no role Nobody in account 123456789012/);
  });
});
