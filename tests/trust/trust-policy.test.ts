import { describe, expect, test } from "vitest";
import { problemOfTrustPolicy } from "../../sandbox/evaluate/index.ts";
import { writeTrustPolicy } from "../../shared/trust/index.ts";
import {
  account,
  documentWith,
  organizationId,
  policyFor,
  projectA,
  projectB,
  provider,
  writing,
} from "./documents.ts";

const user = "????????-????-????-????-????????????";
const origin = "github.com/acme/shop";
const aud = `${provider}:aud`;
const sub = `${provider}:sub`;
const projectId = `${provider}:oidc.circleci.com/project-id`;
const openUntil = "2026-12-31T00:00:00Z";

describe("the policy", () => {
  test("for one project, repository and branch is exactly this", () => {
    expect(policyFor([{ id: projectA, origin, refs: ["refs/heads/main"] }])).toEqual({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: { Federated: `arn:aws:iam::123456789012:oidc-provider/${provider}` },
          Action: "sts:AssumeRoleWithWebIdentity",
          Condition: {
            StringEquals: { [aud]: organizationId, [projectId]: projectA },
            StringLike: {
              [sub]: `org/${organizationId}/project/${projectA}/user/${user}/vcs-origin/${origin}/vcs-ref/refs/heads/main`,
            },
          },
        },
      ],
    });
  });

  test("for every project names jobs, never the audience alone", () => {
    const [statement] = policyFor("all").Statement;
    expect(statement?.Condition).toEqual({
      StringEquals: { [aud]: organizationId },
      StringLike: { [sub]: `org/${organizationId}/project/${user}/user/*` },
    });
  });

  test("leaves the repository open where no origin is named, and the ref where no ref is", () => {
    const subjects = (entry: object) =>
      policyFor([{ id: projectA, ...entry }]).Statement[0]?.Condition?.["StringLike"]?.[sub];
    const project = `org/${organizationId}/project/${projectA}/user`;
    expect(subjects({})).toBe(`${project}/*`);
    expect(subjects({ origin })).toBe(`${project}/${user}/vcs-origin/${origin}/vcs-ref/*`);
  });

  test("tests the project id in the partition aws alone, the only one whose STS knows the claim", () => {
    const entries = [{ id: projectA }];
    expect(JSON.stringify(policyFor(entries))).toContain("project-id");
    for (const partition of ["aws-us-gov", "aws-cn"]) {
      const text = JSON.stringify(policyFor(entries, { account: { ...account, partition } }));
      expect(text).not.toContain("project-id");
      expect(text).toContain(`arn:${partition}:iam::123456789012:oidc-provider/${provider}`);
    }
  });

  test("takes the organisation id and every further audience", () => {
    const [statement] = policyFor("all", { audiences: ["sts.amazonaws.com", "z"] }).Statement;
    expect(statement?.Condition?.["StringEquals"]?.[aud]).toEqual([
      organizationId,
      "sts.amazonaws.com",
      "z",
    ]);
  });

  test("names projects that end alike in one statement, each subject with its own project", () => {
    const { Statement } = policyFor([
      { id: projectA, origin, refs: ["refs/heads/main"] },
      { id: projectB, origin: "github.com/acme/site", refs: ["refs/tags/*"] },
      { id: projectA, origin, refs: ["refs/heads/hotfix"] },
    ]);
    expect(Statement).toHaveLength(1);
    expect(Statement[0]?.Condition?.["StringEquals"]?.[projectId]).toEqual([projectA, projectB]);
    expect(Statement[0]?.Condition?.["StringLike"]?.[sub]).toEqual([
      expect.stringContaining(`project/${projectA}/`),
      expect.stringContaining(`project/${projectA}/`),
      expect.stringContaining(`project/${projectB}/`),
    ]);
  });

  test("leaves out a subject that another one of the project covers", () => {
    const policy = policyFor([
      {
        id: projectA,
        origin,
        refs: ["refs/heads/release*", "refs/heads/release/1", "refs/heads/rel"],
      },
    ]);
    expect(policy.Statement[0]?.Condition?.["StringLike"]?.[sub]).toEqual([
      expect.stringMatching(/refs\/heads\/rel$/),
      expect.stringMatching(/refs\/heads\/release\*$/),
    ]);
    const wide = policyFor([{ id: projectA }, { id: projectA, origin }]);
    expect(wide).toEqual(policyFor([{ id: projectA }]));
  });

  test("does not depend on the order of entries and refs", () => {
    const entries = [
      { id: projectB },
      { id: projectA, origin, refs: ["refs/heads/main", "refs/tags/*"] },
      { id: projectA, until: openUntil },
    ];
    const turned = [
      { id: projectA, until: openUntil },
      { id: projectA, origin, refs: ["refs/tags/*", "refs/heads/main"] },
      { id: projectB },
    ];
    expect(policyFor(entries)).toEqual(policyFor(turned));
    expect(JSON.stringify(policyFor(entries))).toBe(JSON.stringify(policyFor(turned)));
  });
});

