import { describe, expect, test } from "vitest";
import { evaluateTrust } from "../../sandbox/evaluate/index.ts";
import type { Witness } from "../../shared/compare/index.ts";
import { trustAnswer } from "./answers.ts";
import {
  type Block,
  key,
  organization,
  otherProject,
  policy,
  project,
  provider,
  statement,
} from "./documents.ts";

const account = "123456789012";
const iam = (resource: string) => `arn:aws:iam::${account}:${resource}`;
const dep = iam("role/dep");
const deep = iam("role/ci/deep/dep");
const user = iam("user/ada");
const root = iam("root");
const session = `arn:aws:sts::${account}:assumed-role/dep/nightly`;
const service = "codebuild.amazonaws.com";
const stream = `org/${organization}/file-streaming/audit-logs`;
const projectId = key("oidc.circleci.com/project-id");
const arn = "aws:PrincipalArn";
const accountId = "aws:PrincipalAccount";

/** Who may assume the role, and on which conditions. */
function may(principal: unknown, condition: Block = {}, more: object = {}): object {
  const named = typeof principal === "string" && principal !== "*" ? { AWS: principal } : principal;
  const Action = "sts:AssumeRole";
  return { Effect: "Allow", Principal: named, Action, Condition: condition, ...more };
}

/** Roles of twelve other accounts, each named whole. */
const rolesOfMany = Array.from({ length: 12 }, (_, at) =>
  may(`arn:aws:iam::${100_000_000_000 + at}:role/r${at}`),
);

function deny(condition: Block, more: object = {}): object {
  return may("*", condition, { Effect: "Deny", Action: "*", ...more });
}

/** A job of one project, by audience and subject. */
function jobs(condition: Block = {}, more: object = {}): object {
  const { StringEquals = {}, StringLike = {}, ...rest } = condition;
  const block = {
    StringEquals: { [key("aud")]: organization, ...StringEquals },
    StringLike: { [key("sub")]: subject(project), ...StringLike },
  };
  return statement({ ...block, ...rest }, more);
}

function subject(id: string): string {
  return `org/${organization}/project/${id}/user/*`;
}

function compared(before: readonly object[], after: readonly object[]) {
  const answer = trustAnswer({ before: policy(...before), after: policy(...after) });
  if (answer.kind === "refused") throw new Error(answer.error.message);
  return answer;
}

const manySubjects = Array.from({ length: 300 }, (_, at) => `*/${at}/*`);

type Row = readonly [what: string, before: readonly object[], after: readonly object[]];

