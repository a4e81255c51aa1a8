import { describe, expect, test } from "vitest";
import { evaluateTrust } from "../../sandbox/evaluate/index.ts";
import { describeWitness, type Witness } from "../../shared/compare/index.ts";
import { trustAnswer } from "./answers.ts";
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
} from "./documents.ts";

function compare(before: string | null, after: string | null) {
  const comparison = trustAnswer({ before, after });
  if (comparison.kind === "refused") throw new Error(comparison.error.message);
  return comparison;
}

/** Does the sandbox's own evaluator allow the witness? */
function isAllowed(document: string, witness: Witness): boolean {
  const context = new Map(Object.entries(witness.context));
  return evaluateTrust(JSON.parse(document), { ...witness, context }).decision === "allow";
}

describe("a comparison", () => {
  test("shows a token that the new policy admits and the old one refuses", () => {
    const before = subjects(jobsOfProject);
    const after = subjects(jobsOfProject, jobsOfProject.replace(project, otherProject));
    const { verdict, widens, narrows, admitted, dropped } = compare(before, after);
    expect({ verdict, widens, narrows, dropped }).toEqual({
      verdict: "widened",
      widens: true,
      narrows: false,
      dropped: null,
    });
    if (admitted === null) throw new Error("no witness");
    expect(isAllowed(after, admitted)).toBe(true);
    expect(isAllowed(before, admitted)).toBe(false);
    expect(admitted).toMatchObject({ reachable: true, token: "v2", principal: { id: provider } });
    expect(admitted.context[key("oidc.circleci.com/project-id")]).toEqual([otherProject]);
    expect(admitted.context[key("aud")]).toEqual([organization]);
  });

  test("the other way round shows the same token as dropped", () => {
    const { verdict, admitted, dropped } = compare(audienceOnly, subjects(jobsOfProject));
    expect(verdict).toBe("narrowed");
    expect(admitted).toBeNull();
    expect(dropped?.reachable).toBe(true);
  });

  test("of one text with itself is equivalent, also where it holds an unknown", () => {
    const unclear = policy(statement({ StringLike: { [key("sub")]: "${aws:username}/*" } }));
    expect(compare(unclear, unclear).verdict).toBe("equivalent");
    expect(compare(unclear, `${unclear} `).verdict).toBe("equivalent");
  });

  test("with nobody finds everyone who is admitted", () => {
    expect(compare(null, audienceOnly).verdict).toBe("widened");
    expect(compare(null, audienceOnly).verdict).toBe("widened");
    expect(compare(audienceOnly, null).verdict).toBe("narrowed");
  });

  test("of a document that IAM would refuse says which, where and why", () => {
    const after = policy(statement({}, { Resource: "*" }));
    expect(trustAnswer({ before: audienceOnly, after })).toMatchObject({
      kind: "refused",
      side: "after",
      error: { code: "prohibited-field", where: "after.Statement[0].Resource" },
    });
  });
});

describe("a token of a user that a pattern names", () => {
  test("is the witness where no other is", () => {
    const anyUser = "????????-????-????-????-????????????";
    const main = `org/${organization}/project/*/user/${anyUser}/vcs-origin/github.com/acme/shop/vcs-ref/refs/heads/main`;
    const other = statement({
      StringNotEquals: { [key("oidc.circleci.com/project-id")]: project },
      StringNotLike: { [key("sub")]: main },
    });
    const named = `org/${organization}/project/*/user/${project}/*`;
    const after = policy(
      statement({
        StringNotLike: { [key("sub")]: [named, jobsOfProject.replace("*", project)] },
        DateLessThan: { "aws:CurrentTime": "2026-12-31T00:00:00Z" },
      }),
      other,
    );
    const before = policy(other, statement({ StringEquals: { [key("aud")]: organization } }));
    const { dropped } = compare(before, after);
    expect(dropped).toMatchObject({ reachable: true, token: "v2" });
  });
});

