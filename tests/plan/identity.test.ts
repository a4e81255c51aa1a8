import { describe, expect, test } from "vitest";
import { nobodysTrust } from "../../shared/plan/closing-trust.ts";
import { documentsNeeded, type IdentityInput, planIdentity } from "../../shared/plan/identity.ts";
import { isIgnoredTag } from "../../shared/plan/tags.ts";
import {
  admit,
  allow,
  arn,
  boundaryArn,
  bounded,
  deny,
  desired,
  ours,
  permissions,
  policyWith,
  refuse,
  revoked,
  roleWith,
  situationWith,
  text,
} from "./subjects.ts";

/** What a plan does, step by step, with the effect of each. */
function stepsOf(given: Partial<IdentityInput>): readonly string[] {
  return planIdentity(situationWith(given)).changes.map(
    ({ step, effect, bracket }) =>
      `${step.do} ${effect}${bracket === undefined ? "" : ` (${bracket})`}`,
  );
}

function inline(document: string) {
  return roleWith({ inline: [{ name: "extra", document }] });
}

test("nothing is planned where all is as desired", () => {
  const nothing = { changes: [], kept: [], problems: [], unmarked: [] };
  expect(planIdentity(situationWith())).toEqual(nothing);
});

describe("a policy that only denies", () => {
  const plan = (document: string) => planIdentity(situationWith({ role: inline(document) }));

  test("stays for twelve hours after the token issue time that it names", () => {
    const document = revoked("2026-03-01T11:00:00Z");
    expect(plan(document)).toEqual({
      changes: [],
      problems: [],
      unmarked: [],
      kept: [
        {
          kind: "inline",
          id: "extra",
          document,
          issuedBefore: "2026-03-01T11:00:00.000Z",
          until: "2026-03-01T23:00:00.000Z",
        },
      ],
    });
  });

  test("goes once they are over, and at once by force", () => {
    const old = revoked("2026-02-28T23:59:59Z");
    expect(stepsOf({ role: inline(old) })).toEqual(["delete-inline-policy opens"]);
    const young = inline(revoked("2026-03-01T11:00:00Z"));
    expect(stepsOf({ role: young, force: true })).toEqual(["delete-inline-policy opens"]);
  });

  test("goes last of all, after what opens", () => {
    const role = { ...inline(revoked("2026-02-01T00:00:00Z")), trustPolicy: text(admit("bob")) };
    expect(
      stepsOf({ role, policy: policyWith({ document: text(allow("s3:GetObject")) }) }),
    ).toEqual([
      "detach closes (open)",
      "update-trust-policy opens (inside)",
      "create-policy-version opens (inside)",
      "delete-policy-version closes (inside)",
      "attach opens (close)",
      "delete-inline-policy opens",
    ]);
  });

  test("is not known to where it was not read", () => {
    const denied = arn("policy/denied");
    const role = roleWith({ attached: [ours, denied] });
    const document = text(deny("*"));
    expect(stepsOf({ role })).toEqual(["detach opens"]);
    expect(stepsOf({ role, documents: new Map([[denied, document]]) })).toEqual([]);
  });
});

describe("a policy that allows and denies", () => {
  test("goes first where nobody is allowed what it denies", () => {
    const role = inline(text(allow("s3:GetObject"), deny("s3:PutObject")));
    expect(stepsOf({ role })).toEqual(["delete-inline-policy closes"]);
  });

  test("goes after a trust policy that closes where it denies what others allow", () => {
    const role = {
      ...inline(text(allow("s3:GetObject"), deny("ecr:PutImage"))),
      trustPolicy: text(admit("alice", "bob")),
    };
    expect(stepsOf({ role })).toEqual(["update-trust-policy closes", "delete-inline-policy opens"]);
  });

  test("goes while the deploy policy is off where the trust policy opens", () => {
    const role = {
      ...inline(text(allow("s3:GetObject"), deny("ecr:PutImage"))),
      trustPolicy: text(admit("bob")),
    };
    expect(stepsOf({ role })).toEqual([
      "detach closes (open)",
      "delete-inline-policy opens (inside)",
      "update-trust-policy opens (inside)",
      "attach opens (close)",
    ]);
  });

  test("goes while nobody can come in where two deny what the other allows", () => {
    const role = roleWith({
      inline: [
        { name: "one", document: text(allow("s3:GetObject"), deny("s3:PutObject")) },
        { name: "two", document: text(allow("s3:PutObject"), deny("s3:GetObject")) },
      ],
    });
    expect(stepsOf({ role })).toEqual([
      "update-trust-policy closes (open)",
      "delete-inline-policy opens (inside)",
      "delete-inline-policy opens (inside)",
      "update-trust-policy opens (close)",
    ]);
  });
});

