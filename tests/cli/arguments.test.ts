import { describe, expect, test } from "vitest";
import { inputOf } from "../../cli/arguments.ts";
import { command } from "../../cli/command.ts";

const entry = command({
  name: "make",
  summary: "Make something",
  usage: ["NAME [--ref R…] [--events FILE…] [--at TIME] [--all]"],
  operands: { name: "NAME", least: 1, most: 1 },
  options: {
    ref: { value: "R…", list: true, summary: "Refs" },
    events: { value: "FILE", list: true, summary: "Files" },
    at: { value: "TIME", summary: "When" },
    all: { summary: "All" },
  },
  examples: [],
  exits: {},
  run: async () => 0,
});

const read = (line: string) => {
  const input = inputOf(line.split(" "), entry);
  return { name: input.operands[0], refs: input.values("ref"), all: input.has("all") };
};

describe("an option that is a list", () => {
  test.each([
    ["prod --ref a --ref b", ["a", "b"]],
    ["prod --ref a b", ["a", "b"]],
    ["prod --ref=a b", ["a", "b"]],
    ["prod --ref a b --at x --ref c", ["a", "b", "c"]],
    ["--ref a b --at x prod", ["a", "b"]],
    ["--ref a b -- prod", ["a", "b"]],
    ["--ref a a --all prod", ["a", "a"]],
    ["prod", []],
  ])("%s", (line, refs) => {
    expect(read(line)).toMatchObject({ name: "prod", refs });
  });

  test("takes every word behind it, and says so where one is missing then", () => {
    expect(() => read("--ref a prod")).toThrow(
      "NAME is missing. --ref takes every word up to the next option: write NAME before it.",
    );
  });

  test.each(["prod --ref", "prod --ref --all", "prod --ref="])("needs a value: %s", (line) => {
    expect(() => read(line)).toThrow("--ref needs a value.");
  });

  test("of files is standard input once", () => {
    expect(() => read("prod --events - -")).toThrow("use - for one file only");
  });
});

test("any other option is given once", () => {
  expect(() => read("prod --at a --at b")).toThrow("--at is given twice.");
});
