import { describe, expect, test } from "vitest";
import type { CauseCode } from "../../shared/diagnose/causes.ts";
import {
  claimsWith,
  conditions,
  host,
  mask,
  organization,
  otherOrganization,
  otherProject,
  project,
  provider,
  recordWith,
  roleArn,
  subjectOf,
  trustWith,
  user,
} from "./job.ts";
import { accountOfFile, ofSubject, type Row, rowsIn } from "./rows.ts";

const account = accountOfFile();
const rows = rowsIn(account);

describe("a variable whose value nobody says leaves the answer undecided", () => {
  const asked = { role: roleArn, claims: claimsWith() };
  const withName = { [`${host}:sub`]: "*/heads/${sts:RoleSessionName}" };

  rows(
    [
      [
        "where it may let the job in",
        asked,
        null,
        "undecided",
        "asks for sts:rolesessionname: the input does not say",
      ],
      ["but not where it is known", { ...asked, roleSessionName: "main" }, null],
      ["and refuses", { ...asked, roleSessionName: "other" }, "condition-refused"],
    ],
    trustWith({ StringLike: withName }),
  );
  rows(
    [
      ["where it may keep the job out", asked, null, "undecided", "does not say"],
      ["but not where it does", { ...asked, roleSessionName: "main" }, "condition-refused"],
    ],
    trustWith({ StringNotLike: withName }),
  );
});

describe("a condition whose meaning is not documented", () => {
  rows(
    [
      [
        "is said to be that, for the subject is known",
        { role: roleArn, claims: claimsWith() },
        null,
        "undecided",
        "what IAM makes of that is not documented",
      ],
    ],
    trustWith({ NumericNotEquals: { [`${host}:sub`]: "5" } }),
  );
});

describe("the segment that differs", () => {
  rows([
    // DHS-868, archimedes#1737, DarkHours#129
    [
      "is the project",
      ofSubject(subjectOf({ project: otherProject })),
      "project-refused",
      otherProject,
      project,
    ],
    [
      "is the repository",
      ofSubject(subjectOf({ origin: "github.com/acme/other" })),
      "origin-refused",
      "github.com/acme/other",
      "asks for github.com/acme/shop",
    ],
    [
      "is the branch",
      ofSubject(subjectOf({ ref: "refs/heads/dev" })),
      "ref-refused",
      "refs/heads/dev",
      "asks for refs/heads/main",
    ],
    // configure-aws-credentials#1100, #318
    [
      "is only the repository's case",
      ofSubject(subjectOf({ origin: "github.com/Acme/shop" })),
      "origin-refused",
      "only the case differs",
    ],
    [
      "is only the branch's case",
      ofSubject(subjectOf({ ref: "refs/heads/Main" })),
      "ref-refused",
      "only the case differs",
    ],
    [
      "is not there: a V1 token",
      ofSubject(`org/${organization}/project/${project}/user/${user}`),
      "token-version",
      "CIRCLE_OIDC_TOKEN_V2",
    ],
    [
      "is the first of several",
      ofSubject(
        subjectOf({ project: otherProject, origin: "github.com/x/y", ref: "refs/tags/v1" }),
      ),
      "project-refused",
    ],
    [
      "is a pull request's branch",
      ofSubject(subjectOf({ ref: "refs/heads/pull/7" })),
      "ref-refused",
      "pull request",
    ],
    [
      "is not of a job",
      ofSubject(`org/${organization}/file-streaming/audit-logs`),
      "condition-refused",
      "should be refused",
    ],
    [
      "is the same by hand",
      { role: roleArn, claims: claimsWith({ sub: subjectOf({ ref: "refs/heads/dev" }) }) },
      "ref-refused",
    ],
  ]);

  const sub = (operator: string, ...patterns: readonly string[]) =>
    trustWith({ [operator]: { [`${host}:sub`]: patterns } });
  const under = (pattern: string) => sub("StringLike", `org/${organization}/${pattern}`);
  const dev = ofSubject(subjectOf({ ref: "refs/heads/dev" }));
  const of = (title: string, input: unknown, code: CauseCode | null, ...words: string[]): Row[] => [
    [title, input, code, ...words],
  ];
  rows(
    of(
      "is the ref, behind a * for user and origin",
      dev,
      "ref-refused",
      "asks for refs/heads/main",
    ),
    under(`project/${project}/user/*/vcs-ref/refs/heads/main`),
  );
  rows(
    of("is the project, where * stands for the rest", dev, "project-refused", otherProject),
    under(`project/${otherProject}/*`),
  );
  rows(
    of("is only the project's case", dev, "project-refused", "only the case differs"),
    under(`project/${project.toUpperCase()}/user/*`),
  );
  rows(
    of("is the user", dev, "user-refused", user),
    under(`project/${project}/user/${otherOrganization}/vcs-origin/*`),
  );
  rows(
    of("is what follows a pattern that ends after the user", dev, "token-version", "goes on"),
    under(`project/${project}/user/${mask}`),
  );
  rows(
    of("is what follows a pattern that ends after the origin", dev, "condition-refused", "goes on"),
    under(`project/${project}/user/*/vcs-origin/github.com/acme/shop`),
  );
  rows(
    of(
      "is reported of the project's own patterns alone",
      dev,
      "ref-refused",
      "refs/heads/main or refs/tags/v1",
    ),
    sub(
      "StringLike",
      `org/${organization}/project/${otherProject}/user/*/vcs-ref/refs/heads/dev`,
      `org/${organization}/project/${project}/user/*/vcs-ref/refs/heads/main`,
      `org/${organization}/project/${project}/user/*/vcs-ref/refs/tags/v1`,
    ),
  );
  rows(
    of("is not one, where * is a plain character", dev, "condition-refused", "StringLike"),
    sub("StringEquals", `org/${organization}/project/${project}/user/*`),
  );
  rows(
    of("cannot be named in another issuer's pattern", dev, "condition-refused", "repo:acme/shop:*"),
    sub("StringLike", "repo:acme/shop:*"),
  );
  rows(
    of("is the organisation of the pattern", dev, "condition-refused", otherOrganization),
    sub("StringLike", `org/${otherOrganization}/project/*`),
  );
});

