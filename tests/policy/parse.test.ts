import { describe, expect, test } from "vitest";
import { readJson } from "../../shared/policy/json.ts";
import { parsePermissionPolicy, parseTrustPolicy } from "../../shared/policy/parse.ts";

const version = "2012-10-17";

function statement(more: object): string {
  return JSON.stringify({
    Version: version,
    Statement: [{ Effect: "Allow", Principal: "*", Action: "sts:AssumeRole", ...more }],
  });
}

function condition(operator: string, key: string, value: unknown): string {
  return statement({ Condition: { [operator]: { [key]: value } } });
}

function refusal(text: string) {
  const parsed = parseTrustPolicy(text);
  return parsed.kind === "refused"
    ? { code: parsed.problem.code, where: parsed.problem.where }
    : null;
}

describe("JSON", () => {
  test("keeps every member, the spelling of numbers and the place of values", () => {
    const text = ' {"a": 1.50, "b": [true, null, "x\\u00e9\\n"]} ';
    const read = readJson(text);
    if (read.kind !== "read" || read.value.kind !== "object") throw new Error("not read");
    const [first, second] = read.value.members;
    expect(first?.value).toMatchObject({ kind: "number", text: "1.50" });
    expect(second?.value).toMatchObject({
      kind: "array",
      elements: [{ value: true }, { kind: "null" }, { text: "xé\n" }],
    });
    expect(text.slice(second?.value.start, second?.value.end)).toBe('[true, null, "x\\u00e9\\n"]');
  });

  test.each([
    ["a comma too many", '{"a":1,}'],
    ["a trailing value", '{"a":1} 2'],
    ["a single quote", "{'a':1}"],
    ["a line break in a string", '{"a":"\n"}'],
    ["an unknown escape", '{"a":"\\x41"}'],
    ["a number with a leading zero", '{"a":01}'],
    ["a number without digits after its point", '{"a":1.}'],
    ["a comment", '{"a":1} // no'],
    ["nothing", "  "],
    ["an open string", '{"a":"'],
    ["more brackets than a stack holds", "[".repeat(100_000)],
  ])("with %s is refused", (_, text) => {
    expect(readJson(text).kind).toBe("refused");
  });

  test("reads each escape as JavaScript does", () => {
    const text = '"\\\\ \\/ \\" \\b \\f \\n \\r \\t \\u00e9 \\uD83D\\uDE00"';
    expect(readJson(text)).toMatchObject({ value: { kind: "string", text: JSON.parse(text) } });
  });

  test("says where it stopped", () => {
    const read = readJson('{"Statement":\n [{"Effect": Allow}]}');
    expect(read).toMatchObject({
      problem: {
        where: "Statement[0].Effect",
        message: expect.stringContaining("line 2, column 14"),
      },
    });
  });
});

test("nothing, as a pipe whose first program failed leaves it, is called empty", () => {
  for (const text of ["", " \n"]) {
    expect(parseTrustPolicy(text)).toMatchObject({
      problem: { code: "not-json", message: expect.stringMatching(/^The text is empty\./) },
    });
  }
});

