import { describe, expect, test } from "vitest";
import { permissionAnswer, trustAnswer } from "./answers.ts";

/** Operators with a value that has no meaning by itself: a variable, or one that no parser reads. */
const unclear: readonly (readonly [string, unknown])[] = [
  ...["StringEquals", "StringNotEquals", "StringLike", "StringNotLike"].flatMap(
    (operator): readonly (readonly [string, unknown])[] => [
      [operator, "${aws:username}"],
      [operator, ["b", "x${aws:TagKeys}"]],
      [operator, "${aws:user'name}"],
      [operator, 1e21],
    ],
  ),
  ["StringEqualsIgnoreCase", "${aws:username}"],
  ["StringNotEqualsIgnoreCase", "${aws:username}"],
  ...["ArnEquals", "ArnNotEquals", "ArnLike", "ArnNotLike"].flatMap(
    (operator): readonly (readonly [string, unknown])[] => [
      [operator, "arn:aws:iam::1:user/${aws:username}"],
      [operator, "user/*"],
    ],
  ),
  ...["Numeric", "Date"].flatMap((type) =>
    ["Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"].map(
      (relation): readonly [string, unknown] => [`${type}${relation}`, "abc"],
    ),
  ),
  ["Bool", "${aws:username}"],
  ["BinaryEquals", "abc"],
  ["IpAddress", "10.0.0.0/33"],
  ["NotIpAddress", "abc"],
];

const forms = ["", "ForAnyValue:", "ForAllValues:"].flatMap((prefix) =>
  ["", "IfExists"].map((suffix) => [prefix, suffix] as const),
);

const rows = unclear.flatMap(([operator, value]) =>
  forms.map(([prefix, suffix]) => [`${prefix}${operator}${suffix}`, value] as const),
);

type Statement = Readonly<Record<string, unknown>>;

const text = (...statements: readonly Statement[]) =>
  JSON.stringify({ Version: "2012-10-17", Statement: statements });

/** Two ways to ask: as a trust policy, and as permissions. */
const asked = {
  trust: {
    part: { Principal: "*", Action: "sts:AssumeRole" },
    compare: (before: string, after: string) => trustAnswer({ before, after }),
  },
  permissions: {
    part: { Action: "s3:GetObject", Resource: "*" },
    compare: (before: string, after: string) =>
      permissionAnswer({ before: [before], after: [after] }),
  },
} as const;

describe.each(["idp.example.com:sub", "aws:TagKeys"])("a condition on %s", (key) => {
  describe.each(["trust", "permissions"] as const)("in %s", (kind) => {
    const { part, compare } = asked[kind];
    const allow = { Effect: "Allow", ...part };

    /** Widens and narrows, each true where it is true or open. */
    function mayChange(before: string, after: string) {
      const answer = compare(before, after);
      if (answer.kind === "refused") throw new Error(answer.error.message);
      return { widens: answer.widens !== false, narrows: answer.narrows !== false };
    }

    test.each(rows)(
      "by %s with %j is never lost, where the key must be there",
      (operator, value) => {
        const Condition = { [operator]: { [key]: value }, Null: { [key]: "false" } };
        const denied = text(allow, { ...allow, Effect: "Deny", Condition });
        expect(mayChange(denied, text(allow))).toEqual({ widens: true, narrows: false });
        expect(mayChange(text(allow), denied)).toEqual({ widens: false, narrows: true });
        const limited = text({ ...allow, Condition });
        const present = text({ ...allow, Condition: { Null: { [key]: "false" } } });
        expect(mayChange(limited, present)).toEqual({ widens: true, narrows: false });
        expect(mayChange(text({ ...allow, Effect: "Deny" }), limited).widens).toBe(true);
      },
    );
  });
});
