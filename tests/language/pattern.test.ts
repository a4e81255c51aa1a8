import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  anyOne,
  anyOneInField,
  anyRun,
  anyRunInField,
  globPattern,
  instance,
  literalPattern,
  matches,
  patternOf,
  patternText,
} from "../../shared/language/pattern.ts";
import { surelyDisjoint, surelyIncludes } from "../../shared/language/quick.ts";
import { readArnPattern } from "../../shared/policy/value-text.ts";

/** Every string over three letters up to a length. */
function words(lengthMax: number): readonly string[] {
  const all = [""];
  for (let from = 0, length = 0; length < lengthMax; length += 1) {
    const to = all.length;
    for (; from < to; from += 1) for (const letter of "abc") all.push(`${all[from]}${letter}`);
  }
  return all;
}

const glob = fc.string({ unit: fc.constantFrom("a", "b", "*", "?"), minLength: 1, maxLength: 6 });

function meaning(text: string): RegExp {
  const source = [...text]
    .map((sign) => (sign === "*" ? ".*" : sign === "?" ? "." : sign))
    .join("");
  return new RegExp(`^${source}$`, "s");
}

describe("a glob", () => {
  test.each([
    ["a*c", ["ac", "abc", "a/b:c", "acc"], ["a", "abcd", "Ac"]],
    ["?", ["a", "/", " "], ["", "ab"]],
    ["*?", ["a", "ab"], [""]],
    ["a*b*c", ["abc", "axbxc", "abcbc"], ["acb", "ab"]],
    ["*", ["", "anything"], []],
    ["a**b", ["ab", "axb"], ["a"]],
  ])("%s takes and refuses what its wildcards say", (text, taken, refused) => {
    const pattern = globPattern(text);
    for (const word of taken) expect(matches(pattern, word), word).toBe(true);
    for (const word of refused) expect(matches(pattern, word), word).toBe(false);
  });

  test("means the same as the regular expression of its wildcards", () => {
    fc.assert(
      fc.property(glob, (text) => {
        const pattern = globPattern(text);
        const expected = meaning(text);
        for (const word of words(4)) expect(matches(pattern, word)).toBe(expected.test(word));
      }),
    );
  });

  test("keeps its identity however its wildcards are ordered", () => {
    expect(globPattern("a*?*b").identity).toBe(globPattern("a?*b").identity);
    expect(globPattern("a?b").identity).not.toBe(globPattern("a*b").identity);
    expect(patternText(globPattern("a*?*b"))).toBe("a?*b");
  });

  test("ends at once on a pattern that makes backtracking explode", () => {
    expect(matches(globPattern(`${"*a".repeat(40)}b`), "a".repeat(2000))).toBe(false);
  });
});

describe("a literal", () => {
  test("in any case takes both cases of its letters, and of no other character", () => {
    const pattern = literalPattern("aÉ1", { anyCase: true });
    expect(matches(pattern, "Aé1")).toBe(true);
    expect(matches(pattern, "aE1")).toBe(false);
  });

  test("takes its wildcards as characters", () => {
    expect(matches(literalPattern("a*"), "a*")).toBe(true);
    expect(matches(literalPattern("a*"), "ab")).toBe(false);
  });
});

