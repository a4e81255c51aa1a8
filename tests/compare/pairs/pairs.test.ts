import { describe, expect, it } from "vitest";
import type { Witness } from "../../../shared/compare/index.ts";
import { type Answer, trustAnswer } from "../answers.ts";
import { complaintsOf } from "../properties/replay.ts";
import { table } from "./table/index.ts";
import type { Pair } from "./vocabulary.ts";

const reversed = {
  equivalent: "equivalent",
  narrowed: "widened",
  widened: "narrowed",
  changed: "changed",
  undecided: "undecided",
  refused: "refused",
} as const;

function verdictOf(comparison: Answer<Witness>): Pair["verdict"] {
  return comparison.kind === "refused" ? "refused" : comparison.verdict;
}

/** Both witnesses, replayed by the sandbox's evaluator, and there just when their direction is true. */
function complaintsOfBoth(comparison: Answer<Witness>, pair: Pick<Pair, "before" | "after">) {
  if (comparison.kind === "refused") return [];
  const { widens, narrows, admitted, dropped } = comparison;
  const { before, after } = pair;
  return [
    ...((widens === true) === (admitted !== null) ? [] : ["admitted does not go with widens"]),
    ...((narrows === true) === (dropped !== null) ? [] : ["dropped does not go with narrows"]),
    ...(admitted === null ? [] : complaintsOf(admitted, { allows: after, refuses: before })),
    ...(dropped === null ? [] : complaintsOf(dropped, { allows: before, refuses: after })),
  ];
}

describe.each(table)("%s:", (_, pairs) => {
  it.each(pairs)("$title: $verdict. $why", (pair) => {
    const comparison = trustAnswer(pair);
    expect(verdictOf(comparison)).toBe(pair.verdict);
    expect(complaintsOfBoth(comparison, pair)).toEqual([]);
  });

  it.each(pairs)("$title, the other way round", (pair) => {
    const swapped = { before: pair.after, after: pair.before };
    const comparison = trustAnswer(swapped);
    expect(verdictOf(comparison)).toBe(reversed[pair.verdict]);
    expect(complaintsOfBoth(comparison, swapped)).toEqual([]);
  });

  it.each(pairs)("$title: each document is equivalent to itself", ({ before, after, verdict }) => {
    expect(verdictOf(trustAnswer({ before, after: before }))).toBe("equivalent");
    const own = verdict === "refused" ? "refused" : "equivalent";
    expect(verdictOf(trustAnswer({ before: after, after }))).toBe(own);
  });
});

describe("the table", () => {
  const all = table.flatMap(([, pairs]) => pairs);

  it("holds at least eighty pairs", () => {
    expect(all.length).toBeGreaterThanOrEqual(80);
  });

  it("names no pair twice within its part", () => {
    for (const [, pairs] of table) {
      expect(new Set(pairs.map(({ title }) => title)).size).toBe(pairs.length);
    }
  });
});
