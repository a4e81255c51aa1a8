import fc from "fast-check";
import { expect, test } from "vitest";
import { globPattern } from "../../shared/language/pattern.ts";
import { identityOfPatterns } from "../../shared/policy/match.ts";

/** Twice two texts with one number of FNV-1a, among enough others that they are put in order by it. */
const colliding = ["costarring", "liquid", "declinate", "macallums"];
const texts = [...colliding, ...Array.from({ length: 30 }, (_, at) => `text-${at}*`)];

const nameOf = (list: readonly string[]) =>
  identityOfPatterns(list.map((text) => globPattern(text)));

test("a list has one name, in whatever order and however often its patterns are given", () => {
  const subset = fc.shuffledSubarray(texts, { minLength: 1 });
  fc.assert(
    fc.property(subset, subset, (list, other) => {
      expect(nameOf([...list].reverse().concat(list))).toBe(nameOf(list));
      const isSame = new Set(list).symmetricDifference(new Set(other)).size === 0;
      expect(nameOf(other) === nameOf(list)).toBe(isSame);
    }),
    { numRuns: 500, seed: 5 },
  );
});
