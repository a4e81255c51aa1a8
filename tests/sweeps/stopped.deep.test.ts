import { describe, test } from "vitest";
import { atDepth, timeLimit } from "../depth.ts";
import { openBench } from "./bench.ts";
import { firstOfEach, playRecovery, playStop } from "./play-stop.ts";
import { eventStarts, starts } from "./starts.ts";
import { placeOf, stopsOf } from "./stops.ts";

const bench = openBench();
const every = atDepth({ usual: false, deep: true });

describe("a run that is stopped at any call leaves nothing open, lost or untold", () => {
  test.each([...starts, ...eventStarts])(
    "from $start",
    { timeout: timeLimit(300_000) },
    async (start) => {
      const ready = await bench.ready(start);
      const isNew = firstOfEach();
      for (const stop of stopsOf(ready.calls, { every })) {
        ready.restore();
        const where = `a stop ${placeOf(ready.calls, stop)}`;
        const { messages, changed } = await playStop(ready, stop, where);
        if (isNew(changed)) await playRecovery(ready, messages, where);
      }
    },
  );
});
