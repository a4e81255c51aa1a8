import { describe, expect, test } from "vitest";
import { isWritten, parseSubject } from "../../shared/circleci/tokens.ts";
import { admitsTrust, explainTrust, renderExplanation } from "../../shared/compare/index.ts";
import {
  type Block,
  key,
  organization,
  policy,
  project,
  provider,
  statement,
} from "./documents.ts";

/**
 * What people's own trust policies do, each with what is true of the tokens that CircleCI can sign.
 * The first word of a title is where the case was seen; `engine` are cases found by trying them all.
 */
const at = new Date("2026-11-26T00:00:00Z");
const mask = "????????-????-????-????-????????????";
const person = "c2e94f1d-06a7-4b58-9f3e-71d8ab45c690";
const otherProject = "bbbbbbbb-cccc-4ddd-8eee-ffffffffffff";
const jobs = `org/${organization}/project/${project}/user/`;
const shop = "/vcs-origin/github.com/acme/shop";
const main = "/vcs-ref/refs/heads/main";
const audience = { [key("aud")]: organization };
const projectKey = key("oidc.circleci.com/project-id");

/** Findings that say that somebody gets in who may not be meant. */
const openings = [
  "any-project",
  "project-in-part",
  "forks",
  "audit-log-stream",
  "forgeable-branch",
  "every-branch",
  "branch-prefix",
  "no-subject",
  "no-audience",
];

function explained(text: string) {
  const explanation = explainTrust(text, at);
  if (explanation.kind === "refused") throw new Error(explanation.error.message);
  return explanation;
}

function codesOf(text: string): readonly string[] {
  return [...new Set(explained(text).looseEnds.map(({ code }) => code))];
}

/** The base policy with this subject. */
function like(...subjects: readonly string[]): string {
  return policy(statement({ StringEquals: audience, StringLike: { [key("sub")]: subjects } }));
}

function base(more: Block = {}, other: object = {}): object {
  return statement(
    {
      ...more,
      StringEquals: { ...audience, ...more["StringEquals"] },
      StringLike: { [key("sub")]: `${jobs}*`, ...more["StringLike"] },
    },
    other,
  );
}

