import { describe, expect, test } from "vitest";
import { deniesOf, denyName } from "../../shared/plan/denies.ts";
import { allow, arn, deny, now, ours, roleWith, text } from "./subjects.ts";

const when = (operator: string, value: unknown, key = "aws:TokenIssueTime") => ({
  ...deny("*"),
  Condition: { [operator]: { [key]: value } },
});
const early = "2026-03-01T06:00:00.000Z";
const late = "2026-03-01T08:00:00.000Z";
const hours = (count: number) => new Date(now.getTime() + count * 3_600_000).toISOString();

type Given = Partial<Parameters<typeof deniesOf>[0]>;

function deniesIn(document: string, given: Given = {}) {
  const role = roleWith({ inline: [{ name: "revoked", document }] });
  const denies = new Map<string, string>();
  return deniesOf({ role, ours, documents: new Map(), denies, now, force: false, ...given });
}

/** A role's sessions last for twelve hours at most. */
describe("a policy that only denies names a token issue time, and may go twelve hours after it", () => {
  test.each<readonly [string, readonly object[], string | null, string]>([
    ["by less", [when("DateLessThan", early)], early, hours(6)],
    ["by less or equal", [when("DateLessThanEquals", early)], early, hours(6)],
    ["in seconds", [when("DateLessThan", String(Date.parse(early) / 1000))], early, hours(6)],
    ["the later of two", [when("DateLessThan", late), when("DateLessThan", early)], late, hours(8)],
    ["the later of a list", [when("DateLessThan", [early, late])], late, hours(8)],
    [
      "in the future, so that it is seen now",
      [when("DateLessThan", hours(9))],
      hours(9),
      hours(12),
    ],
    ["beside one that names none", [when("DateLessThan", early), deny("*")], early, hours(12)],
    ["not at all", [deny("*")], null, hours(12)],
    ["not by greater", [when("DateGreaterThan", early)], null, hours(12)],
    ["not by another date", [when("DateNotEquals", early)], null, hours(12)],
    ["not by another key", [when("DateLessThan", early, "aws:CurrentTime")], null, hours(12)],
    ["not by a number", [when("NumericLessThan", "1")], null, hours(12)],
    ["not by what is not a date", [when("DateLessThan", "soon")], null, hours(12)],
    ["not where one is not a date", [when("DateLessThan", [early, "soon"])], null, hours(12)],
    ["not after the last day there is", [when("DateLessThan", "8640000000000")], null, hours(12)],
    ["not in a document that IAM refuses", [{ Effect: "Deny" }], null, hours(12)],
  ])("%s", (_, statements, issuedBefore, until) => {
    expect(deniesIn(text(...statements)).kept).toMatchObject([{ issuedBefore, until }]);
  });
});

describe("a policy that only denies is over", () => {
  const plain = text(deny("*"));
  const seen = (at: string) => ({ denies: new Map([["revoked", at]]) });
  const seenAs = (document: string) => ({
    denies: new Map([[denyName({ id: "revoked", document }), hours(-12)]]),
  });
  test.each<readonly [string, string, Given, boolean]>([
    ["twelve hours after it was first seen", plain, seen(hours(-12)), true],
    ["twelve hours after this text was first seen", plain, seenAs(plain), true],
    ["not where that was another text", plain, seenAs(text(deny("s3:*"))), false],
    ["not before", plain, seen(hours(-11)), false],
    ["not where that was in the future", plain, seen(hours(1)), false],
    ["not where nobody knows when", plain, seen("x"), false],
    ["twelve hours after its own time", text(when("DateLessThan", hours(-12))), {}, true],
    ["at once by force", plain, { force: true }, true],
  ])("%s", (_, document, given, over) => {
    const found = deniesIn(document, given);
    expect([found.kept.length, found.over.length]).toEqual(over ? [0, 1] : [1, 0]);
  });
});

test("which policies those are: not ours, not one that was not read, none that allows", () => {
  const [theirs, unread, both] = [arn("policy/deny"), arn("policy/unread"), arn("policy/both")];
  const documents = new Map([
    [ours, text(deny("*"))],
    [theirs, text(deny("*"))],
    [both, text(deny("*"), allow("*"))],
  ]);
  const role = roleWith({ attached: [ours, theirs, unread, both] });
  expect(deniesIn("", { role, documents }).kept).toMatchObject([{ kind: "attached", id: theirs }]);
});
