import { describe, expect, test } from "vitest";
import { nobodysTrust } from "../../shared/plan/closing-trust.ts";
import { type IdentityInput, planIdentity } from "../../shared/plan/identity.ts";
import type { ObservedRole } from "../../shared/plan/observed.ts";
import {
  admit,
  allow,
  boundaryArn,
  bounded,
  deny,
  desired,
  policyWith,
  roleWith,
  situationWith,
  text,
} from "./subjects.ts";

/** What a plan does, in order, with the effect of each step and its place in a bracket. */
function stepsOf(given: Partial<IdentityInput>): readonly string[] {
  return planIdentity(situationWith(given)).changes.map(({ step, effect, bracket }) =>
    [step.do, effect, ...(bracket === undefined ? [] : [bracket])].join(" "),
  );
}

type Access = { readonly who: readonly string[]; readonly what: readonly string[] };
type Case = {
  readonly from: Access;
  readonly to: Access;
  readonly role?: Partial<ObservedRole>;
  readonly guards?: readonly (readonly object[])[];
};

/** Plans from one access to another, from a role that may hold policies that are not ours. */
function between({ from, to, role, guards = [] }: Case): readonly string[] {
  const inline = guards.map((statements, index) => ({
    name: `guard-${index}`,
    document: text(...statements),
  }));
  return stepsOf({
    desired: {
      ...desired,
      role: { ...desired.role, trustPolicy: text(admit(...to.who)) },
      policy: { ...desired.policy, document: text(allow(...to.what)) },
    },
    role: roleWith({ trustPolicy: text(admit(...from.who)), inline, ...role }),
    policy: policyWith({ document: text(allow(...from.what)) }),
  });
}

const little = ["s3:GetObject"];
const much = ["s3:GetObject", "s3:PutObject"];
const version = (effect: string) => [
  `create-policy-version ${effect}`,
  "delete-policy-version closes",
];

describe("of trust and policy goes first", () => {
  test("the policy where both open", () => {
    const from = { who: ["alice"], what: little };
    expect(between({ from, to: { who: ["alice", "bob"], what: much } })).toEqual([
      "create-policy-version opens",
      "update-trust-policy opens",
    ]);
  });

  test("the trust policy where both close", () => {
    const from = { who: ["alice", "bob"], what: much };
    expect(between({ from, to: { who: ["alice"], what: little } })).toEqual([
      "update-trust-policy closes",
      ...version("closes"),
    ]);
  });

  test("what closes where the other opens", () => {
    const [few, many] = [["alice"], ["alice", "bob"]];
    expect(between({ from: { who: many, what: little }, to: { who: few, what: much } })).toEqual([
      "update-trust-policy closes",
      "create-policy-version opens",
    ]);
    expect(between({ from: { who: few, what: much }, to: { who: many, what: little } })).toEqual([
      "create-policy-version closes",
      "update-trust-policy opens",
      "delete-policy-version closes",
    ]);
  });

  test("what both policies grant, where both are replaced by others", () => {
    const from = { who: ["alice"], what: ["s3:GetObject", "s3:PutObject"] };
    const to = { who: ["bob"], what: ["s3:GetObject", "s3:DeleteObject"] };
    expect(between({ from, to })).toEqual([
      "create-policy-version closes",
      "update-trust-policy opens",
      "create-policy-version opens",
      "delete-policy-version closes",
    ]);
  });
});

describe("a policy of others that denies", () => {
  test("goes before a trust policy that would let more people do what it allows", () => {
    const guards = [[allow("s3:GetObject"), deny("s3:PutObject")]];
    const what = ["s3:PutObject"];
    const [from, to] = [
      { who: ["alice"], what },
      { who: ["alice", "bob"], what },
    ];
    expect(between({ from, to, guards })).toEqual([
      "delete-inline-policy opens",
      "update-trust-policy opens",
    ]);
  });

  test("goes after the one that allows what it denies", () => {
    const access = { who: ["alice"], what: ["s3:GetObject"] };
    const first = [allow("s3:PutObject"), deny("s3:GetObject")];
    const last = [allow("s3:ListBucket"), deny("s3:PutObject")];
    const steps = (guards: readonly (readonly object[])[]) =>
      between({ from: access, to: access, guards });
    const both = ["delete-inline-policy opens", "delete-inline-policy opens"];
    expect(steps([first, last])).toEqual(both);
    expect(steps([last, first])).toEqual(both);
  });
});

