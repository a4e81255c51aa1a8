import { describe, expect, test } from "vitest";
import { evaluateTrust } from "../../sandbox/evaluate/index.ts";
import { comparePermissions, compareTrust, mayWiden } from "../../shared/compare/index.ts";
import { key, organization, statement } from "./documents.ts";

/**
 * An operator can ask for a type that no value of the key has. It then fits nobody, and hides nobody
 * else: neither as a Deny, nor beside an Allow.
 */

const project = "eeeeeeee-eeee-4eee-8eee-eeeeeeeeeeee";
const jobs = (id: string) => `org/${organization}/project/${id}/user/*`;
const subject = `org/${organization}/project/${project}/user/c2e94f1d-06a7-4b58-9f3e-71d8ab45c690`;

const provider = `arn:aws:iam::123456789012:oidc-provider/oidc.circleci.com/org/${organization}`;
const request = {
  principal: { type: "Federated", id: provider },
  action: "sts:AssumeRoleWithWebIdentity",
  context: new Map([
    [key("aud"), [organization]],
    [key("sub"), [subject]],
    ["sts:RoleSessionName", ["job"]],
    ["aws:UserAgent", ["me"]],
    ["aws:SourceIp", ["198.51.100.7"]],
    ["aws:CurrentTime", ["2026-11-27T12:00:00Z"]],
    ["aws:SecureTransport", ["true"]],
    ["aws:ResourceTag/team", ["blue"]],
    ["sts:RoleAuthorizedByIdp", ["false"]],
  ]),
};

const text = (...statements: readonly object[]) =>
  JSON.stringify({ Version: "2012-10-17", Statement: statements });
const audience = { StringEquals: { [key("aud")]: organization } };
const known = jobs("aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee");
const before = statement({ ...audience, StringLike: { [key("sub")]: known } });
const evil = {
  ...audience,
  StringLike: {
    [key("sub")]: jobs(project),
    "sts:RoleSessionName": "job",
    "aws:UserAgent": "me",
  },
};

const typed = [
  ["ArnLike", "ArnNotLike", "arn:aws:s3:::x"],
  ["ArnEquals", "ArnNotEquals", "arn:*:*:*:*:*"],
  ["Bool", null, ["true", "false"]],
  ["NumericEquals", "NumericNotEquals", "5"],
  ["NumericLessThan", null, "5"],
  ["DateLessThan", "DateNotEquals", "2026-01-01T00:00:00Z"],
  ["IpAddress", "NotIpAddress", ["0.0.0.0/0", "::/0"]],
] as const;
const keys = [
  key("sub"),
  key("aud"),
  "sts:RoleSessionName",
  "aws:UserAgent",
  "aws:SourceIp",
  "aws:CurrentTime",
  "aws:SecureTransport",
  "aws:ResourceTag/team",
  "sts:RoleAuthorizedByIdp",
];
/** Operators of the keys' own types, which fit their values. */
const own = new Map([
  ["aws:SourceIp", /Ip/],
  ["aws:CurrentTime", /Date/],
  ["aws:SecureTransport", /Bool/],
  ["sts:RoleAuthorizedByIdp", /Bool/],
]);
const cases = typed.flatMap(([positive, negative, value]) =>
  keys
    .filter((name) => own.get(name)?.test(positive) !== true)
    .map((name) => ({ positive, negative, value, name })),
);

/** Does the new policy admit the request, by the sandbox's evaluator, and not the old one? */
function isAdmitted(after: string): boolean {
  const now = evaluateTrust(JSON.parse(after), request).decision;
  const then = evaluateTrust(JSON.parse(text(before)), request).decision;
  return now === "allow" && then !== "allow";
}

describe("a value that is not of the type that an operator asks for", () => {
  test.each(cases)("is not hidden by a Deny: $positive of $name", ({ positive, value, name }) => {
    const deny = { ...statement({ [positive]: { [name]: value } }), Effect: "Deny" };
    const after = text(before, statement(evil), deny);
    expect(isAdmitted(after)).toBe(true);
    const { widening } = compareTrust({ before: [text(before)], after: [after] });
    expect(widening.kind).toBe("proved");
  });

  test.each(cases)("is not hidden by an Allow: $positive of $name", (given) => {
    const { positive, value, name } = given;
    const dead = statement({ ...audience, [positive]: { [name]: value } });
    const after = text(before, dead, statement(evil));
    expect(isAdmitted(after)).toBe(true);
    const { widening } = compareTrust({ before: [text(before)], after: [after] });
    expect(widening.kind).toBe("proved");
    // Nor is it taken for one that was let in before.
    const from = compareTrust({ before: [text(dead)], after: [text(statement(evil))] });
    expect(from.widening.kind).toBe("proved");
  });

  test.each(cases.filter(({ negative }) => negative !== null))(
    "is not hidden by a negation: $negative of $name",
    ({ negative, value, name }) => {
      const after = text(before, statement({ ...evil, [negative ?? ""]: { [name]: value } }));
      const { widening } = compareTrust({ before: [text(before)], after: [after] });
      // AWS does not say what the negation makes of it.
      expect(mayWiden(widening)).toBe(true);
    },
  );
});

test.each(["x:ssh-rerun", "aws:SecureTransport"])(
  "any other key has values of that type alone: %s",
  (name) => {
    const split = [
      statement({ Bool: { [name]: "true" } }),
      statement({ Bool: { [name]: "false" } }),
    ];
    const present = statement({ Null: { [name]: "false" } });
    const { widening, narrowing } = compareTrust({
      before: [text(...split)],
      after: [text(present)],
    });
    expect([widening.kind, narrowing.kind]).toEqual(["disproved", "disproved"]);
  },
);

