import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Sandbox, startSandbox } from "../../sandbox/index.ts";
import { clientOptions, seed } from "../../sandbox/seed.ts";
import { bundleCommand } from "../../scripts/bundle.ts";
import { guide, textOf } from "../scenarios/documents.ts";
import { leaves } from "./leaves.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const oldestNode = join(root, "node_modules/oldest-node/bin/node");
const { engines } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

const trust = (action: string) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { AWS: "123456789012" }, Action: action }],
  });

const provider = "arn:aws:iam::123456789012:oidc-provider/oidc.circleci.com/org/x";
const seen = {
  eventName: "AssumeRoleWithWebIdentity",
  requestParameters: { roleArn: "arn:aws:iam::123456789012:role/CI" },
  userIdentity: { identityProvider: provider, userName: "y" },
};

const files = {
  "events.json.gz": gzipSync(JSON.stringify({ Records: [seen] })),
  "environment.yaml": textOf(guide),
  "old.json": trust("sts:AssumeRole"),
  "new.json": trust("sts:*"),
  "request.json": JSON.stringify({
    principal: { type: "AWS", id: "arn:aws:iam::123456789012:role/somebody" },
    action: "sts:AssumeRole",
    context: {},
  }),
  "claims.json": JSON.stringify({ iss: "https://x", aud: "x", sub: "y", exp: 1 }),
  "question.json": JSON.stringify({
    role: "Nobody",
    claims: { iss: "https://oidc.circleci.com/org/x", aud: "x", sub: "y" },
  }),
};

const uuid = "11111111-2222-4333-8444-555555555555";

/** A call of every command, the exit code that is right, and what its output holds. */
const calls: readonly (readonly [line: string, code: number, out: RegExp])[] = [
  [
    `init staging --organization ${uuid} --project ${uuid} --role S --policy S`,
    0,
    /^# Environment staging of/,
  ],
  ["plan", 3, /production: held/],
  ["reconcile --dry-run", 3, /production/],
  ["reconcile --json", 3, /"outcome": "held"/],
  ["reconcile", 3, /production: held/],
  ["status", 3, /production: not ready/],
  ["drill production", 2, /^$/],
  ["history production", 3, /version 1: held/],
  ["approve production", 2, /^$/],
  ["audit", 3, /finding/],
  ["diagnose question.json", 3, /role-missing/],
  ["validate environment.yaml", 0, /is valid/],
  ["trust compare --before old.json --after new.json", 3, /^widened/],
  ["trust explain old.json", 0, /123456789012/],
  ["trust admits old.json --request request.json", 0, /^yes/],
  ["trust replay --role CI --trust new.json --events events.json.gz", 3, /Newly refused/],
  ["doctor production --token claims.json", 3, /token-expired/],
  ["circleci config", 1, /^$/],
  ["circleci env production --project gh/acme/shop", 1, /^$/],
  ["circleci check production", 1, /^$/],
  ["report --json", 0, /"environments": 1/],
  ["completion bash", 0, /complete -F/],
  ["completion zsh --json", 0, /"shell": "zsh"/],
  ["completion fish", 0, /complete -c oidc-reconciler/],
  ["trust compare --help", 0, /--possible/],
  ["--version", 0, /^\d+\.\d+\.\d+\n$/],
];

type Said = { readonly code: number | null; readonly out: string; readonly err: string };

// The package is one of Node's builds for Linux on x64; elsewhere npm leaves it out.
const isHere = process.platform === "linux" && process.arch === "x64";

