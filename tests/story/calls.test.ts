import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { type Measured, measureRuns } from "./measure.ts";

const page = fileURLToPath(new URL("../../docs/calls.md", import.meta.url));
const begin = "<!-- measured: begin -->";
const end = "<!-- measured: end -->";

let runs: readonly Measured[] = [];

beforeAll(async () => {
  runs = await measureRuns();
}, 60_000);

function taken(name: string): Measured {
  const found = runs.find((measured) => measured.run === name);
  if (found === undefined) throw new Error(`No run was measured as ${name}.`);
  return found;
}

function countsOf(calls: readonly string[]): string {
  const counts = Map.groupBy(calls, (call) => call);
  return [...counts]
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([call, { length }]) => (length === 1 ? `\`${call}\`` : `\`${call}\` ×${length}`))
    .join(" ");
}

function tables(): string {
  const summary = runs.map(
    ({ run, outcomes, calls, sequential }) =>
      `| ${run} | ${outcomes.join(", ")} | ${calls.length} | ${sequential} |`,
  );
  const details = runs.map(({ run, calls }) => `| ${run} | ${countsOf(calls)} |`);
  return [
    "| run | outcome | AWS calls | sequential round trips |",
    "|---|---|---|---|",
    ...summary,
    "",
    "| run | calls |",
    "|---|---|",
    ...details,
  ].join("\n");
}

describe("what a run costs", () => {
  test("in sync: at most 15 calls in at most 3 sequential round trips", () => {
    const { calls, sequential, outcomes } = taken("in sync");
    expect(outcomes).toEqual(["in-sync"]);
    expect(calls.length).toBeLessThanOrEqual(15);
    expect(sequential).toBeLessThanOrEqual(3);
  });

  test("in sync, with many environments: it grows with pages, not with environments", () => {
    const { calls, outcomes } = taken("in sync, 50 environments");
    expect(outcomes).toEqual(["in-sync"]);
    expect(calls.length).toBeLessThan(25);
  });

  test("a held edit that nobody changes is reported and written only once", () => {
    const again = taken("the same, still held").calls;
    expect(again.filter((call) => /^(sns|events):|PutParameter/.test(call))).toEqual([
      "ssm:PutParameter",
    ]);
  });

  test("is what docs/calls.md says (UPDATE_DOCS=1 writes it again)", () => {
    const text = readFileSync(page, "utf8");
    const [head = "", rest = ""] = text.split(begin);
    const [, tail = ""] = rest.split(end);
    const fresh = `${head}${begin}\n\n${tables()}\n\n${end}${tail}`;
    if (process.env["UPDATE_DOCS"] === "1") writeFileSync(page, fresh);
    expect(readFileSync(page, "utf8")).toBe(fresh);
  });
});