test("an address has values of that type alone", () => {
  const address = { "aws:SourceIp": ["0.0.0.0/0", "::/0"] };
  const deny = { ...statement({ IpAddress: address }), Effect: "Deny" };
  const here = { ...evil, Null: { "aws:SourceIp": "false" } };
  const { widening } = compareTrust({
    before: [text(before)],
    after: [text(before, statement(here), deny)],
  });
  expect(widening.kind).toBe("disproved");
});

test("a back door is found: everybody may, and is denied where the time is an address", () => {
  const others = { StringNotLike: { [key("sub")]: known } };
  const denies = [
    { IpAddress: { "aws:CurrentTime": "0.0.0.0/0" } },
    { IpAddress: { "aws:CurrentTime": "::/0" } },
    { Null: { "aws:CurrentTime": "true" } },
  ].map((never) => ({ ...statement({ ...others, ...never }), Effect: "Deny" }));
  const after = text(statement(audience), ...denies);
  expect(isAdmitted(after)).toBe(true);
  const { widening } = compareTrust({ before: [text(before)], after: [after] });
  expect(widening).toMatchObject({
    kind: "proved",
    possible: true,
    witness: { context: { "aws:CurrentTime": ["2026-01-01T00:00:00Z"] }, reachable: true },
  });
});

test.each([
  ["aws:CurrentTime", "open"],
  ["aws:TokenIssueTime", "open"],
  ["idp.example.com:sub", "open"],
  // Its seconds are a number and a date at once, so that one of the Denies always fires.
  ["aws:EpochTime", "disproved"],
])("a date lets everybody in, and no number denies it: %s", (name, verdict) => {
  const others = { StringNotLike: { [key("sub")]: known } };
  const denies = [
    { NumericLessThan: { [name]: "0" } },
    { NumericGreaterThanEquals: { [name]: "0" } },
  ];
  const after = text(
    before,
    statement({ ...audience, DateGreaterThan: { [name]: "2020-01-01T00:00:00Z" } }),
    ...denies.map((never) => ({ ...statement({ ...others, ...never }), Effect: "Deny" })),
  );
  expect(isAdmitted(after)).toBe(name === "aws:CurrentTime");
  const { widening } = compareTrust({ before: [text(before)], after: [after] });
  expect(widening.kind).toBe(verdict);
});

describe("a key of a service", () => {
  const granted = (...statements: readonly object[]) =>
    text(...statements.map((one) => ({ Effect: "Allow", Action: "*", Resource: "*", ...one })));
  const denied = (condition: object) => ({ Effect: "Deny", Condition: condition });
  const none = granted({ Effect: "Deny" });
  const widening = (before: string, after: string) =>
    comparePermissions({ before: [before], after: [after] }).widening.kind;

  test.each(["s3:prefix", "ec2:Region", "iam:PassedToService"])(
    "may hold text, so that Denies of all numbers do not deny all: %s",
    (name) => {
      const below = denied({ NumericLessThan: { [name]: "0" } });
      const above = denied({ NumericGreaterThanEquals: { [name]: "0" } });
      const absent = denied({ Null: { [name]: "true" } });
      expect(widening(none, granted({}, below, above, absent))).toBe("open");
    },
  );

  test.each([
    [{ NumericLessThan: { "s3:max-keys": "10" } }, { NumericLessThan: { "s3:max-keys": "20" } }],
    [{ ArnLike: { "ecs:cluster": "arn:aws:ecs:*:*:*/a" } }, { Null: { "ecs:cluster": "false" } }],
    [{ Bool: { "ec2:Encrypted": "true" } }, { Bool: { "ec2:Encrypted": ["true", "false"] } }],
  ])("is compared by what its operators fit: %j within %j", (narrow, wide) => {
    const [one, other] = [granted({ Condition: narrow }), granted({ Condition: wide })];
    expect(widening(other, one)).toBe("disproved");
    expect(widening(one, other)).not.toBe("disproved");
  });
});

describe("a claim of an issuer that nobody lists", () => {
  const claim = "idp.example.com:grp";
  const widening = (before: readonly object[], after: readonly object[]) =>
    compareTrust({
      before: [text(...before.map((one) => ofIdp(one)))],
      after: [text(...after.map((one) => ofIdp(one)))],
    }).widening.kind;
  const ofIdp = (condition: object) => ({
    ...statement({}),
    Principal: { Federated: "arn:aws:iam::123456789012:oidc-provider/idp.example.com" },
    Condition: condition,
  });
  const present = { Null: { [claim]: "false" } };

  test.each([
    [[{ NumericGreaterThan: { [claim]: "0" } }], { StringEquals: { [claim]: "a" } }],
    [[{ Bool: { [claim]: "true" } }], { StringEquals: { [claim]: "maybe" } }],
    [[{ Bool: { [claim]: ["true", "false"] } }], present],
    [[{ IpAddress: { [claim]: ["0.0.0.0/0", "::/0"] } }], present],
    [[{ ArnLike: { [claim]: "arn:*:*:*:*:*" } }], present],
  ])("may hold what the operators do not ask for: %j beside %j", (before, more) => {
    expect(widening(before, [...before, more])).toBe("open");
  });

  test.each([
    [{ NumericLessThan: { [claim]: "10" } }, { NumericLessThan: { [claim]: "20" } }],
    [{ Bool: { [claim]: "true" } }, { Bool: { [claim]: ["true", "false"] } }],
    [{ ArnLike: { [claim]: "arn:aws:*:*:*:a" } }, { ArnLike: { [claim]: "arn:aws:*:*:*:*" } }],
  ])("is compared by what its operators fit: %j within %j", (narrow, wide) => {
    expect(widening([wide], [narrow])).toBe("disproved");
    expect(widening([narrow], [wide])).toBe("proved");
  });
});
