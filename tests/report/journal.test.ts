import { describe, expect, test } from "vitest";
import {
  interruptedRuns,
  type Journal,
  journalWith,
  journalWithout,
  parseJournal,
} from "../../shared/report/journal.ts";
import type { Alert } from "../../shared/report/report.ts";
import { now } from "./runs.ts";

const minutesAgo = (minutes: number) => new Date(now.getTime() - minutes * 60_000).toISOString();
const timeoutMs = 15 * 60_000;
const alerts = (count: number, title = "t"): readonly Alert[] =>
  Array.from({ length: count }, (_, at) => ({
    kind: "trust-widened",
    severity: "critical",
    environment: `e${at}`,
    title,
    text: "",
  }));

describe("a run that the journal names was interrupted", () => {
  test.each([
    ["by the queue's next run, at once", "queue", "queue", 1, false, true],
    ["not while it is this process that runs it", "queue", "queue", 1, true, false],
    ["by a run by hand only after its time-out", "queue", "hand", 1, false, false],
    ["by a run by hand after its time-out", "queue", "hand", 16, false, true],
    ["by hand, for the queue's run, only after its time-out", "hand", "queue", 1, false, false],
    ["by hand, for the queue's run, after its time-out", "hand", "queue", 16, false, true],
    ["by hand, for another by hand, only after its time-out", "hand", "hand", 15, false, false],
    ["by hand, for another by hand, after its time-out", "hand", "hand", 16, false, true],
  ] as const)("%s", (_what, source, by, minutes, isAlive, expected) => {
    const journal: Journal = { run: { at: minutesAgo(minutes), source, alerts: [], more: {} } };
    const alive = new Set(isAlive ? ["run"] : []);
    expect(interruptedRuns({ journal, source: by, alive, now, timeoutMs })).toEqual(
      expected ? ["run"] : [],
    );
  });

  test("if nobody can say when it began", () => {
    const journal: Journal = { run: { at: "", source: "hand", alerts: [], more: {} } };
    expect(interruptedRuns({ journal, source: "hand", alive: new Set(), now, timeoutMs })).toEqual([
      "run",
    ]);
  });
});

describe("a journal", () => {
  const entry = { at: now.toISOString(), source: "queue" } as const;

  test.each([
    [0, 0, 0],
    [3, 3, 0],
    [25, 20, 5],
    [1_000, 20, 980],
  ])("of %i alerts names %i, counts %i and fits", (count, named, counted) => {
    const text = journalWith({}, "run", { ...entry, alerts: alerts(count, "t".repeat(110)) });
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(4096);
    const kept = parseJournal(text)?.["run"];
    expect([kept?.alerts.length, kept?.more["trust-widened"] ?? 0]).toEqual([named, counted]);
  });

  test("counts what other runs left, if there is no room, and never drops it", () => {
    let text = "{}";
    for (const run of ["a", "b", "c", "d"]) {
      text = journalWith(parseJournal(text) ?? {}, run, {
        ...entry,
        alerts: alerts(30, "t".repeat(160)),
      });
    }
    const all = Object.values(parseJournal(text) ?? {});
    const sum = all.reduce(
      (total, each) => total + each.alerts.length + (each.more["trust-widened"] ?? 0),
      0,
    );
    expect(sum).toBe(120);
  });

  test("without its runs is empty", () => {
    const journal = parseJournal(journalWith({}, "run", { ...entry, alerts: alerts(1) })) ?? {};
    expect(journalWithout(journal, ["other"])).not.toBe("{}");
    expect(journalWithout(journal, ["run"])).toBe("{}");
  });

  test.each(["", "[]", '{"run":{}}', '{"run":{"at":"","source":"x","alerts":[]}}'])(
    "that someone spoilt is not one: %s",
    (text) => {
      expect(parseJournal(text)).toBeNull();
    },
  );

  test("that a newer release has left is read, and what only that one knows is counted", () => {
    const alert = { kind: "trust-widened", environment: "shop", title: "a door" };
    const newer = { ...alert, kind: "constructor" };
    const run = { at: "2026-11-28T10:00:00.000Z", source: "queue" };
    const text = JSON.stringify({
      run: { ...run, alerts: [newer, alert], more: { constructor: 2 } },
    });
    expect(parseJournal(text)).toEqual({
      run: { ...run, alerts: [alert], more: { constructor: 3 } },
    });
  });
});
