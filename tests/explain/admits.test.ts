import { describe, expect, test } from "vitest";
import { admitsTrust } from "../../shared/explain/index.ts";
import {
  audienceOnly,
  jobsOfProject,
  key,
  organization,
  otherProject,
  policy,
  project,
  provider,
  statement,
  subjects,
  user,
} from "../compare/documents.ts";

const issuer = `https://oidc.circleci.com/org/${organization}`;

function token(projectId: string, audience: string | readonly string[] = organization) {
  return {
    iss: issuer,
    sub: `org/${organization}/project/${projectId}/user/${user}`,
    aud: audience,
    "oidc.circleci.com/project-id": projectId,
  };
}

describe("a token", () => {
  test("of the named project is admitted, by the statement that names it", () => {
    const text = policy(
      statement({ StringEquals: { [key("sub")]: "nobody" } }),
      statement({ StringLike: { [key("sub")]: jobsOfProject } }),
    );
    expect(admitsTrust(text, token(project))).toMatchObject({
      kind: "admitted",
      statement: "Statement[1]",
    });
  });

  test.each([
    [{ NumericNotEquals: { [key("sub")]: "5" } }],
    [{ "ForAllValues:ArnNotLikeIfExists": { [key("aud")]: "arn:aws:s3:::x" } }],
    [{ NotIpAddress: { [key("oidc.circleci.com/project-id")]: "10.0.0.0/8" } }],
    [{ DateNotEquals: { [key("sub")]: "2026-01-01" } }],
  ])("is not decided by the negation of an operator of another type: %j", (condition) => {
    expect(admitsTrust(policy(statement(condition)), token(project)).kind).toBe("undecided");
    const denied = policy(statement({}), { ...statement(condition), Effect: "Deny" });
    expect(admitsTrust(denied, token(project)).kind).toBe("undecided");
  });

  test.each([
    ["undecided", { IpAddress: { "aws:SourceIp": "192.0.2.0/24" } }],
    ["undecided", { NotIpAddress: { "aws:SourceIp": "192.0.2.0/24" } }],
    ["undecided", { StringNotEquals: { "aws:SourceVpc": "vpc-1" } }],
    ["undecided", { Null: { "aws:UserAgent": "true" } }],
    ["undecided", { StringLike: { "sts:RoleSessionName": "deploy*" } }],
    ["undecided", { StringNotLike: { [key("sub")]: "*/${sts:RoleSessionName}" } }],
    ["undecided", { StringLike: { [key("sub")]: "*/${sts:RoleSessionName, 'x'}" } }],
    ["admitted", { StringLike: { "sts:RoleSessionName": "*" } }],
    ["admitted", { Null: { "sts:RoleSessionName": "false" } }],
    ["not-admitted", { StringNotLike: { "sts:RoleSessionName": "*" } }],
    ["not-admitted", { StringEquals: { "aws:username": "a" } }],
  ])("is %s by %j, of which it says nothing", (kind, condition) => {
    const text = policy(statement(condition));
    expect(admitsTrust(text, token(project)).kind).toBe(kind);
    if (kind !== "undecided") return;
    const denied = policy(statement({}), { ...statement(condition), Effect: "Deny" });
    expect(admitsTrust(denied, token(project)).kind).toBe("undecided");
    const ofAnother = { ...condition, StringEquals: { [key("aud")]: "x" } };
    const refused = admitsTrust(policy(statement(ofAnother)), token(project));
    expect(refused).toMatchObject({
      kind: "not-admitted",
      obstacles: [{ asked: `${key("aud")} is x` }],
    });
  });

  test("is decided by an address that is given beside it", () => {
    const text = policy(statement({ IpAddress: { "aws:SourceIp": "192.0.2.0/24" } }));
    const from = (address: string) =>
      admitsTrust(text, token(project), new Map([["aws:sourceip", address]])).kind;
    expect([from("192.0.2.9"), from("198.51.100.1")]).toEqual(["admitted", "not-admitted"]);
  });

  test("of another project is refused, with the condition and the value", () => {
    const admission = admitsTrust(subjects(jobsOfProject), token(otherProject));
    expect(admission).toMatchObject({ kind: "not-admitted", statement: "Statement[0]" });
    if (admission.kind !== "not-admitted") throw new Error(admission.kind);
    expect(admission.obstacles).toMatchObject([
      {
        part: "condition",
        given: expect.stringContaining(otherProject),
        asked: expect.stringContaining(jobsOfProject),
      },
    ]);
  });

  test("with an authorised party is asked for that, as IAM does", () => {
    expect(
      admitsTrust(audienceOnly, { ...token(project, ["x", organization]), azp: organization }),
    ).toMatchObject({ kind: "admitted" });
    expect(admitsTrust(audienceOnly, { ...token(project), azp: "x" })).toMatchObject({
      kind: "not-admitted",
    });
  });

  test.each([
    [["x", organization], "undecided"],
    [[organization, "x"], "undecided"],
    [["x", "y"], "not-admitted"],
    [[organization, organization], "admitted"],
    [[organization], "admitted"],
  ] as const)("with the audiences %j is %s: no page says which of them counts", (aud, kind) => {
    expect(admitsTrust(audienceOnly, token(project, aud)).kind).toBe(kind);
    // Where no condition asks for the audience, it does not matter.
    const any = policy(statement({ StringLike: { [key("sub")]: jobsOfProject } }));
    expect(admitsTrust(any, token(project, aud)).kind).toBe("admitted");
  });

  test("of another organisation reads that the statement is for another caller", () => {
    const admission = admitsTrust(audienceOnly, {
      ...token(project),
      iss: `${issuer.slice(0, -1)}6`,
    });
    expect(admission).toMatchObject({
      kind: "not-admitted",
      obstacles: [{ part: "principal" }, { part: "condition" }],
    });
  });

  test("has the keys that STS sends with every token, and none that it does not", () => {
    const text = policy(
      statement({
        Bool: { "sts:RoleAuthorizedByIdp": "false" },
        Null: { "aws:PrincipalArn": "true" },
        ArnEquals: { "aws:FederatedProvider": provider },
      }),
    );
    expect(admitsTrust(text, token(project))).toMatchObject({ kind: "admitted" });
  });
});