/** Conditions that hold for everybody who can come: without them nobody new comes. */
const nobodyNew: readonly Row[] = [
  // The access that is to survive a role that is re-created.
  ["a role's own ARN", [may(dep, { ArnEquals: { [arn]: dep } })], [may(dep)]],
  ["the account, by the role's ARN", [may(root, { ArnEquals: { [arn]: dep } })], [may(dep)]],
  ["a role, by its account", [may(dep)], [may(root, { ArnEquals: { [arn]: dep } })]],
  ["a role on a path", [may(deep, { ArnEquals: { [arn]: deep } })], [may(deep)]],
  ["a role's ARN as text", [may(dep, { StringEquals: { [arn]: dep } })], [may(dep)]],
  ["a pattern of ARNs", [may(deep, { ArnLike: { [arn]: iam("role/ci/*") } })], [may(deep)]],
  ["a list of ARNs", [may(dep, { ArnEquals: { [arn]: [user, dep] } })], [may(dep)]],
  ["not another role", [may(dep, { ArnNotEquals: { [arn]: deep } })], [may(dep)]],
  ["an ARN, if there is one", [may(dep, { ArnEqualsIfExists: { [arn]: dep } })], [may(dep)]],
  ["an ARN at all", [may(dep, { Null: { [arn]: "false" } })], [may(dep)]],
  ["a user's own ARN", [may(user, { ArnEquals: { [arn]: user } })], [may(user)]],
  [
    "the role of a session",
    [may({ AWS: [dep, session] }, { ArnEquals: { [arn]: dep } })],
    [may({ AWS: [dep, session] })],
  ],
  [
    "the role of a session, wherever its path leads",
    [may(session, { ArnLike: { [arn]: [dep, iam("role/*/dep")] } })],
    [may(session)],
  ],
  [
    "two roles, each by its ARN",
    [may({ AWS: [dep, user] }, { ArnLike: { [arn]: [dep, user] } })],
    [may({ AWS: [dep, user] })],
  ],
  // Belt and braces.
  ["the account's id", [may(root, { StringEquals: { [accountId]: account } })], [may(root)]],
  [
    "not another account",
    [may(root, { StringNotEquals: { [accountId]: "210987654321" } })],
    [may(root)],
  ],
  [
    "a list of accounts",
    [may(dep, { StringEquals: { [accountId]: ["210987654321", account] } })],
    [may(dep)],
  ],
  [
    "the account of an ARN",
    [may(root, { ArnLike: { [arn]: iam("role/*") } })],
    [may(root, { ArnLike: { [arn]: "arn:*:iam::*:role/*" } })],
  ],
  ["no service", [may(dep, { Bool: { "aws:PrincipalIsAWSService": "false" } })], [may(dep)]],
  [
    "a service",
    [may({ Service: service }, { Bool: { "aws:PrincipalIsAWSService": "true" } })],
    [may({ Service: service })],
  ],
  [
    "a role's type",
    [may(dep, { StringEquals: { "aws:PrincipalType": "AssumedRole" } })],
    [may(dep)],
  ],
  ["a safe line, for a role", [may(dep, { Bool: { "aws:SecureTransport": "true" } })], [may(dep)]],
  [
    "a safe line, for a service",
    [may({ Service: service }, { Bool: { "aws:SecureTransport": "true" } })],
    [may({ Service: service })],
  ],
  ["a safe line, for a job", [jobs({ Bool: { "aws:SecureTransport": "true" } })], [jobs()]],
  ["a job's provider", [jobs({ StringEquals: { "aws:FederatedProvider": provider } })], [jobs()]],
  ["everybody with one ARN", [may(dep)], [may("*", { ArnEquals: { [arn]: dep } })]],
  ["one call of a token", [jobs()], [jobs(), jobs({}, { Action: "sts:AssumeRole" })]],
  ["a user's name", [may(user, { StringEquals: { "aws:username": "ada" } })], [may(user)]],
  ["the form of a role's id", [may(dep, { StringLike: { "aws:userid": "AROA*:*" } })], [may(dep)]],
  [
    "a session's name in its id",
    [may(session, { StringLike: { "aws:userid": "*:nightly" } })],
    [may(session)],
  ],
  ["temporary credentials", [may(dep, { Null: { "aws:TokenIssueTime": "false" } })], [may(dep)]],
  [
    "each of many subjects, if there is one",
    [jobs({ StringLike: { [key("sub")]: manySubjects } })],
    [
      statement({
        StringEquals: { [key("aud")]: organization },
        StringLikeIfExists: { [key("sub")]: manySubjects },
      }),
    ],
  ],
  ["a moment", [jobs({ Null: { "aws:CurrentTime": "false" } })], [jobs()]],
  [
    "no provider of a user",
    [may(user, { Null: { "aws:FederatedProvider": "true" } })],
    [may(user)],
  ],
  ["a token that no one signed", [jobs({ Null: { [arn]: "true" } })], [jobs()]],
  // One token, one project.
  ["the project's id", [jobs({ StringEquals: { [projectId]: project } })], [jobs()]],
  [
    "the project's id in any case",
    [jobs({ StringEqualsIgnoreCase: { [projectId]: project.toUpperCase() } })],
    [jobs()],
  ],
  [
    "the begin of the project's id",
    [jobs({ StringLike: { [projectId]: "aaaa*-?ddd-*" } })],
    [jobs()],
  ],
  [
    "the project's id by a pattern with more wildcards than there is room to write out",
    [jobs({ StringLike: { [projectId]: "a*a*-b*-4*c-8*-*e" } })],
    [jobs()],
  ],
  ["not another project", [jobs({ StringNotEquals: { [projectId]: otherProject } })], [jobs()]],
  [
    "a list of projects",
    [jobs({ StringEquals: { [projectId]: [otherProject, project] } })],
    [jobs()],
  ],
  ["a project id at all", [jobs({ Null: { [projectId]: "false" } })], [jobs()]],
  [
    "two projects",
    [
      jobs({
        StringEquals: { [projectId]: [project, otherProject] },
        StringLike: { [key("sub")]: [subject(project), subject(otherProject)] },
      }),
    ],
    [jobs({ StringLike: { [key("sub")]: [subject(project), subject(otherProject)] } })],
  ],
  [
    "a project by its subject, then by its id",
    [jobs()],
    [
      jobs({
        StringEquals: { [projectId]: project },
        StringLike: { [key("sub")]: `org/${organization}/project/*/user/*` },
      }),
    ],
  ],
  [
    "everybody by one provider",
    [jobs()],
    [jobs({ StringEquals: { "aws:FederatedProvider": provider } }, { Principal: "*" })],
  ],
  // The same by a Deny.
  ["a Deny of other roles", [may(dep), deny({ ArnNotEquals: { [arn]: dep } })], [may(dep)]],
  [
    "a Deny of other accounts",
    [may(root), deny({ StringNotEquals: { [accountId]: account } })],
    [may(root)],
  ],
  [
    "a Deny of the open line",
    [jobs(), deny({ Bool: { "aws:SecureTransport": "false" } })],
    [jobs()],
  ],
  [
    "a Deny of other projects",
    [jobs(), deny({ StringNotEquals: { [projectId]: project } })],
    [jobs()],
  ],
  [
    "a Deny of other projects, in every token",
    [jobs(), deny({ StringNotEqualsIfExists: { [projectId]: project } })],
    [jobs()],
  ],
];

