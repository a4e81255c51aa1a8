import { describe, expect, test } from "vitest";
import { isText, listedMultiplicity, multiplicityOf, sampleOf } from "../../shared/policy/keys.ts";

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html */
describe("a request has", () => {
  test.each([
    ["several", ["aws:tagkeys", "sts:transitivetagkeys", "aws:calledvia", "aws:principalorgpaths"]],
    ["several", ["cognito-identity.amazonaws.com:amr"]],
    [
      "unclear",
      [
        "aws:principalservicenameslist",
        "aws:resourceorgpaths",
        "aws:sourceorgpaths",
        "aws:vpceorgpaths",
      ],
    ],
    ["one", ["aws:username", "sts:externalid", "oidc.circleci.com/org/x:sub", "host/x:tags"]],
  ])("%s of the keys %j", (answer, keys) => {
    for (const key of keys) expect(listedMultiplicity(key)).toBe(answer);
    ["several", ["sts:requestcontextproviders", "sts:identitytokenaudience"]],
  });

  test("of a key that no list has, what its use says", () => {
    const used = (key: string, withSetOperator: boolean, without: boolean, underNull: boolean) =>
      multiplicityOf(key, { withSetOperator, without, underNull });
    for (const key of ["host/x:groups", "host/aws:groups", "saws:groups"]) {
      expect(used(key, true, false, false)).toBe("several");
      expect(used(key, true, false, true)).toBe("unclear");
      expect(used(key, true, true, false)).toBe("one");
      expect(used(key, false, false, true)).toBe("one");
    }
    for (const key of ["aws:username", "sts:externalid", "host/x:sub"])
      expect(used(key, true, false, false)).toBe("one");
    expect(used("aws:tagkeys", false, true, false)).toBe("several");
  });
});

test.each([
  ["host/x:sub", true],
  ["host/x:subject", false],
  ["host/x:oidc.circleci.com/project-id", true],
  ["host/x:oidc.circleci.com/project-ids", false],
  ["sts:externalid", true],
  ["xsts:externalid", false],
  ["sts:externalids", false],
  ["aws:principaltag/a", true],
  ["aws:principaltag/", false],
  ["xaws:userid", false],
  ["aws:userid", true],
  ["aws:sourcevpc", true],
  ["aws:sourcevpce", true],
  ["aws:sourceip", false],
  ["aws:currenttime", false],
])("the values of %s are text: %s", (key, answer) => {
  expect(isText(key)).toBe(answer);
});

test.each([
  ["aws:epochtime", "1767225600"],
  ["aws:currenttime", "2026-01-01T00:00:00Z"],
  ["aws:sourceip", "192.0.2.1"],
  ["aws:multifactorauthage", "3600"],
  ["sts:durationseconds", "3600"],
  ["aws:securetransport", "true"],
  ["aws:multifactorauthpresent", "true"],
  ["aws:viaawsservice", "true"],
  ["aws:principalarn", "arn:aws:iam::123456789012:role/any"],
  ["aws:agent", null],
  ["aws:presenter", null],
  ["aws:secondsago", null],
  ["aws:services", null],
  ["host/x:time", null],
  ["xaws:time", null],
  ["aws:principaltag/time", null],
])("%s may hold %s", (key, value) => {
  expect(sampleOf(key)).toBe(value);
});
