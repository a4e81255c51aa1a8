import { rmSync } from "node:fs";
import {
  bundleBytes,
  bundleCommand,
  bundleFunction,
  functionBytesMax,
  functionNames,
} from "./bundle.ts";

function reportSize(file: string, metafile: Parameters<typeof bundleBytes>[0]): number {
  const { start, later } = bundleBytes(metafile);
  const kilobytes = (bytes: number) => `${(bytes / 1024).toFixed(0)} KB`;
  const onDemand = later === 0 ? "" : `, ${kilobytes(later)} on demand`;
  console.log(`${file.padEnd(30)} ${kilobytes(start)} minified at the start${onDemand}`);
  return start;
}

rmSync("dist", { recursive: true, force: true });
for (const name of functionNames) {
  const metafile = await bundleFunction(name, "dist/functions");
  if (reportSize(`dist/functions/${name}.mjs`, metafile) > functionBytesMax) {
    console.error(`${name} is over the limit of ${functionBytesMax / 1024} KB`);
    process.exitCode = 1;
  }
}
reportSize("dist/cli.mjs", await bundleCommand("dist"));
