import { spawnSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { functionNames } from "../bundle.ts";

export type StackChoices = {
  readonly stage: string;
  readonly region: string;
  /** The parameters of `serverless.yml`, as `--param` would set them. */
  readonly params: Readonly<Record<string, string>>;
};

/** What osls made in a folder of its own, which the caller removes. */
export type PackagedStack = { readonly template: unknown; readonly folder: string };

const templateFile = "cloudformation-template-update-stack.json";

/**
 * Packages the stack of `root` with osls in a folder of its own, with nothing of the surroundings: no
 * credentials, no home directory, and a network that refuses every connection. `bundles` are files
 * in place of the functions' code: the template does not depend on them.
 *
 * @throws an error with all that osls said, when it refuses a choice
 */
export function packageStack(
  root: string,
  choices: StackChoices,
  bundles: readonly string[] = functionNames.map((name) => `dist/functions/${name}.mjs`),
): PackagedStack {
  const folder = mkdtempSync(join(tmpdir(), "oidc-reconciler-package-"));
  for (const path of ["serverless.yml", "stack", "package.json"]) {
    cpSync(join(root, path), join(folder, path), { recursive: true });
  }
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  mkdirSync(join(folder, "dist/functions"), { recursive: true });
  for (const file of bundles) {
    writeFileSync(join(folder, file), `export const file = "${file}";\n`);
  }
  const noNetwork = join(folder, "no-network.cjs");
  writeFileSync(
    noNetwork,
    'require("node:net").Socket.prototype.connect = () => { throw new Error("no network"); };\n',
  );
  const osls = join(root, "node_modules/serverless/bin/serverless.js");
  const params = Object.entries(choices.params).map(([name, value]) => `--param=${name}=${value}`);
  const run = spawnSync(
    process.execPath,
    [
      ...["--require", noNetwork, osls, "package"],
      ...["--stage", choices.stage, "--region", choices.region, ...params],
    ],
    {
      cwd: folder,
      encoding: "utf8",
      env: { PATH: process.env["PATH"], HOME: folder, AWS_EC2_METADATA_DISABLED: "true" },
    },
  );
  if (run.status !== 0) {
    rmSync(folder, { recursive: true, force: true });
    throw new Error(`osls package failed:\n${run.stdout}\n${run.stderr}`);
  }
  const text = readFileSync(join(folder, ".serverless", templateFile), "utf8");
  return { template: JSON.parse(text), folder };
}