describe("the trust policy", () => {
  const refused = (title: string, code: CauseCode | null, ...words: string[]): Row[] => [
    [`${title}, in a record`, recordWith(), code, ...words],
    [`${title}, by hand`, { role: roleArn, claims: claimsWith() }, code, ...words],
  ];
  const past = "2026-01-31T00:00:00Z";
  const ended = { ...conditions, DateLessThan: { "aws:CurrentTime": past } };
  rows(refused("with an entry that has ended", "entry-ended", past, "until"), trustWith(ended));
  rows(
    refused("with an entry that has ended, in seconds", "entry-ended"),
    trustWith({ ...conditions, NumericLessThanEquals: { "aws:EpochTime": "1600000000" } }),
  );
  rows(
    refused("with an entry that has not begun", "condition-refused"),
    trustWith({ ...conditions, DateGreaterThan: { "aws:CurrentTime": "2099-01-01T00:00:00Z" } }),
  );
  rows(
    refused("for AssumeRole", "action-refused", "sts:AssumeRole"),
    trustWith(conditions, { Action: "sts:AssumeRole" }),
  );
  rows(
    refused("for another provider", "trust-other-provider", "token.actions.githubusercontent.com"),
    trustWith(
      {},
      {
        Principal: {
          Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
        },
      },
    ),
  );
  rows(
    refused("for the provider of another account", "trust-other-provider", "999988887777"),
    trustWith(conditions, {
      Principal: { Federated: provider.replace("123456789012", "999988887777") },
    }),
  );
  rows(
    refused("for the issuer that all organisations share", "trust-other-provider", "any"),
    trustWith(conditions, {
      Principal: { Federated: "arn:aws:iam::123456789012:oidc-provider/oidc.circleci.com" },
    }),
  );
  rows(
    refused("for users of the account", "trust-other-provider"),
    trustWith(
      {},
      { Principal: { AWS: "arn:aws:iam::123456789012:root" }, Action: "sts:AssumeRole" },
    ),
  );
  rows(
    refused("with another audience", "audience-refused", "sts.amazonaws.com"),
    trustWith({ StringEquals: { [`${host}:aud`]: "sts.amazonaws.com" } }),
  );
  rows(
    refused("with another project's id alone", "project-refused", otherProject),
    trustWith({ StringEquals: { [`${host}:oidc.circleci.com/project-id`]: otherProject } }),
  );
  rows(
    refused("with a key that STS never makes", "condition-refused", "no such key"),
    trustWith({ StringEquals: { [`${host}:oidc.circleci.com/vcs-ref`]: "refs/heads/main" } }),
  );
  rows(
    refused("with such a key negated", null, "admits this token"),
    trustWith({ StringNotEquals: { [`${host}:oidc.circleci.com/vcs-ref`]: "refs/heads/main" } }),
  );
  rows(refused("with a Deny", "denied", "NoShop"), {
    Version: "2012-10-17",
    Statement: [
      ...[trustWith(conditions)].flatMap((one) => Object.values(one)[1]),
      {
        Sid: "NoShop",
        Effect: "Deny",
        Principal: "*",
        Action: "sts:AssumeRoleWithWebIdentity",
        Condition: { StringLike: { [`${host}:sub`]: "*/vcs-origin/github.com/acme/*" } },
      },
    ],
  });
  rows(
    [
      ["with a session's name, in a record", recordWith(), "condition-refused", "acme-42"],
      [
        "with a session's name that nobody says",
        { role: roleArn, claims: claimsWith() },
        null,
        "undecided",
        "sts:RoleSessionName",
      ],
    ],
    trustWith({ ...conditions, StringLike: { "sts:RoleSessionName": "other-*" } }),
  );
  rows(
    [
      ["with an address, in a record", recordWith(), null, "admits this token"],
      [
        "with an address that nobody says",
        { role: roleArn, claims: claimsWith() },
        null,
        "undecided",
        "aws:SourceIp",
      ],
    ],
    trustWith({ ...conditions, IpAddress: { "aws:SourceIp": "192.0.2.0/24" } }),
  );
  rows(
    refused("with a tag that the role has not", "condition-refused", "aws:ResourceTag/stage"),
    trustWith({ ...conditions, StringEquals: { "aws:ResourceTag/stage": "prod" } }),
  );

  test("with an entry that ended after the job asked let it in then", async () => {
    const trust = trustWith({
      ...conditions,
      DateLessThan: { "aws:CurrentTime": "2026-11-22T10:30:00Z" },
    });
    account().sandbox.createRole({ name: "Acme-Late", path: "/ci/", trust });
    const { diagnosis } = await account().diagnosed(
      recordWith({}, { roleArn: roleArn.replace("Acme-CI", "Acme-Late") }),
    );
    expect(diagnosis?.cause).toBeNull();
  });
});

