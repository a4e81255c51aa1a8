import { describe, expect, test } from "vitest";
import { evaluateAccess } from "../../sandbox/evaluate/index.ts";
import { comparePermissions, type PermissionWitness } from "../../shared/compare/index.ts";
import { permissionAnswer } from "./answers.ts";

const repository = "arn:aws:ecr:us-east-1:123456789012:repository/demo";
const push = {
  Effect: "Allow",
  Action: ["ecr:PutImage", "ecr:BatchGetImage"],
  Resource: repository,
};

function policy(...statements: readonly object[]): string {
  return JSON.stringify({ Version: "2012-10-17", Statement: statements });
}

function compare(before: readonly string[], after: readonly string[]) {
  const comparison = permissionAnswer({ before, after });
  if (comparison.kind === "refused") throw new Error(comparison.error.message);
  return comparison;
}

function isAllowed(documents: readonly string[], witness: PermissionWitness): boolean {
  const context = new Map(Object.entries(witness.context));
  const policies = documents.map((text): unknown => JSON.parse(text));
  return evaluateAccess(policies, { ...witness, context }).decision === "allow";
}

describe("permissions", () => {
  test.each([
    ["a wildcard resource", [policy(push)], [policy({ ...push, Resource: "*" })], "widened"],
    [
      "an attached administrator's policy",
      [policy(push)],
      [policy(push), policy({ Effect: "Allow", Action: "*", Resource: "*" })],
      "widened",
    ],
    ["a wildcard action", [policy(push)], [policy({ ...push, Action: "ecr:*" })], "widened"],
    ["a policy less", [policy(push)], [], "narrowed"],
    [
      "an action in other letters",
      [policy(push)],
      [policy({ ...push, Action: ["ECR:putimage", "ecr:BatchGetImage"] })],
      "equivalent",
    ],
    [
      "a statement split in two",
      [policy(push)],
      [
        policy({ ...push, Action: "ecr:PutImage" }),
        policy({ ...push, Action: "ecr:BatchGetImage" }),
      ],
      "equivalent",
    ],
    [
      "a Deny that covers all that is new",
      [policy(push)],
      [
        policy(
          push,
          { ...push, Resource: "*" },
          { Effect: "Deny", Action: "*", NotResource: repository },
        ),
      ],
      "equivalent",
    ],
    [
      "a repository that is another",
      [policy(push)],
      [policy({ ...push, Resource: `${repository}2` })],
      "changed",
    ],
    [
      "NotAction spelt out",
      [policy({ Effect: "Allow", NotAction: "iam:*", Resource: "*" })],
      [
        policy(
          { Effect: "Allow", Action: "*", Resource: "*" },
          { Effect: "Deny", Action: "iam:*", Resource: "*" },
        ),
      ],
      "equivalent",
    ],
    [
      "an action whose name has a dash",
      [policy(push)],
      [policy(push, { ...push, Action: "vpc-lattice:AssociateViaAWSService-EventsAndStates" })],
      "widened",
    ],
    [
      "all actions whose names have an underscore",
      [policy(push)],
      [policy(push, { ...push, Action: "ecr:*_*" })],
      "widened",
    ],
    [
      "a condition less",
      [policy({ ...push, Condition: { Bool: { "aws:SecureTransport": "true" } } })],
      [policy(push)],
      "widened",
    ],
  ])("with %s are judged", (_, before, after, verdict) => {
    const comparison = compare(before, after);
    expect(comparison.verdict).toBe(verdict);
    for (const [witness, allowing, refusing] of [
      [comparison.admitted, after, before],
      [comparison.dropped, before, after],
    ] as const) {
      if (witness === null) continue;
      expect(isAllowed(allowing, witness)).toBe(true);
      expect(isAllowed(refusing, witness)).toBe(false);
    }
  });

  test("show a call that a reader knows", () => {
    const { admitted } = compare([policy(push)], [policy({ ...push, Resource: "*" })]);
    expect(admitted).toEqual({
      action: "ecr:PutImage",
      resource: "arn:aws:ecr:us-east-1:123456789012:repository/any-repository",
      context: {},
    });
  });

  test("with a variable in a resource widen by a call with a value for it", () => {
    const before = [policy(push)];
    const after = [policy(push, { ...push, Resource: "arn:aws:s3:::${aws:username}/*" })];
    const { verdict, admitted } = compare(before, after);
    expect(verdict).toBe("widened");
    expect(admitted?.context["aws:username"]).toHaveLength(1);
    if (admitted === null) throw new Error("nothing is admitted");
    expect([isAllowed(before, admitted), isAllowed(after, admitted)]).toEqual([false, true]);
  });

  test.each<readonly [string, object]>([
    ["a Kelvin sign in a key", { Condition: { Null: { "aws:To\u212aenIssueTime": "true" } } }],
    ["one in a variable", { Resource: "arn:aws:s3:::${aws:To\u212aenIssueTime}" }],
    ["one in an action", { Action: "ec2:Describe\u212aeyPairs" }],
    ["a letter of Latin-1 in an action", { Action: "s3:\u00c4" }],
  ])("that have %s are undecided: which letter IAM takes it for is not documented", (_, odd) => {
    const asEscape = (sign: string) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`;
    const escaped = (text: string) => text.replace(/[^\0-\x7f]/g, asEscape);
    const [before, after] = [policy({ ...push, ...odd }), policy(push, { ...push, ...odd })];
    const plain = escaped(before).replaceAll("\\u212a", "k").replaceAll("\\u00c4", "e");
    for (const text of [before, after].map(escaped)) {
      const { widening, narrowing } = comparePermissions({ before: [plain], after: [text] });
      expect([widening.kind, narrowing.kind]).toContain("open");
    }
  });

  test.each(["\ue000", "\ue001", "\uf8f1", "a"])(
    "take a variable twice for no other text that ends in it, %j before it included",
    (character) => {
      const Condition = { StringLike: { "aws:username": "y*" } };
      const allow = { ...push, Condition };
      const twice = policy({ ...allow, Resource: "arn:aws:s3:::${aws:username}-${aws:username}" });
      const once = policy({ ...allow, Resource: `arn:aws:s3:::${character}-\${aws:username}` });
      // IAM takes such a character as an escape alone.
      const escaped = once.replace(
        /[^\0-\xff]/g,
        (sign) => `\\u${sign.charCodeAt(0).toString(16)}`,
      );
      expect(compare([twice], [escaped]).verdict).toBe("changed");
    },
  );

  test.each([
    ["b/${aws:username}/?", ["b/${aws:username}/a", "b/${aws:username}/b"], "disproved"],
    ["${aws:username}?*", ["${aws:username}/x/*"], "disproved"],
    ["?${aws:username}", ["${aws:username}${aws:username}"], "proved"],
    ["b/${aws:username}/?", ["b/${aws:username}/${aws:userid}"], "open"],
  ] as const)(
    "by a variable and a sign, %s is as wide as it is: %j %s",
    (wide, narrow, widening) => {
      const resources = (Resource: unknown): string =>
        policy({ Effect: "Allow", Action: "s3:GetObject", Resource });
      const found = comparePermissions({ before: [resources(wide)], after: [resources(narrow)] });
      expect(found.widening.kind).toBe(widening);
    },
  );

  test("with a variable that several values of a key may stand for find the one that is let through", () => {
    const call = { Action: "s3:GetObject", Resource: "*" };
    const tags = "aws:TagKeys";
    const values = ["a", "x${aws:username}"];
    const before = policy(
      {
        Effect: "Allow",
        ...call,
        Condition: {
          "ForAllValues:StringNotLikeIfExists": { [tags]: "${aws:username}" },
          Null: { [tags]: "false" },
        },
      },
      { Effect: "Deny", ...call, Condition: { Null: { [tags]: "true" } } },
    );
    const after = policy(
      { Effect: "Allow", ...call, Condition: { "ForAnyValue:StringEquals": { [tags]: "a" } } },
      {
        Effect: "Deny",
        ...call,
        Condition: {
          "ForAnyValue:StringNotLike": { [tags]: values },
          "ForAnyValue:StringEquals": { [tags]: values },
        },
      },
    );
    const { widening } = comparePermissions({ before: [before], after: [after] });
    expect(widening.kind).toBe("proved");
  });

  test("with a variable of several values in a resource are undecided, with the place", () => {
    const { widens, undecided } = compare(
      [policy(push)],
      [policy(push, { ...push, Resource: "arn:aws:s3:::${aws:TagKeys}/*" })],
    );
    expect(widens).toBeNull();
    expect(undecided).toMatchObject([
      { code: "variable", where: "after[0].Statement[1].Resource" },
    ]);
  });

  test.each([
    ["ForAnyValue:StringLikeIfExists", "${aws:username}"],
    ["ForAllValues:StringNotLike", "${aws:username}"],
    ["ForAnyValue:ArnLikeIfExists", "user/*"],
    ["ForAnyValue:NumericLessThanIfExists", "abc"],
  ])("do not lose a Deny by %s unseen", (operator, value) => {
    const deny = {
      Effect: "Deny",
      Action: "*",
      Resource: "*",
      Condition: { [operator]: { "aws:x": value }, Null: { "aws:x": "false" } },
    };
    expect(compare([policy(push, deny)], [policy(push)]).widens).not.toBe(false);
    expect(compare([policy(push)], [policy(push, deny)]).narrows).not.toBe(false);
  });

  test("of a policy that IAM would refuse are refused with the place", () => {
    expect(
      permissionAnswer({
        before: [policy(push)],
        after: [policy(push), policy({ ...push, Principal: "*" })],
      }),
    ).toMatchObject({
      kind: "refused",
      side: "after",
      error: { where: "after[1].Statement[0].Principal" },
    });
  });

  test("are the role's own calls: a widening is possible, or may be", () => {
    const star = policy({ ...push, Resource: "*" });
    const unclear = policy({ ...push, Resource: "arn:aws:s3:::${aws:TagKeys}/*" });
    const widening = (before: readonly string[], after: readonly string[]) => {
      const comparison = comparePermissions({ before, after });
      expect(comparison.kind).toBe("compared");
      return comparison.kind === "compared" ? comparison.widening : null;
    };
    expect(widening([star], [star])).toEqual({ kind: "disproved" });
    expect(widening([policy(push)], [star])).toMatchObject({ kind: "proved", possible: true });
    expect(widening([policy(push)], [unclear])).toMatchObject({ kind: "open", possible: null });
  });

  test("in one text are not those of two", () => {
    const [one, other] = [policy(push), policy({ ...push, Resource: "*" })];
    const joined = permissionAnswer({ before: [one, other], after: [`${one}${other}`] });
    expect(joined).toMatchObject({ kind: "refused", side: "after" });
  });
});