describe("what is not decided", () => {
  test("is an unknown with its place, and no verdict in that direction alone", () => {
    const after = policy(
      statement({ StringEquals: { [key("aud")]: organization } }),
      statement({ StringEquals: { [key("sub")]: "${aws:TagKeys}" } }),
    );
    const { verdict, widens, narrows, admitted, undecided } = compare(audienceOnly, after);
    expect({ verdict, widens, narrows, admitted }).toEqual({
      verdict: "undecided",
      widens: null,
      narrows: false,
      admitted: null,
    });
    expect(undecided).toMatchObject([
      { code: "variable", where: expect.stringContaining("after.Statement[1].Condition") },
    ]);
  });

  test("does not hide a widening that is certain", () => {
    const before = policy(statement({ StringEquals: { [key("sub")]: "${aws:TagKeys}" } }));
    const { verdict, widens, admitted } = compare(before, audienceOnly);
    expect({ verdict, widens }).toEqual({ verdict: "undecided", widens: true });
    // A token's request has no aws:TagKeys, and a variable without a value matches nothing.
    expect(admitted).toMatchObject({ reachable: true, token: "v2" });
    expect(admitted?.context["aws:tagkeys"]).toBeUndefined();
  });

  test("is not a variable that one value proves a difference with", () => {
    const after = policy(
      statement({ StringEquals: { [key("aud")]: organization } }),
      statement({ StringLike: { [key("sub")]: "ci/${aws:username}/?*" } }),
    );
    const { verdict, admitted } = compare(audienceOnly, after);
    expect(verdict).toBe("widened");
    const [name] = admitted?.context["aws:username"] ?? [];
    expect(admitted?.context[key("sub")]?.[0]).toMatch(new RegExp(`^ci/${name}/.`));
  });

  test("takes no longer for many variables than for one", () => {
    const many = Array.from({ length: 40 }, (_, at) => `${at}/\${aws:PrincipalTag/t${at}}`);
    const before = policy(statement({ StringLike: { [key("sub")]: many } }));
    expect(compare(before, audienceOnly)).toMatchObject({ widens: true, narrows: true });
    expect(compare(audienceOnly, before)).toMatchObject({ widens: true, narrows: true });
  });

  test("is a key of which nobody knows how many values it has, by its own reason", () => {
    const before = policy(statement({ Null: { "idp.example.com:groups": "true" } }));
    const after = policy(
      statement({
        "ForAnyValue:StringEquals": {
          "idp.example.com:GROUPS": "a",
          "idp.example.com:groups": "b",
        },
      }),
    );
    const { widens, undecided } = compare(before, after);
    expect(widens).toBeNull();
    expect(undecided.map(({ code }) => code)).toEqual(["value-count-unclear"]);
  });

  test.each([
    "aws:SourceOrgPaths",
    "aws:ResourceOrgPaths",
    "aws:VpceOrgPaths",
    "aws:PrincipalServiceNamesList",
  ])(
    "is %s without a set operator, for nobody knows which of several values it asks for",
    (path) => {
      const denied = { StringNotEqualsIfExists: { [path]: "b" } };
      const before = policy(statement({ StringNotEquals: { [path]: "a" } }));
      const after = policy(statement({}), { ...statement(denied), Effect: "Deny" });
      const { widens, undecided } = compare(before, after);
      // Of "a" and "b", one is not "a", and one is "b": neither policy says whether it admits that.
      expect(widens).not.toBe(false);
      expect(undecided.map(({ code }) => code)).toContain("set-operator-missing");
      expect(compare(before, before)).toMatchObject({ widens: false, narrows: false });
    },
  );

  test("is a key under operators of two types that no value certainly satisfies", () => {
    const before = policy(statement({ Bool: { "aws:x": "true" } }));
    const after = policy(
      statement({ Bool: { "aws:x": "true" } }),
      statement({ NumericEquals: { "aws:x": "1" } }),
    );
    const { widens, undecided } = compare(before, after);
    expect(widens).toBeNull();
    expect(undecided.map(({ code }) => code)).toEqual(["mixed-types"]);
  });
});