describe("a Deny in the trust policy", () => {
  const trustsOf = (trustPolicy: string, wanted = desired) =>
    planIdentity(situationWith({ role: roleWith({ trustPolicy }), desired: wanted })).changes.map(
      ({ after, effect }) => ({ after, effect }),
    );

  test("is kept by the write that closes and taken off by the last one", () => {
    const found = text(admit("alice", "bob"), { Sid: "Out", ...refuse("alice") });
    expect(trustsOf(found)).toEqual([
      {
        after: JSON.parse(text(admit("alice"), { Sid: "Out", ...refuse("alice") })),
        effect: "closes",
      },
      { after: JSON.parse(desired.role.trustPolicy), effect: "opens" },
    ]);
  });

  test("is renamed where the desired policy has its Sid", () => {
    const named = text({ Sid: "Jobs", ...admit("alice") });
    const wanted = { ...desired, role: { ...desired.role, trustPolicy: named } };
    const found = text(admit("bob"), { Sid: "Jobs", ...refuse("alice") });
    expect(trustsOf(found, wanted)[0]?.after).toEqual(
      JSON.parse(
        text({ Sid: "Jobs", ...admit("alice") }, { Sid: "KeptDeny1", ...refuse("alice") }),
      ),
    );
  });

  test("is only taken off where the rest is as desired", () => {
    expect(trustsOf(text(admit("alice"), refuse("alice")))).toEqual([
      { after: JSON.parse(desired.role.trustPolicy), effect: "opens" },
    ]);
  });

  test("is left out where IAM has no room for both", () => {
    const many = Array.from({ length: 60 }, (_, index) => `somebody-number-${index}`);
    expect(trustsOf(text(admit("alice", "bob"), refuse("alice", ...many)))).toEqual([
      { after: JSON.parse(desired.role.trustPolicy), effect: "opens" },
    ]);
  });
});

describe("a permissions boundary", () => {
  const wide = text(allow("*"));
  const narrow = text(allow("ecr:*"));
  const other = arn("policy/other");
  const onOther = roleWith({ permissionsBoundary: other });

  test.each([
    ["where there was none closes", roleWith(), "put-boundary closes"],
    ["that allows no more than the one before closes", onOther, "put-boundary closes"],
  ])("%s", (_, role, step) => {
    const documents = new Map([
      [boundaryArn, narrow],
      [other, wide],
    ]);
    expect(stepsOf({ desired: bounded, role, documents })).toEqual([step]);
  });

  test("in the place of another is put there while the deploy policy is off", () => {
    const documents = new Map([
      [boundaryArn, wide],
      [other, narrow],
    ]);
    const role = { ...onOther, trustPolicy: text(admit("alice", "bob")) };
    expect(stepsOf({ desired: bounded, role, documents })).toEqual([
      "detach closes (open)",
      "put-boundary opens (inside)",
      "update-trust-policy closes (inside)",
      "attach opens (close)",
    ]);
  });

  test("that is not there holds back all that opens, and nothing that closes", () => {
    const role = { ...inline(text(allow("iam:*"))), trustPolicy: text(admit("bob")) };
    const given = { desired: bounded, role };
    // Of the trust policy what it closes: bob goes, and alice waits.
    expect(stepsOf(given)).toEqual(["delete-inline-policy closes", "update-trust-policy closes"]);
    const [, trusted] = planIdentity(situationWith(given)).changes;
    expect(trusted?.step).toMatchObject({ trustPolicy: nobodysTrust });
    const [problem] = planIdentity(situationWith(given)).problems;
    expect(problem).toMatchObject({ code: "BoundaryMissing" });
    expect(problem?.message).toContain(boundaryArn);
    expect(stepsOf({ desired: bounded, role: null, policy: null })).toEqual([]);
  });

  test("is read only where it matters", () => {
    const policy = policyWith();
    const inside = roleWith({ permissionsBoundary: boundaryArn });
    expect(documentsNeeded(bounded, null, policy)).toEqual([boundaryArn]);
    expect(documentsNeeded(bounded, onOther, policy)).toEqual([boundaryArn, other]);
    expect(documentsNeeded(bounded, inside, policy)).toEqual([]);
    const drifted = policyWith({ document: text(allow("*")) });
    expect(documentsNeeded(bounded, inside, drifted)).toEqual([boundaryArn]);
    const { inline: extra } = inline(permissions);
    const both = { ...inside, attached: [ours, other], inline: extra };
    expect(documentsNeeded(bounded, both, policy)).toEqual([other, boundaryArn]);
  });
});

