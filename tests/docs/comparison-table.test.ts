import { expect, test } from "vitest";
import { textOf } from "../source-files.ts";

/** The cells of the first row of a page that begins with a name. */
function cellsOf(page: string, name: string): readonly string[] {
  const row = page.split("\n").find((line) => line.startsWith(`| ${name} |`));
  expect(row, name).toBeDefined();
  return (row ?? "")
    .split("|")
    .slice(2, -1)
    .map((cell) => cell.trim());
}

/** How README names what the bench names. */
const names = [
  ["this engine", "this engine"],
  ["z3-solver, 0.3 s a direction", "z3-solver, 0.3 s a direction"],
  ["@aws-cdk/cloudformation-diff", "@aws-cdk/cloudformation-diff"],
  ["sampling with iam-simulate, 500 requests", "sampling, 500 requests (iam-simulate)"],
] as const;

const parts = new Map([
  ["a fifth", 0.2],
  ["a third", 0.3],
]);

test("the README's table of the comparison is that of docs/performance.md", () => {
  const [readme, page] = [textOf("README.md"), textOf("docs/performance.md")];
  const asked = cellsOf(page, "this engine")
    .slice(0, 4)
    .reduce((sum, cell) => sum + Number(cell), 0);
  expect(readme).toContain(`${asked} pairs of trust policies`);
  for (const [here, there] of names) {
    const [right, missed, alarms, undecided, examples, median] = cellsOf(readme, here);
    const times = parts.get(median ?? "") ?? Number.parseInt(median ?? "", 10);
    expect(
      [right, missed, alarms, undecided, examples === "none" ? "0" : examples, Number(times)],
      here,
    ).toEqual([
      ...cellsOf(page, there).slice(0, 5),
      Number.parseFloat(cellsOf(page, there)[5] ?? ""),
    ]);
  }
});
