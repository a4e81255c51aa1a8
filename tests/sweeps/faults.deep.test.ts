import { describe, expect, test } from "vitest";
import { atDepth, timeLimit } from "../depth.ts";
import { openBench } from "./bench.ts";
import { cellsOf, sampler } from "./cells.ts";
import { playFault } from "./play-fault.ts";
import { firstOfEach } from "./play-stop.ts";
import { starts } from "./starts.ts";

const bench = openBench({ freshClients: true });
const chosen = atDepth({ usual: sampler(), deep: (cells: ReturnType<typeof cellsOf>) => cells });

describe("a call that goes wrong in any way, once or for a week, is said, opens nothing and heals", () => {
  test.each(starts)("from $start", { timeout: timeLimit(300_000) }, async (start) => {
    const ready = await bench.ready(start);
    const isNew = firstOfEach();
    const failed: string[] = [];
    for (const cell of chosen(cellsOf(ready), start.start)) {
      // One cell that fails hides no other.
      await playFault(ready, cell, isNew).catch((thrown) => failed.push(String(thrown)));
    }
    expect(failed).toEqual([]);
  });
});
