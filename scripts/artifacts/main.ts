// Makes the release in release/, or in the folder that is named: `npm run release`.

import { readdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { makeRelease } from "./release.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const folder = resolve(process.argv[2] ?? join(root, "release"));
process.chdir(root);
await makeRelease(root, folder);
console.log(`${folder}:`);
for (const name of readdirSync(folder).toSorted()) {
  const { size } = statSync(join(folder, name));
  console.log(`${name.padEnd(40)} ${(size / 1024).toFixed(0).padStart(6)} KB`);
}
