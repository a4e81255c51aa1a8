import { describe, expect, it } from "vitest";
import { evaluateAccess, evaluateTrust, type Principal } from "../../../sandbox/evaluate/index.ts";

const provider = "arn:aws:iam::123456789012:oidc-provider/oidc.circleci.com/org/O";
const caller: Principal = { type: "Federated", id: provider };
const action = "sts:AssumeRoleWithWebIdentity";

function trust(statement: object, version: string | null = "2012-10-17"): object {
  const whole = {
    Effect: "Allow",
    Principal: { Federated: provider },
    Action: action,
    ...statement,
  };
  return version === null ? { Statement: whole } : { Version: version, Statement: [whole] };
}

function admits(
  policy: unknown,
  context: Readonly<Record<string, readonly string[]>> = {},
  principal: Principal = caller,
  called: string = action,
): boolean {
  const request = { principal, action: called, context: new Map(Object.entries(context)) };
  return evaluateTrust(policy, request).decision === "allow";
}

describe("a condition operator", () => {
  // operator, listed, value of the request, whether it holds
  const table: readonly (readonly [string, unknown, string, boolean])[] = [
    ["StringEquals", "a", "a", true],
    ["StringEquals", "a", "A", false],
    ["StringEquals", "a*", "ab", false],
    ["StringEquals", "a*", "a*", true],
    ["StringEquals", ["a", "b"], "b", true],
    ["StringEquals", 1, "1", true],
    ["StringNotEquals", ["a", "b"], "b", false],
    ["StringNotEquals", ["a", "b"], "c", true],
    ["StringEqualsIgnoreCase", "aB", "Ab", true],
    ["StringEqualsIgnoreCase", "aB", "Abc", false],
    ["StringNotEqualsIgnoreCase", "aB", "Ab", false],
    ["StringLike", "a*c", "abbc", true],
    ["StringLike", "a*c", "ac", true],
    ["StringLike", "a*c", "acd", false],
    ["StringLike", "org/*/user/*", "org/x/project/y/user/z", true],
    ["StringLike", "a?c", "ac", false],
    ["StringLike", "a?c", "a/c", true],
    ["StringLike", "*a*b*", "xxbxxa", false],
    ["StringLike", "*a*b*", "xxaxxb", true],
    ["StringNotLike", ["a*", "b*"], "ba", false],
    ["StringNotLike", ["a*", "b*"], "ca", true],
    ["NumericEquals", "1.50", "1.5", true],
    ["NumericEquals", "9007199254740993", "9007199254740992", false],
    ["NumericNotEquals", "1", "2", true],
    ["NumericLessThan", "10", "9", true],
    ["NumericLessThan", "10", "10", false],
    ["NumericLessThanEquals", 3600, "3600", true],
    ["NumericGreaterThan", "-1", "-0.5", true],
    ["NumericGreaterThanEquals", "5", "4.999", false],
    ["NumericEquals", "five", "five", false],
    ["DateEquals", "2026-01-01", "2026-01-01T00:00:00Z", true],
    ["DateEquals", "2026-01-01T02:00:00+02:00", "1767225600", true],
    ["DateLessThan", "2026-01-01T00:00:00Z", "2025-12-31T23:59:59Z", true],
    ["DateLessThan", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z", false],
    ["DateGreaterThanEquals", "2026-01-01", "2026-01-01", true],
    ["DateLessThan", "2026-02-30", "2020-01-01", false],
    ["Bool", "true", "true", true],
    ["Bool", true, "true", true],
    ["Bool", "true", "false", false],
    ["BinaryEquals", "QmluYXJ5", "QmluYXJ5", true],
    ["BinaryEquals", "QmluYXJ5", "QmluYXJz", false],
    ["IpAddress", "10.0.0.0/8", "10.255.1.2", true],
    ["IpAddress", "10.0.0.9/8", "10.1.1.1", true],
    ["IpAddress", "10.0.0.1", "10.0.0.1", true],
    ["IpAddress", "10.0.0.1", "10.0.0.2", false],
    ["IpAddress", "0.0.0.0/0", "2001:db8::1", false],
    ["IpAddress", "2001:db8::/32", "2001:db8:0:0:1::9", true],
    ["IpAddress", "2001:db8::/32", "2001:db9::1", false],
    ["NotIpAddress", ["10.0.0.0/8", "192.168.0.0/16"], "192.168.3.4", false],
    ["NotIpAddress", "10.0.0.0/8", "11.0.0.0", true],
    ["ArnEquals", "arn:aws:iam::*:role/a*", "arn:aws:iam::123456789012:role/ab", true],
    ["ArnLike", "arn:aws:*:role/a", "arn:aws:iam::123456789012:role/a", false],
    ["ArnLike", "arn:aws:s3:::b/*", "arn:aws:s3:::b/c:d", true],
    ["ArnLike", "arn:aws:iam::1:role/a", "arn:aws:iam::1:role/A", false],
    ["ArnNotLike", "arn:aws:iam::*:role/*", "arn:aws:iam::1:user/u", true],
  ];
  it.each(table)("%s %j with the value %s is %s", (operator, listed, value, holds) => {
    const policy = trust({ Condition: { [operator]: { "aws:key": listed } } });
    expect(admits(policy, { "aws:key": [value] })).toBe(holds);
  });

  const absent: readonly (readonly [string, boolean])[] = [
    ["StringEquals", false],
    ["StringNotEquals", true],
    ["StringNotLike", true],
    ["StringEqualsIfExists", true],
    ["StringNotEqualsIfExists", true],
    ["Bool", false],
    ["BoolIfExists", true],
    ["NotIpAddress", true],
    ["ForAllValues:StringEquals", true],
    ["ForAllValues:StringNotLike", true],
    ["ForAnyValue:StringEquals", false],
    ["ForAnyValue:StringNotEquals", false],
    ["ForAnyValue:StringEqualsIfExists", true],
  ];
  it.each(absent)("%s on a key that the request lacks is %s", (operator, holds) => {
    expect(admits(trust({ Condition: { [operator]: { "aws:key": "true" } } }))).toBe(holds);
  });

  it.each([
    ["true", undefined, true],
    ["true", "x", false],
    ["false", undefined, false],
    [false, "x", true],
    [["true", "false"], "x", true],
  ] as const)("Null %j with the key %s is %s", (listed, value, holds) => {
    const policy = trust({ Condition: { Null: { "aws:key": listed } } });
    expect(admits(policy, value === undefined ? {} : { "aws:key": [value] })).toBe(holds);
  });

  it.each([
    ["ForAllValues:StringEquals", ["a", "b"], true],
    ["ForAllValues:StringEquals", ["a", "c"], false],
    ["ForAllValues:StringNotEquals", ["c", "d"], true],
    ["ForAllValues:StringNotEquals", ["a", "d"], false],
    ["ForAnyValue:StringEquals", ["a", "c"], true],
    ["ForAnyValue:StringEquals", ["c", "d"], false],
    ["ForAnyValue:StringNotEquals", ["a", "c"], true],
    ["ForAnyValue:StringNotEquals", ["a", "b"], false],
  ] as const)("%s over %j of a and b is %s", (operator, values, holds) => {
    const policy = trust({ Condition: { [operator]: { "aws:TagKeys": ["a", "b"] } } });
    expect(admits(policy, { "aws:TagKeys": values })).toBe(holds);
  });
});

describe("a block of conditions", () => {
  it("needs all operators and all keys", () => {
    const policy = trust({
      Condition: { StringEquals: { "aws:a": "1", "aws:b": "2" }, StringLike: { "aws:a": "?" } },
    });
    expect(admits(policy, { "aws:a": ["1"], "aws:b": ["2"] })).toBe(true);
    expect(admits(policy, { "aws:a": ["1"], "aws:b": ["3"] })).toBe(false);
  });

  it("ignores the case of key names, and tests both of two spellings", () => {
    const policy = trust({ Condition: { StringLike: { "O:sub": "a*", "o:SUB": "*b" } } });
    expect(admits(policy, { "O:Sub": ["ab"] })).toBe(true);
    expect(admits(policy, { "O:Sub": ["ac"] })).toBe(false);
  });
});

describe("a variable", () => {
  const condition = (operator: string, listed: string) => ({
    Condition: { [operator]: { "aws:key": listed } },
  });

  it("is replaced by the request's value, taken literally", () => {
    const policy = trust(condition("StringLike", "${aws:username}/*"));
    expect(admits(policy, { "aws:key": ["ann/x"], "aws:username": ["ann"] })).toBe(true);
    expect(admits(policy, { "aws:key": ["bob/x"], "aws:username": ["*"] })).toBe(false);
  });

  it("without a value fails a positive operator and passes a negated one", () => {
    expect(admits(trust(condition("StringLike", "${aws:username}")), { "aws:key": ["x"] })).toBe(
      false,
    );
    expect(admits(trust(condition("StringNotLike", "${aws:username}")), { "aws:key": ["x"] })).toBe(
      true,
    );
  });

  it("without a value has its default", () => {
    const policy = trust(condition("StringEquals", "${aws:username, 'nobody'}"));
    expect(admits(policy, { "aws:key": ["nobody"] })).toBe(true);
  });

  it.each(["2008-10-17", null])(
    "is plain text in version %s, and its star is a wildcard",
    (version) => {
      const policy = trust(condition("StringLike", "${*}"), version);
      expect(admits(policy, { "aws:key": ["${anything}"] })).toBe(true);
      expect(admits(policy, { "aws:key": ["*"] })).toBe(false);
    },
  );

  it("can write a plain star in version 2012-10-17, for every operator on text", () => {
    expect(admits(trust(condition("StringLike", "${*}")), { "aws:key": ["*"] })).toBe(true);
    expect(admits(trust(condition("StringLike", "${*}")), { "aws:key": ["x"] })).toBe(false);
    expect(admits(trust(condition("StringEquals", "a${?}")), { "aws:key": ["a?"] })).toBe(true);
  });
});

describe("a principal", () => {
  const aws = (id: string): Principal => ({ type: "AWS", id });
  const role = "arn:aws:iam::123456789012:role/ci/deploy";
  const session = "arn:aws:sts::123456789012:assumed-role/deploy/job";
  const table: readonly (readonly [unknown, Principal, boolean])[] = [
    ["*", caller, true],
    ["*", { type: "Service", id: "ec2.amazonaws.com" }, true],
    [{ AWS: "*" }, caller, true],
    [{ Federated: "*" }, caller, true],
    [{ Federated: "*" }, aws(role), false],
    [{ AWS: "123456789012" }, aws(role), true],
    [{ AWS: "123456789012" }, aws(session), true],
    [{ AWS: "123456789012" }, aws("arn:aws:iam::123456789012:root"), true],
    [{ AWS: "arn:aws:iam::123456789012:root" }, aws("123456789012"), true],
    [{ AWS: "arn:aws-cn:iam::123456789012:root" }, aws("arn:aws:iam::123456789012:root"), false],
    [{ AWS: "arn:aws:iam::123456789012:root" }, caller, false],
    [{ AWS: "123456789012" }, aws("arn:aws:iam::210987654321:root"), false],
    [{ AWS: role }, aws(session), true],
    [{ AWS: role }, aws("arn:aws:sts::123456789012:assumed-role/deployer/job"), false],
    [{ AWS: session }, aws(role), false],
    [{ AWS: session }, aws(session), true],
    [{ AWS: role }, aws("arn:aws:iam::123456789012:role/CI/deploy"), false],
    [{ AWS: role }, aws("arn:aws:iam::123456789012:root"), false],
    [
      { Service: ["a.amazonaws.com", "b.amazonaws.com"] },
      { type: "Service", id: "b.amazonaws.com" },
      true,
    ],
  ];
  it.each(table)("%j covers %j: %s", (principal, asking, covered) => {
    expect(admits(trust({ Principal: principal }), {}, asking)).toBe(covered);
  });
});

describe("an action", () => {
  it.each([
    ["sts:AssumeRole*", action, true],
    ["STS:assumerolewithWEBidentity", action, true],
    ["sts:AssumeRole", action, false],
    ["sts:*", "sts:TagSession", true],
  ])("%s matches %s: %s", (listed, called, covered) => {
    expect(admits(trust({ Action: listed }), {}, caller, called)).toBe(covered);
    const inverted = { Statement: { Effect: "Allow", Principal: "*", NotAction: listed } };
    expect(admits(inverted, {}, caller, called)).toBe(!covered);
  });
});

describe("statements together", () => {
  it("deny if any Deny applies, in any order", () => {
    const allow = { Effect: "Allow", Principal: "*", Action: "*" };
    const deny = { Effect: "Deny", Principal: "*", Action: "sts:TagSession" };
    const both = { Version: "2012-10-17", Statement: [allow, deny] };
    const request = { principal: caller, action: "sts:TagSession", context: new Map() };
    expect(evaluateTrust(both, request)).toEqual({ decision: "explicit-deny", statement: 1 });
    expect(evaluateTrust(both, { ...request, action })).toEqual({
      decision: "allow",
      statement: 0,
    });
    expect(evaluateTrust({ Statement: [] }, request)).toEqual({
      decision: "implicit-deny",
      statement: null,
    });
  });

  it("exclude from a Deny only those that NotPrincipal names", () => {
    const allow = { Effect: "Allow", Principal: "*", Action: "*" };
    const deny = { Effect: "Deny", NotPrincipal: { Federated: provider }, Action: "*" };
    const policy = { Statement: [allow, deny] };
    expect(admits(policy)).toBe(true);
    expect(admits(policy, {}, { type: "Service", id: "ec2.amazonaws.com" })).toBe(false);
  });
});

describe("identity policies", () => {
  const bucket = "arn:aws:s3:::bucket/${aws:username}/*";
  const policy = {
    Version: "2012-10-17",
    Statement: { Effect: "Allow", Action: "s3:Get*", Resource: bucket },
  };
  const access = (policies: unknown[], resource: string, user = "ann") =>
    evaluateAccess(policies, {
      action: "s3:getobject",
      resource,
      context: new Map([["aws:username", [user]]]),
    }).decision;

  it("allow what one of them allows, with variables in the resource", () => {
    expect(access([policy], "arn:aws:s3:::bucket/ann/x")).toBe("allow");
    expect(access([policy], "arn:aws:s3:::bucket/bob/x")).toBe("implicit-deny");
    expect(access([], "arn:aws:s3:::bucket/ann/x")).toBe("implicit-deny");
  });

  it("deny what one of them denies", () => {
    const deny = {
      Statement: { Effect: "Deny", Action: "*", NotResource: "arn:aws:s3:::bucket/ann/*" },
    };
    const all = { Statement: { Effect: "Allow", Action: "*", Resource: "*" } };
    expect(access([all, deny], "arn:aws:s3:::bucket/ann/x")).toBe("allow");
    expect(access([all, deny], "arn:aws:s3:::bucket/bob/x")).toBe("explicit-deny");
  });
});