describe.runIf(isHere)(`the built command on Node ${engines.node.slice(2)}.0.0`, () => {
  const folder = mkdtempSync(join(tmpdir(), "oidc-reconciler-oldest-"));
  let sandbox: Sandbox;
  beforeAll(async () => {
    await bundleCommand(join(folder, "dist"));
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    sandbox = await startSandbox({ strict: true });
    await seed(sandbox);
    const anyToken = {
      Effect: "Allow",
      Principal: { Federated: provider },
      Action: "sts:AssumeRoleWithWebIdentity",
    };
    sandbox.createRole({ name: "CI", trust: { Version: "2012-10-17", Statement: [anyToken] } });
    const Name = "/oidc-reconciler/environments/production";
    const put = new PutParameterCommand({ Name, Value: textOf(guide), Type: "String" });
    await new SSMClient(clientOptions(sandbox)).send(put);
  });
  afterAll(async () => {
    await sandbox.close();
    rmSync(folder, { recursive: true, force: true });
  });

  function say(args: readonly string[], environment = sandbox.environment): Promise<Said> {
    const child = spawn(oldestNode, [join(folder, "dist/cli.mjs"), ...args], {
      cwd: folder,
      env: { ...environment, NODE_NO_WARNINGS: "0" },
    });
    let out = "";
    let err = "";
    child.stdout.on("data", (data: Buffer) => (out += data.toString()));
    child.stderr.on("data", (data: Buffer) => (err += data.toString()));
    return new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code) => resolve({ code, out, err }));
    });
  }

  test("is tried on the oldest Node that package.json promises", () => {
    expect(existsSync(oldestNode)).toBe(true);
    expect(engines.node).toBe(">=22");
  });

  test("is tried with every command", () => {
    const untried = leaves.filter(
      ({ path }) => !calls.some(([line]) => `${line} `.startsWith(`${path} `)),
    );
    expect(untried).toEqual([]);
  });

  test.each(calls)("%s", async (line, code, pattern) => {
    const said = await say(line.split(" "));
    expect(said.err).not.toMatch(/Error|is not a function|\n\s+at |Warning/);
    expect(said).toMatchObject({ code, out: expect.stringMatching(pattern) });
  });

  test("takes credentials and Region from a profile, and the Region from --region first", async () => {
    const { AWS_ENDPOINT_URL = "", AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = sandbox.environment;
    const profile = [
      "[ci]",
      `aws_access_key_id = ${AWS_ACCESS_KEY_ID}`,
      `aws_secret_access_key = ${AWS_SECRET_ACCESS_KEY}`,
    ];
    writeFileSync(join(folder, "credentials"), profile.join("\n"));
    writeFileSync(join(folder, "config"), "[profile ci]\nregion = eu-west-1\n");
    const environment = {
      AWS_ENDPOINT_URL,
      AWS_CONFIG_FILE: join(folder, "config"),
      AWS_SHARED_CREDENTIALS_FILE: join(folder, "credentials"),
      AWS_ACCESS_KEY_ID: "AKIATESTTESTTESTTEST",
      AWS_SECRET_ACCESS_KEY: "of another account",
    };
    const from = sandbox.calls.length;
    const away = await say(["plan", "--profile", "ci"], environment);
    expect(away).toMatchObject({ code: 0, out: expect.stringContaining("no environment") });
    expect(sandbox.calls.slice(from).every(({ region }) => region === "eu-west-1")).toBe(true);
    const here = await say(["plan", "--profile", "ci", "--region", "us-east-1"], environment);
    expect(here.out).toContain("production");
    expect(here.err).not.toContain("Multiple credential sources");
    expect((await say(["plan", "--region", "us-east-1"], environment)).code).toBe(1);
    expect((await say(["plan", "--profile", "nobody"], environment)).code).toBe(1);
  });

  /** Runs with a reader that leaves after the first piece, as `head` does. */
  async function readByHead(args: readonly string[], input: string): Promise<Said> {
    const child = spawn(oldestNode, [join(folder, "dist/cli.mjs"), ...args], {
      cwd: folder,
      env: { ...sandbox.environment },
    });
    let out = "";
    let err = "";
    child.stdout.once("data", (data: Buffer) => {
      out += data.toString();
      child.stdout.destroy();
    });
    child.stderr.on("data", (data: Buffer) => (err += data.toString()));
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
    const [code] = await once(child, "close");
    return { code, out, err };
  }

  test("ends as ever when its reader leaves", async () => {
    const pair = JSON.stringify({ before: files["old.json"], after: files["new.json"] });
    const batch = await readByHead(["trust", "compare", "--batch"], `${pair}\n`.repeat(4000));
    expect(batch).toMatchObject({ code: 0, err: "" });
    expect(batch.out.split("\n").length).toBeLessThan(4000);
    const audit = await readByHead(["audit", "--json"], "");
    expect(audit).toMatchObject({ code: 3, err: "" });
  });
});
