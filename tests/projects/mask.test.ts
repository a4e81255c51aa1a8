import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareWithMask } from "../../shared/projects/index.ts";

/** What CircleCI was seen to show, or is said to show, of a value that it keeps. */
const masks: readonly (readonly [name: string, mask: (value: string) => string])[] = [
  ["of a project", (value) => `xxxx${end(value, Math.min(4, Math.floor(value.length / 2)))}`],
  ["of a context", (value) => end(value, Math.min(4, Math.floor(value.length / 2)))],
  ["of four characters in any case", (value) => `xxxx${end(value, 4)}`],
  ["of x for a short value", (value) => (value.length > 4 ? `xxxx${end(value, 4)}` : "xxxx")],
];

function end(value: string, length: number): string {
  return value.slice(value.length - Math.min(length, value.length));
}

describe("a desired value and what CircleCI shows of the stored one", () => {
  test.each([
    ["us-east-1", "xxxxst-1", "unsure"],
    ["us-east-1", "st-1", "unsure"],
    ["us-east-1", "xxxxst-2", "differs"],
    ["us-east-1", "xxxx", "differs"],
    ["us-east-1", "", "differs"],
    ["us-east-1", "xxxxxxxx", "differs"],
    ["prod", "xxxxod", "unsure"],
    ["prod", "xxxxprod", "unsure"],
    ["prod", "xxxx", "unseen"],
    ["prod", "", "unseen"],
    ["prod", "xxxxst", "differs"],
    // Four characters may be the end of more.
    ["prod", "prod", "unsure"],
    ["xxxxprod", "xxxxprod", "unsure"],
    // A value that is shown whole is compared whole.
    ["us-east-1", "us-east-1", "same"],
    ["us-east-1", "eu-east-1", "differs"],
    ["us-east-1", null, "unseen"],
  ] as const)("%s, shown as %j: %s", (desired, shown, expected) => {
    expect(compareWithMask(desired, shown)).toBe(expected);
  });

  const value = fc.oneof(
    fc.string({ maxLength: 20 }),
    fc.stringMatching(/^x{0,6}[a-z]{0,6}$/),
    fc.constantFrom("us-east-1", "arn:aws:iam::123456789012:role/CircleCI-OIDC-Role"),
  );

  test.each(masks)("never differ where they are the same, by the mask %s", (_, mask) => {
    fc.assert(
      fc.property(value, (stored) => {
        expect(compareWithMask(stored, mask(stored))).not.toBe("differs");
      }),
    );
  });

  test.each(masks)("are the same only where they are, by the mask %s", (_, mask) => {
    fc.assert(
      fc.property(value, value, (desired, stored) => {
        if (compareWithMask(desired, mask(stored)) !== "same") return;
        expect(stored).toBe(desired);
      }),
    );
  });
});
