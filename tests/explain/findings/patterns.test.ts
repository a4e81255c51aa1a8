import { describe, expect, test } from "vitest";
import {
  type Block,
  key,
  organization,
  policy,
  project,
  provider,
  statement,
} from "../../compare/documents.ts";
import {
  audience,
  base,
  codesOf,
  expectTrueExamples,
  explained,
  jobs,
  like,
  main,
  mask,
  person,
  projectKey,
  shop,
} from "./explained.ts";

/** What is reported of a branch or tag that plays more than its part. */
const branchIn = (text: string): string =>
  explained(text).looseEnds.find(({ code }) => code === "forgeable-branch")?.message ?? "";

describe("what a pattern lets in", () => {
  test.each<[string, string, readonly string[]]>([
    ["a public script: * for the user, then only a ref", `${jobs}*${main}`, ["forgeable-branch"]],
    [
      "policy files: * for user and origin",
      `org/${organization}/project/${project}/*${main}`,
      ["forgeable-branch"],
    ],
    [
      "policy files: any repository of an owner",
      `${jobs}${mask}/vcs-origin/github.com/acme/*${main}`,
      ["forgeable-branch"],
    ],
    [
      "CircleCI's branch example",
      `org/${organization}/project/*/user/*/vcs-origin/github.com/my-org/*${main}`,
      ["forgeable-branch", "any-project"],
    ],
    ["engine: the user's place by ?*", `${jobs}?*${shop}${main}`, ["forgeable-branch"]],
    ["engine: by two runs", `${jobs}*-*${shop}${main}`, ["forgeable-branch"]],
    ["engine: a mask with a run behind it", `${jobs}${mask}*${main}`, ["forgeable-branch"]],
    [
      "engine: too many single wildcards, so that only the forger gets in",
      `${jobs}${"?".repeat(160)}${shop}${main}`,
      ["forgeable-branch"],
    ],
    [
      "engine: a segment that no subject has, so that only the forger gets in",
      `${jobs}*/x${shop}${main}`,
      ["forgeable-branch"],
    ],
    ["engine: the ref without its word", `${jobs}*refs/heads/main`, ["forgeable-branch"]],
    ["engine: the branch alone", `${jobs}*/main`, ["forgeable-branch"]],
    [
      "engine: the repository without its word",
      `${jobs}*acme/shop/*`,
      ["forgeable-branch", "every-branch", "forks"],
    ],
    ["engine: origin without ref", `${jobs}*${shop}`, ["forgeable-branch"]],
    [
      "engine: a tag's rule met by a branch",
      `${jobs}*${shop}/vcs-ref/refs/tags/v*`,
      ["forgeable-branch"],
    ],
    [
      "engine: a letter of the word left open",
      `${jobs}*/vcs-re?/refs/heads/main`,
      ["forgeable-branch"],
    ],
    ["engine: every ref", `${jobs}${mask}${shop}/vcs-ref/*`, ["every-branch"]],
    ["engine: every ref, spelt further", `${jobs}${mask}${shop}/vcs-ref/refs/*`, ["every-branch"]],
    [
      "engine: every branch by two runs",
      `${jobs}${mask}${shop}/vcs-ref/refs/heads/**`,
      ["every-branch"],
    ],
    ["engine: every branch by ?*", `${jobs}${mask}${shop}/vcs-ref/refs/heads/?*`, ["every-branch"]],
    ["engine: every branch by no ref at all", `${jobs}${mask}${shop}/*`, ["every-branch"]],
    ["engine: a prefix", `${jobs}${mask}${shop}/vcs-ref/refs/heads/release*`, ["branch-prefix"]],
    [
      "engine: a prefix by *?",
      `${jobs}${mask}${shop}/vcs-ref/refs/heads/release*?`,
      ["branch-prefix"],
    ],
    [
      "engine: a fork keeps its repository's name",
      `${jobs}${mask}/vcs-origin/github.com/*/shop/vcs-ref/refs/heads/*`,
      ["forgeable-branch", "every-branch", "forks"],
    ],
    [
      "engine: a fork's owner with a prefix",
      `${jobs}${mask}/vcs-origin/github.com/acme*/shop/vcs-ref/refs/heads/pull/*`,
      ["forgeable-branch", "forks"],
    ],
    [
      "engine: the project anywhere",
      `*project/${project}/*`,
      ["forgeable-branch", "any-project", "forks"],
    ],
    [
      "engine: the organisation's place open",
      `org/*/project/${project}/user/*`,
      ["forgeable-branch", "any-project", "forks"],
    ],
    [
      "engine: a user and any project",
      `org/${organization}/project/*/user/${person}`,
      ["forgeable-branch", "any-project"],
    ],
    [
      "engine: a part of a project",
      `org/${organization}/project/aaaa*/user/*${shop}${main}`,
      ["forgeable-branch", "project-in-part"],
    ],
    [
      "engine: a part of a project alone",
      `org/${organization}/project/aaaa*/user/*`,
      ["project-in-part"],
    ],
    [
      "engine: a part that a few tries meet",
      `org/${organization}/project/????????-????-4???-????-????????????/user/*`,
      ["any-project"],
    ],
    [
      "engine: a project with a run behind its id",
      `org/${organization}/project/${project}*/user/${mask}${shop}${main}`,
      ["forgeable-branch"],
    ],
    [
      "engine: a repository of any owner, of one branch",
      `${jobs}${mask}/vcs-origin/github.com/*/shop${main}`,
      ["forgeable-branch", "forks"],
    ],
    ["engine: origin and ref free anyway", `${jobs}*/vcs-origin/*/vcs-ref/*`, ["forks"]],
    [
      "engine: origin and ref free, under a mask",
      `${jobs}${mask}/vcs-origin/*/vcs-ref/refs/*`,
      ["forks"],
    ],
    [
      "engine: the audit-log stream by its name",
      `org/${organization}/file-streaming/audit-logs`,
      ["audit-log-stream"],
    ],
    ["engine: no job passes", `org/${organization}/file-streaming/*`, ["audit-log-stream"]],
    ["engine: everything", "*", ["no-subject", "audit-log-stream", "any-project"]],
    [
      "engine: the organisation",
      `org/${organization}/*`,
      ["no-subject", "audit-log-stream", "any-project"],
    ],
  ])("%s", (_, subject, codes) => {
    expect(codesOf(like(subject))).toEqual(codes);
    expectTrueExamples(like(subject));
  });

  test("is reported with a branch that git takes and the policy admits", () => {
    expect(branchIn(like(`${jobs}*${main}`))).toContain(
      "a branch named x/vcs-ref/refs/heads/main, of any repository, matches",
    );
    const example = `org/${organization}/project/*/user/*/vcs-origin/github.com/my-org/*${main}`;
    expect(branchIn(like(example))).toContain(
      "a branch named x/vcs-origin/github.com/my-org/x/vcs-ref/refs/heads/main, of any repository",
    );
    expect(branchIn(like(`${jobs}${mask}/vcs-origin/github.com/acme/*${main}`))).toMatch(
      /a branch named x\/vcs-ref\/refs\/heads\/main, of repository github\.com\/acme\//,
    );
  });

  test("is asked of the whole list: what one pattern forges, another may mean", () => {
    expect(codesOf(like(`${jobs}*${shop}${main}`, `${jobs}*`))).toEqual(["forks"]);
    expect(codesOf(like(`${jobs}${mask}${shop}${main}`, `${jobs}*${shop}${main}`))).toEqual([
      "forgeable-branch",
    ]);
  });

  test("hangs on no operator: a set operator, IfExists, two blocks", () => {
    const naive = `${jobs}*${shop}${main}`;
    for (const operator of [
      "ForAnyValue:StringLike",
      "ForAllValues:StringLike",
      "StringLikeIfExists",
    ]) {
      const text = policy(
        statement({ StringEquals: audience, [operator]: { [key("sub")]: naive } }),
      );
      expect(codesOf(text), operator).toEqual(["forgeable-branch"]);
      expectTrueExamples(text);
    }
    const two = policy(
      statement({
        StringEquals: audience,
        StringLike: { [key("sub")]: `${jobs}*` },
        "ForAnyValue:StringLike": { [key("sub")]: `*${main}` },
      }),
    );
    expect(codesOf(two)).toEqual(["forgeable-branch"]);
  });

  test("is reported for a tag's name where a Deny excludes branches", () => {
    const heads = { StringLike: { [key("sub")]: "*/vcs-ref/refs/heads/*" } };
    const tags = statement({
      StringEquals: audience,
      StringLike: { [key("sub")]: `${jobs}*${shop}/vcs-ref/refs/tags/*` },
    });
    const text = policy(tags, statement(heads, { Effect: "Deny" }));
    expect(codesOf(text)).toEqual(["forgeable-branch"]);
    expect(branchIn(text)).toMatch(
      /a tag named \S*vcs-origin\/github\.com\/acme\/shop\/vcs-ref\/refs\/tags\/\S+, of any repository/,
    );
    expectTrueExamples(text);
  });

  test("is not reported where a Deny or another condition keeps it out", () => {
    const deny = (condition: Block) => statement(condition, { Effect: "Deny" });
    const forks = { StringNotLike: { [key("sub")]: `${jobs}${mask}${shop}/*` } };
    expect(codesOf(policy(base(), deny(forks)))).toEqual(["every-branch"]);
    const pulls = { StringLike: { [key("sub")]: "*/refs/heads/pull/*" } };
    expect(codesOf(policy(base(), deny(pulls)))).toEqual([]);
    const both = policy(
      statement({
        StringEquals: { ...audience, [projectKey]: project },
        StringLike: { [key("sub")]: `org/*/project/${project}/user/${mask}${shop}${main}` },
      }),
    );
    expect(codesOf(both)).not.toContain("any-project");
  });

  test("is reported for what a Deny spares, too", () => {
    const spare = (subject: string) =>
      policy(base(), statement({ StringNotLike: { [key("sub")]: subject } }, { Effect: "Deny" }));
    expect(codesOf(spare(`${jobs}${mask}${shop}${main}`))).toEqual([]);
    expect(codesOf(spare(`${jobs}*${shop}${main}`))).toEqual(["forgeable-branch"]);
    expectTrueExamples(spare(`${jobs}*${shop}${main}`));
    expect(codesOf(spare(`${jobs}${mask}${shop}/vcs-ref/refs/heads/v*`))).toEqual([
      "branch-prefix",
    ]);
  });

  test("takes the project's key for the project in the subject", () => {
    const only = policy(statement({ StringEquals: { ...audience, [projectKey]: project } }));
    expect(codesOf(only)).toEqual(["forks"]);
    expectTrueExamples(only);
    const part = policy(
      statement({ StringEquals: audience, StringLike: { [projectKey]: "aaaa*" } }),
    );
    expect(codesOf(part)).toEqual(["project-in-part"]);
    const not = policy(
      statement({ StringEquals: audience, StringNotEquals: { [projectKey]: project } }),
    );
    expect(codesOf(not)).toEqual(["audit-log-stream", "any-project"]);
    expectTrueExamples(not);
  });
});

