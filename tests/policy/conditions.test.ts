import { describe, expect, test } from "vitest";
import type { PolicyCondition } from "../../shared/policy/document.ts";
import { allows, conditionHolds } from "../../shared/policy/evaluate.ts";
import { parseTrustPolicy } from "../../shared/policy/parse.ts";

const statement = (more: object) => ({
  Effect: "Allow",
  Principal: "*",
  Action: "sts:AssumeRole",
  ...more,
});

function parsed(...statements: readonly object[]) {
  const text = JSON.stringify({ Version: "2012-10-17", Statement: statements });
  const read = parseTrustPolicy(text);
  if (read.kind === "refused") throw new Error(read.problem.message);
  return read.policy;
}

function read(operator: string, key: string, value: unknown): PolicyCondition {
  const [condition] = parsed(
    statement({ Condition: { [operator]: { [key]: value } } }),
  ).statements.flatMap(({ conditions }) => conditions);
  if (condition === undefined) throw new Error("no condition");
  return condition;
}

/** Keys of one value and of several, and one of which nobody knows. */
const [one, several, half] = ["aws:username", "aws:TagKeys", "aws:SourceOrgPaths"];
const arn = "aws:SourceArn";
const odd = "${aws:PrincipalTag/a}";

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html */
describe("a condition", () => {
  test.each<
    readonly [string, string, unknown, Readonly<Record<string, readonly string[]>>, string]
  >([
    ["StringEquals", one, "a", { [one]: ["a"] }, "yes"],
    ["StringEquals", one, ["b", "a"], { [one]: ["a"] }, "yes"],
    ["StringEquals", one, "a", { [one]: ["b"] }, "no"],
    ["StringEquals", one, "a", {}, "no"],
    ["StringEquals", one, "a", { [one]: ["a", "a"] }, "unclear"],
    ["StringEquals", several, "a", { [several]: ["a"] }, "unclear"],
    ["StringEqualsIfExists", one, "a", {}, "yes"],
    ["StringEqualsIfExists", one, "a", { [one]: ["b"] }, "no"],
    ["StringNotEquals", one, "a", { [one]: ["b"] }, "yes"],
    ["StringNotEquals", one, "a", { [one]: ["a"] }, "no"],
    ["StringNotEquals", one, "a", {}, "yes"],
    ["ForAllValues:StringEquals", several, ["a", "b"], { [several]: ["a", "b"] }, "yes"],
    ["ForAllValues:StringEquals", several, "a", { [several]: ["a", "b"] }, "no"],
    ["ForAllValues:StringEquals", several, "a", {}, "yes"],
    ["ForAnyValue:StringEquals", several, "a", { [several]: ["b", "a"] }, "yes"],
    ["ForAnyValue:StringEquals", several, "a", { [several]: ["b", "c"] }, "no"],
    ["ForAnyValue:StringEquals", several, "a", {}, "no"],
    // Documented in two ways.
    ["ForAnyValue:StringEqualsIfExists", several, "a", {}, "unclear"],
    ["ForAllValues:StringNotLike", several, "a", {}, "unclear"],
    ["ForAllValues:StringNotLikeIfExists", several, "a", {}, "yes"],
    ["ForAllValues:StringNotEquals", several, "a", {}, "yes"],
    ["Null", one, "true", {}, "yes"],
    ["Null", one, "true", { [one]: ["a"] }, "no"],
    ["Null", one, "false", { [one]: ["a"] }, "yes"],
    ["Null", one, "false", {}, "no"],
    ["Null", one, ["true", "false"], {}, "yes"],
    ["Null", one, "maybe", {}, "unclear"],
    ["Bool", one, "true", { [one]: ["true"] }, "yes"],
    ["Bool", one, "true", { [one]: ["false"] }, "no"],
    ["Bool", one, "no", { [one]: ["false"] }, "unclear"],
    ["BinaryEquals", one, "YQ==", { [one]: ["YQ=="] }, "yes"],
    ["BinaryEquals", one, "YQ==", { [one]: ["YR=="] }, "no"],
    // Two spellings of one byte, one with a character too many, and none.
    ...["YR==", "YQ=", "YWJj=", "", "Y*=="].map(
      (text) => ["BinaryEquals", one, text, { [one]: ["a"] }, "unclear"] as const,
    ),
    ...["YWJj", "YWI=", "YWJjYQ==", "+/8="].map(
      (text) => ["BinaryEquals", one, text, { [one]: [text] }, "yes"] as const,
    ),
    ["NumericEquals", one, 1, { [one]: ["1.0"] }, "yes"],
    ["NumericEquals", one, "x", { [one]: ["1"] }, "unclear"],
    ["StringEquals", one, odd, { [one]: ["x"], "aws:PrincipalTag/a": ["x"] }, "yes"],
    ["StringEquals", one, odd, { [one]: ["x"], "aws:PrincipalTag/a": ["y"] }, "no"],
    ["StringEquals", one, odd, { [one]: ["x"] }, "no"],
    ["StringEquals", one, odd, { [one]: ["x"], "aws:PrincipalTag/a": ["x", "y"] }, "unclear"],
    ["StringLike", one, odd, { [one]: ["x"], "aws:PrincipalTag/a": ["*"] }, "unclear"],
    ["StringEquals", one, `\${${several}}`, { [one]: ["x"], [several]: ["x"] }, "unclear"],
    ["StringEquals", one, `\${${half}}`, { [one]: ["x"], [half]: ["x"] }, "unclear"],
    ["StringNotEquals", one, odd, { [one]: ["x"], "aws:PrincipalTag/a": ["y"] }, "yes"],
    ["StringEquals", one, [odd, "x"], { [one]: ["x"], "aws:PrincipalTag/a": ["y"] }, "yes"],
    // A wildcard stays within its field, but for the sixth.
    ["ArnLike", arn, "arn:aws:s?s:us:1:q", { [arn]: ["arn:aws:sqs:us:1:q"] }, "yes"],
    ["ArnLike", arn, "arn:aws:s?s:us:1:q", { [arn]: ["arn:aws:s:s:us:1:q"] }, "no"],
    ["ArnLike", arn, "arn:aws:s*:us:1:q", { [arn]: ["arn:aws:sqs:us:1:q"] }, "yes"],
    ["ArnLike", arn, "arn:aws:s*:us:1:q", { [arn]: ["arn:aws:s:x:us:1:q"] }, "no"],
    ["ArnLike", arn, "arn:aws:sqs:us:1:a?b", { [arn]: ["arn:aws:sqs:us:1:a:b"] }, "yes"],
    ["ArnLike", arn, "arn:aws:sqs:us:1:a*b", { [arn]: ["arn:aws:sqs:us:1:a:x/b"] }, "yes"],
    ["ForAllValues:Null", several, "true", {}, "unclear"],
    ["stringequals", one, "a", { [one]: ["a"] }, "unclear"],
  ])("%s of %s by %j in %j holds: %s", (operator, key, value, given, answer) => {
    const context = new Map(
      Object.entries(given).map(([name, values]) => [name.toLowerCase(), values]),
    );
    expect(conditionHolds(read(operator, key, value), context)).toBe(answer);
  });

  test.each([
    ["ForAnyValue:Null", "true", "unclear-operator"],
    ["stringequals", "a", "unclear-operator"],
    ["forallvalues:StringEquals", "a", "unclear-operator"],
    ["StringEqualsifexists", "a", "unclear-operator"],
  ])("by %s says that nobody knows", (operator, value, code) => {
    const { test: asked } = read(operator, one, value);
    const problem = asked.kind === "unclear" ? asked.problem : null;
    expect(problem).toMatchObject({
      code,
      where: `Statement[0].Condition${path(operator)}["${one}"]`,
    });
  });

  test.each([
    ["StringEquals", 1.5e3, []],
    ["StringEquals", "1e3", []],
    ["Bool", "yes", ["unclear-value"]],
    ["BinaryEquals", "", ["unclear-value"]],
    ["ArnLike", "user/*", ["unclear-value"]],
    ["DateLessThan", "soon", ["unclear-value"]],
    ["IpAddress", "10.0.0", ["unclear-value"]],
    ["StringEquals", odd, ["variable"]],
  ])("by %s and %j has these unclear values: %j", (operator, value, codes) => {
    expect(read(operator, one, value).unclear.map(({ problem }) => problem.code)).toEqual(codes);
  });

  test.each(["1.0", "1e3", "1e+22", "1e-7", "1E400", "-0", "100000000000000000000000"])(
    "of a text by the JSON number %s is unclear: readers of JSON spell it otherwise",
    (number) => {
      const text = `{"Statement":{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole",
        "Condition":{"StringEquals":{"${one}":${number}}}}}`;
      const policy = parseTrustPolicy(text);
      if (policy.kind === "refused") throw new Error(policy.problem.message);
      const [condition] = policy.policy.statements.flatMap(({ conditions }) => conditions);
      expect(condition?.unclear).toMatchObject([
        { text: number, problem: { code: "unclear-value" } },
      ]);
    },
  );
});

