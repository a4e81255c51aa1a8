import { describe, expect, test } from "vitest";
import { isMadeAgain, lastWrites, writeKey } from "../../shared/plan/last-writes.ts";
import { changeOf } from "./plans.ts";
import { now } from "./subjects.ts";

const shut = (before: unknown = "open") =>
  changeOf({ do: "update-trust-policy", name: "deploy", trustPolicy: "{}" }, "closes", before);
const later = (ms: number) => new Date(now.getTime() + ms);

describe("a write is one that was made a moment ago", () => {
  const last = lastWrites([shut()], null, now);
  test.each([
    ["where it finds the same again", shut(), last, later(119_999), true],
    ["not two minutes later", shut(), last, later(120_000), false],
    ["not where it finds something else", shut("wide open"), last, now, false],
    [
      "not where it does something else",
      changeOf({ do: "delete-role", name: "deploy" }),
      last,
      now,
      false,
    ],
    ["not where nothing was written", shut(), null, now, false],
  ])("%s", (_, change, before, at, answer) => {
    expect(isMadeAgain(change, before, at)).toBe(answer);
  });
});

describe("the last writes", () => {
  const before = lastWrites([shut("first")], null, now);
  const [first, second] = [writeKey(shut("first")), writeKey(shut("second"))];

  test("are those before, where a run made none", () => {
    expect(lastWrites([], before, later(1))).toBe(before);
  });

  test("are added up while they are recent, each once", () => {
    const at = later(60_000);
    expect(lastWrites([shut("second"), shut("first")], before, at)).toEqual({
      at: at.toISOString(),
      made: [first, second],
    });
  });

  test("replace those of long ago", () => {
    expect(lastWrites([shut("second")], before, later(120_000))?.made).toEqual([second]);
  });

  test("are twenty at most, the newest", () => {
    const many = Array.from({ length: 25 }, (_, index) => shut(index));
    expect(lastWrites(many, before, now)?.made).toEqual(many.slice(5).map(writeKey));
  });
});
