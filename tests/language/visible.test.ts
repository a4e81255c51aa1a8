import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { visible, visibleJson } from "../../shared/language/visible.ts";

const obeyed = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}]|\p{M}{5}/u;

describe("a text of strangers", () => {
  test.each([
    ["org/acme é 日本", "org/acme é 日本"],
    ["a\u001b[31mb", "a\\u001b[31mb"],
    ["a\nNo loose ends.", "a\\u000aNo loose ends."],
    ["exe\u202egpj", "exe\\u202egpj"],
    ["a\u200bb\ufeff", "a\\u200bb\\ufeff"],
    ["\u009b\u0085\u2028", "\\u009b\\u0085\\u2028"],
    ["half \ud800 one", "half \\ud800 one"],
    ["tag \u{e0041}", "tag \\udb40\\udc41"],
    ["variation \ufe0f", "variation \\ufe0f"],
    ["filler \u3164\u034f", "filler \\u3164\\u034f"],
    ["e\u0301\u0323 stays", "e\u0301\u0323 stays"],
    [`storm e${"\u0301".repeat(6)}`, `storm e${"\u0301".repeat(4)}\\u0301\\u0301`],
  ])("%j is %j", (text, shown) => {
    expect(visible(text)).toBe(shown);
  });

  test("holds nothing that a terminal obeys, whatever it is", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(visible(text)).not.toMatch(obeyed);
      }),
      { numRuns: 500, seed: 20261126 },
    );
  });
});

test("JSON of such texts is the same value, and shows as little", () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: "binary" }), (value) => {
      const json = JSON.stringify(value, null, 2);
      const shown = visibleJson(json);
      expect(JSON.parse(shown)).toEqual(JSON.parse(json));
      expect(shown.replaceAll("\n", "")).not.toMatch(obeyed);
    }),
    { numRuns: 500, seed: 20261126 },
  );
});