function path(operator: string): string {
  return operator.includes(":") ? `["${operator}"]` : `.${operator}`;
}

describe("a policy admits a request", () => {
  const request = {
    principal: { type: "AWS", id: "arn:aws:iam::123456789012:role/a" },
    action: "sts:AssumeRole",
    context: new Map([["aws:username", ["a"]]]),
  } as const;
  const asks = (value: string) => ({ Condition: { StringEquals: { [one]: value } } });
  const unclear = { Condition: { stringequals: { [one]: "a" } } };
  const deny = { Effect: "Deny" };
  test.each<readonly [string, readonly object[], string]>([
    ["by an Allow", [{}], "yes"],
    ["not without one", [deny], "no"],
    ["by one of two", [asks("b"), asks("a")], "yes"],
    ["not by none of two", [asks("b"), asks("c")], "no"],
    ["not against a Deny", [{}, deny], "no"],
    ["against a Deny of others", [{}, { ...deny, ...asks("b") }], "yes"],
    ["perhaps, by an unclear Allow", [unclear], "unclear"],
    ["by a clear one beside it", [unclear, {}], "yes"],
    ["perhaps, against an unclear Deny", [{}, { ...deny, ...unclear }], "unclear"],
    ["not against a clear one beside it", [{}, { ...deny, ...unclear }, deny], "no"],
    ["not by another action", [{ Action: "sts:TagSession" }], "no"],
    ["not by its exception", [{ Action: undefined, NotAction: "sts:AssumeRole" }], "no"],
    ["by another's exception", [{ Action: undefined, NotAction: "sts:TagSession" }], "yes"],
    ["not by another principal", [{ Principal: { AWS: "210987654321" } }], "no"],
    [
      "perhaps, by NotPrincipal",
      [{ Principal: undefined, NotPrincipal: { AWS: "210987654321" } }],
      "unclear",
    ],
    [
      "against a Deny of all but it",
      [{}, { ...deny, Principal: undefined, NotPrincipal: { AWS: request.principal.id } }],
      "yes",
    ],
    [
      "not against a Deny of all but another",
      [{}, { ...deny, Principal: undefined, NotPrincipal: { AWS: "210987654321" } }],
      "no",
    ],
  ])("%s", (_, statements, answer) => {
    expect(allows(parsed(...statements.map(statement)), request)).toBe(answer);
  });
});
