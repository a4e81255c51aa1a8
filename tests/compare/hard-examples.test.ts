/**
 * A pair that is made to be hard is still shown by a token, or by the proof that nobody has one: the search
 * for a fine example may give up, but it has to give up on none of these.
 */
import { describe, expect, test } from "vitest";
import { chains } from "../../bench/adversarial/chains.ts";
import { questionsOf } from "../../bench/adversarial/family.ts";
import { lists } from "../../bench/adversarial/lists.ts";
import { compareTrust, type Direction } from "../../shared/compare/index.ts";

const isShown = (direction: Direction<unknown>): boolean =>
  direction.kind === "disproved" || (direction.kind === "proved" && direction.possible !== null);

describe("whether a caller makes a request of the difference is known", () => {
  const families = [...lists, ...chains];

  test.each(families.map((family) => [family.title, family] as const))("%s", (_, family) => {
    const left = questionsOf(family, 8_192).filter(({ before, after }) => {
      const { widening, narrowing } = compareTrust({ before: [before], after: [after] });
      return !isShown(widening) || !isShown(narrowing);
    });
    expect(left.map(({ size }) => size)).toEqual([]);
  });
});
