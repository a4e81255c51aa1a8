import { describe, expect, test } from "vitest";
import { admitsTrust, momentOf } from "../../shared/explain/index.ts";
import { startReplay } from "../../shared/replay/replay.ts";
import {
  dev,
  host,
  main,
  onRefs,
  organization,
  otherProject,
  parsed,
  patternOf,
  policyText,
  project,
  provider,
  recordOf,
  refusedCall,
  replay,
  role,
  statement,
  subjectOf,
  trusting,
} from "./records.ts";

const mainOnly = trusting("refs/heads/main");
const everyBranch = trusting("refs/heads/*");
const identityWith = (more: object) => ({
  userIdentity: {
    type: "WebIdentityUser",
    principalId: `${provider}:${organization}:${main}`,
    userName: main,
    identityProvider: provider,
    ...more,
  },
});

describe("who would be refused and who admitted", () => {
  test("is said with subject, audience, count, when last seen, and what stops it", () => {
    const records = [
      recordOf(main),
      recordOf(dev, { eventTime: "2026-11-20T10:00:00Z" }),
      recordOf(dev, { eventTime: "2026-11-21T10:00:00Z", ...refusedCall }),
      recordOf(dev, { eventTime: "2026-11-19T10:00:00Z" }),
    ];
    const narrowed = replay(records, { current: everyBranch, proposed: mainOnly });
    expect(narrowed).toMatchObject({
      records: 4,
      identities: 2,
      current: { admitted: 2, refused: 0 },
      proposed: { admitted: 1, refused: 1 },
      newlyRefused: [
        {
          subject: dev,
          audience: organization,
          count: 3,
          lastSeen: "2026-11-21T10:00:00Z",
          obstacle:
            "ref-refused: the token's ref is refs/heads/dev, the trust policy asks for refs/heads/main",
        },
      ],
      newlyAdmitted: [],
      first: "2026-11-19T10:00:00Z",
      last: "2026-11-22T10:00:00Z",
    });
    const widened = replay(records, { current: mainOnly, proposed: everyBranch });
    expect(widened.newlyRefused).toEqual([]);
    expect(widened.newlyAdmitted).toEqual(narrowed.newlyRefused);
  });

  test("lists the most frequent first, and those seen as often by subject and audience", () => {
    const other = (audience: string) => ({ responseElements: { audience, provider } });
    const records = [
      recordOf(dev),
      recordOf(subjectOf("refs/heads/b")),
      recordOf(subjectOf("refs/heads/a"), other("z")),
      recordOf(subjectOf("refs/heads/a"), other("y")),
      recordOf(subjectOf("refs/heads/a"), other("y")),
    ];
    const sub = { StringLike: { [`${host}:sub`]: "*" } };
    const current = parsed(policyText(statement(sub)));
    const { newlyRefused } = replay(records, { current, proposed: mainOnly });
    expect(newlyRefused.map(({ subject, audience }) => `${subject.slice(-5)} ${audience}`)).toEqual(
      ["ads/a y", "ads/a z", `ads/b ${organization}`, `s/dev ${organization}`],
    );
  });

  test("without a proposal nothing is new", () => {
    expect(replay([recordOf(main), recordOf(dev)], { current: mainOnly })).toMatchObject({
      current: { admitted: 1, refused: 1 },
      proposed: null,
      newlyRefused: [],
      newlyAdmitted: [],
    });
  });

  test("no record at all is an answer", () => {
    expect(replay([], { current: mainOnly, proposed: everyBranch })).toMatchObject({
      records: 0,
      identities: 0,
      current: { admitted: 0, refused: 0 },
      proposed: { admitted: 0, refused: 0 },
      first: null,
      last: null,
    });
  });

  const until = (end: string) =>
    parsed(
      policyText({
        ...onRefs("refs/heads/*"),
        Condition: {
          StringLike: { [`${host}:sub`]: patternOf("refs/heads/*") },
          DateLessThan: { "aws:CurrentTime": end },
        },
      }),
    );

  test.each([
    ["over now", "2026-11-25T00:00:00Z", 1],
    ["not over now", "2026-11-27T00:00:00Z", 0],
  ])("an entry's time counts as of now, not of the call: %s", (_, end, refused) => {
    const { newlyRefused } = replay([recordOf(dev)], {
      current: everyBranch,
      proposed: until(end),
    });
    expect(newlyRefused).toHaveLength(refused);
    if (refused > 0) expect(newlyRefused[0]?.obstacle).toMatch(/^entry-ended: the entry ended at/);
  });

  test("a policy without an Allow, a Deny, another provider: each says what stops", () => {
    const obstacleOf = (...statements: readonly object[]) =>
      replay([recordOf(main)], {
        current: everyBranch,
        proposed: parsed(policyText(...statements)),
      }).newlyRefused[0]?.obstacle;
    const deny = { ...onRefs("refs/heads/main"), Effect: "Deny" };
    expect(obstacleOf(deny)).toMatch(/^denied: the Deny Statement\[0\] applies/);
    const others = { ...deny, Condition: { StringLike: { [`${host}:sub`]: "nobody" } } };
    expect(obstacleOf(others)).toBe("trust-other-provider: the trust policy has no Allow");
    expect(obstacleOf(deny, onRefs("refs/heads/*"))).toMatch(/a Deny always wins/);
    const elsewhere = provider.replace("123456789012", "999999999999");
    expect(obstacleOf(statement({}, { Principal: { Federated: elsewhere } }))).toContain(
      `trust-other-provider: the trust policy admits anyone who has a token of ${elsewhere}, and the token's provider is ${provider}`,
    );
  });
});