/** Changes that let somebody in who can come. */
const somebodyNew: readonly Row[] = [
  [
    "a condition that no request of the role meets",
    [may(dep, { ArnEquals: { [arn]: user } })],
    [may(dep)],
  ],
  [
    "a session's ARN, which the key never holds",
    [may(dep, { ArnEquals: { [arn]: session } })],
    [may(dep)],
  ],
  // Nobody says which path the role of a session has: there may be another than a condition asks for.
  [
    "a session's role without a path",
    [may(session, { ArnEquals: { [arn]: dep } })],
    [may(session)],
  ],
  [
    "a session whose role is not on a path",
    [may(user)],
    [may(user), may(session, { ArnNotEquals: { [arn]: deep } })],
  ],
  ["a role's ARN without its path", [may(deep, { ArnEquals: { [arn]: dep } })], [may(deep)]],
  [
    "another account's id",
    [may(root, { StringEquals: { [accountId]: "210987654321" } })],
    [may(root)],
  ],
  [
    "a role that is a service",
    [may(dep, { Bool: { "aws:PrincipalIsAWSService": "true" } })],
    [may(dep)],
  ],
  [
    "a service that does not exist",
    [may({ Service: service }, { Bool: { "aws:PrincipalIsAWSService": "false" } })],
    [may({ Service: service })],
  ],
  ["an open line", [jobs({ Bool: { "aws:SecureTransport": "false" } })], [jobs()]],
  [
    "another provider",
    [jobs({ StringEquals: { "aws:FederatedProvider": `${provider}x` } })],
    [jobs()],
  ],
  ["another project's id", [jobs({ StringEquals: { [projectId]: otherProject } })], [jobs()]],
  ["no project's id", [jobs({ Null: { [projectId]: "true" } })], [jobs()]],
  ["a Deny of the project", [jobs(), deny({ StringEquals: { [projectId]: project } })], [jobs()]],
  [
    "a role that was re-created",
    [may(dep, { StringLike: { "aws:userid": "AROAEXAMPLE:*" } })],
    [may(dep)],
  ],
  ["another user's name", [may(user, { StringEquals: { "aws:username": "eve" } })], [may(user)]],
  [
    "one user of the account's",
    [may(root, { StringEquals: { "aws:username": "ada" } })],
    [may(root)],
  ],
  ["all but one user", [may(root, { StringNotEquals: { "aws:username": "ada" } })], [may(root)]],
  ["a job that has signed", [jobs({ ArnLike: { [arn]: "*" } })], [jobs()]],
  [
    "everybody but one provider",
    [jobs({ StringNotEquals: { "aws:FederatedProvider": provider } }, { Principal: "*" })],
    [jobs({}, { Principal: "*" })],
  ],
  ["one ARN of the account's", [may(root, { ArnEquals: { [arn]: dep } })], [may(root)]],
  ["all but one of the account's", [may(root, { ArnNotEquals: { [arn]: dep } })], [may(root)]],
  [
    "the role's own ARN, and a user beside",
    [may(dep, { ArnEquals: { [arn]: dep } })],
    [may({ AWS: [dep, user] })],
  ],
  [
    "a project's id, and a project beside",
    [jobs({ StringEquals: { [projectId]: project } })],
    [jobs({ StringLike: { [key("sub")]: [subject(project), subject(otherProject)] } })],
  ],
  [
    "a project's id, and any project",
    [jobs({ StringEquals: { [projectId]: project } })],
    [jobs({ StringLike: { [key("sub")]: `org/${organization}/*` } })],
  ],
  [
    "everybody in the account's place",
    [may(root, { StringEquals: { [accountId]: account } })],
    [may("*")],
  ],
];

