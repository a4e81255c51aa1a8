import { describe, test } from "vitest";
import type { PublishedMessage } from "../../sandbox/index.ts";
import { atDepth, timeLimit } from "../depth.ts";
import { isOwnOf, openBench, periodMs, type Ready } from "./bench.ts";
import { firstOfEach, playRecovery, playStop } from "./play-stop.ts";
import { starts } from "./starts.ts";
import { placeOf, stopsOf } from "./stops.ts";

const bench = openBench();

describe("a run that is stopped, and the one that makes up for it too, leave nothing open, lost or untold", () => {
  test.each(starts)("from $start", { timeout: timeLimit(300_000) }, async (start) => {
    const ready = await bench.ready(start);
    const isNew = firstOfEach();
    const firsts = stopsOf(ready.calls, { every: false });
    const middle = firsts.slice(firsts.length / 2, firsts.length / 2 + 1);
    for (const first of atDepth({ usual: middle, deep: firsts })) {
      ready.restore();
      const where = `a stop ${placeOf(ready.calls, first)}`;
      const { messages, changed } = await playStop(ready, first, where);
      if (isNew(changed)) await playSecond(ready, messages, where);
    }
  });
});

/** Stops the run that makes up for a stop, at each of its own calls. */
async function playSecond(
  ready: Ready,
  stopped: readonly PublishedMessage[],
  before: string,
): Promise<void> {
  const { account } = ready;
  account.wait(periodMs);
  const restore = account.keep();
  const { calls } = await account.run();
  const own = calls.filter(isOwnOf(account));
  const isNew = firstOfEach();
  const all = stopsOf(own, { every: false });
  const some = all.filter((_, index) => index % 5 === all.length % 5);
  for (const second of atDepth({ usual: some, deep: all })) {
    restore();
    const where = `${before}, and one ${placeOf(own, second)}`;
    const { messages, changed } = await playStop(ready, second, where);
    if (isNew(changed)) await playRecovery(ready, [...stopped, ...messages], where);
  }
}