describe("what nobody can decide from a record", () => {
  const named = (name: string) =>
    parsed(
      policyText({
        ...onRefs("refs/heads/*"),
        Condition: {
          StringLike: {
            [`${host}:sub`]: patternOf("refs/heads/*"),
            "sts:RoleSessionName": name,
          },
        },
      }),
    );

  test("never counts as unchanged: it may be refused", () => {
    const found = replay([recordOf(main)], { current: everyBranch, proposed: named("deploy") });
    expect(found).toMatchObject({
      current: { admitted: 1, refused: 0 },
      proposed: { admitted: 0, refused: 1 },
      newlyRefused: [
        { subject: main, obstacle: expect.stringMatching(/^undecided: .*sts:RoleSessionName/) },
      ],
      undecided: { current: 0, proposed: 1 },
    });
  });

  test.each([
    ["may be admitted where it was refused", mainOnly, named("x"), "newlyAdmitted"],
    ["may be newly admitted where it was undecided", named("x"), everyBranch, "newlyAdmitted"],
    ["may be newly refused where it was undecided", named("x"), mainOnly, "newlyRefused"],
  ] as const)("%s", (_, current, proposed, list) => {
    const found = replay([recordOf(dev)], { current, proposed });
    expect(found[list]).toHaveLength(1);
    expect(found.newlyAdmitted.length + found.newlyRefused.length).toBe(1);
  });

  test("says nothing new where it is so under both", () => {
    const found = replay([recordOf(dev)], { current: named("x"), proposed: named("y") });
    expect(found).toMatchObject({
      newlyRefused: [],
      newlyAdmitted: [],
      undecided: { current: 1, proposed: 1 },
    });
  });

  test("does not matter where something else decides", () => {
    const found = replay([recordOf(subjectOf("refs/tags/v1"))], { current: named("deploy") });
    expect(found).toMatchObject({ current: { refused: 1 }, undecided: { current: 0 } });
  });

  test("is a claim that CloudTrail does not keep, of an issuer whose tokens have it", () => {
    const github = "token.actions.githubusercontent.com";
    const theirs = `arn:aws:iam::123456789012:oidc-provider/${github}`;
    const subject = "repo:acme/shop:ref:refs/heads/main";
    const record = recordOf(subject, {
      userIdentity: {
        principalId: `${theirs}:sts.amazonaws.com:${subject}`,
        userName: subject,
        identityProvider: theirs,
      },
      responseElements: null,
    });
    const asking = (condition: object) =>
      parsed(policyText(statement(condition, { Principal: { Federated: theirs } })));
    const bySubject = asking({
      StringEquals: { [`${github}:sub`]: subject, [`${github}:aud`]: "sts.amazonaws.com" },
    });
    const byClaim = asking({ StringEquals: { [`${github}:repository`]: "acme/shop" } });
    expect(replay([record], { current: bySubject, proposed: byClaim })).toMatchObject({
      current: { admitted: 1 },
      undecided: { current: 0, proposed: 1 },
      newlyRefused: [{ audience: "sts.amazonaws.com" }],
    });
  });
});

