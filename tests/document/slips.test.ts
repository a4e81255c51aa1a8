import { describe, expect, test } from "vitest";
import { documentText, problems } from "./documents.ts";

describe("a slip in YAML has its own cause among those that are named", () => {
  const before = "deploy: {}\n";
  test.each([
    ["no blank after a colon", `${before}mode:observe\n`, "a colon with a blank after it"],
    ["an equals sign", `${before}mode=observe\n`, "a colon with a blank after it"],
    ["no blank after the first colon", `mode:observe\n${before}`, "a colon, or the blank after it"],
    ["a blank too little", "trust:\n  - id: a\n   origin: b\n", "the dash of a list"],
    ["a blank too much", "role:\n  name: a\n    path: b\n", "indented too far"],
    ["no blank after a dash", "trust:\n  -id: a\n    origin: b\n", "a dash has no blank after it"],
    ["an at sign", "mode: @x\n", "needs quotes"],
    ["text behind a bar", "mode: |x\n", "needs quotes"],
    ["two commas", "deploy:\n  ecr: [a,,b]\n", "a comma, bracket or value too many"],
    ["two colons in braces", "deploy: {a: b: c}\n", "needs quotes, or braces"],
  ])("%s", (_, text, says) => {
    expect(problems(text)[0]?.message).toContain(says);
  });
});

test("a number beyond what a computer counts is one problem, and shown by no other number", () => {
  const text = documentText({ role: { maxSessionSeconds: 1 } }).replace(
    /(?<name>"?maxSessionSeconds"?: ?)1/,
    "$<name>9007199254740993",
  );
  expect(text).toContain("9007199254740993");
  const found = problems(text).map(({ message }) => message);
  expect(found).toHaveLength(1);
  expect(found[0]).toContain("the number is out of range");
});