describe("a request", () => {
  const request = {
    principal: { type: "Federated", id: provider },
    action: "sts:AssumeRoleWithWebIdentity",
    context: new Map(),
  } as const;

  test("that a Deny catches reads so", () => {
    const text = policy(statement({}), statement({}, { Effect: "Deny" }));
    expect(admitsTrust(text, request)).toMatchObject({
      kind: "not-admitted",
      statement: "Statement[1]",
      obstacles: [{ part: "deny" }],
    });
  });

  test("meets the nearest statement, not the first", () => {
    const text = policy(
      statement({}, { Principal: { AWS: "123456789012" } }),
      statement({ StringEquals: { [key("aud")]: "x" } }),
    );
    expect(admitsTrust(text, request)).toMatchObject({
      kind: "not-admitted",
      statement: "Statement[1]",
      obstacles: [{ part: "condition", given: "absent" }],
    });
  });

  test("against a policy without an Allow has no nearest statement", () => {
    expect(admitsTrust(policy(statement({}, { Effect: "Deny" })), request)).toMatchObject({
      kind: "not-admitted",
      statement: null,
    });
  });

  test.each([
    ["the value of a variable is admitted", "${aws:username}", "a", "admitted"],
    ["another than that is not", "${aws:username}", "b", "not-admitted"],
    ["a variable without a value is not", "${aws:userid}", "a", "not-admitted"],
    ["the default of one is admitted", "${aws:userid, 'a'}", "a", "admitted"],
    ["what a variable's name may be is undecided", "${aws:user'id}", "a", "undecided"],
  ])("that has %s", (_, value, audience, kind) => {
    const text = policy(statement({ StringLike: { [key("aud")]: value } }));
    const context = new Map([
      [key("aud"), [audience]],
      ["aws:username", ["a"]],
    ]);
    expect(admitsTrust(text, { ...request, context })).toMatchObject({ kind });
  });

  test("that hangs on a star in a variable's value is undecided under StringLike alone", () => {
    const of = (operator: string) =>
      policy(statement({ [operator]: { [key("aud")]: "${aws:username}" } }));
    const context = new Map([
      [key("aud"), ["ab"]],
      ["aws:username", ["a*"]],
    ]);
    const admits = (operator: string) => admitsTrust(of(operator), { ...request, context }).kind;
    expect([admits("StringLike"), admits("StringEquals")]).toEqual(["undecided", "not-admitted"]);
  });
});
