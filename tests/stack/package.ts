import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join, relative } from "node:path";
import { packageStack as packageInFolder } from "../../scripts/artifacts/package-stack.ts";
import { plainTemplate, templateText } from "../../scripts/artifacts/template.ts";
import { functionNames } from "../../scripts/bundle.ts";
import { root } from "../source-files.ts";
import { deployedWith } from "./deployed-with.ts";
import { templateIn } from "./plain-template.ts";
import { isTemplate, type Template } from "./template.ts";

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
    reportBucket: "shop-reports",
    alertEmail: "platform@shop.example",
    alertUrl: "https://pager.example/hook",
    eventBus: "alerts",
    reservedConcurrency: "1",
    logRetentionDays: "30",
  },
} as const satisfies StackChoices;

/** Lean monitoring, and roles in a folder: one packaging for both. */
export const leanInFolder = {
  params: { monitoring: "lean", roleNames: "ci/CircleCI-*", policyNames: "Deploy?-*" },
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

/** Packages the stack, with a line in place of each file of the functions' bundles. */
export function packageStack(choices: StackChoices = {}): Packaged {
  const { stage = "prod", region = "us-east-1", params = {} } = choices;
  const bundles = functionNames.flatMap(bundleFiles);
  const { template, folder } = packageInFolder(root, { stage, region, params }, bundles);
  const dispose = (): void => rmSync(folder, { recursive: true, force: true });
  if (!isTemplate(template)) throw new Error("osls made no CloudFormation template.");
  return { template, folder, dispose };
}

/** The template that these choices package to. */
export function packagedTemplate(choices: StackChoices = {}): Template {
  const parsed: unknown = JSON.parse(
    kept("template", "json", JSON.stringify(choices), () => {
      const { template, dispose } = packageStack(choices);
      dispose();
      return JSON.stringify(template);
    }),
  );
  if (!isTemplate(parsed)) throw new Error("osls made no CloudFormation template.");
  return parsed;
}

export const releasedVersion = "1.2.3";

/** `template.yaml` of a release, as text. */
export function releasedTemplate(): string {
  return kept("released", "yaml", releasedVersion, () =>
    templateText(plainTemplate(root, releasedVersion)),
  );
}

/**
 * What these choices deploy, from `template.yaml`, which takes no seconds of packaging. That it is what
 * `packagedTemplate` gives is what `tests/artifacts/template.test.ts` holds.
 */
export function chosenTemplate({ stage = "prod", params = {} }: StackChoices): Template {
  return deployedWith(templateIn(releasedTemplate()), {
    CodeBucket: "artifacts",
    stage,
    ...params,
  });
}

/**
 * Text that the same sources always make. So it is kept under the digest of all that goes into it, and
 * making it takes its seconds only once.
 */
function kept(name: string, ending: string, choices: string, make: () => string): string {
  mkdirSync(cache, { recursive: true });
  const file = join(cache, `${name}-${digestOf(choices)}.${ending}`);
  const release = takeTurn(`${file}.turn`, () => existsSync(file));
  if (release === null) return readFileSync(file, "utf8");
  try {
    const text = make();
    const fresh = `${file}.${process.pid}`;
    writeFileSync(fresh, text);
    renameSync(fresh, file);
    return text;
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

function digestOf(choices: string): string {
  const hash = createHash("sha256").update(choices);
  const sources = [
    "serverless.yml",
    ...["stack", "scripts/artifacts"].flatMap(filesBelow),
    "node_modules/serverless/package.json",
  ];
  for (const source of sources) hash.update(source).update(readFileSync(join(root, source)));
  return hash.digest("hex").slice(0, 24);
}

function filesBelow(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(root, join(parentPath, name)))
    .toSorted();
}