test("a statement whose moment has passed is nearer than one of another project", async () => {
  const own = { ...conditions, DateLessThan: { "aws:CurrentTime": "2026-01-31T00:00:00Z" } };
  const others = JSON.parse(JSON.stringify(conditions).replaceAll(project, otherProject));
  const statements = [trustWith(others), trustWith(own)].flatMap((one) => Object.values(one)[1]);
  account().sandbox.createRole({
    name: "Acme-Two",
    path: "/ci/",
    trust: { Version: "2012-10-17", Statement: statements },
  });
  const { diagnosis } = await account().diagnosed({ role: "Acme-Two", claims: claimsWith() });
  expect(diagnosis?.cause?.code).toBe("entry-ended");
});

test("obstacles have the condition's place, and only where the trust policy refused", async () => {
  const dev = ofSubject(subjectOf({ ref: "refs/heads/dev" }));
  const refused = await account().diagnosed(dev);
  expect(refused.diagnosis?.obstacles).toMatchObject([{ part: "condition" }]);
  expect(refused.diagnosis?.obstacles[0]?.where).toContain("sub");
  const expired = await account().diagnosed({ ...dev, errorCode: "ExpiredToken" });
  expect(expired.diagnosis?.obstacles).toEqual([]);
});

describe("one wildcard for several segments", () => {
  const like = (rest: string) => ({
    StringLike: { [`${host}:sub`]: `org/${organization}/${rest}` },
  });
  const cases: readonly (readonly [string, CauseCode])[] = [
    [`project/${project}/*/refs/heads/main`, "ref-refused"],
    [`project/${project}/*/vcs-ref/refs/heads/main`, "ref-refused"],
    [`project/${project}/*github.com/acme/other/vcs-ref/*`, "origin-refused"],
    [`project/${otherProject}/*`, "project-refused"],
    [`project/*/user/${otherProject}/*`, "user-refused"],
    [`project/*github.com/acme/other*`, "origin-refused"],
  ];
  test.each(cases)("%s: %s", async (rest, code) => {
    account().sandbox.createRole({ name: "Wild", path: "/ci/", trust: trustWith(like(rest)) });
    const claims = claimsWith({ sub: subjectOf({ ref: "refs/heads/dev" }) });
    const { diagnosis } = await account().diagnosed({ role: "Wild", claims });
    expect(diagnosis?.cause?.code).toBe(code);
  });
});
