import { describe, expect, test } from "vitest";
import { explainTrust } from "../../../shared/explain/index.ts";
import {
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
  explained,
  jobs,
  like,
  main,
  mask,
  otherProject,
  person,
  projectKey,
  shop,
} from "./explained.ts";

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
    ["a list without a value", policy(base({ StringLike: { [key("sub")]: [] } })), /no value/],
    ["a variable that has no value", like(`${jobs}\${aws:username}`), /STS sends no aws:username/],
    [
      "an organisation's id in upper case in the provider",
      policy(
        base(
          {},
          { Principal: { Federated: provider.replace(/org\/.*/, `org/${project.toUpperCase()}`) } },
        ),
      ),
      /a UUID in lower case/,
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

  test("of one statement, while the other is explained as it is", () => {
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
  ])("%s, it restricts nothing, and that is reported", (_, condition) => {
    const text = policy(base(condition, gov));
    expect(codesOf(text)).toEqual(expect.arrayContaining(["forks", "key-never-sent"]));
    expect(codesOf(text)).not.toContain("nobody");
    const messages = explained(text)
      .looseEnds.map(({ message }) => message)
      .join();
    expect(messages).toContain("in the partition aws-us-gov: this condition always holds");
  });

  test("two partitions in one document are distinguished", () => {
    const block = { StringEquals: { ...audience, [projectKey]: project } };
    const apart = explained(policy(statement(block), statement(block, gov)));
    expect(apart.statements.map(({ nobody }) => nobody === null)).toEqual([true, false]);
    const Federated = [provider, gov.Principal.Federated];
    const together = policy(statement(block, { Principal: { Federated } }));
    expect(codesOf(together)).toEqual(["nobody", "forks", "key-never-sent"]);
    expect(explained(together).statements[0]?.nobody).toBeNull();
  });
});