describe("a tight pattern stays without a finding", () => {
  test.each([
    `${jobs}${mask}${shop}${main}`,
    `${jobs}${person}${shop}${main}`,
    `${jobs}${mask}${shop}/vcs-ref/refs/heads/release/*`,
    `${jobs}${mask}${shop}/vcs-ref/refs/tags/v*`,
    `${jobs}${mask}/vcs-origin/gitlab.com/acme/team/shop${main}`,
    `${jobs}${mask}`,
    `${jobs}${person}`,
  ])("%s", (subject) => {
    expect(codesOf(like(subject))).toEqual([]);
  });
});

test("a condition that holds for every token changes nothing", () => {
  const tight = { [key("sub")]: `${jobs}${mask}${shop}${main}` };
  for (const more of [
    { Bool: { "aws:SecureTransport": "true", "aws:ViaAWSService": "false" } },
    { Null: { [key("aud")]: "false", [projectKey]: "false" } },
    { StringEqualsIfExists: { "aws:ResourceAccount": "123456789012" } },
    { ArnEquals: { "aws:FederatedProvider": provider } },
  ]) {
    expect(
      codesOf(policy(statement({ StringEquals: audience, StringLike: tight, ...more }))),
    ).toEqual([]);
  }
});

test("an audience with a wildcard under StringEquals is literal, and reported", () => {
  const text = policy(
    statement({ StringEquals: { [key("aud")]: "*" }, StringLike: { [key("sub")]: jobs + mask } }),
  );
  expect(codesOf(text)).toEqual(["literal-wildcard"]);
});
