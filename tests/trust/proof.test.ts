/**
 * The claim of docs/trust-policy.md: over the grammar of CircleCI's tokens, the written policy admits
 * a token if and only if the document names its project, origin and ref, and the entry has not ended.
 * The judge is the sandbox's evaluator; the expectation is reported below from jobs, never from subjects.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { writeTrustPolicy } from "../../shared/trust/index.ts";
import {
  account,
  documentWith,
  type Entry,
  organizationId,
  policyFor,
  projectA,
  projectB,
  provider,
} from "./documents.ts";
import { admits, auditLogToken, type Job, type Token, tokenV1, tokenV2 } from "./tokens.ts";

const runs = Number(process.env["PROOF_RUNS"] ?? 1000);
const parameters = { numRuns: runs, seed: 20261122 };

const user = "99999999-8888-4777-8666-555555555555";
const origin = "github.com/acme/shop";

// Few values that are easily taken for one another, so that near-misses are the rule.
const projects = [
  projectA,
  projectB,
  "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeef",
  "cccccccc-dddd-4eee-8fff-aaaaaaaaaaaa",
];
const origins = [
  origin,
  "github.com/acme/shop2",
  "github.com/acme/sho",
  "github.com/evil/shop",
  "gitlab.com/acme/shop/sub",
  "github.com/vcs-ref/vcs-origin",
];
const audiences = [organizationId, "sts.amazonaws.com", "https://example.com/x"];
const instants = ["2026-12-01T00:00:00Z", "2026-12-31T00:00:00Z", "2027-06-30T12:00:00Z"];

/** Names that git takes, among them such that continue like a subject. */
const branchName = fc.oneof(
  fc.constantFrom(
    "main",
    "main2",
    "mai",
    "main/x",
    "release",
    "release/1",
    "release-evil/x",
    "pull/7",
    "café",
    "日本",
    `x/vcs-origin/${origin}/vcs-ref/refs/heads/main`,
    `vcs-origin/${origin}/vcs-ref/refs/heads/main`,
    "main/vcs-ref/refs/heads/main",
    `${user}/vcs-origin/${origin}/vcs-ref/refs/heads/main`,
    "refs/heads/main",
  ),
  fc
    .array(
      fc.constantFrom("main", "x", "user", "vcs-ref", "vcs-origin", "refs", "heads", "a-b", "v1.2"),
      {
        minLength: 1,
        maxLength: 7,
      },
    )
    .map((segments) => segments.join("/")),
);
const ref = fc
  .tuple(fc.constantFrom("refs/heads/", "refs/tags/"), branchName)
  .map(([folder, name]) => folder + name);

const job: fc.Arbitrary<Job> = fc.record({
  project: fc.constantFrom(...projects),
  user: fc.oneof(fc.constant(user), fc.uuid()),
  origin: fc.option(fc.constantFrom(...origins), { freq: 8 }),
  ref,
});

type Signed = { readonly token: Token; readonly job: Job | null; readonly version: 1 | 2 };

const signed: fc.Arbitrary<Signed> = fc.oneof(
  { weight: 1, arbitrary: fc.constant({ token: auditLogToken, job: null, version: 1 } as const) },
  {
    weight: 20,
    arbitrary: fc
      .tuple(job, fc.constantFrom<1 | 2>(1, 2, 2, 2), fc.constantFrom(...audiences))
      .map(([each, version, audience]) => ({
        token: version === 1 ? tokenV1(each, audience) : tokenV2(each, audience),
        job: each,
        version,
      })),
  },
);

