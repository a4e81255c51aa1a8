import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import {
  type MeasuredRun,
  type MeasuredWake,
  type Measurement,
  many,
  measureElsewhere,
  shortly,
} from "./measure.ts";
import { deployTargets, wakeKinds } from "./wakes.ts";

const page = fileURLToPath(new URL("../../docs/calls.md", import.meta.url));
const begin = "<!-- measured: begin -->";
const end = "<!-- measured: end -->";

let measurement: Measurement = { wakes: [], runs: [] };

beforeAll(async () => {
  measurement = await measureElsewhere();
}, 180_000);

function run(name: string): MeasuredRun {
  const found = measurement.runs.find((measured) => measured.run === name);
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

function row(...cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

function tables(): string {
  const { runs, wakes } = measurement;
  const columns = ["remembers", "new", `remembers, among ${many}`, `new, among ${many}`];
  return [
    row("run over all environments", "outcome", "calls"),
    "|---|---|---|",
    ...runs.map((taken) => row(taken.run, taken.outcomes.join(", ") || "–", shortly(taken))),
    "",
    row("what wakes a run", "outcome", ...columns),
    "|---|---|---|---|---|---|",
    ...wakes.map(([alone, among]) =>
      row(
        alone.what,
        alone.fresh.outcomes.join(", ") || "–",
        ...[alone.remembering, alone.fresh, among.remembering, among.fresh].map(shortly),
      ),
    ),
    "",
    row("what wakes a run", "calls of a new process, of one environment"),
    "|---|---|",
    ...runs.map(({ run: name, calls }) => row(name, countsOf(calls))),
    ...wakes.map(([{ what, fresh }]) => row(what, countsOf(fresh.calls))),
  ].join("\n");
}

describe("a run over all environments", () => {
  test.each([
    ["in sync, the first run of a process", 3],
    ["in sync", 2],
  ])("%s: at most 15 calls in at most %i sequential round trips", (name, roundTrips) => {
    const { calls, sequential, outcomes } = run(name);
    expect(outcomes).toEqual(["in-sync"]);
    expect(calls.length).toBeLessThanOrEqual(15);
    expect(sequential).toBeLessThanOrEqual(roundTrips);
  });

  test("in sync, with a deploy target of every kind: as many round trips", () => {
    const { sequential, outcomes } = run("in sync, a deploy target of every kind");
    expect(outcomes).toEqual(["in-sync"]);
    expect(sequential).toBe(2);
  });

  test("in sync, with many environments: it grows with pages, not with environments", () => {
    const { calls, outcomes } = run(`in sync, ${many} environments`);
    expect(outcomes).toEqual(["in-sync"]);
    expect(calls.length).toBeLessThan(25);
  });
});

/** What an event costs at most: its calls, and its round trips in a process that remembers and in a new one. */
type Most = readonly [calls: number, remembering: number, fresh: number];

const usual: Most = [20, 5, 6];

/** What takes more, and why; docs/calls.md says it in full. */
const more: Readonly<Record<string, Most>> = {
  // What opens again is looked at before and after. Of a policy nobody knows the version.
  "a policy version that grants more": [21, 6, 8],
  "a narrower trust policy": [21, 6, 8],
  "the deploy policy detached": [21, 6, 8],
  "the deploy policy deleted": [23, 7, 9],
  "the role deleted": [24, 7, 8],
  "a foreign tag on the role": [21, 6, 8],
  "our tags taken off the role": [21, 6, 9],
  "our tags taken off the policy": [23, 6, 8],
  "a permissions boundary put": [22, 6, 8],
  "the permissions boundary deleted": [20, 5, 7],
  "the same edit, approved": [24, 7, 8],
  // A provider belongs to all who use it.
  "an added audience": [21, 6, 6],
  "an audience taken off": [23, 7, 7],
  "our tags taken off the provider": [23, 7, 7],
  "the provider deleted": [23, 7, 7],
  // Three are shut one after the other.
  "three of these in one batch": [24, 7, 8],
  // Everything is made or removed, one after the other.
  "a first document": [23, 11, 11],
  "an edit that renames the role": [30, 10, 10],
  "a document removed, `onRemove: delete`": [32, 13, 13],
  // What is in force is looked for in all the account.
  "a record written by hand": [25, 6, 6],
  "a record deleted by hand": [25, 6, 6],
  // The policy gets a new version; and there is a target of each kind.
  "an App Runner service made again": [24, 7, 7],
  "an ECS Express service updated": [34, 8, 9],
  "an ECS service moved to another task definition": [21, 3, 3],
};

/** What only a listing of all shows: whose it is, who shares it, or who else claims it. */
const listed: readonly string[] = [
  "an added audience",
  "an audience taken off",
  "our tags taken off the provider",
  "the provider deleted",
  "a role of somebody else's changed",
  "a first document",
  "an edit that renames the role",
  "an edit with a further audience, held",
  "a document removed, `onRemove: retain`",
  "a document removed, `onRemove: delete`",
  "a record written by hand",
  "a record deleted by hand",
];

/** The same, of a process that remembers no listing. */
const listedAtFirst: readonly string[] = [
  "the deploy policy deleted",
  "the role deleted",
  "our tags taken off the policy",
  ...deployTargets.map(({ what }) => what),
];

/** Doors that somebody has opened: the write that shuts them is the first. */
const doors = [
  "a wider trust policy",
  "an attached policy",
  "an inline policy",
  "a policy version that grants more",
  "longer sessions",
  "the permissions boundary deleted",
  "an added audience",
  "three of these in one batch",
];

describe("what wakes a run", () => {
  const kinds = wakeKinds.map(({ what }, at) => [what, at] as const);
  const measuredOf = (at: number): readonly [MeasuredWake, MeasuredWake] => {
    const measured = measurement.wakes[at];
    if (measured === undefined) throw new Error("This kind of wake was not measured.");
    return measured;
  };

  test.each(kinds)("%s: no more than is known", (what, at) => {
    const [calls, remembering, fresh] = more[what] ?? usual;
    const [alone] = measuredOf(at);
    for (const [roundTrips, taken] of [
      [remembering, alone.remembering],
      [fresh, alone.fresh],
    ] as const) {
      expect(taken.calls.length).toBeLessThanOrEqual(calls);
      expect(taken.sequential).toBeLessThanOrEqual(roundTrips);
    }
  });

  test("costs among many environments what it costs for one", () => {
    for (const [what, at] of kinds.filter(([kind]) => !listed.includes(kind))) {
      const [alone, among] = measuredOf(at);
      const processes = listedAtFirst.includes(what)
        ? ([["remembering", among.remembering, alone.remembering]] as const)
        : ([
            ["remembering", among.remembering, alone.remembering],
            ["new", among.fresh, alone.fresh],
          ] as const);
      for (const [process, found, expected] of processes) {
        expect(found.calls, `${what}, ${process}`).not.toContain("ssm:GetParametersByPath");
        expect(found.calls.length, `${what}, ${process}`).toBeLessThanOrEqual(
          expected.calls.length,
        );
        expect(found.sequential, `${what}, ${process}`).toBeLessThanOrEqual(expected.sequential);
      }
    }
  });

  test("a door is shut after four round trips at most, and after two in a process that remembers", () => {
    for (const [what, at] of kinds.filter(([kind]) => doors.includes(kind))) {
      const isListed = listed.includes(what);
      const [alone, among] = measuredOf(at);
      for (const { fresh, remembering } of isListed ? [alone] : [alone, among]) {
        expect(fresh.beforeWrite?.sequential, what).toBeLessThanOrEqual(4);
        expect(remembering.beforeWrite?.sequential, what).toBeLessThanOrEqual(isListed ? 3 : 2);
      }
    }
  });

  test("what a process remembers shuts a door a round trip sooner", () => {
    const [{ remembering, fresh }] = measuredOf(0);
    expect([remembering, fresh].map(({ beforeWrite }) => beforeWrite?.sequential)).toEqual([2, 3]);
  });
});

test("is what docs/calls.md says (UPDATE_DOCS=1 writes it again)", () => {
  const text = readFileSync(page, "utf8");
  const [head = "", rest = ""] = text.split(begin);
  const [, tail = ""] = rest.split(end);
  const fresh = `${head}${begin}\n\n${tables()}\n\n${end}${tail}`;
  if (process.env["UPDATE_DOCS"] === "1") writeFileSync(page, fresh);
  expect(readFileSync(page, "utf8")).toBe(fresh);
});
