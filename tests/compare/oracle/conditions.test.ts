import { describe, expect, it } from "vitest";
import { evaluateAccess } from "../../../sandbox/evaluate/index.ts";
import { type Question, settled } from "./settled.ts";
import { simulatorAllows } from "./simulator.ts";

type Family = {
  readonly operators: readonly string[];
  readonly listed: readonly string[];
  readonly asked: readonly string[];
};

const families: Readonly<Record<string, Family>> = {
  strings: {
    operators: [
      "StringEquals",
      "StringNotEquals",
      "StringLike",
      "StringNotLike",
      "StringEqualsIgnoreCase",
      "StringNotEqualsIgnoreCase",
    ],
    listed: [
      ...["a", "A", "ab", "a*", "*a", "*", "?", "a?b", "a/b:c", "*a*b*", "", "${*}", "a${?}"],
      ...["${$}", "${aws:username}", "${aws:username, 'd'}", "${aws:none}", "${aws:none, 'd'}"],
    ],
    asked: ["a", "A", "ab", "aab", "*", "a*", "a?", "?", "$", "ann", "d", "a/b:c", "axb", "${*}"],
  },
  numbers: {
    operators: [
      "NumericEquals",
      "NumericNotEquals",
      "NumericLessThan",
      "NumericLessThanEquals",
      "NumericGreaterThan",
      "NumericGreaterThanEquals",
    ],
    listed: ["1", "1.0", "1.5", "-1", "0", "100", "abc", "1e2"],
    asked: ["1", "1.5", "-1", "0", "100", "1.0", "abc"],
  },
  dates: {
    operators: [
      "DateEquals",
      "DateNotEquals",
      "DateLessThan",
      "DateLessThanEquals",
      "DateGreaterThan",
      "DateGreaterThanEquals",
    ],
    listed: [
      ...["2026-01-01", "2026-01-01T00:00:00Z", "2026-01-01T01:00:00+01:00"],
      ...["2026-01-01T00:00:01Z", "2026-01", "1767225600", "nonsense"],
    ],
    asked: [
      ...["2026-01-01T00:00:00Z", "2025-12-31T23:59:59Z", "2026-01-01T00:00:01Z"],
      ...["2026-01-01", "1767225600"],
    ],
  },
  addresses: {
    operators: ["IpAddress", "NotIpAddress"],
    listed: [
      ...["10.0.0.0/8", "10.0.0.1", "10.1.2.3/16", "10.0.0.1/32", "0.0.0.0/0", "::/0"],
      ...["2001:db8::/32", "2001:db8::1", "nonsense"],
    ],
    asked: ["10.0.0.1", "10.1.2.3", "11.0.0.0", "2001:db8::1", "2001:db9::1", "::1"],
  },
  arns: {
    operators: ["ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"],
    listed: [
      ...["arn:aws:iam::123456789012:role/a", "arn:aws:iam::*:role/*", "arn:aws:*:*:*:*"],
      ...["arn:aws:iam::1:role/A", "arn:aws:s3:::b/c:d", "arn:aws:s3:::b/?", "arn:*", "*"],
    ],
    asked: [
      ...["arn:aws:iam::123456789012:role/a", "arn:aws:iam::1:role/a", "arn:aws:iam::1:2:role/a"],
      ...["arn:aws:s3:::b/c:d", "arn:aws:s3:::b/c", "arn:aws:iam::123456789012:role/a/b"],
    ],
  },
  booleans: { operators: ["Bool"], listed: ["true", "false"], asked: ["true", "false"] },
  presence: { operators: ["Null"], listed: ["true", "false"], asked: ["a"] },
};

function* questionsOf({ operators, listed, asked }: Family): Iterable<Question> {
  const first = listed.slice(0, 1);
  const pair = asked.slice(0, 2);
  const variables = listed.some((value) => value.includes("${"));
  const versions = variables ? (["2012-10-17", "2008-10-17"] as const) : (["2012-10-17"] as const);
  for (const version of versions) {
    for (const base of operators) {
      const prefixes = base === "Null" ? [""] : ["", "ForAllValues:", "ForAnyValue:"];
      const suffixes = base === "Null" ? [""] : ["", "IfExists"];
      for (const operator of prefixes.flatMap((p) => suffixes.map((s) => `${p}${base}${s}`))) {
        for (const values of listed.map((value, index) =>
          index % 3 === 1 ? [value, ...first] : [value],
        )) {
          yield { version, operator, listed: values, values: null };
          for (const value of asked) yield { version, operator, listed: values, values: [value] };
          if (operator.startsWith("For")) yield { version, operator, listed: values, values: pair };
        }
      }
    }
  }
}

function agree(question: Question): boolean {
  const document = {
    Version: question.version,
    Statement: {
      Effect: "Allow",
      Action: "s3:*",
      Resource: "*",
      Condition: { [question.operator]: { "x:key": question.listed } },
    },
  };
  const context: Record<string, readonly string[]> = { "aws:username": ["ann"] };
  if (question.values !== null) context["x:key"] = question.values;
  const ours = evaluateAccess([document], {
    action: "s3:GetObject",
    resource: "arn:aws:s3:::bucket/object",
    context: new Map(Object.entries(context)),
  });
  const multi = question.operator.startsWith("For") ? ["x:key"] : [];
  const theirs = simulatorAllows(document, context, multi);
  return (ours.decision === "allow") === theirs;
}

describe("the sandbox's evaluator and iam-simulate", () => {
  it.each(Object.entries(families))("agree on %s, or the matter is settled", (_, family) => {
    const open = [...questionsOf(family)].filter(
      (question) => !agree(question) && !settled.some(({ covers }) => covers(question)),
    );
    expect(open).toEqual([]);
  });

  it.each(settled)("still disagree about $title", ({ covers }) => {
    const questions = Object.values(families).flatMap((family) => [...questionsOf(family)]);
    expect(questions.some((question) => covers(question) && !agree(question))).toBe(true);
  });
});
