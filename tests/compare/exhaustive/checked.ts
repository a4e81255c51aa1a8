import { describe, expect, it } from "vitest";
import { atDepth, timeLimit } from "../../depth.ts";
import type { Family } from "./family.ts";
import { tallyOf } from "./faults.ts";
import { pairsWanted, planOf } from "./pairs.ts";

/** Holds the engine to the truth about pairs of these families. */
export function checkFamilies(families: readonly Family[]): void {
  describe("small policies, decided by asking about every request", () => {
    it.each(families.map((family) => [`${family.name} (${family.kind})`, family] as const))(
      "%s: the engine is never wrong, and open only where it may be",
      (_, family) => {
        const tally = tallyOf(family, planOf(family, atDepth(pairsWanted)[family.kind]));
        expect(tally.pairs).toBeGreaterThan(1_000);
        expect(tally.faults.slice(0, 5)).toEqual([]);
        const { needless, codes } = family.undecided;
        expect([...tally.codes].filter((code) => !codes.includes(code))).toEqual([]);
        expect((50 * tally.needless) / tally.pairs).toBeLessThanOrEqual(needless);
      },
      timeLimit(120_000),
    );
  });
}