describe("a record counts", () => {
  test.each<readonly [string, object, number, number]>([
    ["where the call was answered", recordOf(main), 1, 1],
    ["where it was refused", recordOf(main, refusedCall), 1, 1],
    [
      "without a subject, as a record alone",
      recordOf(main, { userIdentity: {}, responseElements: null }),
      1,
      0,
    ],
    [
      "with members of wrong types, as a record alone",
      recordOf(main, { userIdentity: [7], responseElements: "x", eventTime: 5, eventID: {} }),
      1,
      0,
    ],
    [
      "with a subject of a wrong type, by its principal",
      recordOf(main, identityWith({ userName: { a: 1 } })),
      1,
      1,
    ],
    [
      "where only resources name the role",
      recordOf(main, { requestParameters: null, resources: [{ ARN: role }] }),
      1,
      1,
    ],
    ["not, of another call", recordOf(main, { eventName: "AssumeRole" }), 0, 0],
    [
      "not, of another service's call of that name",
      recordOf(main, { eventSource: "evil.amazonaws.com" }),
      0,
      0,
    ],
    ["not, of another role", recordOf(main, { requestParameters: { roleArn: `${role}2` } }), 0, 0],
    [
      "not, of the role under another path",
      recordOf(main, { requestParameters: { roleArn: role.replace("/ci/", "/") } }),
      0,
      0,
    ],
    [
      "not, of the role in another case",
      recordOf(main, { requestParameters: { roleArn: role.toLowerCase() } }),
      0,
      0,
    ],
    [
      "not, of another account's role",
      recordOf(main, {
        requestParameters: { roleArn: role.replace("123456789012", "999999999999") },
      }),
      0,
      0,
    ],
    [
      "not, where the role is not a text",
      recordOf(main, { requestParameters: { roleArn: [role] } }),
      0,
      0,
    ],
  ])("%s", (_, record, records, identities) => {
    expect(replay([record], { current: mainOnly })).toMatchObject({ records, identities });
  });

  test.each([
    ["under another path", role.replace("/ci/", "/"), 1],
    ["in another case", role.toLowerCase(), 1],
    ["of another name", `${role}2`, 0],
    ["of another account", role.replace("123456789012", "999999999999"), 0],
    ["by its own ARN", role, 0],
  ])("as misnamed where it asks for the role %s: %s", (_, roleArn, misnamed) => {
    const record = recordOf(main, { requestParameters: { roleArn } });
    const twice = [record, record].map((each) => ({ ...each, eventID: "1" }));
    expect(replay(twice, { current: mainOnly }).misnamed).toBe(misnamed);
    const other = { ...record, eventName: "AssumeRole" };
    expect(replay([other], { current: mainOnly }).misnamed).toBe(0);
  });

  test("once, however often its eventID comes", () => {
    const records = [
      recordOf(main, { eventID: "1" }),
      recordOf(main, { eventID: "1" }),
      recordOf(dev, { eventID: "2" }),
      recordOf(dev, { eventID: "2" }),
    ];
    const found = replay(records, { current: everyBranch, proposed: mainOnly });
    expect(found).toMatchObject({ records: 2, identities: 2, newlyRefused: [{ count: 1 }] });
  });

  test.each<readonly [string, object, string]>([
    ["in the answer", { audience: "a", provider }, "a"],
    ["behind the provider, where there is no answer", {}, "sts.amazonaws.com"],
  ])("with the audience %s", (_, responseElements, audience) => {
    const record = recordOf(dev, {
      ...identityWith({
        principalId: `${provider}:sts.amazonaws.com:${dev}`,
        userName: dev,
      }),
      responseElements,
    });
    const current = parsed(policyText(statement({})));
    expect(replay([record], { current, proposed: mainOnly }).newlyRefused).toMatchObject([
      { audience },
    ]);
  });

  test("with the audience behind the provider, where only that is spelt as an ARN", () => {
    const record = recordOf(dev, {
      ...identityWith({
        principalId: `${provider}:sts.amazonaws.com:${dev}`,
        identityProvider: host,
        userName: dev,
      }),
      responseElements: null,
    });
    const current = parsed(policyText(statement({})));
    expect(replay([record], { current, proposed: mainOnly }).newlyRefused).toMatchObject([
      { audience: "sts.amazonaws.com" },
    ]);
  });

  test.each([
    ["the organisation of the subject", dev],
    ["the organisation of the provider, whatever the subject is", "odd"],
  ])("with %s where no audience is recorded", (_, subject) => {
    const userIdentity = { userName: subject, identityProvider: provider };
    const record = recordOf(subject, { userIdentity, responseElements: null });
    const current = parsed(policyText(statement({})));
    expect(replay([record], { current, proposed: mainOnly }).newlyRefused).toMatchObject([
      { subject, audience: organization },
    ]);
  });

  test("from a time on, where one is asked for; then not without a time", () => {
    const records = ["2026-11-21T23:59:59Z", "2026-11-22T00:00:00Z", "yesterday", null].map(
      (eventTime) => recordOf(main, { eventTime }),
    );
    const since = new Date("2026-11-22T00:00:00Z");
    expect(replay(records, { current: mainOnly }).records).toBe(4);
    expect(replay(records, { current: mainOnly, since })).toMatchObject({
      records: 1,
      first: "2026-11-22T00:00:00Z",
    });
  });

  test("with a hostile subject, as it is", () => {
    const subject = `${dev}\u001b[2J\u202e${"x".repeat(100_000)}`;
    const found = replay([recordOf(subject)], { current: everyBranch, proposed: mainOnly });
    expect(found.newlyRefused[0]?.subject).toBe(subject);
  });
});

