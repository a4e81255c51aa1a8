import type { Family } from "./family.ts";
import { inTriangle, type Policy, type Shape, shapesOf } from "./policies.ts";

/** How many pairs of a family are looked at: trust policies cost more, since their examples are callers. */
export const pairsWanted = {
  usual: { trust: 1_100, permissions: 4_400 },
  deep: { trust: 100_000, permissions: 500_000 },
} satisfies Readonly<Record<"usual" | "deep", Readonly<Record<Family["kind"], number>>>>;

/** All pairs whose sizes come to so much, and how many of them are looked at. */
export type Layer = { readonly possible: number; readonly checked: number };

export type Pair = { readonly before: Policy; readonly after: Policy };

/** The layers, the smallest pairs first. */
export type Plan = { readonly layers: readonly Layer[]; readonly pairs: () => Iterable<Pair> };

/** Two shapes, and all pairs of a policy of the one and a policy of the other. */
type Block = { readonly one: Shape; readonly other: Shape; readonly count: number };

/**
 * Which pairs of a family are looked at if there are to be so many: the small ones all of them, and of the
 * larger ones equally many of each size, spread over all that there are. A pair is there once: the
 * engine answers both its directions.
 */
export function planOf(family: Family, wanted: number): Plan {
  const bySize = blocksOf(shapesOf(family));
  const layers: Layer[] = [];
  let left = wanted;
  let isFull = true;
  for (const [at, blocks] of bySize.entries()) {
    const possible = blocks.reduce((sum, { count }) => sum + count, 0);
    isFull &&= possible <= left;
    const share = Math.floor(left / (bySize.length - at));
    const checked = isFull ? possible : Math.min(possible, share);
    left -= checked;
    layers.push({ possible, checked });
  }
  const pairs = function* (): Iterable<Pair> {
    for (const [at, layer] of layers.entries()) yield* pairsOf(bySize[at] ?? [], layer);
  };
  return { layers, pairs };
}

function blocksOf(shapes: readonly Shape[]): readonly (readonly Block[])[] {
  const bySize: Block[][] = [];
  for (const [at, one] of shapes.entries()) {
    for (const other of shapes.slice(at)) {
      const count = one === other ? (one.count * (one.count + 1)) / 2 : one.count * other.count;
      const size = one.size + other.size;
      bySize[size] = [...(bySize[size] ?? []), { one, other, count }];
    }
  }
  return bySize;
}

const goldenRatio = 0.618_033_988_749_894_9;

/** Each layer in as many slices as there are to be pairs: one of each slice, at a place that never repeats. */
function* pairsOf(blocks: readonly Block[], { possible, checked }: Layer): Iterable<Pair> {
  const width = possible / checked;
  for (let slice = 0; slice < checked; slice += 1) {
    const within = checked === possible ? 0 : (slice * goldenRatio) % 1;
    let index = Math.min(possible - 1, Math.floor((slice + within) * width));
    const block = blocks.find(({ count }) => {
      if (index < count) return true;
      index -= count;
      return false;
    });
    if (block === undefined) throw new Error("a number names no pair");
    const [one, other] = pairAt(block, index);
    yield slice % 2 === 0 ? { before: one, after: other } : { before: other, after: one };
  }
}

function pairAt({ one, other }: Block, index: number): readonly [Policy, Policy] {
  if (one === other) {
    const [row, place] = inTriangle(index);
    return [one.at(row), one.at(place)];
  }
  return [one.at(Math.floor(index / other.count)), other.at(index % other.count)];
}
