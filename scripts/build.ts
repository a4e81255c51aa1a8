import { readFileSync, statSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

/** Bytes of minified code that a Lambda function may ship: every kilobyte is cold start. */
const functionBytesMax = 800 * 1024;

const functions = ["reconcile", "audit", "diagnose"] as const;

// Some libraries are CommonJS and call `require` for Node's own modules.
const requireBanner =
  "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);";

await build({
  entryPoints: [
    ...functions.map((name) => ({ in: `functions/${name}.ts`, out: `functions/${name}` })),
    { in: "cli/main.ts", out: "cli" },
  ],
  outdir: "dist",
  outExtension: { ".js": ".mjs" },
  bundle: true,
  minify: true,
  keepNames: true,
  platform: "node",
  target: "node24",
  format: "esm",
  mainFields: ["module", "main"],
  banner: { js: requireBanner },
  legalComments: "none",
  logLevel: "warning",
});

let tooLarge = false;
for (const file of [...functions.map((name) => `dist/functions/${name}.mjs`), "dist/cli.mjs"]) {
  const bytes = statSync(file).size;
  const zipped = gzipSync(readFileSync(file)).length;
  const over = file.includes("/functions/") && bytes > functionBytesMax;
  tooLarge ||= over;
  const verdict = over ? `  over the limit of ${functionBytesMax / 1024} KB` : "";
  console.log(
    `${file.padEnd(32)} ${(bytes / 1024).toFixed(0).padStart(5)} KB minified, ${(zipped / 1024).toFixed(0).padStart(4)} KB gzipped${verdict}`,
  );
}
if (tooLarge) process.exitCode = 1;
