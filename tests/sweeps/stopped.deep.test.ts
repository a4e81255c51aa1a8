import { describe, expect, test } from "vitest";
import { atDepth, timeLimit } from "../depth.ts";
import { chosenTemplate } from "../stack/package.ts";
import { executionRole, isRecord } from "../stack/template.ts";
import { openBench, type Ready } from "./bench.ts";
import { modelledErrors } from "./fault-kinds.ts";
import { firstOfEach, playRecovery, playStop } from "./play-stop.ts";
import { eventStarts, starts } from "./starts.ts";
import { placeOf, stopsOf } from "./stops.ts";

const bench = openBench();
const every = atDepth({ usual: false, deep: true });
const all = [...starts, ...eventStarts];
const callsFrom = new Map<string, Ready["calls"]>();

describe("a run that is stopped at any call leaves nothing open, lost or untold", () => {
  const inTurn = all.map((start, turn) => ({ ...start, turn }));
  test.each(inTurn)("from $start", { timeout: timeLimit(300_000) }, async ({ turn, ...start }) => {
    const ready = await bench.ready(start);
    callsFrom.set(start.start, ready.calls);
    const isNew = firstOfEach();
    // Usually every other one: before the first call and behind half of the writes, or behind the other half.
    const stops = stopsOf(ready.calls, { every }).filter((_, nth) => every || nth % 2 === turn % 2);
    for (const stop of stops) {
      ready.restore();
      const where = `a stop ${placeOf(ready.calls, stop)}`;
      const { messages, changed } = await playStop(ready, stop, where);
      if (isNew(changed)) await playRecovery(ready, messages, where);
    }
  });
});

/** What the role of the loop's function may do, but for what Lambda does as the function. */
function allowed(): readonly string[] {
  const place = { account: "123456789012", region: "us-east-1" };
  return executionRole(chosenTemplate({}), "reconcile", place)
    .policies.flatMap(({ document }): readonly unknown[] =>
      Array.isArray(document["Statement"]) ? document["Statement"] : [],
    )
    .filter(isRecord)
    .filter(({ Effect }) => Effect === "Allow")
    .flatMap(({ Action }) => [Action].flat().map(String))
    .filter((action) => !/^(logs|sqs):/.test(action));
}

test("the starts make every call that the loop's role may make, and each knows its errors", async () => {
  const calls: Ready["calls"][number][] = [];
  for (const start of all) {
    calls.push(...(callsFrom.get(start.start) ?? (await bench.ready(start)).calls));
  }
  const called = new Set(calls.map(({ service, operation }) => `${service}:${operation}`));
  const missing = new Set(allowed().filter((action) => !called.has(action)));
  // Asked only where neither the function's ARN nor a parameter's names the account.
  expect([...missing]).toEqual(["sts:GetCallerIdentity"]);
  const unknown = calls.filter((call) => modelledErrors(call).length === 0);
  expect([...new Set(unknown.map(({ service }) => service))]).toEqual([]);
}, 300_000);