describe("patterns that nobody needed", () => {
  const two = parsed(
    policyText(
      statement({
        StringEquals: {
          [`${host}:aud`]: [organization, "other"],
          [`${host}:oidc.circleci.com/project-id`]: [project, otherProject],
        },
        StringLike: { [`${host}:SUB`]: [patternOf("refs/heads/*"), patternOf("refs/tags/*")] },
        StringNotEquals: { [`${host}:sub`]: "nobody" },
      }),
      statement({ StringLike: { [`${host}:sub`]: patternOf("*", otherProject) } }),
      { ...statement({ StringLike: { [`${host}:sub`]: "evil" } }), Effect: "Deny" },
    ),
  );

  test("are named with statement, key and pattern; no Deny's and no negated ones", () => {
    expect(replay([recordOf(main)], { current: two }).unused).toEqual([
      { statement: "Statement[0]", key: `${host}:aud`, pattern: "other" },
      {
        statement: "Statement[0]",
        key: `${host}:oidc.circleci.com/project-id`,
        pattern: otherProject,
      },
      { statement: "Statement[0]", key: `${host}:SUB`, pattern: patternOf("refs/tags/*") },
      { statement: "Statement[1]", key: `${host}:sub`, pattern: patternOf("*", otherProject) },
    ]);
  });

  test("are of the current policy, whatever is proposed", () => {
    const found = replay([recordOf(main)], { current: mainOnly, proposed: two });
    expect(found.unused).toEqual([]);
  });

  test("are not needed by those who are refused", () => {
    const denied = parsed(
      policyText(onRefs("refs/heads/main"), { ...statement({}), Effect: "Deny" }),
    );
    expect(replay([recordOf(main)], { current: denied }).unused).toHaveLength(2);
  });

  test("are of a statement that does not apply, though they match", () => {
    const elsewhere = { [`${host}:oidc.circleci.com/project-id`]: otherProject };
    const current = parsed(
      policyText(
        onRefs("refs/heads/main"),
        statement({
          StringLike: { [`${host}:sub`]: patternOf("refs/heads/*") },
          StringEquals: elsewhere,
        }),
      ),
    );
    const { unused } = replay([recordOf(main)], { current });
    expect(unused.map(({ pattern }) => pattern)).toEqual([patternOf("refs/heads/*"), otherProject]);
  });

  test("are not those that match beside another that matches too", () => {
    const current = trusting("refs/heads/*", "refs/heads/main");
    expect(replay([recordOf(main)], { current }).unused).toEqual([]);
  });
});

test("the answer for each identity is that of trust admits", () => {
  const policies = [
    policyText(onRefs("refs/heads/main")),
    policyText(onRefs("refs/heads/*"), { ...onRefs("refs/heads/dev"), Effect: "Deny" }),
    policyText(statement({ StringEquals: { [`${host}:oidc.circleci.com/project-id`]: project } })),
    policyText(statement({ Bool: { "aws:SecureTransport": "true" } })),
    policyText(statement({ DateGreaterThan: { "aws:CurrentTime": "2026-11-25T00:00:00Z" } })),
  ];
  const now = new Date("2026-11-26T00:00:00Z");
  for (const text of policies) {
    for (const subject of [main, dev, subjectOf("refs/heads/main", otherProject), "odd"]) {
      const claims = {
        iss: `https://${host}`,
        aud: organization,
        sub: subject,
        ...(subject === "odd"
          ? {}
          : { "oidc.circleci.com/project-id": subject.split("/")[3] ?? "" }),
      };
      const admits = admitsTrust(text, claims, momentOf(now)).kind === "admitted";
      const { current } = replay([recordOf(subject)], { current: parsed(text) });
      expect([text, subject, current.admitted === 1]).toEqual([text, subject, admits]);
    }
  }
});

test("a record takes eight bytes, in a table that is at most half full; an identity too", () => {
  const started = startReplay({
    role,
    account: { id: "123456789012", partition: "aws" },
    tags: {},
    current: everyBranch,
    proposed: mainOnly,
    now: new Date("2026-11-26T00:00:00Z"),
    since: null,
  });
  const count = 20_000;
  for (let at = 0; at < count; at += 1) {
    const subject = at % 2 === 0 ? main : subjectOf(`refs/heads/main${at % 50}`);
    started.take({ ...recordOf(subject, { eventID: `event-${at}` }) });
  }
  expect(started.records()).toBe(count);
  expect(started.result().identities).toBe(26);
  expect(started.bytes()).toBeLessThanOrEqual(count * 8 * 4 + 2 * 8192);
});
