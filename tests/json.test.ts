import { describe, expect, test } from "vitest";
import { isRecord, parseJson } from "../shared/json.ts";

test.each([
  ["an object", {}, true],
  ["an object without a prototype", Object.create(null), true],
  ["a list", [], false],
  ["null", null, false],
  ["a text", "{}", false],
  ["nothing", undefined, false],
])("%s is a record: %j is %s", (_, value, is) => {
  expect(isRecord(value)).toBe(is);
});

test.each(["null", "0", '""', "[]", '{"a":1}'])("%s is read as it is written", (text) => {
  expect(JSON.stringify(parseJson(text))).toBe(text);
});

test.each(["", "{", "undefined", "{'a':1}"])("%j is not JSON", (text) => {
  expect(parseJson(text)).toBeUndefined();
});

describe("a text that is too deep in itself to be written again is not read", () => {
  const nested = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`;

  test.each([
    [1_000, true],
    [1_002, false],
    [100_000, false],
  ])("%d lists in one another: %j", (depth, isRead) => {
    expect(parseJson(nested(depth)) !== undefined).toBe(isRead);
  });

  test("values beside one another, and brackets in a text, do not count", () => {
    expect(parseJson(`[${"[],".repeat(5_000)}0]`)).toHaveLength(5_001);
    expect(parseJson(JSON.stringify({ text: "[".repeat(5_000) }))).toHaveProperty("text");
  });
});
