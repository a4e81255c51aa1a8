/**
 * A list in one statement, and a statement for each of its items, say the same: the engine makes one of the other.
 */
import { describe, expect, test } from "vitest";
import { comparePermissions, compareTrust, isEquivalent } from "../../shared/compare/index.ts";
import { allow, deny, policy, sub } from "./pairs/vocabulary.ts";

type Make = (items: readonly string[]) => object;

const texts = Array.from({ length: 12 }, (_, at) => `*-${at}-*`);
const accounts = Array.from({ length: 12 }, (_, at) => String(100_000_000_000 + at));
const actions = Array.from({ length: 12 }, (_, at) => `s3:Get${at}*`);

const under =
  (operator: string, key: string): Make =>
  (items) =>
    allow({ [operator]: { [key]: items } });

const trusted: readonly (readonly [string, readonly string[], Make])[] = [
  ["texts", texts, under("StringLike", sub)],
  ["texts of a key of several values", texts, under("ForAnyValue:StringLike", "aws:TagKeys")],
  ["principals", accounts, (items) => allow({}, { Principal: { AWS: items } })],
  [
    "a list beside the same list",
    texts,
    (items) => allow({ StringLike: { [sub]: items }, StringNotLike: { [sub]: texts.slice(-3) } }),
  ],
];

const permitted: readonly (readonly [string, readonly string[], Make])[] = [
  ["actions", actions, (items) => ({ Effect: "Allow", Action: items, Resource: "*" })],
  ["resources", texts, (items) => ({ Effect: "Allow", Action: "*", Resource: items })],
];

const permits = (...statements: readonly object[]): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: statements });

const alone = (make: Make, items: readonly string[]): readonly object[] =>
  items.map((item) => make([item]));

describe.each([
  ...trusted.map((row) => [...row, compareTrust] as const),
  ...permitted.map((row) => [...row, comparePermissions] as const),
])("a statement for each of these: %s", (_, items, make, compare) => {
  const list = permits(make(items));
  const ask = (statements: readonly object[]) =>
    compare({ before: [list], after: [permits(...statements)] });

  test("says what one with the list says", () => {
    expect(isEquivalent(ask(alone(make, items)))).toBe(true);
  });

  test("and without one of them, less", () => {
    const { widening, narrowing } = ask(alone(make, items.slice(1)));
    expect([widening.kind, narrowing.kind]).toEqual(["disproved", "proved"]);
  });
});

describe("statements that differ in one list, and say something else together", () => {
  const each = (make: (item: string) => object) => permits(...texts.map(make));
  const compared = (before: string, after: string) => {
    const { widening, narrowing } = compareTrust({ before: [before], after: [after] });
    return [widening.kind, narrowing.kind];
  };

  test("StringNotLike: each lets in what another refuses", () => {
    const without = (items: readonly string[]) => allow({ StringNotLike: { [sub]: items } });
    const apart = each((text) => without([text]));
    expect(compared(policy(without(texts)), apart)).toEqual(["proved", "disproved"]);
  });

  test("ForAllValues: the values of a request are all in one of the lists", () => {
    const within = (items: readonly string[]) =>
      allow({ "ForAllValues:StringLike": { "aws:TagKeys": items } });
    const apart = each((text) => within([text]));
    expect(compared(policy(within(texts)), apart)).toEqual(["disproved", "proved"]);
  });

  test("an Allow and a Deny: the one is not the other", () => {
    const like = (items: readonly string[]) => ({ StringLike: { [sub]: items } });
    const apart = policy(
      ...texts.slice(1).map((text) => allow(like([text]))),
      deny(like(texts.slice(0, 1))),
    );
    expect(compared(policy(allow(like(texts.slice(1)))), apart)).toEqual(["disproved", "proved"]);
  });
});
