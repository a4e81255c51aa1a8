import { describe, expect, test } from "vitest";
import { matchesPattern, parsePattern, readPattern } from "../../../sandbox/eventbridge/pattern.ts";

function fits(pattern: unknown, event: unknown): boolean {
  const read = readPattern(pattern);
  if (read.kind === "invalid") throw new Error(read.reason);
  return matchesPattern(read.pattern, event);
}

type Case = readonly [what: string, tests: readonly unknown[], values: unknown, fits: boolean];

/** Each row: the tests at the field `x`, the field's value, and whether they fit. */
const cases: Readonly<Record<string, readonly Case[]>> = {
  "an exact value": [
    ["the same text", ["a"], "a", true],
    ["one of several", ["a", "b"], "b", true],
    ["another text", ["a"], "b", false],
    ["the text in another case", ["a"], "A", false],
    ["the text and more", ["a"], "ab", false],
    ["an empty text", [""], "", true],
    ["a number", [5], 5, true],
    ["a number as text", [5], "5", false],
    ["a text as number", ["5"], 5, false],
    ["true", [true], true, true],
    ["false for true", [true], false, false],
    ["null", [null], null, true],
    ["the word null", [null], "null", false],
    ["an empty text for null", [null], "", false],
    ["an object", ["a"], { a: "a" }, false],
    ["an array that holds it", ["a"], ["b", "a"], true],
    ["an array that does not", ["a"], ["b", "c"], false],
    ["an empty array", ["a"], [], false],
    ["an absent field", ["a"], undefined, false],
  ],
  prefix: [
    ["the beginning", [{ prefix: "/env/" }], "/env/a", true],
    ["the whole", [{ prefix: "/env" }], "/env", true],
    ["the middle", [{ prefix: "env" }], "/env", false],
    ["another case", [{ prefix: "ENV" }], "env", false],
    ["another case, which is ignored", [{ prefix: { "equals-ignore-case": "EnV" } }], "enVx", true],
    [
      "another beginning, case ignored",
      [{ prefix: { "equals-ignore-case": "EnV" } }],
      "xenv",
      false,
    ],
    ["a number", [{ prefix: "1" }], 12, false],
    ["an absent field", [{ prefix: "" }], undefined, false],
  ],
  suffix: [
    ["the end", [{ suffix: ".png" }], "a.png", true],
    ["the beginning", [{ suffix: ".png" }], ".png.txt", false],
    ["another case", [{ suffix: ".png" }], "a.PNG", false],
    [
      "another case, which is ignored",
      [{ suffix: { "equals-ignore-case": ".png" } }],
      "a.PNG",
      true,
    ],
    ["another end, case ignored", [{ suffix: { "equals-ignore-case": ".png" } }], "a.jpg", false],
  ],
  "equals-ignore-case": [
    ["another case", [{ "equals-ignore-case": "Main" }], "mAIN", true],
    ["another text", [{ "equals-ignore-case": "Main" }], "mainly", false],
    ["null", [{ "equals-ignore-case": "null" }], null, false],
  ],
  "anything-but": [
    ["another text", [{ "anything-but": "a" }], "b", true],
    ["the text", [{ "anything-but": "a" }], "a", false],
    ["one of the list", [{ "anything-but": ["a", "b"] }], "b", false],
    ["none of the list", [{ "anything-but": ["a", "b"] }], "c", true],
    ["a number not in the list", [{ "anything-but": [1, 2] }], 3, true],
    ["a number in the list", [{ "anything-but": [1, 2] }], 2, false],
    ["the number as text", [{ "anything-but": 1 }], "1", true],
    ["an array with something else", [{ "anything-but": "a" }], ["a", "b"], true],
    ["an array of nothing else", [{ "anything-but": "a" }], ["a", "a"], false],
    ["an absent field", [{ "anything-but": "a" }], undefined, false],
    ["another beginning", [{ "anything-but": { prefix: "a" } }], "ba", true],
    ["the beginning", [{ "anything-but": { prefix: "a" } }], "ab", false],
    ["one of several beginnings", [{ "anything-but": { prefix: ["a", "b"] } }], "bc", false],
    ["none of several beginnings", [{ "anything-but": { prefix: ["a", "b"] } }], "cb", true],
    ["another end", [{ "anything-but": { suffix: "z" } }], "zy", true],
    ["the end", [{ "anything-but": { suffix: "z" } }], "yz", false],
    ["one of several ends", [{ "anything-but": { suffix: ["y", "z"] } }], "xy", false],
    ["the text, case ignored", [{ "anything-but": { "equals-ignore-case": "A" } }], "a", false],
    ["others, case ignored", [{ "anything-but": { "equals-ignore-case": ["A", "B"] } }], "c", true],
    ["what a wildcard fits", [{ "anything-but": { wildcard: "*/b/*" } }], "a/b/c", false],
    ["what no wildcard fits", [{ "anything-but": { wildcard: ["*/b", "c/*"] } }], "a/c", true],
  ],
  numeric: [
    ["a number below", [{ numeric: ["<", 10] }], 9.5, true],
    ["the limit itself", [{ numeric: ["<", 10] }], 10, false],
    ["the limit, included", [{ numeric: ["<=", 10] }], 10, true],
    ["a number above", [{ numeric: [">", -1] }], 0, true],
    ["the limit from above, included", [{ numeric: [">=", 3] }], 3, true],
    ["an equal number", [{ numeric: ["=", 3.018e2] }], 301.8, true],
    ["another number", [{ numeric: ["=", 3] }], 4, false],
    ["a number in the range", [{ numeric: [">", 0, "<=", 5] }], 5, true],
    ["the open end of the range", [{ numeric: [">", 0, "<=", 5] }], 0, false],
    ["a number as text", [{ numeric: ["<", 10] }], "9", false],
    ["an absent field", [{ numeric: ["<", 10] }], undefined, false],
  ],
  exists: [
    ["a value", [{ exists: true }], "a", true],
    ["null, which is a value", [{ exists: true }], null, true],
    ["an absent field", [{ exists: true }], undefined, false],
    ["an object, which is not a leaf", [{ exists: true }], { a: 1 }, false],
    ["nothing", [{ exists: false }], undefined, true],
    ["something", [{ exists: false }], "a", false],
    ["an object, which is not a leaf either", [{ exists: false }], { a: 1 }, true],
    ["nothing or a value", ["a", { exists: false }], undefined, true],
    ["neither", ["a", { exists: false }], "b", false],
  ],
  cidr: [
    ["an address inside", [{ cidr: "10.0.0.0/24" }], "10.0.0.255", true],
    ["an address outside", [{ cidr: "10.0.0.0/24" }], "10.0.1.0", false],
    ["the one address", [{ cidr: "10.0.0.1/32" }], "10.0.0.1", true],
    ["an IPv6 address inside", [{ cidr: "2001:db8::/32" }], "2001:db8:0:1::5", true],
    ["an IPv6 address outside", [{ cidr: "2001:db8::/32" }], "2001:db9::1", false],
    ["the other family", [{ cidr: "0.0.0.0/0" }], "2001:db8::1", false],
    ["no address", [{ cidr: "0.0.0.0/0" }], "iam.amazonaws.com", false],
  ],
  wildcard: [
    ["a run in the middle", [{ wildcard: "a*z" }], "abcz", true],
    ["an empty run", [{ wildcard: "a*z" }], "az", true],
    ["a star across slashes", [{ wildcard: "/a/*/c" }], "/a/b/b/c", true],
    ["anchored at the beginning", [{ wildcard: "a*" }], "ba", false],
    ["anchored at the end", [{ wildcard: "*a" }], "ab", false],
    ["ends that would share a character", [{ wildcard: "ab*ba" }], "aba", false],
    ["several stars", [{ wildcard: "*x*y*" }], "-x--y-", true],
    ["several stars in the wrong order", [{ wildcard: "*x*y*" }], "-y--x-", false],
    ["a star itself", [{ wildcard: "a\\*" }], "a*", true],
    ["not a run where a star itself is meant", [{ wildcard: "a\\*" }], "ab", false],
    ["a backslash itself", [{ wildcard: "a\\\\*" }], "a\\b", true],
    ["a question mark, which is a plain character", [{ wildcard: "a?" }], "ab", false],
    ["no star at all", [{ wildcard: "abc" }], "abc", true],
    ["a number", [{ wildcard: "*" }], 5, false],
  ],
};

