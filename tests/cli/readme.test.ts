import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { exitMeanings, exitRows } from "../../cli/exit-codes.ts";
import { leaves } from "./leaves.ts";

const page = new URL("../../README.md", import.meta.url);
const head = "| command | what it does |\n|---|---|\n";

/** A row of the table: how the command is called first, and what it does. */
const rows = leaves.map(({ path, command: { usage, summary, page: more } }) => {
  const call = `oidc-reconciler ${path} ${usage[0] ?? ""}`.trim().replaceAll("|", "\\|");
  return `| \`${call}\` | ${summary}${more === undefined ? "" : ` ([more](${more}))`} |\n`;
});

/** A page with other rows below a table's head. */
function withRows(text: string, head: string, rows: readonly string[]): string {
  const [before = "", after = ""] = text.split(head);
  return `${before}${head}${rows.join("")}${after.replace(/^(?:\|.*\n)*/, "")}`;
}

test("README's tables of the command are fresh (UPDATE_DOCS=1 writes them again)", () => {
  const readme = readFileSync(page, "utf8");
  const exits = exitRows(exitMeanings).map(([code, meaning]) => `| ${code} | ${meaning} |\n`);
  const fresh = withRows(
    withRows(readme, head, rows),
    "| exit code | what it says |\n|---|---|\n",
    exits,
  );
  if (process.env["UPDATE_DOCS"] === "1") writeFileSync(page, fresh);
  else expect(readme).toBe(fresh);
});
