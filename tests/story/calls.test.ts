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

  /** What an event costs at most: its calls, and its round trips in a process that knows or is new. */
  const most: Readonly<Record<string, readonly [calls: number, known: number, fresh: number]>> = {
    "a wider trust policy": [19, 5, 6],
    "an attached policy": [20, 5, 6],
    "an inline policy": [20, 5, 6],
    "an edit that widens, held": [16, 3, 4],
    "an edit that narrows": [17, 5, 6],
    // What opens again is looked at before and after.
    "a policy version that grants more": [23, 6, 8],
    "the same edit, approved": [24, 7, 8],
    "a deleted role": [24, 7, 8],
    "a deleted provider": [23, 7, 7],
    "an added audience": [21, 6, 6],
    "a re-created deploy target": [14, 2, 2],
  };
  /** Whose these are, or who shares them, only a listing of all shows. */
  const listed = [
    "a deleted role",
    "a deleted provider",
    "an added audience",
    "a re-created deploy target",
  ];

  test.each(Object.entries(most))(
    "%s, by its event, costs no more than is known",
    (what, [calls, known, fresh]) => {
      const runs = [
        [known, taken(`${what}, by its event`)],
        [fresh, taken(`${what}, in a new process, by its event`)],
      ] as const;
      for (const [roundTrips, run] of runs) {
        expect(run.calls.length, run.run).toBeLessThanOrEqual(calls);
        expect(run.sequential, run.run).toBeLessThanOrEqual(roundTrips);
        expect(run.beforeWrite?.sequential ?? 0, run.run).toBeLessThanOrEqual(4);
      }
    },
  );

  test("an event among many environments costs what one environment costs", () => {
    const events = Object.keys(most).filter((what) => !listed.includes(what));
    expect(events.length).toBe(7);
    for (const what of events) {
      const run = `${what}, in a new process, by its event`;
      const alone = taken(run);
      const { calls, sequential } = taken(`${run}, among ${many} environments`);
      expect(calls, run).not.toContain("ssm:GetParametersByPath");
      expect([calls.length, sequential], run).toEqual([alone.calls.length, alone.sequential]);
    }
  });

  test("what a process remembers shuts a door a round trip sooner", () => {
    const [known, fresh] = ["", ", in a new process"].map((process) =>
      taken(`a wider trust policy${process}, by its event`),
    );
    expect([known?.beforeWrite?.sequential, fresh?.beforeWrite?.sequential]).toEqual([2, 3]);
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
