import { describe, expect, test } from "vitest";
import { layered, type Node } from "../../shared/page/layers.ts";
import { timeScale } from "../../shared/page/scale.ts";

const day = 86_400_000;
const start = Date.UTC(2026, 0, 1);

describe("the layout", () => {
  test("puts no two nodes of a column over each other, and connected ones near", () => {
    const nodes: Node[] = Array.from({ length: 30 }, (_, at) => ({
      key: `n${at}`,
      column: at % 3 === 0 ? 0 : at % 3 === 1 ? 1 : 2,
      height: 40,
    }));
    const edges = Array.from({ length: 10 }, (_, at) => [
      { from: `n${27 - at * 3}`, to: `n${at * 3 + 1}` },
      { from: `n${at * 3 + 1}`, to: `n${29 - at * 3}` },
    ]).flat();
    const { places, height } = layered(nodes, edges);
    for (const column of [0, 1, 2]) {
      const tops = nodes
        .filter((node) => node.column === column)
        .map(({ key }) => places.get(key)?.top ?? Number.NaN)
        .toSorted((left, right) => left - right);
      for (const [at, top] of tops.entries()) {
        if (at > 0) expect(top - (tops[at - 1] ?? 0)).toBeGreaterThanOrEqual(40);
      }
    }
    const far = edges.map(({ from, to }) =>
      Math.abs((places.get(from)?.middle ?? 0) - (places.get(to)?.middle ?? 0)),
    );
    expect(Math.max(...far)).toBeLessThan(60);
    expect(height).toBeLessThan(10 * 52 + 60);
  });

  test("of nothing has no height", () => {
    expect(layered([], []).height).toBe(0);
  });
});

describe("the time axis", () => {
  test.each([1, 6, 30, 90, 400, 4_000])("over %i days has few marks, at whole days", (days) => {
    const { ticks, x } = timeScale(start, start + days * day, 700);
    expect(ticks.length).toBeLessThanOrEqual(8);
    expect(ticks.length).toBeGreaterThanOrEqual(1);
    for (const tick of ticks) expect(tick.x).toBe(x(Date.parse(tick.label)));
  });

  test("keeps what is outside of it at its ends", () => {
    const { x } = timeScale(start, start + 10 * day, 700);
    expect([x(start - day), x(start + 5 * day), x(start + 20 * day)]).toEqual([0, 350, 700]);
  });
});
