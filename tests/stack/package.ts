import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { isTemplate, type Template } from "./template.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const functions = ["reconcile", "audit", "diagnose"] as const;
const templateFile = "cloudformation-template-update-stack.json";

export type StackChoices = {
  readonly stage?: string;
  readonly region?: string;
  /** The parameters of `serverless.yml`, as `--param` would set them. */
  readonly params?: Readonly<Record<string, string>>;
};

/** Every parameter set to something else than its default: one packaging for many tests. */
export const everyChoice = {
  params: {
    parameterPrefix: "/team/oidc",
    permissionsBoundary: "arn:aws:iam::123456789012:policy/ci-boundary",
    firstDocument: "apply",
    organizations: "11111111-2222-4333-8444-555555555555, AAAAAAAA-bbbb-4ccc-8ddd-eeeeeeeeeeee",
    scheduleMinutes: "60",
    refusedJobs: "ignore",
    alertEmail: "platform@shop.example",
    alertUrl: "https://pager.example/hook",
    eventBus: "alerts",
    reservedConcurrency: "1",
    logRetentionDays: "30",
  },
} as const satisfies StackChoices;

export type Packaged = {
  readonly template: Template;
  /** Where osls left its files; removed by `dispose`. */
  readonly folder: string;
  readonly dispose: () => void;
};

/** What a function's bundle consists of: the file that Lambda loads, and chunks that it loads on demand. */
export function bundleFiles(name: string): readonly string[] {
  return [`${name}.mjs`, `${name}-chunk-A1B2C3D4.mjs`, `${name}-dist-es-E5F6A7B8.mjs`].map(
    (file) => `dist/functions/${file}`,
  );
}

/**
 * Packages the stack in a folder of its own, with nothing of the surroundings: no credentials, no
 * home directory, and a network that refuses every connection. The functions' bundles are
 * are-ins: the template does not depend on them.
 */
export function packageStack(choices: StackChoices = {}): Packaged {
  const folder = mkdtempSync(join(tmpdir(), "oidc-reconciler-package-"));
  const dispose = (): void => rmSync(folder, { recursive: true, force: true });
  for (const path of ["serverless.yml", "stack", "package.json"]) {
    cpSync(join(root, path), join(folder, path), { recursive: true });
  }
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  mkdirSync(join(folder, "dist/functions"), { recursive: true });
  for (const file of functions.flatMap(bundleFiles)) {
    writeFileSync(join(folder, file), `export const file = "${file}";\n`);
  }
  const noNetwork = join(folder, "no-network.cjs");
  writeFileSync(
    noNetwork,
    'require("node:net").Socket.prototype.connect = () => { throw new Error("no network"); };\n',
  );
  const run = spawnSync(
    process.execPath,
    [
      "--require",
      noNetwork,
      join(root, "node_modules/serverless/bin/serverless.js"),
      "package",
      "--stage",
      choices.stage ?? "prod",
      "--region",
      choices.region ?? "us-east-1",
      ...Object.entries(choices.params ?? {}).map(([name, value]) => `--param=${name}=${value}`),
    ],
    {
      cwd: folder,
      encoding: "utf8",
      env: { PATH: process.env["PATH"], HOME: folder, AWS_EC2_METADATA_DISABLED: "true" },
    },
  );
  if (run.status !== 0) {
    dispose();
    throw new Error(`osls package failed:\n${run.stdout}\n${run.stderr}`);
  }
  return { template: readTemplate(join(folder, ".serverless", templateFile)), folder, dispose };
}

/**
 * The template that these choices package to. The same sources give the same template, so it is
 * kept under the digest of all that goes into it, and packaging takes its seconds only once.
 */
export function packagedTemplate(choices: StackChoices = {}): Template {
  mkdirSync(cache, { recursive: true });
  const kept = join(cache, `template-${digestOf(choices)}.json`);
  const release = takeTurn(`${kept}.turn`, () => existsSync(kept));
  if (release === null) return readTemplate(kept);
  try {
    const packaged = packageStack(choices);
    const fresh = `${kept}.${process.pid}`;
    writeFileSync(fresh, JSON.stringify(packaged.template));
    renameSync(fresh, kept);
    packaged.dispose();
    return packaged.template;
  } finally {
    release();
  }
}

const cache = join(root, "node_modules/.cache/oidc-reconciler");
const pollMs = 50;
/** Longer than any packaging takes; anyone who held the turn for so long was killed. */
const turnMsMax = 60_000;

/**
 * Takes the turn to do something that several test files want done, or waits until another has
 * done it and gives null. Together they would take several times as long as one.
 */
function takeTurn(turn: string, isDone: () => boolean): (() => void) | null {
  const clock = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  for (let waitedMs = 0; !isDone(); waitedMs += pollMs) {
    if (waitedMs > turnMsMax) rmSync(turn, { recursive: true, force: true });
    if (isTaken(turn)) return () => rmSync(turn, { recursive: true, force: true });
    Atomics.wait(clock, 0, 0, pollMs);
  }
  return null;
}

/** Making a folder is the one step that only one of several processes can do. */
function isTaken(turn: string): boolean {
  try {
    mkdirSync(turn);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
}

function digestOf(choices: StackChoices): string {
  const hash = createHash("sha256").update(JSON.stringify(choices));
  const sources = [
    "serverless.yml",
    ...readdirSync(join(root, "stack"), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => relative(root, join(parentPath, name)))
      .toSorted(),
    "node_modules/serverless/package.json",
  ];
  for (const source of sources) hash.update(source).update(readFileSync(join(root, source)));
  return hash.digest("hex").slice(0, 24);
}

function readTemplate(file: string): Template {
  const parsed: unknown = JSON.parse(readFileSync(file, "utf8"));
  if (!isTemplate(parsed)) throw new Error(`${file} is not a CloudFormation template.`);
  return parsed;
}