describe("a quick check", () => {
  test("that sees an inclusion is right", () => {
    fc.assert(
      fc.property(glob, glob, (wideText, narrowText) => {
        const wide = globPattern(wideText);
        const narrow = globPattern(narrowText);
        if (!surelyIncludes({ wide, narrow })) return;
        for (const word of words(5))
          if (matches(narrow, word)) expect(matches(wide, word)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test("that sees no common string is right", () => {
    fc.assert(
      fc.property(glob, glob, (leftText, rightText) => {
        const left = globPattern(leftText);
        const right = globPattern(rightText);
        if (!surelyDisjoint(left, right)) return;
        for (const word of words(5))
          expect(matches(left, word) && matches(right, word)).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  test("does see that a prefix pattern holds a longer one", () => {
    const wide = globPattern("org/o/project/p/*");
    expect(surelyIncludes({ wide, narrow: globPattern("org/o/project/p/user/*/x") })).toBe(true);
    expect(surelyIncludes({ wide: globPattern("a?"), narrow: globPattern("a*") })).toBe(false);
    expect(surelyDisjoint(wide, globPattern("org/o/project/q/*"))).toBe(true);
  });
});

describe("an ARN pattern", () => {
  const read = (text: string) => {
    const result = readArnPattern(text, "2012-10-17", true);
    if (result.kind !== "pattern") throw new Error(result.kind);
    return result.pattern;
  };

  test("does not let a wildcard of the first five fields cross a colon", () => {
    const pattern = read("arn:aws:iam::*:role/x*");
    expect(matches(pattern, "arn:aws:iam::123456789012:role/x:y")).toBe(true);
    expect(matches(pattern, "arn:aws:iam::1:2:role/x")).toBe(false);
    expect(matches(read("arn:*:iam:*:role/x:*"), "arn:aws:iam::1:role/x")).toBe(false);
  });

  test("needs six fields", () => {
    expect(readArnPattern("arn:aws:iam::1", "2012-10-17", true).kind).toBe("not-an-arn");
    expect(readArnPattern("*", "2012-10-17", true).kind).toBe("not-an-arn");
  });
});

test("an instance of a pattern is matched by it", () => {
  const pattern = globPattern("a*b?c");
  expect(matches(pattern, instance(pattern, { run: "", one: "x" }))).toBe(true);
  expect(matches(pattern, instance(pattern, { run: "yy", one: "z" }))).toBe(true);
});

describe("glyphs", () => {
  type Signs = readonly { readonly glyph: number; readonly source: string }[];
  const sign = fc.constantFrom(
    { glyph: 97, source: "a" },
    { glyph: 42, source: "\\*" },
    { glyph: 63, source: "\\?" },
    { glyph: anyOne, source: "." },
    { glyph: anyRun, source: ".*" },
    { glyph: anyOneInField, source: "[^:]" },
    { glyph: anyRunInField, source: "[^:]*" },
  );
  const signs: fc.Arbitrary<Signs> = fc.array(sign, { maxLength: 7 });
  const text = fc.string({ unit: fc.constantFrom(..."aA*?:"), maxLength: 7 });

  test.each([
    ["in this case", false],
    ["in any case", true],
  ])("match what a regular expression of them matches, %s", (_, anyCase) => {
    fc.assert(
      fc.property(signs, text, (of, one) => {
        const source = of.map((each) => each.source).join("");
        const pattern = patternOf(
          of.map((each) => each.glyph),
          { anyCase },
        );
        const meant = new RegExp(`^${source}$`, anyCase ? "is" : "s");
        expect(matches(pattern, one)).toBe(meant.test(one));
      }),
      { numRuns: 3_000, seed: 20261126 },
    );
  });
});

test("a pattern of a million signs is shown whole", () => {
  const text = "a?*".repeat(333_333);
  expect(patternText(globPattern(text))).toBe(text);
});

describe("an identity", () => {
  test("says whether letters match in both cases", () => {
    const odd = ["a", "A", "*?a", "\uf8f0*?a", "1"];
    const identities = odd.flatMap((text) => [
      literalPattern(text).identity,
      literalPattern(text, { anyCase: true }).identity,
    ]);
    // The two of "a" and "A" in any case are one, and "1" has no case.
    expect(new Set(identities).size).toBe(odd.length * 2 - 2);
    expect(identities).not.toContain(globPattern("*?a").identity);
  });

  test("is never shared by a wildcard and a character, however odd", () => {
    const odd = ["a*", "a?", "a\uf8f2", "a\uf8f1", "a\uf8f0\uf8f2", "a\uf8f0*", "a\uf8f0"];
    const identities = odd.flatMap((text) => [
      globPattern(text).identity,
      literalPattern(text).identity,
    ]);
    // A text without wildcards is the same pattern as a glob and as a literal.
    expect(new Set(identities).size).toBe(2 + 2 + 1 + 1 + 1 + 2 + 1);
  });
});
