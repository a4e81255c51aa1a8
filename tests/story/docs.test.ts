import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parseEnvironment } from "../../shared/document/index.ts";
import { alertKinds } from "../../shared/report/report.ts";
import { documentWith, parameter } from "../../story/documents.ts";

function textOf(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
}

describe("the README", () => {
  const readme = textOf("README.md");

  test("has the two commands that a newcomer can run at once", () => {
    expect(readme).toContain("npm ci && npm start");
    expect(readme).toContain("npm ci && npm test");
  });

  test("shows a valid document, the one of the story", () => {
    const [, text = ""] = /```yaml\n([\s\S]*?)```/.exec(readme) ?? [];
    const parsed = parseEnvironment({ parameter, version: 1, text, region: "us-east-1" });
    expect(parsed.kind).toBe("valid");
    expect(text).toBe(documentWith({ refs: ["refs/heads/main"] }));
  });
});

describe("the runbook", () => {
  const runbook = textOf("docs/runbook.md");

  const [alerts = "", rest = ""] = runbook.split("## Alarms");
  const [alarms = ""] = rest.split("## By hand");

  /** What is in backticks in the first cells of a table. */
  function firstCells(text: string): readonly string[] {
    return [...text.matchAll(/^\| (`[^|]+`) \|/gm)]
      .flatMap(([, cell = ""]) => [...cell.matchAll(/`([a-z-]+)`/g)])
      .map(([, name = ""]) => name)
      .toSorted();
  }

  test("has a row for every kind of alert, and no other row", () => {
    expect(firstCells(alerts)).toEqual([...alertKinds].toSorted());
  });

  test("has a row for every alarm of the stack, and no other row", () => {
    const stack = textOf("stack/alerts.yml") + textOf("stack/alarms.yml");
    const names = [...stack.matchAll(/AlarmName: .*\}-([a-z-]+)$/gm)];
    expect(firstCells(alarms)).toEqual(names.map(([, name = ""]) => name).toSorted());
  });
});

describe("the decisions", () => {
  const folder = new URL("../../docs/decisions/", import.meta.url);

  test("are all in the index, each once", () => {
    const pages = readdirSync(folder).filter((name) => name !== "README.md");
    const linked = [...textOf("docs/decisions/README.md").matchAll(/\]\(([\w-]+\.md)\)/g)];
    expect(linked.map(([, name]) => name).toSorted()).toEqual(pages.toSorted());
  });

  test.each(readdirSync(folder).filter((name) => /^\d/.test(name)))(
    "say the rule, why, how, and what keeps it: %s",
    (name) => {
      const page = textOf(`docs/decisions/${name}`);
      for (const part of ["**Rule.** ", "**Why.** ", "**How.** ", "**Kept by** "]) {
        expect(page.split(`\n${part.trimEnd()}`), part).toHaveLength(2);
      }
    },
  );

  test("name a test for every fact that may be lost, late, forged or old", () => {
    const page = textOf("docs/decisions/0016-evidence.md");
    const rows = page
      .split("\n")
      .filter((row) => /^\| (\*\*|\|)/.test(row) || row.startsWith("| |"));
    expect(rows.length).toBeGreaterThan(35);
    for (const row of rows) {
      const [, shown = ""] = /\|([^|]*)\|$/.exec(row) ?? [];
      const files = [...shown.matchAll(/`([^`]+)`/g)].map(([, file = ""]) => file);
      expect(files, row).not.toEqual([]);
      for (const file of files) {
        expect(file).toMatch(/^tests\/.+\.test\.ts$/);
        expect(existsSync(new URL(`../../${file}`, import.meta.url)), file).toBe(true);
      }
    }
    const facts = rows.flatMap((row) => /^\| \*\*([\w ,]+)\*\*/.exec(row)?.[1] ?? []);
    const asked = [
      "Record",
      "Status",
      "Journal",
      "Heartbeat",
      "Label",
      "Parameter history",
      "Tags",
    ];
    const others = ["Role, policy, provider", "Deploy targets", "CloudTrail", "Clock"];
    expect(facts).toEqual(expect.arrayContaining([...asked, ...others]));
  });
});
