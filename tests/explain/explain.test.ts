import { describe, expect, test } from "vitest";
import { explanationLines } from "../../cli/commands/trust/explain-view.ts";
import { explainTrust } from "../../shared/explain/index.ts";
import { layOut } from "../../shared/report/layout.ts";
import {
  audienceOnly,
  type Block,
  jobsOfProject,
  key,
  organization,
  policy,
  project,
  provider,
  statement,
  subjects,
} from "../compare/documents.ts";

function looseEnds(text: string): readonly string[] {
  const explanation = explainTrust(text);
  if (explanation.kind === "refused") throw new Error(explanation.error.message);
  return explanation.looseEnds.map(({ code }) => code);
}

const uuid = "????????-????-????-????-????????????";
const tail = "/vcs-origin/github.com/acme/shop/vcs-ref/refs/heads/";
const strict = `org/${organization}/project/${project}/user/${uuid}${tail}main`;
const audience = { StringEquals: { [key("aud")]: organization } };

function withCondition(condition: Block): string {
  return policy(statement({ ...audience, StringLike: { [key("sub")]: strict }, ...condition }));
}

describe("a policy that pins project, origin and branch", () => {
  test("has no loose end", () => {
    expect(looseEnds(subjects(strict))).toEqual([]);
  });

  test("is explained in one sentence, with what AWS cannot enforce", () => {
    const text = layOut(explanationLines(explainTrust(subjects(strict)), "trust.json"));
    expect(text).toContain(
      `Anyone who has a token of ${provider} may call sts:AssumeRoleWithWebIdentity, if `,
    );
    expect(text).toContain(`${key("sub")} is ${strict}.`);
    expect(text).toContain("No loose ends.");
    expect(text).toContain("job.ssh.enabled");
  });
});

describe("a loose end", () => {
  test.each([
    ["no subject", audienceOnly, ["no-subject", "audit-log-stream", "any-project"]],
    ["no audience", policy(statement({ StringLike: { [key("sub")]: strict } })), ["no-audience"]],
    [
      "a wildcard that a branch can play",
      subjects(`${jobsOfProject}${tail}main`),
      ["forgeable-branch"],
    ],
    ["every branch of an origin", subjects(strict.replace(/main$/, "*")), ["every-branch"]],
    ["a prefix of branches", subjects(strict.replace(/main$/, "release*")), ["branch-prefix"]],
    ["forks", subjects(jobsOfProject), ["forks"]],
    ["every project", subjects(`org/${organization}/project/*`), ["any-project"]],
    [
      "everybody",
      policy(statement({}, { Principal: "*", Action: "sts:AssumeRole" })),
      ["everybody"],
    ],
    [
      "every provider",
      policy(statement({}, { Principal: { Federated: "*" }, Action: "sts:AssumeRole" })),
      ["any-provider"],
    ],
    [
      "ForAllValues on a key that may be absent",
      withCondition({ "ForAllValues:StringEquals": { "aws:RequestedRegion": "us-east-1" } }),
      ["for-all-values-absent"],
    ],
    [
      "a key that STS never sends",
      withCondition({ StringNotEquals: { [key("vcs-ref")]: "x" } }),
      ["key-never-sent"],
    ],
    [
      "a variable that never has a value",
      withCondition({ StringNotLike: { [key("sub")]: "${aws:username}" } }),
      ["variable-never-resolves"],
    ],
  ])("is named: %s", (_, text, codes) => {
    expect(looseEnds(text)).toEqual(codes);
  });

  test("says whether a key that is never sent shuts everybody out or nobody", () => {
    const messageOf = (condition: Block) => {
      const explanation = explainTrust(withCondition(condition));
      return explanation.kind === "explained"
        ? explanation.looseEnds.map(({ message }) => message).join()
        : "";
    };
    expect(
      messageOf({ StringEquals: { ...audience.StringEquals, [key("vcs-ref")]: "x" } }),
    ).toContain("never holds");
    expect(messageOf({ StringNotEquals: { [key("vcs-ref")]: "x" } })).toContain(
      "restricts nothing",
    );
  });

  test("is not made of a Null guard or a single-valued list", () => {
    const guarded = withCondition({
      "ForAllValues:StringEquals": { "aws:RequestedRegion": "us-east-1" },
      Null: { "aws:RequestedRegion": "false" },
    });
    expect(looseEnds(guarded)).toEqual([]);
    expect(
      looseEnds(
        policy(statement({ "ForAnyValue:StringLike": { [key("sub")]: strict }, ...audience })),
      ),
    ).toEqual([]);
  });
});

test.each([
  [
    "NotPrincipal in an Allow",
    statement({}, { Principal: undefined, NotPrincipal: { AWS: "123456789012" } }),
    ["unclear-principal"],
  ],
  [
    "a key of several values without a set operator",
    statement({ StringEquals: { "aws:TagKeys": "a" } }, { Principal: { AWS: "123456789012" } }),
    ["set-operator-missing"],
  ],
  [
    "two variables, each with its place",
    statement(
      { StringLike: { "aws:PrincipalArn": ["${aws:a}", "${aws:b}"] } },
      { Principal: { AWS: "123456789012" } },
    ),
    ["variable", "variable"],
  ],
])("%s is said to be undecided", (_, only, codes) => {
  const explanation = explainTrust(policy(only));
  if (explanation.kind === "refused") throw new Error(explanation.error.message);
  expect(explanation.undecided.map(({ code }) => code)).toEqual(codes);
});

test("a policy that IAM would refuse is not explained", () => {
  expect(explainTrust("{}")).toMatchObject({
    kind: "refused",
    error: { code: "missing-statement" },
  });
});

test("of a policy far longer than IAM takes, not every question is asked, and that is said", () => {
  const many = policy(...Array.from({ length: 300 }, () => statement(audience)));
  expect(explainTrust(many)).toMatchObject({ undecided: [{ code: "findings-open" }] });
});

test.each([
  ["some thousands of runs", ["*a".repeat(3_800), "org/*"]],
  ["some thousands of single wildcards", [`*${"?".repeat(3_600)}`, `*a${"?".repeat(3_600)}`]],
])(
  "of %s in one pattern it is said soon that not everything was decided",
  (_, patterns) => {
    const explanation = explainTrust(
      policy(statement({ ...audience, StringLike: { [key("sub")]: patterns } })),
    );
    if (explanation.kind === "refused") throw new Error(explanation.error.message);
    expect(explanation.undecided).toMatchObject([{ code: "findings-open" }]);
    expect(explanation.looseEnds.map(({ message }) => message).join()).toContain(
      "It could not be decided whether this is so",
    );
  },
  10_000,
);