describe("an entry that ends", () => {
  const lasting = { id: projectA, origin, refs: ["refs/heads/main"] };
  const ending = { id: projectA, origin, refs: ["refs/heads/hotfix"], until: openUntil };

  test("is a statement of its own that IAM itself ends", () => {
    const [first, second, ...others] = policyFor([ending, lasting]).Statement;
    expect(others).toEqual([]);
    expect(first?.Condition).not.toHaveProperty("DateLessThan");
    expect(second?.Condition?.["DateLessThan"]).toEqual({ "aws:CurrentTime": openUntil });
  });

  test("is left out once it has ended, and not a second earlier", () => {
    const at = (time: string) => policyFor([ending, lasting], { now: new Date(time) }).Statement;
    expect(at("2026-12-30T23:59:59Z")).toHaveLength(2);
    expect(at("2026-12-31T00:00:00Z")).toHaveLength(1);
    expect(at("2026-12-31T00:00:00Z")).toEqual(policyFor([lasting]).Statement);
  });

  test("stays where nothing else remains, since IAM has no policy without a statement", () => {
    const after = new Date("2027-01-01T00:00:00Z");
    expect(policyFor([ending], { now: after })).toEqual(policyFor([ending]));
  });

  test("shares its statement with what ends with it, and with nothing else", () => {
    const later = { ...ending, refs: ["refs/heads/other"], until: "2027-01-31T00:00:00Z" };
    const together = { ...ending, refs: ["refs/heads/also"] };
    expect(policyFor([ending, later, together]).Statement).toHaveLength(2);
    const otherProject = { ...ending, id: projectB };
    expect(policyFor([ending, otherProject]).Statement).toHaveLength(1);
  });
});

describe("the length", () => {
  const entries = (count: number) =>
    Array.from({ length: count }, (_, index) => ({
      id: projectA.slice(0, -2) + String(index).padStart(2, "0"),
      origin,
      refs: ["refs/heads/main"],
    }));

  test("is reported as IAM counts it", () => {
    const written = writing(entries(2));
    const text = JSON.stringify(policyFor(entries(2)));
    expect(written).toHaveProperty("lengthWithoutWhitespace", text.length);
  });

  test("fits IAM's default quota with two projects, each with repository and branch", () => {
    const written = writing(entries(2));
    expect(written.kind === "written" && written.lengthWithoutWhitespace <= 2048).toBe(true);
  });

  test("is saved by sharing a statement: six projects fit the default quota", () => {
    const policy = policyFor(entries(6));
    expect(policy.Statement).toHaveLength(1);
    expect(policy.Statement[0]?.Condition?.["StringEquals"]?.[projectId]).toHaveLength(6);
    expect(policy.Statement[0]?.Condition?.["StringLike"]?.[sub]).toHaveLength(6);
    const written = writing(entries(6));
    expect(written.kind === "written" ? written.lengthWithoutWhitespace : null).toBeLessThanOrEqual(
      2048,
    );
    expect(policyFor([...entries(6), { id: projectB, until: openUntil }]).Statement).toHaveLength(
      2,
    );
  });

  test("is refused over 8,192, with the numbers and what would shorten it", () => {
    const written = writing(entries(40));
    if (written.kind !== "refused") throw new Error("forty projects should not fit");
    expect(written.problem.code).toBe("policy-too-long");
    expect(written.problem.message).toMatch(
      /would have \d+ characters, \d+ more than the 8192 .* \(40 entries in 1 statement\)\. .* Shorten it by naming fewer projects, or split/,
    );
    expect(writing(entries(30)).kind).toBe("written");
  });

  const refusal = (...input: Parameters<typeof writing>) => {
    const written = writing(...input);
    if (written.kind !== "refused") throw new Error("this should not fit");
    return written.problem.message;
  };
  const refs = (count: number) =>
    Array.from({ length: count }, (_, index) => `refs/heads/release-number-${index}`);

  test("names the entry that takes the most of it, and what would shorten that", () => {
    const message = refusal([...entries(5), { id: projectB, origin, refs: refs(60) }]);
    expect(message).toContain(`in it trust.projects[5] (project ${projectB}, 60 refs) with`);
    expect(message).toContain("Shorten it by a closing * in place of several refs, by naming");
  });

  test("names the audiences where they take the most of it", () => {
    const audiences = Array.from({ length: 60 }, (_, index) =>
      `audience-${index}`.padEnd(100, "x"),
    );
    const message = refusal([{ id: projectA }, { id: projectA, until: openUntil }], { audiences });
    expect(message).toMatch(/The longest part is circleci\.audiences, with 123\d\d characters/);
    expect(message).toMatch(/Shorten it by one until for several entries, by fewer audiences, by/);
  });
});

describe("IAM", () => {
  test.each([
    ["every project", "all" as const],
    ["a project", [{ id: projectA }]],
    ["a Latin-1 branch", [{ id: projectA, origin, refs: ["refs/heads/café"] }]],
    ["an entry that ends", [{ id: projectA, until: openUntil }]],
  ])("takes the policy for %s", (_what, projects) => {
    expect(problemOfTrustPolicy(JSON.stringify(policyFor(projects)))).toBeNull();
  });

  test("is given the same policy for the same document", () => {
    const document = documentWith([{ id: projectA }]);
    const write = () => writeTrustPolicy({ document, account, now: new Date(0) });
    expect(write()).toEqual(write());
  });
});
