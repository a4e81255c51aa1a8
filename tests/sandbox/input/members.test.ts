import { describe, expect, test } from "vitest";
import { type Members, membersOf, validationSentence } from "../../../sandbox/input/members.ts";

const read = (json: string): Members => {
  const input: unknown = JSON.parse(json);
  if (typeof input !== "object" || input === null) throw new Error("an object is needed");
  return membersOf(Object.fromEntries(Object.entries(input)), (violation) => {
    return new Error(validationSentence(violation));
  });
};

describe("a member", () => {
  test("that is missing or null is absent, whatever the prototype has", () => {
    expect(read("{}").optionalText("constructor")).toBeNull();
    expect(read('{"a":null}').optionalText("a")).toBeNull();
    expect(read("{}").has("toString")).toBe(false);
    expect(() => read("{}").text("__proto__")).toThrow("Member must not be null");
  });

  test("with a name of the prototype is read like any other", () => {
    const map = read('{"tags":{"__proto__":"x","constructor":"y"}}').textMap("tags");
    expect([...map]).toEqual([
      ["__proto__", "x"],
      ["constructor", "y"],
    ]);
  });

  test.each([
    ["too short", '{"Name":""}', { min: 1 }, "length greater than or equal to 1"],
    ["too long", '{"Name":"abc"}', { max: 2 }, "length less than or equal to 2"],
    ["of another kind", '{"Name":"c"}', { oneOf: ["a", "b"] }, "enum value set: [a, b]"],
    ["matched only in part", '{"Name":"ab"}', { pattern: /a/ }, "regular expression pattern: a"],
    ["matched but for a line break", '{"Name":"a\\n"}', { pattern: /a/ }, "pattern: a"],
    ["one of two choices in part", '{"Name":"ab"}', { pattern: /a|b/ }, "pattern: a|b"],
    ["no text", '{"Name":5}', {}, "must be a string"],
  ])("that is %s is refused with its name and the constraint", (_, json, rule, words) => {
    expect(() => read(json).text("Name", rule)).toThrow(
      /^1 validation error detected: .* at 'name'/s,
    );
    expect(() => read(json).text("Name", rule)).toThrow(words);
  });

  test.each([
    ['{"n":5}', 5],
    ['{"n":"5"}', 5],
    ['{"n":"-1"}', -1],
  ])("%s is the number %d, as text too", (json, number) => {
    expect(read(json).count("n")).toBe(number);
  });

  test.each(['{"n":"5x"}', '{"n":""}', '{"n":1.5}', '{"n":true}'])("%s is not a number", (json) => {
    expect(() => read(json).count("n")).toThrow("must be an integer");
  });

  test("inside a list is refused with its position", () => {
    const tags = read('{"Tags":[{"Key":"a"},{"Key":""}]}').structures("Tags");
    expect(tags[0]?.text("Key", { min: 1 })).toBe("a");
    expect(() => tags[1]?.text("Key", { min: 1 })).toThrow("'tags.2.member.key'");
  });

  test("is a time as epoch seconds or as ISO 8601", () => {
    const at = new Date("2026-11-22T10:00:00Z");
    expect(read('{"t":1795341600}').optionalTime("t")).toEqual(at);
    expect(read('{"t":"2026-11-22T10:00:00Z"}').optionalTime("t")).toEqual(at);
    expect(() => read('{"t":"noon"}').optionalTime("t")).toThrow("timestamp");
  });
});
