import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { type Measured, many, measureRuns } from "./measure.ts";

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
    ({ run, outcomes, calls, sequential, beforeWrite }) =>
      `| ${run} | ${outcomes.join(", ")} | ${calls.length} | ${sequential} | ${beforeWrite?.calls ?? "–"} | ${beforeWrite?.sequential ?? "–"} |`,
  );
  const details = runs.map(({ run, calls }) => `| ${run} | ${countsOf(calls)} |`);
  return [
    "| run | outcome | calls | round trips | calls before the first write in IAM | round trips before it |",
    "|---|---|---|---|---|---|",
    ...summary,
    "",
    "| run | calls |",
    "|---|---|",
    ...details,
  ].join("\n");
}

describe("what a run costs", () => {
  test.each([
    ["in sync, the first run of a process", 3],
    ["in sync", 2],
  ])("%s: at most 15 calls in at most %i sequential round trips", (run, roundTrips) => {
    const { calls, sequential, outcomes } = taken(run);
    expect(outcomes).toEqual(["in-sync"]);
    expect(calls.length).toBeLessThanOrEqual(15);
    expect(sequential).toBeLessThanOrEqual(roundTrips);
  });

  test("in sync, with many environments: it grows with pages, not with environments", () => {
    const { calls, outcomes } = taken(`in sync, ${many} environments`);
    expect(outcomes).toEqual(["in-sync"]);
    expect(calls.length).toBeLessThan(25);
  });

  /** What a run has to know of one environment, and the writes: an approval has most of them. */
  const callsMax = new Map([
    ["a wider trust policy", 20],
    ["an edit that widens, held", 20],
    ["an edit that narrows", 20],
    ["a re-created deploy target", 20],
    ["the same edit, approved", 24],
  ]);

  test.each(["", `, among ${many} environments`])(
    "an event%s costs what one environment costs",
    (among) => {
      const events = runs.filter(({ run }) => run.endsWith(`, by its event${among}`));
      expect(events.length).toBe(9);
      for (const { run, calls, beforeWrite } of events) {
        const what = run.slice(0, run.indexOf(", by its event"));
        expect(calls.length, run).toBeLessThanOrEqual(callsMax.get(what) ?? 24);
        expect(beforeWrite?.sequential ?? 0, run).toBeLessThanOrEqual(4);
        if (among !== "") expect(calls, run).not.toContain("ssm:GetParametersByPath");
      }
    },
  );

  test("what a process remembers shuts a door two round trips sooner", () => {
    const [fresh, warm] = ["a wider trust policy, in a new process", "a wider trust policy"].map(
      (what) => taken(`${what}, by its event, among ${many} environments`),
    );
    expect([fresh?.beforeWrite?.sequential, warm?.beforeWrite?.sequential]).toEqual([4, 2]);
    expect(warm?.sequential).toBe(5);
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
