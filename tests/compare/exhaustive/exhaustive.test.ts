import { describe, expect, it } from "vitest";
import { type Family, families } from "./families.ts";
import { tallyOf } from "./faults.ts";
import { policiesOf } from "./policies.ts";
import { lengthThatTells, tellingTexts, texts } from "./universe.ts";

/**
 * How many pairs of each family are looked at. In CI a few thousand, spread over all pairs;
 * EXHAUSTIVE_PAIRS=Infinity for every one of them, or `npx node bench/exhaustive.ts`, which prints counts.
 */
const pairsWanted = Number(process.env["EXHAUSTIVE_PAIRS"] ?? "5000");
const timeout = pairsWanted > 10_000 ? 24 * 3_600_000 : 120_000;

function greatestCommonDivisor(one: number, other: number): number {
  return other === 0 ? one : greatestCommonDivisor(other, one % other);
}

/** Pairs are numbered with the second policy running fastest: this way each comes to be second. */
function everyOf(family: Family): number {
  const count = policiesOf(family).length;
  let every = Math.max(1, Math.floor(count ** 2 / pairsWanted));
  while (greatestCommonDivisor(every, count) > 1) every += 1;
  return every;
}

describe("small policies, decided by asking about every request", () => {
  it.each(families.map((family) => [`${family.name} (${family.kind})`, family] as const))(
    "%s: the engine is never wrong, and open only where it may be",
    (_, family) => {
      const tally = tallyOf(family, { every: everyOf(family), from: 7 });
      expect(tally.asked).toBeGreaterThan(2_000);
      expect(tally.faults.slice(0, 5)).toEqual([]);
      const { needless, codes } = family.undecided;
      expect([...tally.codes].filter((code) => !codes.includes(code))).toEqual([]);
      expect((100 * tally.needless) / tally.asked).toBeLessThanOrEqual(needless);
    },
    timeout,
  );
});

describe("the requests asked about", () => {
  it.each([
    [["a", "a*", "*b", "?"]],
    [["a", "?*b"]],
    [["*a?", "*b*b*", "??"]],
    [["*a*b*a*", "a?*"]],
  ])("show all ways in which %j match texts: longer ones show no other", (patterns) => {
    const telling = tellingTexts(patterns);
    const longest = lengthThatTells(patterns);
    const waysOf = (some: readonly string[]) =>
      new Set(
        some.map((text) =>
          patterns
            .map((pattern) => pattern.replaceAll("*", ".*").replaceAll("?", "."))
            .map((pattern) => new RegExp(`^${pattern}$`).test(text))
            .join(),
        ),
      );
    expect(waysOf(telling).size).toBe(telling.length);
    expect([...waysOf(texts(longest + 2))].sort()).toEqual([...waysOf(telling)].sort());
  });
});
