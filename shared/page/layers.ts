/** A node of a picture in three columns. */
export type Node = { readonly key: string; readonly column: 0 | 1 | 2; readonly height: number };

/** From a node of one column to one of the next. */
export type Edge = { readonly from: string; readonly to: string };

type Placed = { readonly top: number; readonly middle: number };

export type Layers = { readonly places: ReadonlyMap<string, Placed>; readonly height: number };

const gap = 12;
const sweeps = 8;

/**
 * Places the nodes of a graph of known depth: each column in the order of its neighbours' middles, and
 * each node as near to them as there is room (Sugiyama's barycentres).
 */
export function layered(nodes: readonly Node[], edges: readonly Edge[]): Layers {
  const neighbours = new Map<string, string[]>();
  for (const { from, to } of edges) {
    neighbours.set(from, [...(neighbours.get(from) ?? []), to]);
    neighbours.set(to, [...(neighbours.get(to) ?? []), from]);
  }
  const columns = [1, 0, 2].map((column) => nodes.filter((node) => node.column === column));
  const places = new Map<string, Placed>();
  for (const column of columns) stack(column, places, () => null);
  const wish = ({ key }: Node): number | null => {
    const middles = (neighbours.get(key) ?? []).flatMap((each) => places.get(each)?.middle ?? []);
    if (middles.length === 0) return null;
    return middles.reduce((sum, middle) => sum + middle, 0) / middles.length;
  };
  const [roles = [], ...others] = columns;
  for (let sweep = 0; sweep < sweeps; sweep += 1) {
    for (const column of [...others, roles]) {
      const wished = column.map((node) => ({ node, at: wish(node) ?? 0 }));
      const order = wished.toSorted((left, right) => left.at - right.at).map(({ node }) => node);
      stack(order, places, wish);
    }
  }
  const tops = nodes.map(({ key }) => places.get(key)?.top ?? 0);
  const start = Math.min(...tops);
  const ends = nodes.map(({ key, height }) => (places.get(key)?.top ?? 0) + height - start);
  const moved = [...places].map(
    ([key, { top, middle }]) => [key, { top: top - start, middle: middle - start }] as const,
  );
  return { places: new Map(moved), height: Math.max(0, ...ends) };
}

/**
 * Sets a column's nodes below each other, each as near to where it wishes to be as the others let it:
 * those that would overlap share their distance (isotonic regression, by pooling neighbours).
 */
function stack(
  column: readonly Node[],
  places: Map<string, Placed>,
  wish: (node: Node) => number | null,
): void {
  const pools: { sum: number; count: number }[] = [];
  let above = 0;
  const offsets = column.map(({ height }) => {
    above += height + gap;
    return above - height - gap;
  });
  for (const [at, node] of column.entries()) {
    const last = pools.at(-1);
    const wished = wish(node);
    const otherwise = last === undefined ? 0 : last.sum / last.count;
    const own = wished === null ? otherwise : wished - node.height / 2 - (offsets[at] ?? 0);
    let pool = { sum: own, count: 1 };
    for (let before = last; before !== undefined; before = pools.at(-1)) {
      if (before.sum / before.count <= pool.sum / pool.count) break;
      pools.pop();
      pool = { sum: before.sum + pool.sum, count: before.count + pool.count };
    }
    pools.push(pool);
  }
  const starts = pools.flatMap(({ sum, count }) =>
    Array.from({ length: count }, () => sum / count),
  );
  for (const [at, { key, height }] of column.entries()) {
    const top = Math.round((starts[at] ?? 0) + (offsets[at] ?? 0));
    places.set(key, { top, middle: top + height / 2 });
  }
}