/** Every example is a token that CircleCI can have signed, of a ref that git takes, and gets in. */
function expectTrueExamples(text: string): void {
  for (const { code, example, message } of explained(text).looseEnds) {
    if (example === undefined) continue;
    const subject = parseSubject(example);
    if (subject === null) throw new Error(`${code}: ${example} is no subject`);
    expect(isWritten(subject), example).toBe(true);
    const claims = {
      iss: `https://oidc.circleci.com/org/${organization}`,
      aud: organization,
      sub: example,
      ...(subject.kind === "job" ? { "oidc.circleci.com/project-id": subject.projectId } : {}),
    };
    const context = new Map([["aws:currenttime", at.toISOString().slice(0, 19).concat("Z")]]);
    expect(admitsTrust(text, claims, context).kind, `${code}: ${message}`).toBe("admitted");
  }
}

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

  test("is told with a branch that git takes and the policy admits", () => {
    const branchIn = (text: string) =>
      explained(text).looseEnds.find(({ code }) => code === "forgeable-branch")?.message ?? "";
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

  test("is not told where a Deny or another condition keeps it out", () => {
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

  test("is told of what a Deny spares, too", () => {
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

describe("a policy that no token can use says so, and why", () => {
  const dead: readonly (readonly [string, string, RegExp])[] = [
    ["circleci-docs#7801: a subject of GitHub", like("repo:acme/shop:*"), /GitHub/],
    [
      "aws-cli-orb#170: another organisation's",
      like(`org/22222222-2222-4333-8444-555555555555/project/*/user/*`),
      /another organisation/,
    ],
    [
      "aws-cli-orb#170: the issuer's host in front",
      like(`oidc.circleci.com/org/${organization}/project/${project}/user/*`),
      /host in front/,
    ],
    [
      "server-terraform#291, gitops-bridge#26, terraform-aws-iam#486: * under StringEquals",
      policy(statement({ StringEquals: { ...audience, [key("sub")]: `${jobs}*` } })),
      /\* is literal under StringEquals.*use StringLike/,
    ],
    [
      "a ? under StringEquals",
      policy(statement({ StringEquals: { ...audience, [key("sub")]: jobs + mask } })),
      /\? is literal under StringEquals.*use StringLike/,
    ],
    [
      "terraform-aws-iam#633: two subjects that exclude each other",
      policy(
        base({
          StringEquals: { [key("sub")]: `${jobs}${person}` },
          StringLike: { [key("sub")]: `org/${organization}/project/${otherProject}/user/*` },
        }),
      ),
      /exclude each other/,
    ],
    [
      "configure-aws-credentials#318, #1100: ids in upper case",
      like(`org/${organization}/project/${project.toUpperCase()}/user/*`),
      /lower case/,
    ],
    [
      "a vendor's page: sts:AssumeRole",
      policy(base({}, { Action: "sts:AssumeRole" })),
      /AssumeRoleWithWebIdentity only/,
    ],
    [
      "a key that is never sent",
      policy(base({ StringEquals: { [key("oidc.circleci.com/vcs-ref")]: "refs/heads/main" } })),
      /STS sends no/,
    ],
    [
      "a user's key, which a token has not",
      policy(base({ StringLike: { "aws:PrincipalTag/team": "*" } })),
      /STS sends no/,
    ],
    [
      "a key that is always sent, asked to be absent",
      policy(base({ Null: { [key("aud")]: "true" } })),
      /asks for its absence/,
    ],
    [
      "a key that is always true, asked to be false",
      policy(base({ Bool: { "aws:SecureTransport": "false" } })),
      /always true/,
    ],
    [
      "an end in the past",
      policy(base({ DateLessThan: { "aws:CurrentTime": "2026-11-25T00:00:00Z" } })),
      /time is over/,
    ],
    [
      "an end in the past, in seconds",
      policy(base({ NumericLessThan: { "aws:EpochTime": "1700000000" } })),
      /time is over/,
    ],
    [
      "a begin in the future",
      policy(base({ DateGreaterThan: { "aws:CurrentTime": "2027-01-01T00:00:00Z" } })),
      /not come/,
    ],
    ["a Deny over all", policy(base(), statement({}, { Effect: "Deny" })), /Deny always wins/],
    [
      "a Deny over the rest",
      policy(
        base(),
        statement({ StringNotEquals: { [projectKey]: otherProject } }, { Effect: "Deny" }),
      ),
      /Statement\[1\] denies/,
    ],
    [
      "the project's key against the subject",
      policy(base({ StringEquals: { [projectKey]: otherProject } })),
      /exclude each other/,
    ],
    [
      "a part of the project's key against the subject",
      policy(base({ StringLike: { [projectKey]: "bbbb*" } })),
      /exclude each other/,
    ],
    [
      "a mask that is too short",
      like(`${jobs}???????-????-????-????-????????????${shop}${main}`.replace("*", "")),
      /36 characters/,
    ],
    [
      "an origin without its host",
      like(`${jobs}${mask}/vcs-origin/acme/shop${main}`),
      /fits no subject/,
    ],
    [
      "an origin with a scheme",
      like(`${jobs}${mask}/vcs-origin/https://github.com/acme/shop${main}`),
      /fits no subject/,
    ],
    [
      "a repository of GitHub below groups",
      like(`${jobs}${mask}/vcs-origin/github.com/acme/team/shop${main}`),
      /fits no subject/,
    ],
    ["a ref without refs/", like(`${jobs}${mask}${shop}/vcs-ref/main`), /refs\/heads/],
    [
      "a branch that git does not take",
      like(`${jobs}${mask}${shop}/vcs-ref/refs/heads/a..b`),
      /fits no subject/,
    ],
    [
      "an ARN operator",
      policy(
        statement({
          StringEquals: audience,
          ArnLike: { [key("sub")]: "arn:aws:iam::123456789012:role/*" },
        }),
      ),
      /sub/,
    ],
    [
      "a session's name that STS does not take",
      policy(base({ StringLike: { "sts:RoleSessionName": "a b*" } })),
      /RoleSessionName/,
    ],
    [
      "two audiences at once",
      policy(base({ StringLike: { [key("aud")]: "sts.*" } })),
      /exclude each other/,
    ],
    [
      "two audiences at once, by the original one",
      policy(base({ StringEquals: { [key("oaud")]: "sts.amazonaws.com" } })),
      /exclude each other/,
    ],
  ];

  test.each(dead)("%s", (_, text, why) => {
    const { statements, looseEnds } = explained(text);
    expect(looseEnds.map(({ code }) => code).filter((code) => openings.includes(code))).toEqual([]);
    const said = looseEnds.filter(({ code }) => code === "nobody").map(({ message }) => message);
    expect(said.join()).toMatch(/^Nobody gets in/);
    expect(said.join()).toMatch(why);
    expect(statements[0]?.nobody).toMatch(why);
    expect(statements[0]?.sentence).toMatch(/Nobody gets in by this: .*\.$/);
  });

  test("and nothing of the kind is said where somebody gets in", () => {
    const texts = [
      like(`${jobs}*`),
      policy(base({ DateLessThan: { "aws:CurrentTime": "2026-11-27T00:00:00Z" } })),
      policy(base({ StringEquals: { [key("aud")]: ["sts.amazonaws.com", "x"] } })),
      policy(base({ Null: { [key("aud")]: "false" } })),
      policy(base(), statement({ StringNotEquals: { [projectKey]: project } }, { Effect: "Deny" })),
    ];
    for (const text of texts) {
      expect(codesOf(text)).not.toContain("nobody");
      expect(explained(text).statements[0]?.nobody).toBeNull();
    }
  });

  test("nor where the moment is not known", () => {
    const ended = policy(base({ DateLessThan: { "aws:CurrentTime": "2020-01-01T00:00:00Z" } }));
    const explanation = explainTrust(ended);
    expect(explanation).toMatchObject({ looseEnds: [{ code: "forks" }] });
  });

  test("of one statement, while the other is told as it is", () => {
    const text = policy(base({}, { Action: "sts:AssumeRole" }), base());
    expect(codesOf(text)).toEqual(["nobody", "forks"]);
    expect(explained(text).statements.map(({ nobody }) => nobody === null)).toEqual([false, true]);
  });

  test("through CircleCI, where others may come by the same statement", () => {
    const Principal = { Federated: provider, AWS: "123456789012" };
    const text = policy(base({}, { Principal, Action: "sts:AssumeRole" }));
    expect(explained(text).looseEnds[0]?.message).toContain("with a token of oidc.circleci.com");
    expect(explained(text).statements[0]?.nobody).toBeNull();
  });
});

describe("in another partition than aws", () => {
  const gov = { Principal: { Federated: provider.replace("arn:aws:", "arn:aws-us-gov:") } };

  test("the project's key is never sent: positive, nobody gets in", () => {
    const text = policy(statement({ StringEquals: { ...audience, [projectKey]: project } }, gov));
    expect(codesOf(text)).toEqual(["nobody", "key-never-sent"]);
    expect(explained(text).statements[0]?.nobody).toContain("in the partition aws-us-gov");
  });

  test.each([
    ["negated", { StringNotEquals: { [projectKey]: otherProject } }],
    ["IfExists", { StringEqualsIfExists: { [projectKey]: otherProject } }],
    ["for all of none", { "ForAllValues:StringEquals": { [projectKey]: otherProject } }],
    ["asked to be absent", { Null: { [projectKey]: "true" } }],
  ])("%s, it restricts nothing, and that is told", (_, condition) => {
    const text = policy(base(condition, gov));
    expect(codesOf(text)).toEqual(expect.arrayContaining(["forks", "key-never-sent"]));
    expect(codesOf(text)).not.toContain("nobody");
    const messages = explained(text)
      .looseEnds.map(({ message }) => message)
      .join();
    expect(messages).toContain("in the partition aws-us-gov: this condition always holds");
  });

  test("two partitions in one document are told apart", () => {
    const block = { StringEquals: { ...audience, [projectKey]: project } };
    const apart = explained(policy(statement(block), statement(block, gov)));
    expect(apart.statements.map(({ nobody }) => nobody === null)).toEqual([true, false]);
    const Federated = [provider, gov.Principal.Federated];
    const together = policy(statement(block, { Principal: { Federated } }));
    expect(codesOf(together)).toEqual(["nobody", "forks", "key-never-sent"]);
    expect(explained(together).statements[0]?.nobody).toBeNull();
  });
});

describe("other issuers", () => {
  const github = "token.actions.githubusercontent.com";
  const gh = (name: string) => `${github}:${name}`;
  const trusting = (condition: Block, more: { partition?: string; issuer?: string } = {}) =>
    statement(condition, {
      Principal: {
        Federated: `arn:${more.partition ?? "aws"}:iam::123456789012:oidc-provider/${more.issuer ?? github}`,
      },
    });
  const aud = { [gh("aud")]: "sts.amazonaws.com" };

  test.each<[string, Block, readonly string[]]>([
    ["cloud-audit#17: the audience alone", { StringEquals: aud }, ["any-repository"]],
    [
      "aws-infra: repo:*",
      { StringEquals: aud, StringLike: { [gh("sub")]: "repo:*" } },
      ["any-repository"],
    ],
    ["any subject", { StringLike: { [gh("sub")]: "*" } }, ["any-repository"]],
    [
      "a branch of any repository",
      { StringLike: { [gh("sub")]: "repo:*/*:ref:refs/heads/main" } },
      ["any-repository"],
    ],
    [
      "a repository's name without its owner",
      { StringLike: { [gh("sub")]: "repo:*/shop:*" } },
      ["any-repository"],
    ],
    [
      "the newer form, of any repository",
      { StringLike: { [gh("sub")]: "repo:*@*/*@*:*" } },
      ["any-repository"],
    ],
    [
      "keys that any repository can have",
      { StringEquals: { [gh("ref")]: "refs/heads/main", [gh("environment")]: "prod" } },
      ["any-repository"],
    ],
    [
      "a part of an owner's name",
      { StringLike: { [gh("sub")]: "repo:acme*/shop:*" } },
      ["wild-owner"],
    ],
    [
      "a part of an owner's name, by the key",
      { StringLike: { [gh("repository")]: "acme*/shop" } },
      ["wild-owner"],
    ],
    ["an owner", { StringLike: { [gh("sub")]: "repo:acme/*" } }, []],
    ["an owner in the newer form", { StringLike: { [gh("sub")]: "repo:acme@123/shop@456:*" } }, []],
    [
      "both forms",
      { StringLike: { [gh("sub")]: ["repo:acme/shop:*", "repo:acme@123/shop@456:*"] } },
      [],
    ],
    ["the repository's id", { StringEquals: { ...aud, [gh("repository_id")]: "555666777" } }, []],
    [
      "the repository by its key",
      { StringEquals: { [gh("repository")]: "acme/shop" }, StringLike: { [gh("sub")]: "repo:*" } },
      [],
    ],
    ["the enterprise", { StringEquals: { [gh("enterprise_id")]: "42" } }, []],
  ])("GitHub, %s", (_, condition, codes) => {
    const explanation = explained(policy(trusting(condition)));
    expect(explanation.looseEnds.map(({ code }) => code)).toEqual(codes);
    expect(explanation.beyondAws).toEqual([]);
    if (codes.includes("any-repository")) {
      expect(explanation.looseEnds[0]?.message).toContain("Any repository on GitHub may come");
    }
  });

  test("GitHub: a wildcard under StringEquals lets nobody in", () => {
    const text = policy(trusting({ StringEquals: { [gh("sub")]: "repo:acme/shop:*" } }));
    expect(codesOf(text)).toEqual(["nobody"]);
    expect(explained(text).statements[0]?.nobody).toContain("use StringLike");
  });

  test("GitHub's keys of 2026 are not sent outside the partition aws", () => {
    const shut = { StringEquals: { [gh("repository_id")]: "555666777" } };
    expect(codesOf(policy(trusting(shut, { partition: "aws-cn" })))).toEqual([
      "nobody",
      "key-never-sent",
    ]);
    const open = { StringEqualsIfExists: { [gh("repository_id")]: "555666777" } };
    expect(codesOf(policy(trusting(open, { partition: "aws-cn" })))).toEqual([
      "any-repository",
      "key-never-sent",
    ]);
  });

  test("an issuer of one enterprise is not all of GitHub", () => {
    const issuer = `${github}/acme-inc`;
    const text = policy(trusting({ StringEquals: { [`${issuer}:aud`]: "x" } }, { issuer }));
    expect(explained(text).looseEnds[0]?.message).toContain("of the enterprise acme-inc");
  });

  test.each([
    ["an issuer of one's own", "arn:aws:iam::123456789012:oidc-provider/sso.example.com"],
    ["Google", "accounts.google.com"],
    ["a SAML provider", "arn:aws:iam::123456789012:saml-provider/corporate"],
  ])("what is not known is said to be not examined: %s", (_, Federated) => {
    const text = policy(
      statement(
        { StringEquals: { "sts:RoleSessionName": "deploy" } },
        { Principal: { Federated } },
      ),
    );
    expect(codesOf(text)).toContain("not-examined");
    const shown = renderExplanation(explainTrust(text, at));
    expect(shown).toContain("Not examined");
    expect(shown).not.toContain("No loose ends");
    expect(shown).not.toContain("CircleCI");
  });

  test("each of several issuers is spoken of, and CircleCI's settings where it is one of them", () => {
    const text = policy(
      base(),
      trusting({ StringEquals: aud }),
      trusting({}, { issuer: "sso.example.com" }),
    );
    const explanation = explained(text);
    expect(codesOf(text)).toEqual(["any-repository", "forks", "not-examined"]);
    expect(explanation.issuers).toHaveLength(3);
    expect(explanation.beyondAws).not.toEqual([]);
    const shown = renderExplanation(explanation);
    for (const issuer of explanation.issuers) expect(shown).toContain(issuer);
  });
});

test("no loose ends are claimed where something could not be decided", () => {
  const text = policy(
    statement({
      StringEquals: audience,
      StringLike: { [key("sub")]: `${jobs}${mask}${shop}${main}` },
      "ForAnyValue:StringEqualsIfExists": { "aws:PrincipalOrgPaths": "o-1/*" },
    }),
  );
  expect(renderExplanation(explainTrust(text, at))).not.toContain("No loose ends.");
});

test("an audience with a wildcard under StringEquals is literal, and told", () => {
  const text = policy(
    statement({ StringEquals: { [key("aud")]: "*" }, StringLike: { [key("sub")]: jobs + mask } }),
  );
  expect(codesOf(text)).toEqual(["literal-wildcard"]);
});
