import fc from "fast-check";
import { expect, test } from "vitest";
import { parseJson } from "../../shared/json.ts";
import { type JsonValue, readJson } from "../../shared/policy/json.ts";

const runs = Number(process.env["PROPERTY_RUNS"] ?? "3000");
const seed = Number(process.env["PROPERTY_SEED"] ?? "20261126");

/** What JavaScript makes of a value: of a member given twice the last counts. */
function dataOf(value: JsonValue): unknown {
  switch (value.kind) {
    case "object":
      return Object.fromEntries(value.members.map(({ name, value }) => [name, dataOf(value)]));
    case "array":
      return value.elements.map(dataOf);
    case "string":
      return value.text;
    case "number":
      return Number(value.text);
    case "boolean":
      return value.value;
    case "null":
      return null;
    default:
      return value satisfies never;
  }
}

function hasTwins(value: JsonValue): boolean {
  if (value.kind === "array") return value.elements.some(hasTwins);
  if (value.kind !== "object") return false;
  const names = value.members.map(({ name }) => name);
  return new Set(names).size < names.length || value.members.some(({ value }) => hasTwins(value));
}

const space = fc.constantFrom("", "", " ", "\n\t", "\r\n");
const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 6 }).map((raw) => JSON.stringify(raw)),
  fc.constantFrom('"a"', '"__proto__"', '"\\u00e9\\/\\b"', '"\\ud800"', '"\\uD83D\\uDE00"'),
);
const word = fc.constantFrom(
  "null",
  "true",
  "false",
  "0",
  "-0",
  "1.50",
  "-2e+3",
  "1E400",
  "12345678901234567890",
);

/** Texts of JSON with blanks between their parts and members that are often given twice. */
const { value: valid } = fc.letrec<{ readonly value: string }>((tie) => ({
  value: fc
    .tuple(
      space,
      fc.oneof(
        { depthSize: "small", withCrossShrink: true },
        word,
        text,
        fc.array(tie("value"), { maxLength: 3 }).map((parts) => `[${parts.join(",")}]`),
        fc
          .array(fc.tuple(text, space, tie("value")), { maxLength: 3 })
          .map(
            (members) =>
              `{${members.map(([name, gap, value]) => `${name}${gap}:${value}`).join(",")}}`,
          ),
      ),
      space,
    )
    .map((parts) => parts.join("")),
}));

const bits = fc.constantFrom(
  ...'{}[]:,"\\0159.-+eEtfnulxs ',
  "\ufeff",
  "\u0000",
  "\u00a0",
  "//",
  "'a'",
);

/** The same with a piece cut out and another put in its place. */
const spoilt = fc
  .tuple(valid, fc.nat(), fc.nat(3), fc.oneof(bits, fc.constant("")))
  .map(([whole, where, length, bit]) => {
    const at = where % (whole.length + 1);
    return whole.slice(0, at) + bit + whole.slice(at + length);
  });

test("a text is read where JavaScript reads it, as the same value", () => {
  const kinds = { read: 0, refused: 0 };
  fc.assert(
    fc.property(fc.oneof(valid, spoilt), (json) => {
      const reading = readJson(json);
      kinds[reading.kind] += 1;
      const expected = parseJson(json);
      expect(reading.kind).toBe(expected === undefined ? "refused" : "read");
      if (reading.kind === "refused") return;
      expect(dataOf(reading.value)).toEqual(expected);
      expect(reading.twice !== null).toBe(hasTwins(reading.value));
    }),
    { numRuns: runs, seed },
  );
  expect(Math.min(kinds.read, kinds.refused)).toBeGreaterThan(runs / 10);
});

test("each value is where it says in the text", () => {
  fc.assert(
    fc.property(valid, (json) => {
      const reading = readJson(json);
      if (reading.kind === "refused") return;
      const look = (value: JsonValue): void => {
        const { start, end } = value;
        expect(parseJson(json.slice(start, end))).toEqual(dataOf(value));
        if (value.kind === "array") for (const element of value.elements) look(element);
        if (value.kind === "object") for (const member of value.members) look(member.value);
      };
      look(reading.value);
    }),
    { numRuns: Math.ceil(runs / 10), seed },
  );
});
