import { describe, expect, it } from "vitest";
import {
  countedCharacters,
  problemOfPermissionPolicy,
  problemOfTrustPolicy,
} from "../../../sandbox/evaluate/index.ts";

const provider = "arn:aws:iam::123456789012:oidc-provider/oidc.circleci.com/org/O";
const statement = {
  Effect: "Allow",
  Principal: { Federated: provider },
  Action: "sts:AssumeRoleWithWebIdentity",
};
const without = (name: string, object: object) =>
  Object.fromEntries(Object.entries(object).filter(([key]) => key !== name));
const trust = (change: object) =>
  JSON.stringify({ Version: "2012-10-17", Statement: { ...statement, ...change } });

describe("a trust policy is accepted", () => {
  it.each([
    trust({}),
    trust({ Sid: "One2" }),
    trust({ Sid: "" }),
    trust({ Principal: "*" }),
    trust({ Principal: { AWS: ["123456789012", "arn:aws:iam::123456789012:role/a/b"] } }),
    trust({ Principal: { AWS: "AROAABCDEFGHIJKLMNOPQ" } }),
    trust({ Principal: { Federated: "accounts.google.com" } }),
    trust({ Principal: { Service: ["ec2.amazonaws.com", "ecs-tasks.amazonaws.com"] } }),
    trust({ Action: ["sts:AssumeRole", "STS:TagSession", "sts:SetSourceIdentity"] }),
    trust({ Action: "sts:Assume*" }),
    trust({ Condition: { "ForAnyValue:StringLikeIfExists": { "a:b": ["x", 1, true] } } }),
    trust({ Condition: {} }),
    JSON.stringify({ Statement: [statement] }),
    ` \n${trust({})}\n`,
  ])("%s", (text) => {
    expect(problemOfTrustPolicy(text)).toBeNull();
  });
});

describe("a trust policy is refused", () => {
  const table: readonly (readonly [string, string])[] = [
    ["", "1 validation error detected"],
    ["{", "This policy contains invalid Json"],
    [`\uFEFF${trust({})}`, "printable ASCII"],
    [trust({ Sid: "é€" }), "printable ASCII"],
    ["[]", "Syntax errors in policy."],
    [trust({}).replace('"Effect"', '"Effect":"Deny","Effect"'), "Syntax errors in policy."],
    [trust({}).replace('"Effect"', '"\\u0045ffect":"Deny","Effect"'), "Syntax errors in policy."],
    [`{"Version":"2012-10-17","Statement":[],"Extra":1}`, "Syntax errors in policy."],
    [`{"Version":"2012-10-17","Statement":[]}`, "at least one statement"],
    [`{"Version":"2012-10-17"}`, "Missing required field Statement"],
    [JSON.stringify({ Version: "2020-01-01", Statement: statement }), "Syntax errors in policy."],
    [trust({ Extra: 1 }), "Syntax errors in policy."],
    [trust({ Resource: "*" }), "Has prohibited field Resource"],
    [trust({ NotResource: "*" }), "Has prohibited field NotResource"],
    [JSON.stringify({ Statement: without("Principal", statement) }), "field Principal"],
    [
      JSON.stringify({ Statement: { ...without("Principal", statement), NotPrincipal: "*" } }),
      "Has prohibited field NotPrincipal",
    ],
    [trust({ Principal: "someone" }), "Invalid principal"],
    [trust({ Principal: {} }), "Syntax errors in policy."],
    [trust({ Principal: { AWS: [] } }), "Syntax errors in policy."],
    [trust({ Principal: { Robot: "x" } }), "Syntax errors in policy."],
    [
      trust({ Principal: { AWS: "arn:aws:iam::123456789012:role/*" } }),
      'Invalid principal in policy: "AWS":"arn:aws:iam::123456789012:role/*"',
    ],
    [
      trust({ Principal: { Federated: `${provider}*` } }),
      "Federated principals must be valid domain names or SAML metadata ARNs",
    ],
    [trust({ Principal: { Service: "*" } }), 'Invalid principal in policy: "SERVICE":"*"'],
    [trust({ Effect: "Maybe" }), "effect"],
    [JSON.stringify({ Statement: without("Effect", statement) }), "Effect"],
    [JSON.stringify({ Statement: without("Action", statement) }), "must contain actions"],
    [trust({ NotAction: "sts:TagSession" }), "Syntax errors in policy."],
    [trust({ Action: "AssumeRole" }), "prefaced by a vendor"],
    [trust({ Action: "s3:GetObject" }), "may only specify STS AssumeRole actions"],
    [
      trust({ Condition: { StringEqualz: { "a:b": "x" } } }),
      "Invalid Condition type : StringEqualz",
    ],
    [trust({ Condition: { NullIfExists: { "a:b": "true" } } }), "Invalid Condition type"],
    [trust({ Condition: { StringEquals: { sub: "x" } } }), "prefaced by a vendor"],
    [trust({ Condition: { StringEquals: { "a:b": { c: "d" } } } }), "Syntax errors in policy."],
    [trust({ Condition: { StringEquals: { "a:b": null } } }), "Syntax errors in policy."],
    [trust({ Sid: "with space" }), "alpha-numeric"],
    [
      JSON.stringify({
        Statement: [
          { ...statement, Sid: "A" },
          { ...statement, Sid: "A" },
        ],
      }),
      "must be unique",
    ],
  ];
  it.each(table)("%s", (text, message) => {
    expect(problemOfTrustPolicy(text)?.message).toContain(message);
  });

  it("with one code for the grammar and another for a parameter", () => {
    expect(problemOfTrustPolicy("{")?.code).toBe("MalformedPolicyDocument");
    expect(problemOfTrustPolicy("")?.code).toBe("ValidationError");
  });

  it("but not for names that repeat in different objects or inside a text", () => {
    const twice = { Version: "2012-10-17", Statement: [statement, statement] };
    expect(problemOfTrustPolicy(JSON.stringify(twice))).toBeNull();
    const quoted = { StringEquals: { "a:b": 'x", "Effect":"Deny","Effect' } };
    expect(problemOfTrustPolicy(trust({ Condition: quoted }))).toBeNull();
  });
});

describe("a permission policy", () => {
  const grant = { Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::b/*" };
  const policy = (change: object) =>
    JSON.stringify({ Version: "2012-10-17", Statement: [{ ...grant, ...change }] });

  it.each([
    policy({}),
    policy({ Resource: "*" }),
    policy({ Resource: ["arn:aws:s3:::a", "arn:*:ecr:*:123456789012:*"] }),
  ])("is accepted: %s", (text) => {
    expect(problemOfPermissionPolicy(text)).toBeNull();
  });

  it.each([
    [policy({ Principal: "*" }), "should not specify a principal"],
    [JSON.stringify({ Statement: without("Resource", grant) }), "must contain resources"],
    [policy({ Resource: "bucket" }), 'must be in ARN format or "*"'],
    [policy({ Resource: "arn:aws:s*:::b" }), "cannot contain regexes"],
    [policy({ Action: [] }), "must contain actions"],
    [policy({ Condition: [] }), "Syntax errors in policy."],
  ])("is refused: %s", (text, message) => {
    expect(problemOfPermissionPolicy(text)?.message).toContain(message);
  });

  it("is counted without white space", () => {
    expect(countedCharacters('{ "a" :\n\t1 }')).toBe(7);
  });
});
