import { expect, test } from "vitest";
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
