import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { bundleBytes, bundleFunction, functionNames } from "../../scripts/bundle.ts";
import { type Section, times } from "../section.ts";

const clients = [
  "amplify",
  "apprunner",
  "cloudtrail",
  "ecr",
  "ecs",
  "eventbridge",
  "iam",
  "lambda",
  "sns",
  "ssm",
  "sts",
];

const kilobytes = (bytes: number): string => `${Math.round(bytes / 1024)} KB`;

/** How long a new process of Node takes to load a file, at best. */
function loadMs(file: string): number {
  const times = Array.from({ length: 7 }, () => {
    const from = performance.now();
    const { status } = spawnSync(process.execPath, [file], {
      env: { ...process.env, AWS_REGION: "us-east-1", POWERTOOLS_METRICS_DISABLED: "true" },
    });
    if (status !== 0) throw new Error(`${file} does not load`);
    return performance.now() - from;
  });
  return Math.min(...times);
}

async function bundled(
  folder: string,
  name: string,
  contents: string,
): Promise<{ file: string; bytes: number }> {
  const outfile = join(folder, `${name}.mjs`);
  const { metafile } = await build({
    stdin: { contents, resolveDir: fileURLToPath(new URL("../..", import.meta.url)) },
    outfile,
    bundle: true,
    minify: true,
    platform: "node",
    format: "esm",
    mainFields: ["module", "main"],
    banner: {
      js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);",
    },
    legalComments: "none",
    metafile: true,
  });
  const bytes = Object.values(metafile.outputs).reduce((sum, one) => sum + one.bytes, 0);
  return { file: outfile, bytes };
}

async function measure(): Promise<readonly (readonly string[])[]> {
  const folder = mkdtempSync(join(tmpdir(), "start-"));
  try {
    const nothing = await bundled(folder, "nothing", "");
    const imports = clients.map((name) => `export * as ${name} from "@aws-sdk/client-${name}";`);
    const plain = await bundled(folder, "clients", imports.join("\n"));
    const node = loadMs(nothing.file);
    const unit = loadMs(plain.file) - node;
    const rows: (readonly string[])[] = [];
    for (const name of functionNames) {
      const { start, later } = bundleBytes(await bundleFunction(name, folder));
      const ratio = (loadMs(join(folder, `${name}.mjs`)) - node) / unit;
      rows.push([kilobytes(start), kilobytes(later), times(ratio)]);
    }
    return [...rows, [kilobytes(plain.bytes), "", times(1)]];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export const start: Section = {
  title: "Starting",
  about: `
How long Node takes to load each function's bundle, beyond what it takes for an empty file, as a multiple of a bundle
of nothing but the same clients of the AWS SDK. What only some runs need is loaded when they need it. So a cold start
costs less than the clients alone would.`,
  columns: ["bundle", "at the start", "on demand", "time to load"],
  rows: [...functionNames, `the ${clients.length} clients alone`],
  measure,
};
