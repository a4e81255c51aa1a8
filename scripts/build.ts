import { readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { type BuildOptions, build } from "esbuild";

/** Bytes of minified code that a Lambda function may load at its start. */
const functionBytesMax = 800 * 1024;

const functions = ["reconcile", "audit", "diagnose"] as const;

// Some libraries are CommonJS and call `require` for Node's own modules.
const requireBanner =
  "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);";

const common: BuildOptions = {
  bundle: true,
  minify: true,
  platform: "node",
  target: "node24",
  format: "esm",
  mainFields: ["module", "main"],
  outExtension: { ".js": ".mjs" },
  banner: { js: requireBanner },
  legalComments: "none",
  logLevel: "warning",
};

rmSync("dist", { recursive: true, force: true });
for (const name of functions) {
  await build({
    ...common,
    entryPoints: [{ in: `functions/${name}.ts`, out: name }],
    outdir: "dist/functions",
    // What is imported on demand becomes a file of its own beside the function.
    splitting: true,
    chunkNames: `${name}-[name]-[hash]`,
    alias: { "@aws-sdk/credential-provider-node": "./shared/edge/credentials.ts" },
  });
}
await build({ ...common, entryPoints: [{ in: "cli/main.ts", out: "cli" }], outdir: "dist" });

function sizes(file: string): { readonly bytes: number; readonly text: string } {
  const bytes = statSync(file).size;
  const zipped = gzipSync(readFileSync(file)).length;
  const kilobytes = (size: number) => (size / 1024).toFixed(0);
  return { bytes, text: `${kilobytes(bytes)} KB minified, ${kilobytes(zipped)} KB gzipped` };
}

/** The files that a module loads at once, itself first: its static imports and theirs. */
function startFiles(file: string, seen: Set<string> = new Set()): ReadonlySet<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  const text = readFileSync(`dist/functions/${file}`, "utf8");
  for (const [, name] of text.matchAll(/(?:from|import)\s*"\.\/([^"]+\.mjs)"/g)) {
    if (name !== undefined) startFiles(name, seen);
  }
  return seen;
}

let tooLarge = false;
for (const name of functions) {
  const all = readdirSync("dist/functions").filter((file) => file.startsWith(`${name}`));
  const start = startFiles(`${name}.mjs`);
  const total = (files: Iterable<string>) =>
    [...files].reduce((sum, file) => sum + statSync(`dist/functions/${file}`).size, 0);
  const bytes = total(start);
  const later = total(all.filter((file) => !start.has(file)));
  const over = bytes > functionBytesMax;
  tooLarge ||= over;
  const verdict = over ? `  over the limit of ${functionBytesMax / 1024} KB` : "";
  console.log(
    `dist/functions/${name}.mjs`.padEnd(30),
    `${(bytes / 1024).toFixed(0)} KB at the start, ${(later / 1024).toFixed(0)} KB on demand${verdict}`,
  );
}
console.log("dist/cli.mjs".padEnd(30), sizes("dist/cli.mjs").text);
if (tooLarge) process.exitCode = 1;
