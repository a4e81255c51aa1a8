import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root, textOf } from "../source-files.ts";

const { generated, withBlocks } = createRequire(import.meta.url)(
  "../../scripts/generate-stack.cjs",
);

test.each<string>(generated)("%s has what stack/targets says of each kind", (path) => {
  const text = textOf(path);
  expect(withBlocks(path, text), "stale, run npx node scripts/generate-stack.cjs").toBe(text);
});

test("every kind of deploy target has a folder, a reader and a part of the stack", () => {
  const folders = readdirSync(join(root, "shared/targets"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  for (const name of folders) {
    expect(readdirSync(join(root, "shared/edge/targets"))).toContain(`${name}.ts`);
    expect(readdirSync(join(root, "stack/targets"))).toContain(`${name}.cjs`);
  }
});