describe("how long a session may be", () => {
  const settings = (maxSessionSeconds: number, to: string) =>
    between({
      from: { who: ["alice", "bob"], what: little },
      to: { who: [to], what: little },
      role: { maxSessionSeconds },
    });

  test("is cut before anything else, and lengthened after it", () => {
    expect(settings(7200, "alice")).toEqual(["update-role closes", "update-trust-policy closes"]);
    expect(settings(1800, "alice")).toEqual(["update-trust-policy closes", "update-role opens"]);
  });

  const replaced = (maxSessionSeconds: number) =>
    between({
      from: { who: ["alice"], what: ["s3:GetObject"] },
      to: { who: ["bob"], what: ["s3:PutObject"] },
      role: { maxSessionSeconds },
    });
  const bracket = ["update-trust-policy opens inside", "create-policy-version opens inside"];

  test("is cut while the deploy policy is off, and lengthened once it is back", () => {
    expect(replaced(7200)).toEqual([
      "detach closes open",
      "update-role closes inside",
      ...bracket,
      "delete-policy-version closes inside",
      "attach opens close",
    ]);
    expect(replaced(1800).slice(-2)).toEqual(["attach opens close", "update-role opens"]);
  });
});

describe("a permissions boundary", () => {
  const replaced = roleWith({ trustPolicy: text(admit("bob")) });
  const policy = policyWith({ document: text(allow("s3:GetObject")) });
  const bracket = [
    "detach closes open",
    "update-trust-policy opens inside",
    "create-policy-version opens inside",
    "delete-policy-version closes inside",
    "attach opens close",
  ];
  const documents = new Map([[boundaryArn, text(allow("s3:*", "ecr:*"))]]);
  const held = { permissionsBoundary: boundaryArn };

  test("that is new goes before everything else", () => {
    expect(stepsOf({ desired: bounded, role: replaced, policy, documents })).toEqual([
      "put-boundary closes",
      ...bracket,
    ]);
  });

  test("that nobody asks for is taken off after everything else", () => {
    expect(stepsOf({ role: { ...replaced, ...held }, policy, documents })).toEqual([
      ...bracket,
      "delete-boundary opens",
    ]);
    const role = roleWith({ ...held, trustPolicy: text(admit("alice", "bob")) });
    expect(stepsOf({ role, documents })).toEqual([
      "update-trust-policy closes",
      "delete-boundary opens",
    ]);
  });
});

test("another boundary comes before a deploy policy that is not on the role yet", () => {
  const found = "arn:aws:iam::123456789012:policy/found";
  const documents = new Map([
    [boundaryArn, text(allow("*"))],
    [found, text(allow("ecr:*"))],
  ]);
  const role = roleWith({ permissionsBoundary: found, attached: [] });
  expect(stepsOf({ desired: bounded, role, documents })).toEqual([
    "put-boundary opens",
    "attach opens",
  ]);
});

test("a version that goes for room is deleted once", () => {
  const document = text(allow("*"));
  const versions = ["v5", "v4", "v3", "v2", "v1"].map((id) => {
    return { id, isDefault: id === "v5", createdAt: "", document };
  });
  const policy = policyWith({ document, defaultVersion: "v5", versions });
  const deleted = planIdentity(situationWith({ policy })).changes.flatMap(({ step }) =>
    step.do === "delete-policy-version" ? [step.version] : [],
  );
  expect(deleted.toSorted()).toEqual(["v1", "v2", "v3", "v4", "v5"]);
});

describe("while a boundary is missing", () => {
  const missing = (found: object) =>
    stepsOf({
      desired: bounded,
      role: roleWith({ trustPolicy: text(admit("alice", "bob")) }),
      policy: policyWith({ document: text(found) }),
    });

  test("a version stays where the one in its place is not written", () => {
    expect(missing(deny("s3:GetObject"))).toEqual(["update-trust-policy closes"]);
  });

  test.each(["ecr:*", "s3:GetObject"])("it goes where that is: %s", (found) => {
    expect(missing(allow(found))).toEqual(["update-trust-policy closes", ...version("closes")]);
  });
});

test("a tag that lets some in and keeps others out goes while nobody can come in", () => {
  const when = (operator: string) => ({
    Condition: { [operator]: { "aws:PrincipalTag/Team": "x" } },
  });
  const document = text(
    { ...allow("s3:GetObject"), ...when("StringEquals") },
    { ...deny("s3:PutObject"), ...when("StringEquals") },
  );
  const role = roleWith({ inline: [{ name: "extra", document }], tags: { Team: "x" } });
  expect(stepsOf({ role })).toEqual([
    "delete-inline-policy closes",
    "update-trust-policy closes open",
    "untag-role opens inside",
    "update-trust-policy opens close",
  ]);
  // A run that came no further has shut it already.
  const shut = { ...role, trustPolicy: nobodysTrust };
  expect(stepsOf({ role: shut })).toEqual([
    "delete-inline-policy closes",
    "untag-role opens inside",
    "update-trust-policy opens close",
  ]);
});
