import { expect, test } from "vitest";
import { pageOf } from "../../bench/page.ts";
import { sections } from "../../bench/sections/index.ts";
import { textOf } from "../source-files.ts";

/** A page with what was measured taken out of its tables: of each row, the name and the number of cells. */
function formOf(page: string): string {
  return page.replace(/^\| ([^|]*) \|(.*)\|$/gm, (line, name: string, cells: string) =>
    sections.some(({ rows }) => rows.includes(name))
      ? `| ${name} | ${cells.split("|").length} cells`
      : line,
  );
}

const blank = pageOf(
  sections.map((section) => ({
    section,
    cells: section.rows.map(() => section.columns.slice(1).map(() => "")),
  })),
);

test("docs/performance.md has the form that `npm run bench -- --write` gives it", () => {
  expect(formOf(textOf("docs/performance.md"))).toBe(formOf(blank));
});

test("every row of docs/performance.md was measured", () => {
  const rows = textOf("docs/performance.md")
    .split("\n")
    .filter((line) => line.startsWith("|"));
  expect(rows.filter((line) => /NaN|undefined|Infinity/.test(line))).toEqual([]);
  for (const { rows: names } of sections) {
    for (const name of names) {
      const row = rows.find((line) => line.startsWith(`| ${name} |`));
      expect(row, name).toMatch(/\d/);
    }
  }
});