for (const [operator, rows] of Object.entries(cases)) {
  describe(operator, () => {
    test.each(rows)("%s: %j against %j", (_, tests, value, expected) => {
      expect(fits({ x: tests }, value === undefined ? {} : { x: value })).toBe(expected);
    });
  });
}

describe("a pattern", () => {
  test("needs all of its fields", () => {
    const pattern = { source: ["aws.ssm"], detail: { operation: ["Update"] } };
    expect(fits(pattern, { source: "aws.ssm", detail: { operation: "Update", name: "x" } })).toBe(
      true,
    );
    expect(fits(pattern, { source: "aws.ssm", detail: { operation: "Delete" } })).toBe(false);
    expect(fits(pattern, { source: "aws.iam", detail: { operation: "Update" } })).toBe(false);
    expect(fits(pattern, { source: "aws.ssm" })).toBe(false);
  });

  test("needs one of the choices of $or, and its other fields", () => {
    const pattern = { s: ["x"], $or: [{ a: [1] }, { b: [2], c: [3] }] };
    expect(fits(pattern, { s: "x", a: 1 })).toBe(true);
    expect(fits(pattern, { s: "x", b: 2, c: 3 })).toBe(true);
    expect(fits(pattern, { s: "x", b: 2 })).toBe(false);
    expect(fits(pattern, { s: "y", a: 1 })).toBe(false);
  });

  test("may have $or inside fields and inside other choices", () => {
    const pattern = { d: { $or: [{ a: [1] }, { $or: [{ b: [2] }, { c: [3] }] }] } };
    expect(fits(pattern, { d: { c: 3 } })).toBe(true);
    expect(fits(pattern, { d: { c: 4 } })).toBe(false);
    expect(fits(pattern, { c: 3 })).toBe(false);
  });

  test("can match callers without a session, with exists: false", () => {
    const notOurs = [{ "anything-but": "arn:role/own" }, { exists: false }];
    const pattern = {
      detail: { userIdentity: { sessionContext: { sessionIssuer: { arn: notOurs } } } },
    };
    const by = (userIdentity: object) => ({ detail: { userIdentity } });
    const session = (arn: string) => by({ sessionContext: { sessionIssuer: { arn } } });
    expect(fits(pattern, session("arn:role/other"))).toBe(true);
    expect(fits(pattern, by({ type: "Root" }))).toBe(true);
    expect(fits(pattern, session("arn:role/own"))).toBe(false);
  });

  test("needs one element of an array of objects to match as a whole", () => {
    const pattern = { tags: { key: ["env"], value: ["prod"] } };
    const tags = (...pairs: readonly [string, string][]) => ({
      tags: pairs.map(([key, value]) => ({ key, value })),
    });
    expect(fits(pattern, tags(["a", "b"], ["env", "prod"]))).toBe(true);
    expect(fits(pattern, tags(["env", "dev"], ["team", "prod"]))).toBe(false);
    expect(fits(pattern, { tags: [] })).toBe(false);
  });

  test("does not read a field from the prototype", () => {
    expect(fits({ constructor: [{ exists: false }] }, {})).toBe(true);
    expect(fits({ toString: { name: ["toString"] } }, {})).toBe(false);
  });

  test("uses the last of two equal keys", () => {
    const read = parsePattern('{"a":["x"],"a":["y"]}');
    if (read.kind === "invalid") throw new Error(read.reason);
    expect(matchesPattern(read.pattern, { a: "y" })).toBe(true);
    expect(matchesPattern(read.pattern, { a: "x" })).toBe(false);
  });
});

