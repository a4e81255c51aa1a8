import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Bench, type How, openBench, places, writesIn } from "./bench.ts";
import { starts } from "./starts.ts";

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench.account.close());

const refusal: How = { at: "before", how: { error: "AccessDenied", httpStatus: 403 } };
const passing: readonly (How & { readonly what: string })[] = [
  { what: "a server's fault", at: "before", how: { error: "ServiceFailure", httpStatus: 500 } },
  { what: "a throttle", at: "before", how: { error: "Throttling", httpStatus: 400 } },
];
const lost: How = { at: "after", how: "connection-reset" };

describe("a call that is refused opens nothing, and the next run makes up for it", () => {
  test.each(starts.filter(({ start }) => /names|removed/.test(start)))(
    "from $start",
    { timeout: 120_000 },
    async (start) => {
      const normal = await bench.undisturbed(start);
      for (const place of places(normal.calls)) {
        await bench.disturb(start, normal, { ...refusal, place, ends: false });
      }
    },
  );
});

describe("an answer that is lost opens nothing, though the call is made a second time", () => {
  test.each(starts.filter(({ start }) => /nothing|edit|names/.test(start)))(
    "from $start",
    { timeout: 120_000 },
    async (start) => {
      const normal = await bench.undisturbed(start);
      for (const place of writesIn(normal.calls)) {
        await bench.disturb(start, normal, { ...lost, place, ends: false });
      }
    },
  );
});

describe("what passes by itself is tried again within the run", () => {
  const start = starts.find((one) => one.start.includes("edit"));
  if (start === undefined) throw new Error("There is no start with an edit.");
  test.each(passing)("$what at any write", { timeout: 120_000 }, async ({ at, how }) => {
    const normal = await bench.undisturbed(start);
    for (const place of writesIn(normal.calls)) {
      const outcome = await bench.disturb(start, normal, { place, at, how, ends: false });
      expect(outcome).toBe("reconciled");
    }
  });
});