describe("possible", () => {
  test.each(nobodyNew)(
    "is false without %s, and the verdict stays that of the free space",
    (_what, before, after) => {
      const answer = compared(before, after);
      expect(answer).toMatchObject({ widens: true, possible: { widens: false } });
      expect(answer.admitted?.reachable).toBe(false);
      expect(compared(after, before)).toMatchObject({
        narrows: true,
        possible: { narrows: false },
      });
    },
  );

  test.each(somebodyNew)("is true: %s", (_what, before, after) => {
    const answer = compared(before, after);
    expect(answer).toMatchObject({ widens: true, possible: { widens: true } });
    const { admitted } = answer;
    if (admitted === null) throw new Error("no witness");
    expect(admitted.reachable).toBe(true);
    expect(decisionOf(before, admitted)).not.toBe("allow");
    expect(decisionOf(after, admitted)).toBe("allow");
    expect(compared(after, before).possible.narrows).toBe(true);
  });

  test("is false where nothing differs", () => {
    expect(compared([jobs()], [jobs()]).possible).toEqual({ widens: false, narrows: false });
    const twice = compared([jobs()], [jobs(), jobs()]);
    expect(twice).toMatchObject({
      verdict: "equivalent",
      possible: { widens: false, narrows: false },
    });
  });

  test.each<Row>([
    [
      "whether a token's call has an account",
      [jobs({ StringNotEquals: { [accountId]: account } })],
      [jobs()],
    ],
    [
      "whether the provider's tokens bring tags",
      [jobs()],
      [jobs({}, { Action: ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"] })],
    ],
    [
      "what a service's account is",
      [may({ Service: service }, { StringNotEquals: { [accountId]: account } })],
      [may({ Service: service })],
    ],
    [
      "whether the audit-log stream has a project",
      [jobs({ Null: { [projectId]: "true" }, StringLike: { [key("sub")]: stream } })],
      [jobs({ StringLike: { [key("sub")]: stream } })],
    ],
    // A key tested as another type than its values have: what the caller holds is not looked for.
    ["an account as a number", [may(dep, { NumericEquals: { [accountId]: account } })], [may(dep)]],
    ["another number", [may(dep, { NumericNotEquals: { [accountId]: account } })], [may(dep)]],
    ["an account as an ARN", [may(dep, { ArnEquals: { [accountId]: dep } })], [may(dep)]],
    ["an account as a truth", [may(dep, { Bool: { [accountId]: "true" } })], [may(dep)]],
    ["an ARN as a date", [may(dep, { DateLessThan: { [arn]: "2020-01-01" } })], [may(dep)]],
    ["an ARN as an address", [may(dep, { NotIpAddress: { [arn]: "10.0.0.0/8" } })], [may(dep)]],
    [
      "the callers of more accounts than are looked at one by one",
      [...rolesOfMany, may(dep, { StringEquals: { "aws:PrincipalTag/team": "shop" } })],
      [...rolesOfMany, may(dep)],
    ],
  ])("stays open where nobody documents %s", (_what, before, after) => {
    expect(compared(before, after)).toMatchObject({
      widens: true,
      possible: { widens: null },
      admitted: { reachable: false },
    });
  });

  test.each([
    ["a number", [jobs({ NumericNotEquals: { [projectId]: "5" } })]],
    ["an ARN", [jobs({ ArnNotLike: { [projectId]: "arn:aws:s3:::x" } })]],
    [
      "a text and as an ARN",
      [
        jobs({ StringEquals: { [projectId]: project } }),
        jobs({ ArnNotLike: { [projectId]: otherProject } }),
      ],
    ],
  ])("stays open where the subject's project is tested as %s", (_what, before) => {
    expect(compared(before, [jobs()]).possible).toEqual({ widens: null, narrows: false });
  });

  test("is false in a direction that is undecided, where it is proved that nobody can come", () => {
    const tagged = { StringEquals: { "aws:PrincipalTag/team": `\${aws:TagKeys}` } };
    const before = [may(dep, tagged), deny({ ArnNotEquals: { [arn]: dep } })];
    const answer = compared(before, [may(dep, tagged)]);
    expect([answer.widens, answer.possible.widens]).not.toContain(true);
    expect(answer.possible.widens).toBe(false);
  });

  test("asks STS's own keys by partition: project-id is never sent in GovCloud", () => {
    const gov = { Federated: provider.replace("arn:aws:", "arn:aws-us-gov:") };
    const named = [jobs({ StringEquals: { [projectId]: project } }, { Principal: gov })];
    const plain = [jobs({}, { Principal: gov })];
    expect(compared(named, plain).possible).toEqual({ widens: true, narrows: false });
    const negated = [jobs({ StringNotEquals: { [projectId]: project } }, { Principal: gov })];
    expect(compared(negated, plain).possible).toEqual({ widens: false, narrows: false });
  });

  test("looks at every CircleCI provider where any may come", () => {
    const any = { Principal: { Federated: "*" } };
    const tied = compared([jobs({ StringEquals: { [projectId]: project } }, any)], [jobs({}, any)]);
    expect(tied).toMatchObject({ widens: true, possible: { widens: false } });
  });
});

function decisionOf(statements: readonly object[], witness: Witness): string {
  const context = new Map(Object.entries(witness.context));
  return evaluateTrust(JSON.parse(policy(...statements)), { ...witness, context }).decision;
}

describe("a witness", () => {
  test("is who its keys say", () => {
    const answer = compared([may(dep)], [may(root, { ArnLike: { [arn]: iam("role/ci/*") } })]);
    const { principal, context, reachable } = answer.admitted ?? {};
    expect({ id: principal?.id, arn: context?.[arn]?.[0], reachable }).toEqual({
      id: expect.stringMatching(/:role\/ci\/\w+$/),
      arn: principal?.id,
      reachable: true,
    });
  });

  test("is a possible one, where a shorter one is impossible", () => {
    const { admitted } = compared([may(dep, { ArnNotEquals: { [arn]: [user, dep] } })], [may(dep)]);
    expect(admitted).toMatchObject({ reachable: true, context: { [arn]: [dep] } });
  });

  test.each([
    ["everybody", { Principal: "*" }],
    ["anyone who is federated", { Principal: { Federated: "*" } }],
  ])("for %s is a CircleCI job", (_what, principal) => {
    for (const condition of [{}, { StringLike: { [key("sub")]: "org/*" } }]) {
      const { admitted } = compared([may(dep)], [may(dep), statement(condition, principal)]);
      expect(admitted).toMatchObject({ reachable: true, token: "v2" });
    }
  });

  test.each([
    ["aaaa*", "aaaa*"],
    ["*", "*a-*-ccc*"],
    ["?aaa*", "aaaaaaaa-*"],
    ["aaaaaaaa-????-*-????-*", "*"],
  ])("is found where the project in sub is %s and its id is %s", (inSubject, id) => {
    const wide = { StringLike: { [key("sub")]: subject(inSubject), [projectId]: id } };
    const before = [jobs({ StringEquals: { [projectId]: project } })];
    const { admitted } = compared(before, [jobs(wide)]);
    expect(admitted).toMatchObject({ reachable: true, token: "v2" });
    const written = /project\/([^/]*)/.exec(admitted?.context[key("sub")]?.[0] ?? "")?.[1];
    expect(admitted?.context[projectId]).toEqual([written]);
  });

  test.each([
    ["github.com/x", "refs/heads/main"],
    ["x.x/vcs-ref/refs/tags", "refs/heads/main"],
    ["git.acme.example/vcs-ref/refs/tags", "refs/heads/main"],
    ["github.com/acme/tools/shop", "refs/heads/main"],
    ["github.com/acme/shop", "refs/heads//main"],
    ["github.com/acme/shop", "refs/heads/main.lock"],
    ["github.com/acme/shop", "refs/pull/7/head"],
  ])("from %s on %s is not called reachable", (origin, ref) => {
    const one = subject(project).replace(/\*$/, project);
    const sub = `${one}/vcs-origin/${origin}/vcs-ref/${ref}`;
    const { admitted } = compared(
      [may(dep)],
      [may(dep), jobs({ StringLike: { [key("sub")]: sub } })],
    );
    expect(admitted).toMatchObject({ reachable: false, token: null });
  });
});
