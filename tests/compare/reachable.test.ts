import { describe, expect, test } from "vitest";
import { compareTrust, type Surroundings, undecidedOf } from "../../shared/compare/index.ts";
import { key, policy } from "./documents.ts";

const dep = "arn:aws:iam::123456789012:role/dep";
const saml = "arn:aws:iam::123456789012:saml-provider/acme";
const github = "token.actions.githubusercontent.com";
const provider = `arn:aws:iam::123456789012:oidc-provider/${github}`;
const service = {
  Effect: "Allow",
  Principal: { Service: "ec2.amazonaws.com" },
  Action: "sts:AssumeRole",
};
const may = (principal: object, condition: object = {}, action = "sts:AssumeRole") => {
  return { Effect: "Allow", Principal: principal, Action: action, Condition: condition };
};
const account = { AWS: "123456789012" };
const named = (...names: readonly string[]) =>
  may(account, { StringEquals: { "aws:username": names } });

/** What a statement beside that of a service widens. */
function widening(statement: object, surroundings?: Surroundings, before: object = service) {
  const given = surroundings === undefined ? {} : { surroundings };
  const after = [policy(before, statement)];
  const comparison = compareTrust({ before: [policy(before)], after, ...given });
  if (comparison.kind === "refused") throw new Error(comparison.error.message);
  return comparison.widening;
}

const nowhere: Surroundings = { account: "123456789012", providers: [] };
const bySaml = may({ Federated: saml }, {}, "sts:AssumeRoleWithSAML");
const byToken = may({ Federated: provider }, {}, "sts:AssumeRoleWithWebIdentity");

describe("a caller can make the request that is shown", () => {
  test.each<readonly [string, ReturnType<typeof widening>, object]>([
    [
      "as the session of a role",
      widening(may({ AWS: dep })),
      { principal: { id: "arn:aws:sts::123456789012:assumed-role/dep/any-session" }, context: {} },
    ],
    [
      "as the user whose name is asked for",
      widening(named("bob"), undefined, named("ann")),
      { principal: { id: "arn:aws:iam::123456789012:user/bob" } },
    ],
    [
      "as some role of an account that is asked for",
      widening(may(account, { StringEquals: { "aws:PrincipalAccount": "123456789012" } })),
      { context: { "aws:PrincipalAccount": ["123456789012"] } },
    ],
    ["by an assertion", widening(bySaml), { principal: { id: saml }, context: {} }],
    [
      "by a token, which has an audience and a subject",
      widening(byToken),
      { context: { [`${github}:aud`]: ["any-audience"], [`${github}:sub`]: ["any-subject"] } },
    ],
  ])("%s", (_, found, shown) => {
    expect(found).toMatchObject({
      kind: "proved",
      possible: true,
      witness: { ...shown, reachable: true },
    });
  });
});

describe("nobody is known to make the request that is shown", () => {
  test.each([
    [
      "as a role with a token's key",
      widening(may({ AWS: dep }, { StringLike: { [key("aud")]: "*" } })),
    ],
    ["by an assertion of a provider that is not there", widening(bySaml, nowhere)],
    ["by a token of a provider that is not there", widening(byToken, nowhere)],
  ])("%s", (_, found) => {
    expect(found).toMatchObject({ kind: "proved", possible: null, witness: { reachable: false } });
  });
});

test("who gets in by NotPrincipal in an Allow is not decided, with the place", () => {
  const found = widening({ Effect: "Allow", NotPrincipal: { AWS: dep }, Action: "sts:AssumeRole" });
  expect(found).toMatchObject({ kind: "open", possible: null });
  expect(undecidedOf(found)).toMatchObject([
    { code: "unclear-principal", where: "after.Statement[1].NotPrincipal" },
  ]);
});

describe("who makes a request is found among more callers than are tried who make none", () => {
  const home = "arn:aws:iam::123456789012";
  const bob = { AWS: "arn:aws:iam::210987654321:user/bob" };

  test("as their only way in takes a key of a job's token", () => {
    const roles = { AWS: [`${home}:role/a`, `${home}:role/b`] };
    const asJob = may(roles, { StringLike: { [key("sub")]: "*" } });
    const before = [policy({ Effect: "Deny", Principal: bob, Action: "sts:TagSession" })];
    expect(compareTrust({ before, after: [policy(asJob, may(bob))] })).toMatchObject({
      widening: { possible: true, witness: { principal: { id: bob.AWS }, reachable: true } },
    });
  });

  test("as nobody who assumes roles has such a name", () => {
    const gone = [`AIDA${"X".repeat(17)}`, "arn:aws:sts::123456789012:federated-user/bob"];
    const inPath = may(
      { AWS: [`${home}:role/path/deploy`, ...gone, bob.AWS] },
      { ArnEquals: { "aws:PrincipalArn": "arn:aws:iam::*:role/deploy" } },
    );
    const before = [policy({ ...inPath, Action: ["sts:AssumeRole", "sts:TagSession"] })];
    const after = [policy(may({ AWS: `${home}:role/deploy` }))];
    expect(compareTrust({ before, after })).toMatchObject({
      narrowing: { possible: true, witness: { action: "sts:TagSession", reachable: true } },
    });
  });
});
