import { describe, expect, test } from "vitest";
import { atMost } from "../../shared/edge/at-once.ts";
import { pacer } from "../../shared/edge/pace.ts";
import { pacesOf } from "../../shared/edge/paced-calls.ts";

/** A clock that only sleeping and the test itself move. */
function clock() {
  let at = 0;
  return {
    now: () => at,
    pass: (ms: number) => {
      at += ms;
    },
    sleep: async (ms: number) => {
      at += ms;
    },
  };
}

describe("a pacer", () => {
  test("lets a burst pass at once and then keeps the rate", async () => {
    const time = clock();
    const { take } = pacer({ burst: 3, perSecond: 2, ...time });
    const moments: number[] = [];
    for (let nth = 0; nth < 7; nth += 1) {
      await take();
      moments.push(time.now());
    }
    expect(moments).toEqual([0, 0, 0, 500, 1000, 1500, 2000]);
  });

  test("gives all who ask at the same time a moment of their own, in their order", async () => {
    const waits: number[] = [];
    const sleep = async (ms: number) => {
      waits.push(ms);
    };
    const { take } = pacer({ burst: 1, perSecond: 2, now: () => 0, sleep });
    await Promise.all(Array.from({ length: 5 }, () => take()));
    expect(waits).toEqual([500, 1000, 1500, 2000]);
  });

  test("saves up what was not used, to no more than a burst", async () => {
    const time = clock();
    const { take } = pacer({ burst: 2, perSecond: 2, ...time });
    await Promise.all([take(), take()]);
    time.pass(3_600_000);
    const before = time.now();
    for (let nth = 0; nth < 3; nth += 1) await take();
    expect(time.now() - before).toBe(500);
  });

  test("is not confused by a clock that is put back", async () => {
    const time = clock();
    const { take } = pacer({ burst: 1, perSecond: 2, ...time });
    await take();
    time.pass(-3_600_000);
    const before = time.now();
    await take();
    expect(time.now() - before).toBe(500);
  });
});

// Parameter Store takes three writes and forty reads a second of the whole account.
describe("the paces of a run leave others their share of Parameter Store:", () => {
  test("of forty writes, one takes half a second after the first ten", async () => {
    const time = clock();
    const { writes } = pacesOf(time);
    for (let nth = 0; nth < 40; nth += 1) await writes.take();
    expect(time.now()).toBe(15_000);
  });

  test.each(["GetParameter", "GetParameters", "GetParametersByPath"])(
    "of %s thirty go in a second after the first twenty",
    async (operation) => {
      const time = clock();
      const reads = pacesOf(time).of("ssm", operation);
      for (let nth = 0; nth < 320; nth += 1) await reads?.take();
      expect(time.now()).toBeCloseTo(10_000);
    },
  );
});

describe("at most so many at once", () => {
  test("is kept to, and the results keep the items' order", async () => {
    let running = 0;
    let most = 0;
    const results = await atMost(3, [5, 1, 4, 2, 3, 1, 2], async (turns) => {
      running += 1;
      most = Math.max(most, running);
      for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
      running -= 1;
      return turns * 10;
    });
    expect(results).toEqual([50, 10, 40, 20, 30, 10, 20]);
    expect(most).toBe(3);
  });

  test("of nothing is nothing", async () => {
    expect(await atMost(3, [], async () => 1)).toEqual([]);
  });
});
