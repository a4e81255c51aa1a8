import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { leaves } from "./leaves.ts";

const page = new URL("../../README.md", import.meta.url);
const head = "| command | what it does |\n|---|---|\n";

/** A row of the table: how the command is called first, and what it does. */
const rows = leaves.map(({ path, command: { usage, summary, page: more } }) => {
  const call = `oidc-reconciler ${path} ${usage[0] ?? ""}`.trim().replaceAll("|", "\\|");
  return `| \`${call}\` | ${summary}${more === undefined ? "" : ` ([more](${more}))`} |\n`;
});

test("README's table of commands is fresh (UPDATE_DOCS=1 writes it again)", () => {
  const readme = readFileSync(page, "utf8");
  const [before = "", after = ""] = readme.split(head);
  const rest = after.replace(/^(?:\|.*\n)*/, "");
  const fresh = `${before}${head}${rows.join("")}${rest}`;
  if (process.env["UPDATE_DOCS"] === "1") writeFileSync(page, fresh);
  else expect(readme).toBe(fresh);
});