const writtenRef = fc
  .tuple(
    ref.filter((text) => !/[^\u0020-\u00ff]|\/(vcs-ref|vcs-origin)\//.test(text)),
    fc.boolean(),
    fc.nat(12),
  )
  .map(([text, open, cut]) =>
    open ? `${text.slice(0, Math.max("refs/heads/".length, text.length - cut))}*` : text,
  );

const entry: fc.Arbitrary<Entry> = fc
  .record(
    {
      id: fc.constantFrom(projectA, projectB),
      origin: fc.constantFrom(...origins.slice(0, 5)),
      refs: fc.array(writtenRef, { minLength: 1, maxLength: 3 }),
      until: fc.constantFrom(...instants),
    },
    { requiredKeys: ["id"] },
  )
  .map(({ refs, ...rest }) =>
    rest.origin === undefined || refs === undefined ? rest : { ...rest, refs },
  );

type Trust = "all" | readonly Entry[];
const trust: fc.Arbitrary<Trust> = fc.oneof(
  { weight: 1, arbitrary: fc.constant("all" as const) },
  { weight: 12, arbitrary: fc.array(entry, { minLength: 1, maxLength: 5 }) },
);

/** What the document says about a token, reported from the job that it was signed for. */
function isNamed(written: Trust, { job, version }: Signed, at: Date): boolean {
  if (job === null) return false;
  if (written === "all") return true;
  return written.some((each) => {
    if (each.id !== job.project) return false;
    if (each.until !== undefined && at.getTime() >= Date.parse(each.until)) return false;
    if (each.origin === undefined) return true;
    if (version === 1 || job.origin !== each.origin || job.ref === null) return false;
    const { ref } = job;
    return (
      each.refs === undefined ||
      each.refs.some((pattern) =>
        pattern.endsWith("*") ? ref.startsWith(pattern.slice(0, -1)) : ref === pattern,
      )
    );
  });
}

describe("a token gets in if and only if the document names its project, origin and ref", () => {
  const accepted = ["sts.amazonaws.com"];

  test.each(["aws", "aws-us-gov"])("in the partition %s", (partition) => {
    let admitted = 0;
    let refused = 0;
    fc.assert(
      fc.property(
        trust,
        fc.array(signed, { minLength: 5, maxLength: 15 }),
        fc.constantFrom("2026-11-22T10:00:00Z", "2026-12-15T00:00:00Z", "2027-01-01T00:00:00Z"),
        fc.nat(400 * 24 * 3600),
        (written, tokens, writtenAt, laterSeconds) => {
          const now = new Date(writtenAt);
          const at = new Date(now.getTime() + laterSeconds * 1000);
          const policy = policyFor(written, {
            account: { ...account, partition },
            audiences: accepted,
            now,
          });
          for (const each of tokens) {
            const known = [organizationId, ...accepted].includes(each.token.audience);
            const named = known && isNamed(written, each, at);
            expect({ ...each.token, in: admits(policy, each.token, { at, partition }) }).toEqual({
              ...each.token,
              in: named,
            });
            if (named) admitted += 1;
            else refused += 1;
          }
        },
      ),
      parameters,
    );
    // Both answers occur often, so that neither is right by never being asked.
    expect(admitted).toBeGreaterThan(runs / 2);
    expect(refused).toBeGreaterThan(runs / 2);
  });

  test("also with so many projects that they share a statement", () => {
    const many = Array.from({ length: 12 }, (_, index) => ({
      id: projectA.slice(0, -2) + String(index).padStart(2, "0"),
      origin: index % 2 === 0 ? origin : "github.com/acme/shop2",
      refs: [`refs/heads/main${index}`],
    }));
    const policy = policyFor(many);
    expect(policy.Statement).toHaveLength(1);
    for (const { id } of many) {
      for (const each of origins) {
        for (const { refs } of many) {
          const job: Job = { project: id, user, origin: each, ref: refs[0] ?? "" };
          const named = isNamed(many, { token: auditLogToken, job, version: 2 }, new Date(0));
          expect(admits(policy, tokenV2(job))).toBe(named);
          expect(admits(policy, tokenV1(job))).toBe(false);
        }
      }
    }
  });
});

describe("the forged branch", () => {
  const forged: Job = {
    project: projectA,
    user,
    origin: "github.com/evil/shop",
    ref: `refs/heads/x/vcs-origin/${origin}/vcs-ref/refs/heads/main`,
  };
  const honest: Job = { project: projectA, user, origin, ref: "refs/heads/main" };
  const ours = policyFor([{ id: projectA, origin, refs: ["refs/heads/main"] }]);
  const naive = {
    ...ours,
    Statement: ours.Statement.map((statement) => ({
      ...statement,
      Condition: {
        ...statement.Condition,
        StringLike: {
          [`${provider}:sub`]: `org/${organizationId}/project/${projectA}/user/*/vcs-origin/${origin}/vcs-ref/refs/heads/main`,
        },
      },
    })),
  };

  test("gets in where the user segment is a *", () => {
    expect(admits(naive, tokenV2(forged))).toBe(true);
    expect(admits(naive, tokenV2(honest))).toBe(true);
  });

  test("does not get in where the user segment is 36 characters wide", () => {
    expect(admits(ours, tokenV2(forged))).toBe(false);
    expect(admits(ours, tokenV2(honest))).toBe(true);
  });

  test("does not get in from the named repository's own branches either", () => {
    expect(admits(naive, tokenV2({ ...forged, origin }))).toBe(true);
    expect(admits(ours, tokenV2({ ...forged, origin }))).toBe(false);
  });
});

describe("what has the issuer and the audience but is not a named job stays out", () => {
  const someJob: Job = { project: projectB, user, origin, ref: "refs/heads/main" };

  test("the audit-log stream, even where every project may come in", () => {
    expect(admits(policyFor("all"), auditLogToken)).toBe(false);
    expect(admits(policyFor("all"), tokenV1(someJob))).toBe(true);
    expect(admits(policyFor("all"), tokenV2(someJob))).toBe(true);
  });

  test("a fork's pull request, where the origin is named, and gets in where it is not", () => {
    const fork: Job = {
      project: projectA,
      user,
      origin: "github.com/evil/shop",
      ref: "refs/heads/pull/7",
    };
    const pinned = policyFor([{ id: projectA, origin }]);
    expect(admits(pinned, tokenV2(fork))).toBe(false);
    expect(admits(pinned, tokenV1(fork))).toBe(false);
    expect(admits(policyFor([{ id: projectA }]), tokenV2(fork))).toBe(true);
  });

  test("a custom webhook, where the origin is named", () => {
    const webhook: Job = { project: projectA, user, origin: null, ref: null };
    expect(admits(policyFor([{ id: projectA, origin }]), tokenV2(webhook))).toBe(false);
    expect(admits(policyFor([{ id: projectA }]), tokenV2(webhook))).toBe(true);
  });

  test("a token whose project claim is not one of the named ones, whatever its subject", () => {
    const policy = policyFor([{ id: projectA }, { id: projectB, origin }]);
    const token = tokenV2({ ...someJob, project: projectA });
    expect(admits(policy, token)).toBe(true);
    const stranger = "cccccccc-dddd-4eee-8fff-000000000000";
    expect(admits(policy, { ...token, project: stranger })).toBe(false);
    expect(admits(policy, { ...token, project: null })).toBe(false);
  });

  test("an entry's job from its last second on", () => {
    const until = "2026-12-31T17:30:15Z";
    const document = documentWith([{ id: projectA, until }]);
    const written = writeTrustPolicy({ document, account, now: new Date("2026-11-22T00:00:00Z") });
    if (written.kind === "refused") throw new Error(written.problem.message);
    const token = tokenV1({ ...someJob, project: projectA });
    const at = (time: string) => admits(written.policy, token, { at: new Date(time) });
    expect(at("2026-12-31T17:30:14Z")).toBe(true);
    expect(at(until)).toBe(false);
  });
});
