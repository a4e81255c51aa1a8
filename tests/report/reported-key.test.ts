import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { keyInText, type ReportedKey, textOfKey } from "../../shared/report/reported-key.ts";

const digits = (length: number) =>
  fc.string({ unit: fc.constantFrom(..."0123456789abcdef"), minLength: length, maxLength: length });
const digest = digits(10);
const part = fc.option(digits(16), { nil: null });
const minute = fc.nat(60_000_000);

const key: fc.Arbitrary<ReportedKey> = fc.oneof(
  fc.record({
    kind: fc.constantFrom(
      ...([
        "deny",
        "left",
        "version",
        "granted",
        "retained",
        "adopted",
        "stuck",
        "applied",
      ] as const),
    ),
    digest,
  }),
  fc.record({
    kind: fc.constantFrom(...(["trust-policy", "permissions", "audience"] as const)),
    place: fc.oneof(digest, digits(16)),
    content: part,
    boundary: part,
    limit: part,
  }),
  fc.record({
    kind: fc.constant("quarrel" as const),
    digest,
    minute,
    hours: fc.integer({ min: 1, max: 72 }),
  }),
  fc.record({ kind: fc.constant("shut" as const), digest, minute }),
  fc.record({ kind: fc.constant("holders" as const), count: fc.integer({ min: 1, max: 5000 }) }),
);

describe("what a status keeps of what was reported", () => {
  test("is read as it was written", () => {
    fc.assert(
      fc.property(key, (written) => {
        expect(keyInText(textOfKey(written))).toEqual(written);
      }),
    );
  });

  const door = { content: null, boundary: null, limit: null };

  test.each<readonly [text: string, read: ReportedKey]>([
    ["deny:0123456789", { kind: "deny", digest: "0123456789" }],
    ["retained:89abcdef01", { kind: "retained", digest: "89abcdef01" }],
    ["trust-policy:0123456789", { kind: "trust-policy", place: "0123456789", ...door }],
    ["audience:0123456789abcdef", { kind: "audience", place: "0123456789abcdef", ...door }],
    [
      "permissions:0123456789abcdef.00000000000000aa",
      { kind: "permissions", place: "0123456789abcdef", ...door, content: "00000000000000aa" },
    ],
    [
      "permissions:0123456789abcdef..00000000000000bb.00000000000000cc",
      {
        kind: "permissions",
        place: "0123456789abcdef",
        content: null,
        boundary: "00000000000000bb",
        limit: "00000000000000cc",
      },
    ],
    [
      "quarrel:0123456789@hkd3k@24",
      { kind: "quarrel", digest: "0123456789", minute: 29_503_568, hours: 24 },
    ],
    ["shut:0123456789@hkd3k", { kind: "shut", digest: "0123456789", minute: 29_503_568 }],
    ["holders:3", { kind: "holders", count: 3 }],
  ])("has its own text, the same again when it is written: %s", (text, read) => {
    expect(keyInText(text)).toEqual(read);
    expect(textOfKey(read)).toBe(text);
  });

  test("ends after a day where an earlier release did not say when", () => {
    expect(keyInText("quarrel:0123456789@hkd3k")).toMatchObject({ kind: "quarrel", hours: 24 });
  });

  test.each([
    "",
    "quarrel:0123456789",
    "shut:0123456789",
    "shut:0123456789@!",
    "later:01",
    "nothing",
  ])("says nothing where no release has written it: %j", (text) =>
    expect(keyInText(text)).toBeNull(),
  );
});
