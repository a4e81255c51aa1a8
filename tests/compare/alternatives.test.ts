import { describe, expect, test } from "vitest";
import { admitsNobody, compareTrust, isEquivalent, mayWiden } from "../../shared/compare/index.ts";
import { audienceOnly, key, policy, project, statement } from "./documents.ts";

const subject = (pattern: string) => statement({ StringLike: { [key("sub")]: pattern } });
const ours = policy(subject(`org/*/project/${project}/*`));
const main = policy(subject("org/*/vcs-ref/refs/heads/main"));
const locked = policy(subject("*"), statement({}, { Effect: "Deny", Condition: undefined }));
const refused = '{"Version":"2012-10-17","Statement":[]}';

describe("several trust policies on one side are alternatives:", () => {
  test.each<[string, readonly string[], readonly string[], boolean]>([
    ["what each of two admits is admitted by both together", [ours, main], [ours, main], false],
    ["one of them is within both", [ours, main], [main], false],
    ["both are not within one", [ours], [ours, main], true],
    ["what a Deny of one refuses, another may admit", [locked, main], [main], false],
    ["and a Deny admits nothing", [locked], [main], true],
    ["nothing is within nothing", [], [], false],
    ["and everything goes beyond it", [], [main], true],
  ])("%s", (_, before, after, widens) => {
    const { widening } = compareTrust({ before, after });
    expect(widening.kind).toBe(widens ? "proved" : "disproved");
    const turned = compareTrust({ before: after, after: before });
    expect(turned.narrowing.kind).toBe(widening.kind);
  });

  test("a union is proved within, which no single one covers", () => {
    const both = policy(subject(`org/*/project/${project}/*`), subject("*/refs/heads/main"));
    const wide = policy(subject("*/refs/heads/main"));
    expect(isEquivalent(compareTrust({ before: [ours, wide], after: [both] }))).toBe(true);
    expect(mayWiden(compareTrust({ before: [ours], after: [both] }).widening)).toBe(true);
    expect(mayWiden(compareTrust({ before: [wide], after: [both] }).widening)).toBe(true);
  });
});

describe("a document that IAM would refuse", () => {
  test("leaves both directions open", () => {
    const comparison = compareTrust({ before: [main], after: [refused] });
    expect(comparison).toMatchObject({ kind: "refused", side: "after" });
    expect([comparison.widening, comparison.narrowing].map(mayWiden)).toEqual([true, true]);
  });

  test("admits no more than itself", () => {
    const comparison = compareTrust({ before: [main, refused], after: [refused] });
    expect(comparison.kind).toBe("refused");
    expect([comparison.widening, comparison.narrowing].map(mayWiden)).toEqual([false, true]);
  });
});

test.each<[string, string, boolean]>([
  [
    "a policy of Denys alone",
    policy(statement({}, { Effect: "Deny", Condition: undefined })),
    true,
  ],
  ["a policy whose Deny takes back its Allow", locked, true],
  ["a policy that admits some", audienceOnly, false],
  ["a document that IAM would refuse", refused, false],
])("%s admits nobody: %s %s", (_, text, nobody) => {
  expect(admitsNobody(text)).toBe(nobody);
});
