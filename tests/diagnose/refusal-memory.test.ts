import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Diagnosis } from "../../shared/diagnose/cause.ts";
import { callOfRecord } from "../../shared/diagnose/question.ts";
import {
  afterAlerts,
  claimed,
  memoryText,
  parseMemory,
  type RefusalMemory,
} from "../../shared/diagnose/refusal-memory.ts";
import type { Refusal } from "../../shared/diagnose/refusals.ts";
import { recordWith } from "./job.ts";

const start = Date.parse("2026-11-22T10:00:00Z");
const at = (seconds: number) => new Date(start + seconds * 1000);
const written = (seconds: number) => at(seconds).toISOString().replace(".000Z", "Z");

const diagnosis: Diagnosis = {
  role: "Acme-CI",
  subject: null,
  at: null,
  admitted: false,
  cause: null,
  message: "",
  obstacles: [],
  next: "",
  checks: [],
};

function refusal(who: string, what: Refusal["what"] = "ref-refused", seconds = 0): Refusal {
  return {
    environment: "production",
    isProven: true,
    call: callOfRecord(recordWith()),
    times: 2,
    firstAt: written(seconds),
    lastAt: written(seconds),
    diagnosis,
    what,
    who,
    anyWho: [who],
  };
}

/** One delivery whose alerts are taken; gives who was reported, and the memory as it is kept. */
function delivered(memory: RefusalMemory, refused: readonly Refusal[], seconds: number) {
  const { fresh, memory: after } = claimed(memory, refused, at(seconds));
  const sent = afterAlerts(after, { taken: fresh, notTaken: [] });
  return { fresh, memory: parseMemory(memoryText(sent)) };
}

const day = 86_400;

describe("a refused job is reported", () => {
  test("once, and a day later once more, with how often since when", () => {
    const first = delivered([], [refusal("a")], 0);
    expect(first.fresh).toMatchObject([{ total: 2, since: written(0) }]);
    const later = delivered(first.memory, [refusal("a", "ref-refused", 300)], 300);
    expect(later.fresh).toEqual([]);
    const next = delivered(later.memory, [refusal("a", "ref-refused", day)], day + 1);
    expect(next.fresh).toMatchObject([{ total: 6, since: written(0) }]);
    expect(delivered(next.memory, [refusal("a")], day + 300).fresh).toEqual([]);
  });

  test("again for another cause, and another job", () => {
    const { memory } = delivered([], [refusal("a")], 0);
    const others = [refusal("a", "project-refused"), refusal("b"), refusal("a")];
    expect(delivered(memory, others, 60).fresh.map(({ who, what }) => [who, what])).toEqual([
      ["a", "project-refused"],
      ["b", "ref-refused"],
    ]);
  });

  test("again where the run that claimed it was stopped before the alert", () => {
    const { memory } = claimed([], [refusal("a")], at(0));
    expect(claimed(memory, [refusal("a")], at(60)).fresh).toEqual([]);
    expect(claimed(memory, [refusal("a")], at(181)).fresh).toHaveLength(1);
  });

  test("again where no channel took it", () => {
    const { fresh, memory } = claimed([], [refusal("a"), refusal("b")], at(0));
    const [lost, ...taken] = fresh;
    if (lost === undefined) throw new Error("two are fresh");
    const after = afterAlerts(memory, { taken, notTaken: [lost] });
    expect(claimed(after, [refusal("a"), refusal("b")], at(60)).fresh).toMatchObject([
      { who: lost.who },
    ]);
  });
});

describe("a job that the trust policy admits now", () => {
  const admitted = (seconds: number) => refusal("a", "admitted", seconds);

  test("is not reported, and forgotten: it is reported when it is shut out again", () => {
    const { memory } = delivered([], [refusal("a")], 0);
    const mended = delivered(memory, [admitted(100)], 300);
    expect(mended.fresh).toEqual([]);
    expect(delivered(mended.memory, [refusal("a")], 600).fresh).toHaveLength(1);
  });

  test("and is still refused a quarter of an hour later, is: something else refuses it", () => {
    const watched = delivered([], [admitted(0)], 60);
    expect(watched.fresh).toEqual([]);
    const soon = delivered(watched.memory, [admitted(900)], 960);
    expect(soon.fresh).toEqual([]);
    const late = delivered(soon.memory, [admitted(1000)], 1060);
    expect(late.fresh).toMatchObject([{ what: "admitted", total: 6 }]);
    expect(delivered(late.memory, [admitted(2000)], 2060).fresh).toEqual([]);
  });
});

describe("the memory", () => {
  test.each(["", "x", "[]", "{}", '{"refusals":1}', '{"refusals":[null,1,"x",[],["a"]]}'])(
    "is empty where %j was written",
    (text) => {
      expect(parseMemory(text)).toEqual([]);
    },
  );

  test("forgets after two days, and keeps the newest in a standard parameter", () => {
    const old = delivered([], [refusal("old")], 0);
    const many = Array.from({ length: 60 }, (_, index) => refusal(`${index}`.padStart(12, "0")));
    const { memory } = delivered(old.memory, many, 2 * day + 1);
    expect(memory).toHaveLength(45);
    expect(memory.map(({ who }) => who)).not.toContain("old");
    const long = many.map((one) => ({ ...one, what: "issuer-other-organisation" as const }));
    const often = long.map((one) => ({ ...one, times: 9_999_999 }));
    const text = memoryText(delivered([], often, 0).memory);
    expect(Buffer.byteLength(text)).toBeLessThan(4096);
  });

  test("never reports one job and cause twice within a day, whatever comes in whatever order", () => {
    const step = fc.record({
      who: fc.constantFrom("a", "b"),
      what: fc.constantFrom("ref-refused" as const, "project-refused" as const),
      wait: fc.integer({ min: 0, max: 30_000 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        let memory: RefusalMemory = [];
        let seconds = 0;
        const last = new Map<string, number>();
        for (const { who, what, wait } of steps) {
          seconds += wait;
          const run = delivered(memory, [refusal(who, what, seconds)], seconds);
          memory = run.memory;
          const key = `${who} ${what}`;
          const before = last.get(key);
          const isDue = before === undefined || seconds - before >= day;
          expect(run.fresh.length).toBe(isDue ? 1 : 0);
          if (run.fresh.length > 0) last.set(key, seconds);
        }
      }),
    );
  });
});
