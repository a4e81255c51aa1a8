import { describe, expect, test } from "vitest";
import {
  compareTrust,
  isEquivalent,
  isImpossible,
  mayWiden,
  undecidedOf,
} from "../../shared/compare/index.ts";
import { audienceOnly, jobsOfProject, key, policy, statement, subjects } from "./documents.ts";

const narrow = subjects(jobsOfProject);
const role = "arn:aws:iam::123456789012:role/dep";
const may = (condition: object = {}) => ({
  Effect: "Allow",
  Principal: { AWS: role },
  Action: "sts:AssumeRole",
  Condition: condition,
});
const itself = may({ ArnEquals: { "aws:PrincipalArn": role } });
const compared = (before: readonly string[], after: readonly string[]) =>
  compareTrust({ before, after });

describe("two sides are equivalent", () => {
  test.each([
    ["where neither admits more", [narrow], [`${narrow} `], true],
    ["not where the second admits more", [narrow], [audienceOnly], false],
    ["not where the first does", [audienceOnly], [narrow], false],
    ["not where both do", [narrow], [policy(may())], false],
  ])("%s", (_, before, after, answer) => {
    const comparison = compared(before, after);
    expect(comparison.kind).toBe("compared");
    expect(isEquivalent(comparison)).toBe(answer);
  });
});

describe("a widening is impossible", () => {
  const tagged = may({ StringEquals: { "aws:PrincipalTag/team": "${aws:TagKeys}" } });
  // More accounts than are looked at one by one.
  const accounts = Array.from({ length: 13 }, (_, index) => String(200_000_000_000 + index));
  const spoken = may({ StringEquals: { "aws:PrincipalAccount": accounts } });

  test.each([
    ["where there is none", policy(may()), policy(may()), true],
    ["where nobody can make the request", policy(itself), policy(may()), true],
    ["not where somebody can", narrow, audienceOnly, false],
    ["not where that is not decided", policy(may()), policy(may(), tagged, statement({})), false],
    [
      "not where the documents speak of too many accounts",
      policy(itself, spoken),
      policy(may(), spoken),
      false,
    ],
  ])("%s", (_, before, after, answer) => {
    expect(isImpossible(compared([before], [after]).widening)).toBe(answer);
  });
});

describe("what is not decided", () => {
  const unclear = (name: string) =>
    statement({ StringEquals: { [key("sub")]: `\${aws:${name}}` } });

  test("has each of its reasons once", () => {
    const before = policy(unclear("TagKeys"), statement({ StringEquals: { [key("x")]: "1" } }));
    const after = policy(unclear("TagKeys"), unclear("PrincipalOrgPaths"));
    const { widening, narrowing } = compared([before], [after]);
    const found = undecidedOf(widening, narrowing, widening);
    const texts = found.map(({ code, where, message }) => `${code} ${where} ${message}`);
    expect(new Set(texts).size).toBe(texts.length);
    expect(texts.length).toBeGreaterThan(1);
  });

  test("stays so beside an alternative that admits nobody new", () => {
    const open = policy(unclear("TagKeys"));
    for (const after of [
      [open, narrow],
      [narrow, open],
    ]) {
      expect(compared([audienceOnly], after).widening.kind).toBe("open");
    }
  });

  test("says so where the search was given up", () => {
    const [one, two] = [`a${"?".repeat(24)}`, `b${"?".repeat(20)}`];
    const subject = (operator: string, values: readonly string[]) =>
      statement({ [operator]: { [key("sub")]: values } });
    const whole = policy(
      subject("StringNotLike", [`*${one}`, `*${two}`]),
      subject("StringLike", [`*?${one}`, one, `*?${two}`, two]),
    );
    const { widening, narrowing } = compared([whole], [policy(statement({}))]);
    expect(narrowing).toEqual({ kind: "disproved" });
    expect(mayWiden(widening)).toBe(true);
    expect(widening).toMatchObject({
      kind: "open",
      reasons: [{ code: "budget-spent", where: "" }],
      possible: null,
    });
  });
});

describe("a document that IAM would refuse", () => {
  const wrong = policy(statement({}, { Resource: "*" }));

  test("leaves open what it is asked for, with the reason", () => {
    const answer = compared([narrow], [narrow, wrong]);
    const error = { code: "prohibited-field", where: "after[1].Statement[0].Resource" };
    expect(answer).toMatchObject({
      kind: "refused",
      side: "after",
      error,
      widening: { kind: "open", reasons: [error], possible: null },
      // No text is missing on the other side.
      narrowing: { kind: "disproved" },
    });
  });

  test("is on the side of before as well", () => {
    expect(compared([wrong], [narrow, wrong])).toMatchObject({
      side: "before",
      error: { where: "before.Statement[0].Resource" },
      widening: { kind: "open" },
      narrowing: { kind: "disproved" },
    });
  });
});
