import { describe, expect, it } from "vitest";
import { lengthThatTells, tellingTexts, texts } from "./universe.ts";

describe("the requests asked about", () => {
  it.each([
    [["a", "a*", "*b", "?"]],
    [["a", "?*b"]],
    [["*a?", "*b*b*", "??"]],
    [["*a*b*a*", "a?*"]],
  ])("show all ways in which %j match texts: longer ones show no other", (patterns) => {
    const telling = tellingTexts(patterns);
    const longest = lengthThatTells(patterns);
    const waysOf = (some: readonly string[]) =>
      new Set(
        some.map((text) =>
          patterns
            .map((pattern) => pattern.replaceAll("*", ".*").replaceAll("?", "."))
            .map((pattern) => new RegExp(`^${pattern}$`).test(text))
            .join(),
        ),
      );
    expect(waysOf(telling).size).toBe(telling.length);
    expect([...waysOf(texts(longest + 2))].sort()).toEqual([...waysOf(telling)].sort());
  });
});
