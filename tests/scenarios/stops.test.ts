import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Bench, openBench, writesIn } from "./bench.ts";
import { starts } from "./starts.ts";

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench.account.close());

/** A call is refused for good: nothing happens, and nothing comes after it. */
const how = { error: "AccessDenied", httpStatus: 403 } as const;

describe("a run that is stopped at any call leaves no access that was neither there nor desired", () => {
  // Between two writes nothing changes, so a stop before a write stands for one at any read before
  // it, and for one right after the write before it.
  test.each(starts)("from $start", { timeout: 120_000 }, async (start) => {
    const normal = await bench.undisturbed(start);
    const writes = writesIn(normal.calls);
    expect(writes.length).toBeGreaterThan(2);
    for (const place of writes) {
      await bench.disturb(start, normal, { place, at: "before", how, ends: true });
    }
    const place = writes.at(-1) ?? "";
    await bench.disturb(start, normal, { place, at: "after", how: "connection-reset", ends: true });
  });
});