describe("a witness", () => {
  const full = (from: string, ref: string) =>
    `${jobsOfProject.slice(0, -1)}${user}/vcs-origin/${from}/vcs-ref/${ref}`;

  test("shows the branch that plays a wildcard in the middle", () => {
    const tail = "/vcs-origin/github.com/acme/shop/vcs-ref/refs/heads/main";
    const naive = subjects(`${jobsOfProject}${tail}`);
    const strict = subjects(
      `${jobsOfProject.slice(0, -1)}????????-????-????-????-????????????${tail}`,
    );
    const { verdict, admitted } = compare(strict, naive);
    expect(verdict).toBe("widened");
    expect(admitted).toMatchObject({ reachable: true, token: "v2" });
    expect(admitted?.context[key("sub")]?.[0]).toMatch(/vcs-ref\/refs\/heads\/x\/vcs-origin\//);
  });

  test("is found among all tokens of a shape where no likely one is left", () => {
    const before = subjects(`${jobsOfProject.slice(0, -1)}*`);
    const odd = `org/${organization}/project/${otherProject}/user/*zq*`;
    const { admitted } = compare(before, subjects(jobsOfProject, odd));
    expect(admitted).toMatchObject({ reachable: true, token: "v2" });
    expect(admitted?.context[key("sub")]?.[0]).toContain("zq");
  });

  test.each([
    ["a fork's", full("github.com/example/fork", "refs/heads/pull/7"), "fork-pull-request"],
    ["a V1", `${jobsOfProject.slice(0, -1)}${user}`, "v1"],
    ["the audit-log stream's", `org/${organization}/file-streaming/audit-logs`, "audit-log-stream"],
  ])("is %s token where that alone is new", (_, pattern, shape) => {
    const { admitted } = compare(null, subjects(pattern));
    expect(admitted).toMatchObject({ reachable: true, token: shape });
  });

  test("is not reachable where no token of CircleCI can be it", () => {
    const { admitted } = compare(null, subjects("nobody"));
    expect(admitted).toMatchObject({ reachable: false, token: null });
  });

  test("is not reachable by an audience that the provider does not take", () => {
    const after = policy(statement({ StringEquals: { [key("aud")]: "other" } }));
    const taken = (audiences: readonly string[]) =>
      trustAnswer({
        before: null,
        after,
        surroundings: { account: "123456789012", providers: [{ arn: provider, audiences }] },
      });
    expect(taken([organization])).toMatchObject({ admitted: { reachable: false } });
    expect(taken([organization, "other"])).toMatchObject({ admitted: { reachable: true } });
  });

  test("is an AWS identity where the policy lets one in", () => {
    const after = policy(
      statement({}, { Principal: { AWS: "123456789012" }, Action: "sts:AssumeRole" }),
    );
    const { admitted } = compare(audienceOnly, after);
    expect(admitted).toMatchObject({
      principal: { type: "AWS", id: "arn:aws:iam::123456789012:role/any-role" },
      action: "sts:AssumeRole",
      reachable: true,
    });
  });

  test("is a sentence for people", () => {
    const { admitted } = compare(subjects(jobsOfProject), audienceOnly);
    if (admitted === null) throw new Error("no witness");
    expect(describeWitness(admitted, "CircleCI-OIDC-Role")).toMatch(
      new RegExp(
        `^a job of project [0-9a-f-]+ of organisation ${organization}, with sub = org/.+, could assume CircleCI-OIDC-Role$`,
      ),
    );
  });
});

describe("a hostile pair", () => {
  const like = (...patterns: readonly string[]) =>
    policy(statement({ StringLike: { [key("sub")]: patterns } }));
  const wide = "?".repeat(24);

  test.each([
    ["with 2^25 states on both sides", like(`*a${wide}`), like(`*b${wide}`), "changed"],
    ["with one inside the other", like(`*?${wide}`), like(`*a${wide}`), "narrowed"],
    ["of many runs", like(`${"*a".repeat(32)}*`), like(`${"*a".repeat(31)}*`), "widened"],
    ["of many patterns", like(...letters("*", "*")), like(...letters("*", "x*")), "narrowed"],
  ])("%s ends with a verdict", (_, before, after, verdict) => {
    expect(compare(before, after).verdict).toBe(verdict);
  });
});

function letters(before: string, after: string): readonly string[] {
  return [..."abcdefghijklmnopqrstuvwyz0123456789"].map((letter) => `${before}${letter}${after}`);
}

describe("a value that looks like two", () => {
  const sub = (...values: readonly string[]) =>
    policy(statement({ StringEquals: { [key("sub")]: values } }));

  test("because of a line break in it is one", () => {
    expect(compare(sub("a", "b"), sub("a\nsb")).verdict).toBe("changed");
    expect(compare(sub("a\nsb"), sub("a", "b")).verdict).toBe("changed");
  });

  test("because of the version that a unclear value is read in is an unknown of its own", () => {
    const unclear = (Version: string) =>
      JSON.stringify({
        Version,
        Statement: [
          statement({
            "ForAnyValue:ArnLike": {
              "idp.example.com:groups": ["user/*", "arn:aws:iam::1:user/${*}"],
            },
          }),
        ],
      });
    expect(compare(unclear("2012-10-17"), unclear("2008-10-17")).widens).not.toBe(false);
    expect(compare(unclear("2008-10-17"), unclear("2012-10-17")).widens).not.toBe(false);
  });

  test("because of a number beside the text of one is an unknown of its own", () => {
    const length = (value: string) =>
      `{"Version":"2012-10-17","Statement":[${JSON.stringify(
        statement({ NumericEquals: { "sts:DurationSeconds": "VALUE" } }),
      ).replace('"VALUE"', value)}]}`;
    expect(compare(length("1e3"), length('"1e3"')).widens).not.toBe(false);
  });

  test("because of a variable and a line break is an unknown of its own", () => {
    const both = policy(
      statement({ "ForAllValues:StringEquals": { "aws:TagKeys": ["${aws:a}", "b"] } }),
    );
    const one = policy(
      statement({ "ForAllValues:StringEquals": { "aws:TagKeys": ["${aws:a}\nb"] } }),
    );
    expect(compare(both, one)).toMatchObject({ widens: true, narrows: true });
  });
});
