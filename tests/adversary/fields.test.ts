import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { schemaFile } from "../../scripts/generate-schema.ts";
import { leavesOf } from "./fields.ts";
import { rows } from "./rows.ts";

const all = Object.values(rows).flat();
const leaves = leavesOf(JSON.parse(readFileSync(schemaFile, "utf8")));

describe("the table of edits has a row for every field of the document:", () => {
  test.each(leaves)("%s", (leaf) => {
    expect(all.filter(({ field }) => field === leaf)).not.toEqual([]);
  });

  test("and for no field that the document has not", () => {
    expect(all.map(({ field }) => field).filter((field) => !leaves.includes(field))).toEqual([]);
  });
});

test("what is harmless says why", () => {
  for (const { verdict } of all) {
    if (verdict.is === "harmless") expect(verdict.because).not.toBe("");
  }
});