describe("a document that IAM would refuse", () => {
  test.each([
    ["no JSON", "{", "not-json", ""],
    ["a byte order mark", `\ufeff${statement({})}`, "byte-order-mark", ""],
    ["a list", "[]", "not-a-policy", ""],
    [
      "a member given twice",
      `{"Version":"${version}","Version":"${version}"}`,
      "duplicate-member",
      "Version",
    ],
    ["a character beyond Latin-1", statement({ Sid: "日" }), "forbidden-character", ""],
    ["an unknown element", `{"Foo":1}`, "unknown-element", "Foo"],
    ["an element in another case", `{"version":"${version}"}`, "unknown-element", "version"],
    ["an unknown version", '{"Version":"2020-01-01"}', "unknown-version", "Version"],
    ["no statement", `{"Version":"${version}"}`, "missing-statement", ""],
    ["an empty list of statements", '{"Statement":[]}', "missing-statement", "Statement"],
    ["Resource", statement({ Resource: "*" }), "prohibited-field", "Statement[0].Resource"],
    [
      "an unknown element of a statement",
      statement({ Foo: 1 }),
      "unknown-element",
      "Statement[0].Foo",
    ],
    ["no effect", statement({ Effect: undefined }), "malformed-effect", "Statement[0]"],
    ["no principal", statement({ Principal: undefined }), "missing-principal", "Statement[0]"],
    [
      "an empty principal",
      statement({ Principal: {} }),
      "missing-principal",
      "Statement[0].Principal",
    ],
    [
      "Principal beside NotPrincipal",
      statement({ NotPrincipal: "*" }),
      "malformed-statement",
      "Statement[0]",
    ],
    [
      "a wildcard inside a principal",
      statement({ Principal: { AWS: "arn:aws:iam::*:root" } }),
      "wildcard-in-principal",
      "Statement[0].Principal.AWS",
    ],
    [
      "every service",
      statement({ Principal: { Service: "*" } }),
      "wildcard-in-principal",
      "Statement[0].Principal.Service",
    ],
    [
      "a principal of no form",
      statement({ Principal: { AWS: ["*", "me"] } }),
      "invalid-principal",
      "Statement[0].Principal.AWS[1]",
    ],
    [
      "an unknown type of principal",
      statement({ Principal: { Foo: "x" } }),
      "invalid-principal",
      "Statement[0].Principal.Foo",
    ],
    [
      "a service's name under AWS",
      statement({ Principal: { AWS: "ec2.amazonaws.com" } }),
      "invalid-principal",
      "Statement[0].Principal.AWS",
    ],
    [
      "a service's name under CanonicalUser",
      statement({ Principal: { CanonicalUser: "ec2.amazonaws.com" } }),
      "invalid-principal",
      "Statement[0].Principal.CanonicalUser",
    ],
    ["an Id that is a number", '{"Id":1}', "malformed-id", "Id"],
    ["no action", statement({ Action: [] }), "missing-action", "Statement[0].Action"],
    [
      "Action beside NotAction",
      statement({ NotAction: "sts:*" }),
      "malformed-statement",
      "Statement[0]",
    ],
    [
      "an action without a service",
      statement({ Action: "AssumeRole" }),
      "malformed-action",
      "Statement[0].Action",
    ],
    ["a Sid with a dash", statement({ Sid: "a-b" }), "malformed-sid", "Statement[0].Sid"],
    [
      "a condition that is a list",
      statement({ Condition: [] }),
      "malformed-condition",
      "Statement[0].Condition",
    ],
    [
      "an unknown operator",
      condition("StringMatches", "aws:x", "a"),
      "unknown-operator",
      "Statement[0].Condition.StringMatches",
    ],
    [
      "NullIfExists",
      condition("NullIfExists", "aws:x", "true"),
      "unknown-operator",
      "Statement[0].Condition.NullIfExists",
    ],
    [
      "a value that is an object",
      condition("StringEquals", "aws:x", {}),
      "malformed-condition",
      'Statement[0].Condition.StringEquals["aws:x"]',
    ],
    [
      "a value that is null",
      condition("StringEquals", "aws:x", ["a", null]),
      "malformed-condition",
      'Statement[0].Condition.StringEquals["aws:x"][1]',
    ],
  ])("because of %s is refused with the place", (_, text, code, where) => {
    expect(refusal(text)).toEqual({ code, where });
  });

  test.each(["x", ["aws:x"], null, 5])("because of %j under an operator is refused", (block) => {
    expect(refusal(statement({ Condition: { StringEquals: block } }))).toEqual({
      code: "malformed-condition",
      where: "Statement[0].Condition.StringEquals",
    });
  });

  test.each(["", "x", ":x", " :x", "aws:", "aws"])("because of a key %j is refused", (key) => {
    expect(refusal(condition("StringEquals", key, "a"))?.code).toBe("malformed-condition");
  });

  test.each(["a:x", "a b:x", "aws:PrincipalTag/a:b"])("is not refused for a key %j", (key) => {
    expect(refusal(condition("StringEquals", key, "a"))).toBeNull();
  });

  test("because of two equal Sids is refused", () => {
    const one = { Sid: "a", Effect: "Allow", Principal: "*", Action: "sts:AssumeRole" };
    const text = JSON.stringify({ Version: version, Statement: [one, one] });
    expect(refusal(text)).toEqual({ code: "duplicate-sid", where: "Statement[1].Sid" });
  });

  test("is refused with places under the given root", () => {
    const parsed = parseTrustPolicy(statement({ Resource: "*" }), "before");
    expect(parsed).toMatchObject({ problem: { where: "before.Statement[0].Resource" } });
  });
});

