import { expect, test } from "vitest";
import { atDepth } from "../depth.ts";
import { storiesOf } from "./play.ts";

const size = atDepth({ usual: { seeds: 25, steps: 20 }, deep: { seeds: 5_000, steps: 200 } });
const seeds = Array.from({ length: size.seeds }, (_, nth) => 1 + 2 * nth);

/** People, attackers, faults and time in any order; the other half of the seeds is in another file. */
test("no story of an odd seed goes wrong", { timeout: 120_000 }, async () => {
  expect(await storiesOf({ seeds, steps: size.steps })).toEqual([]);
});
