import {
  type Measurement,
  many,
  measureElsewhere,
  runNames,
  shortly,
} from "../../tests/story/measure.ts";
import { wakeKinds } from "../../tests/story/wakes.ts";
import type { Section } from "../section.ts";

let measurement: Promise<Measurement> | null = null;

/** One measurement for both tables. */
function measuredOnce(): Promise<Measurement> {
  measurement ??= measureElsewhere();
  return measurement;
}

/** What every kind of wake costs. */
export const wakes: Section = {
  title: "What wakes a run",
  about: `Everything that may happen to one environment, and the run that its event wakes: in a process that has made a run over
all environments before, and in a new one; alone, and among ${many}. *20 in 6; 14 in 3* means 20 calls in 6 round trips, of
which 14 in 3 come before the first write in IAM. They are counted without a clock, as on the page of [calls](calls.md),
which lists them and says what each of them is for.`,
  columns: ["what happens", "remembers", "new", `remembers, among ${many}`, `new, among ${many}`],
  rows: wakeKinds.map(({ what }) => what),
  measure: async () =>
    (await measuredOnce()).wakes.map(([alone, among]) =>
      [alone.remembering, alone.fresh, among.remembering, among.fresh].map(shortly),
    ),
};

/** The same of runs that no event woke. */
export const runs: Section = {
  title: "What no event wakes",
  about:
    "The first run, those of the schedule, and the two functions beside the loop, counted in the same way.",
  columns: ["run", "calls"],
  rows: runNames,
  measure: async () => (await measuredOnce()).runs.map((taken) => [shortly(taken)]),
};
