import { describe, expect, it } from "vitest";
import { atDepth } from "../../depth.ts";
import type { Family } from "./family.ts";
import { tallyOf } from "./faults.ts";
import { planOf } from "./pairs.ts";

/** How many pairs of a family are looked at: trust policies cost more, since their examples are callers. */
export const pairsWanted = {
  usual: { trust: 1_500, permissions: 8_000 },
  deep: { trust: 100_000, permissions: 500_000 },
} satisfies Readonly<Record<"usual" | "deep", Readonly<Record<Family["kind"], number>>>>;

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
      120_000,
    );
  });
}