describe("an invalid pattern", () => {
  test.each([
    ["no JSON", "{"],
    ["no object", "[]"],
    ["an empty object", "{}"],
    ["an empty object inside", '{"a":{}}'],
    ["a bare value", '{"source":"aws.ssm"}'],
    ["an empty list", '{"source":[]}'],
    ["a list in a list", '{"a":[["b"]]}'],
    ["an unknown operator", '{"a":[{"regex":"b"}]}'],
    ["two operators in one", '{"a":[{"prefix":"b","suffix":"c"}]}'],
    ["exists of a word", '{"a":[{"exists":"true"}]}'],
    ["a prefix that is a number", '{"a":[{"prefix":1}]}'],
    ["a prefix of an unknown kind", '{"a":[{"prefix":{"suffix":"x"}}]}'],
    ["texts and numbers mixed in anything-but", '{"a":[{"anything-but":["a",1]}]}'],
    ["an empty anything-but", '{"a":[{"anything-but":[]}]}'],
    ["an unknown comparison", '{"a":[{"numeric":["!=",1]}]}'],
    ["a range upside down", '{"a":[{"numeric":[">",5,"<",1]}]}'],
    ["a number that is too large", '{"a":[{"numeric":["<",6000000000]}]}'],
    ["a numeric test of a text", '{"a":[{"numeric":["<","1"]}]}'],
    ["no CIDR", '{"a":[{"cidr":"10.0.0.0"}]}'],
    ["a CIDR that is too wide", '{"a":[{"cidr":"10.0.0.0/33"}]}'],
    ["two stars side by side", '{"a":[{"wildcard":"a**b"}]}'],
    ["an escape of something else", '{"a":[{"wildcard":"a\\\\b"}]}'],
    ["$or with one choice", '{"$or":[{"a":[1]}]}'],
    ["$or that is not a list", '{"$or":{"a":[1]}}'],
  ])("%s is refused with a reason", (_, text) => {
    const read = parsePattern(text);
    expect(read.kind).toBe("invalid");
    if (read.kind === "invalid") expect(read.reason).not.toBe("");
  });
});
