import { describe, expect, test } from "vitest";
import { atDepth } from "../depth.ts";
import { storiesOf } from "./play.ts";

const size = atDepth({
  usual: { slices: 1, seeds: 100, steps: 10, timeout: 300_000 },
  deep: { slices: 50, seeds: 100, steps: 200, timeout: 0 },
});
const slices = Array.from({ length: size.slices }, (_, nth) => 1 + 2 * nth * size.seeds);

/** People, attackers, faults and time in any order; the other half of the seeds is in another file. */
describe.each(slices)("from seed %d on", (first) => {
  const seeds = Array.from({ length: size.seeds }, (_, nth) => first + 2 * nth);
  test("no story of an odd seed goes wrong", { timeout: size.timeout }, async () => {
    expect(await storiesOf({ seeds, steps: size.steps })).toEqual([]);
  });
});