describe("a part that was not read", () => {
  const isWhole = false;

  test("holds back all that opens, and an inline policy that says nothing", () => {
    const role = roleWith({
      attached: [],
      trustPolicy: text(admit("alice"), admit("bob")),
      inline: [
        { name: "extra", document: text(allow("iam:*")) },
        { name: "unread", document: null },
      ],
    });
    expect(stepsOf({ role, isWhole })).toEqual([
      "delete-inline-policy closes",
      "update-trust-policy closes",
    ]);
    expect(stepsOf({ role: null, policy: null, isWhole })).toEqual([]);
  });

  test("may allow what a policy denies", () => {
    const role = roleWith({
      inline: [{ name: "extra", document: text(allow("*"), deny("iam:*")) }],
    });
    expect(stepsOf({ role, isWhole })).toEqual([]);
    expect(stepsOf({ role })).toEqual(["delete-inline-policy closes"]);
  });
});

describe("a role tag that is not desired", () => {
  const tagged = (document: string, given = {}) =>
    stepsOf({ role: { ...inline(document), tags: { Team: "x", "aws:y": "z" } }, ...given });
  const when = (test: object) => ({ Condition: test });

  test("is neutral to take off where no policy mentions it", () => {
    expect(tagged(text(allow("s3:GetObject")))).toEqual([
      "delete-inline-policy closes",
      "untag-role neutral",
    ]);
  });

  test("goes late where a Deny waits for it, in whatever case", () => {
    const guarded = when({ StringEquals: { "aws:PrincipalTag/team": "x" } });
    expect(tagged(text(allow("s3:GetObject"), { ...deny("s3:PutObject"), ...guarded }))).toEqual([
      "delete-inline-policy closes",
      "untag-role opens",
    ]);
  });

  test("goes early where an Allow asks for it, and late where one asks that it be absent", () => {
    const asks = when({ StringEquals: { "aws:PrincipalTag/Team": "x" } });
    expect(tagged(text({ ...allow("s3:GetObject"), ...asks }))[1]).toBe("untag-role closes");
    const denies = when({ StringNotEquals: { "aws:PrincipalTag/Team": "x" } });
    expect(tagged(text({ ...allow("s3:GetObject"), ...denies }))).toContain(
      "untag-role opens (inside)",
    );
  });
});

test("a tag that is missing is set, on the role and on the policy", () => {
  const tags = { team: "x" };
  const role = { ...desired.role, tags };
  const given = { desired: { ...desired, role, policy: { ...desired.policy, tags } } };
  expect(stepsOf(given)).toEqual(["tag-role opens", "tag-policy neutral"]);
  expect(planIdentity(situationWith(given)).changes.map(({ after }) => after)).toEqual([
    tags,
    tags,
  ]);
  const there = { role: roleWith({ tags }), policy: policyWith({ tags }) };
  expect(stepsOf({ ...given, ...there })).toEqual([]);
});

describe("a tag may be left to others", () => {
  test.each([
    ["by its name, in whatever case", "Team", "x", ["team"], true],
    ["by how it begins", "cost-center", "x", ["owner", "COST-*"], true],
    ["not by a part of its name", "Teams", "x", ["team"], false],
    ["not by what is in its middle", "my-cost-center", "x", ["cost-*"], false],
    ["not where it claims the role for another", "ManagedBy", "terraform", ["*"], false],
    ["but where it claims it for us", "ManagedBy", "oidc-reconciler", ["*"], true],
    ["not where AWS sets it", "aws:cloudformation:stack-name", "x", ["*"], false],
    ["not where nobody says so", "Team", "x", [], false],
  ])("%s", (_, key, value, ignored, answer) => {
    expect(isIgnoredTag(key, value, ignored)).toBe(answer);
  });
});

test.each([
  [7200, "kept", "update-role closes"],
  [1800, "kept", "update-role opens"],
  [3600, "other", "update-role neutral"],
])("a session of %i s and a description %s: %s", (maxSessionSeconds, description, step) => {
  expect(stepsOf({ role: roleWith({ maxSessionSeconds, description }) })).toEqual([step]);
});

describe("a policy version that is not the default", () => {
  const older = (id: string, document: string | null, knownSafe = false) => ({
    id,
    isDefault: false,
    createdAt: "",
    document,
    ...(knownSafe ? ({ knownSafe: true } as const) : {}),
  });
  const first = { id: "v1", isDefault: true, createdAt: "", document: permissions };

  test("goes where it grants more than is desired or was not read", () => {
    const versions = [
      first,
      older("v2", text(allow("*"))),
      older("v3", null),
      older("v4", null, true),
      older("v5", permissions),
    ];
    const { changes } = planIdentity(situationWith({ policy: policyWith({ versions }) }));
    expect(changes.map(({ step }) => step)).toEqual(
      ["v2", "v3"].map((version) => ({ do: "delete-policy-version", arn: ours, version })),
    );
  });

  test("goes with the write that replaces it, and only after that", () => {
    const policy = policyWith({ document: text(allow("*")) });
    const [, deletion] = planIdentity(situationWith({ policy })).changes;
    expect(deletion).toMatchObject({
      step: { do: "delete-policy-version", version: "v1" },
      effect: "closes",
      follows: "create-policy-version",
    });
  });
});