describe("a document that IAM takes", () => {
  test.each([
    [
      "with a single statement",
      `{"Statement":{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}}`,
    ],
    ["with an Id", `{"Id":"x","Statement":{"Effect":"Deny","Principal":"*","Action":"*"}}`],
    [
      "with prototype names as keys",
      condition("StringEquals", "constructor:__proto__", "constructor"),
    ],
    ["with numbers and booleans as values", condition("StringEquals", "aws:x", [1, true])],
    ["with an empty Condition", statement({ Condition: {} })],
    ["with an id of a deleted role", statement({ Principal: { AWS: "AROAEXAMPLEEXAMPLE123" } })],
    ["with every identity provider", statement({ Principal: { Federated: "*" } })],
    [
      "with a character beyond Latin-1 as an escape",
      condition("StringEquals", "aws:x", "Z").replace('"Z"', '"\\u65e5"'),
    ],
  ])("%s is read", (_, text) => {
    expect(refusal(text)).toBeNull();
  });

  test("has its accounts in one form", () => {
    const principalOf = (id: string) => {
      const parsed = parseTrustPolicy(statement({ Principal: { AWS: id } }));
      return parsed.kind === "parsed"
        ? parsed.policy.statements[0]?.principals.principals[0]
        : null;
    };
    expect(principalOf("123456789012")).toMatchObject({ kind: "account", account: "123456789012" });
    expect(principalOf("arn:aws:iam::123456789012:root")).toMatchObject({
      kind: "account",
      account: "123456789012",
    });
    expect(principalOf("arn:aws:iam::123456789012:role/x")).toMatchObject({ kind: "exact" });
  });

  test.each([
    ["a variable", condition("StringLike", "aws:x", "a${aws:username}"), "variable"],
    ["a date of a year alone", condition("DateLessThan", "aws:x", "2026"), "unclear-value"],
    ["an ARN of five fields", condition("ArnLike", "aws:x", "arn:aws:iam::1"), "unclear-value"],
    [
      "a range with too long a prefix",
      condition("IpAddress", "aws:x", "10.0.0.0/33"),
      "unclear-value",
    ],
  ])("but leaves %s open is read with a doubt", (_, text, code) => {
    const parsed = parseTrustPolicy(text);
    if (parsed.kind === "refused") throw new Error(parsed.problem.message);
    expect(parsed.policy.statements[0]?.conditions[0]?.unclear[0]?.problem.code).toBe(code);
  });

  test("has live variables and escapes in 2012-10-17 only", () => {
    const values = (policyVersion: string | undefined) => {
      const text = JSON.stringify({
        Version: policyVersion,
        Statement: {
          Effect: "Allow",
          Principal: "*",
          Action: "sts:AssumeRole",
          Condition: { StringEquals: { "aws:x": ["${*}", "${aws:username}"] } },
        },
      });
      const parsed = parseTrustPolicy(text);
      const test =
        parsed.kind === "parsed" ? parsed.policy.statements[0]?.conditions[0]?.test : null;
      return test?.kind === "string" ? test.patterns.map((pattern) => pattern.literal) : null;
    };
    expect(values("2012-10-17")).toEqual(["*"]);
    expect(values("2008-10-17")).toEqual(["${*}", "${aws:username}"]);
    expect(values(undefined)).toEqual(["${*}", "${aws:username}"]);
  });
});

describe("a permission policy", () => {
  const permission = (more: object) =>
    JSON.stringify({
      Version: version,
      Statement: { Effect: "Allow", Action: "s3:*", Resource: "*", ...more },
    });

  test("needs a resource and has no principal", () => {
    expect(parsePermissionPolicy(permission({})).kind).toBe("parsed");
    expect(parsePermissionPolicy(permission({ Resource: undefined }))).toMatchObject({
      problem: { code: "missing-resource" },
    });
    expect(parsePermissionPolicy(permission({ Principal: "*" }))).toMatchObject({
      problem: { code: "prohibited-field" },
    });
    expect(parsePermissionPolicy(permission({ NotResource: "*" }))).toMatchObject({
      problem: { code: "malformed-statement" },
    });
  });
});
