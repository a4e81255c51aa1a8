import fc from "fast-check";
import { expect, test } from "vitest";
import { layOut } from "../../shared/report/layout.ts";
import { lineDifference } from "../../shared/versions/line-difference.ts";

const shown = (before: string, after: string) =>
  lineDifference(before, after).map(({ mark, text }) => `${mark} ${text}`);

test("shows what goes before what comes, with two lines around it", () => {
  expect(shown("a\nb\nc\nd\ne\nf", "a\nb\nc\nX\ne\nf")).toEqual([
    "  …",
    "  b",
    "  c",
    "- d",
    "+ X",
    "  e",
    "  f",
  ]);
});

test.each([
  ["nothing, where the texts are the same but for closing line breaks", "a\n", "a\n\n", []],
  ["nothing, where only the kind of line break differs", "a\r\nb", "a\nb", []],
  ["a whole text where there was none", "", "a\nb", ["+ a", "+ b"]],
  ["a whole text that goes", "a", "", ["- a"]],
  ["a line that comes at the end", "a", "a\nb", ["  a", "+ b"]],
])("shows %s", (_, before, after, lines) => {
  expect(shown(before, after)).toEqual(lines);
});

test.each(["\r", "\u0085", "\u2028", "\u2029", "\v", "\f", "\u001b[1B"])(
  "has no line that the document's reader has not: %j breaks none",
  (character) => {
    const lines = lineDifference(
      "mode: enforce\n",
      `mode: enforce\n# now${character}mode: suspend\n`,
    );
    expect(lines).toHaveLength(2);
    const rows = layOut(lines).split(/[\n\r\u0085\u2028\u2029\v\f]/);
    expect(rows).toHaveLength(2);
    expect(rows[1]).toMatch(/^\+ # now\\u[0-9a-f]{4}.*mode: suspend$/);
  },
);

test("of any two texts, what goes and what stays is the one, what comes and what stays the other", () => {
  const texts = fc
    .array(fc.constantFrom("a", "b", "c", "d"), { maxLength: 12 })
    .map((lines) => lines.join("\n"));
  fc.assert(
    fc.property(texts, texts, (before, after) => {
      // Every line is near a change if each has one on both sides.
      const spread = (text: string, own: string) =>
        text === ""
          ? own
          : text
              .split("\n")
              .flatMap((each) => [each, own])
              .join("\n");
      const [left, right] = [spread(before, "left"), spread(after, "right")];
      const lines = lineDifference(left, right);
      const without = (mark: string) =>
        lines.filter((each) => each.mark !== mark && each.text !== "…").map(({ text }) => text);
      expect(without("+")).toEqual(left.split("\n"));
      expect(without("-")).toEqual(right.split("\n"));
    }),
  );
});

test("takes thousands of lines at once", () => {
  const many = (line: string) =>
    Array.from({ length: 4000 }, (_, at) => `${line}${at % 7}`).join("\n");
  const lines = lineDifference(many("a"), many("b"));
  expect(lines.filter(({ mark }) => mark === "-")).toHaveLength(4000);
  expect(lines.filter(({ mark }) => mark === "+")).toHaveLength(4000);
});
