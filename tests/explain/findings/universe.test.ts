import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { expect, test } from "vitest";
import { isWritten, parseSubject } from "../../../shared/circleci/tokens.ts";
import { explainTrust } from "../../../shared/explain/index.ts";
import { key, organization, otherProject, project } from "../../compare/documents.ts";
import {
  judge,
  mask,
  matches,
  meansIt,
  type Parts,
  patternOf,
  person,
  pull,
  strangeOrigin,
  subjectOf,
  type Token,
  tag,
  tokensFor,
  unnamed,
} from "./universe.ts";

/**
 * Every finding by its definition in docs/trust-policy.md, over some thousand tokens, against what is
 * reported: random small policies, judged by the sandbox's evaluator. FINDING_RUNS and FINDING_SEED ask for
 * more and for others.
 */
const runs = Number(process.env["FINDING_RUNS"] ?? 30);
const seed = Number(process.env["FINDING_SEED"] ?? 20261126);

type Sentence = {
  readonly patterns: readonly Parts[];
  readonly operator: string;
  readonly more: object;
};

type Case = {
  readonly partition: string;
  readonly allows: readonly Sentence[];
  readonly denies: readonly object[];
};

const parts: fc.Arbitrary<Parts> = fc.record({
  organization: fc.constantFrom(organization, organization, organization, "*"),
  project: fc.constantFrom(project, project, "*", "aaaa*", mask),
  user: fc.constantFrom("*", "*", mask, person, "?*", "*-*"),
  origin: fc.constantFrom(
    null,
    "github.com/acme/shop",
    "github.com/acme/*",
    "github.com/*/shop",
    "*",
  ),
  ref: fc.constantFrom(
    null,
    "*",
    "refs/*",
    "refs/heads/*",
    "refs/heads/main",
    "refs/heads/rel*",
    "refs/heads/release/*",
    "refs/tags/v*",
    "main",
  ),
});

const projectKey = key("oidc.circleci.com/project-id");
const sentence: fc.Arbitrary<Sentence> = fc.record({
  patterns: fc.array(parts, { minLength: 1, maxLength: 2 }),
  operator: fc.constantFrom(
    "StringLike",
    "StringLike",
    "ForAnyValue:StringLike",
    "StringLikeIfExists",
  ),
  more: fc.constantFrom(
    {},
    {},
    {},
    { StringEquals: { [projectKey]: project } },
    { StringNotEquals: { [projectKey]: project } },
    { "ForAnyValue:StringEquals": { [projectKey]: [otherProject, project] } },
    { DateLessThan: { "aws:CurrentTime": "2026-01-01T00:00:00Z" } },
  ),
});

const policies: fc.Arbitrary<Case> = fc.record({
  partition: fc.constantFrom("aws", "aws", "aws", "aws-us-gov"),
  allows: fc.array(sentence, { minLength: 1, maxLength: 2 }),
  denies: fc.array(
    fc.constantFrom<object>(
      { StringLike: { [key("sub")]: "*/vcs-ref/refs/heads/pull/*" } },
      { StringNotEqualsIfExists: { [projectKey]: project } },
      { StringLike: { [key("sub")]: "*/file-streaming/*" } },
      { "ForAnyValue:StringNotLike": { [key("sub")]: `org/*/project/*/user/${mask}/vcs-*` } },
    ),
    { maxLength: 1 },
  ),
});

function documentOf({ partition, allows, denies }: Case, only?: Sentence) {
  const Federated = `arn:${partition}:iam::123456789012:oidc-provider/oidc.circleci.com/org/${organization}`;
  const common = { Principal: { Federated }, Action: "sts:AssumeRoleWithWebIdentity" };
  const used = only === undefined ? allows : [only];
  return {
    Version: "2012-10-17",
    Statement: [
      ...used.map(({ patterns, operator, more }) => ({
        ...common,
        Effect: "Allow",
        Condition: {
          ...more,
          "ForAllValues:StringEquals": { [key("aud")]: organization },
          [operator]: { [key("sub")]: patterns.map(patternOf) },
        },
      })),
      ...denies.map((Condition) => ({ ...common, Effect: "Deny", Condition })),
    ],
  };
}

const isNamed = (glob: string): boolean => glob === project;

/** What the definitions say, by trying every token of the world. */
function expectedCodes(one: Case): ReadonlySet<string> {
  const codes = new Set<string>();
  const all = one.allows.flatMap(({ patterns }) => patterns);
  const tokens = tokensFor(all.map(patternOf));
  const admitted = tokens.filter(judge(documentOf(one), one.partition));
  const tellIf = (code: string, isTold: boolean): void => {
    if (isTold) codes.add(code);
  };
  const ownKeys = one.allows.flatMap(({ more }) => {
    const text = JSON.stringify(more);
    return /StringNotEquals/.test(text) ? [] : (text.match(/[ab]{8}-[0-9a-f-]{27}/g) ?? []);
  });
  // What a Deny spares is named as well.
  const spared = one.denies.some((each) => "StringNotEqualsIfExists" in each) ? [project] : [];
  const inFull = new Set([
    ...spared,
    ...all.map((each) => each.project).filter(isNamed),
    ...ownKeys,
  ]);
  const inPart = all.some((each) => each.project === "aaaa*");
  const isInPart = (id: string): boolean => inPart && id.startsWith("aaaa");
  const jobs = admitted.flatMap(({ job }) => job ?? []);
  tellIf(
    "audit-log-stream",
    admitted.some(({ job }) => job === null),
  );
  tellIf(
    "any-project",
    jobs.some((job) => !inFull.has(job.project) && !isInPart(job.project)),
  );
  tellIf(
    "project-in-part",
    jobs.some((job) => !inFull.has(job.project) && isInPart(job.project)),
  );
  const owners = all.some(({ origin }) => origin?.startsWith("github.com/acme/"))
    ? ["github.com/acme/"]
    : [];
  const bySentence = one.allows.map((each) => ({
    each,
    lets: judge(documentOf(one, each), one.partition),
  }));
  const isMeant = (token: Token): boolean =>
    bySentence.some(
      ({ each, lets }) => lets(token) && each.patterns.some((pattern) => meansIt(pattern, token)),
    );
  const keepsName = all.some(({ origin }) => origin === "github.com/*/shop");
  const isFork = (token: Token): boolean => {
    const from = token.job?.from ?? null;
    if (from === null || owners.some((owner) => from.origin.startsWith(owner))) return false;
    return from.ref === pull || (keepsName && from.ref.startsWith("refs/heads/") && isMeant(token));
  };
  tellIf(
    "forks",
    admitted.some((token) => token.job !== null && inFull.has(token.job.project) && isFork(token)),
  );
  tellIf(
    "forgeable-branch",
    admitted.some(
      (token) => token.job?.from?.ref.startsWith("refs/heads/") === true && !isMeant(token),
    ),
  );
  for (const { each, lets } of bySentence) {
    tellIf("nobody", !tokens.some(lets));
    for (const pattern of each.patterns) tellIf(refCode(pattern, lets, tokens) ?? "", true);
  }
  codes.delete("");
  return codes;
}

function refCode(
  pattern: Parts,
  lets: (token: Token) => boolean,
  tokens: readonly Token[],
): string | null {
  const with_ = ({ job }: Token, origin: string | undefined, ref: string): Token => ({
    job: job === null ? null : { ...job, from: { origin: origin ?? "", ref } },
  });
  const means = (token: Token): boolean => lets(token) && meansIt(pattern, token);
  const isEvery = tokens.some((token) => {
    const from = token.job?.from;
    return (
      from?.ref === pull &&
      means(token) &&
      lets(with_(token, from.origin, unnamed)) &&
      ![
        with_(token, strangeOrigin, unnamed),
        with_(token, from.origin, tag),
        with_(token, strangeOrigin, tag),
      ].every((other) => matches(pattern, other))
    );
  });
  if (isEvery) return "every-branch";
  const isPrefix =
    pattern.ref === "refs/heads/rel*" &&
    tokens.some((token) => token.job?.from?.ref === "refs/heads/rel-evil/x" && means(token));
  return isPrefix ? "branch-prefix" : null;
}

const decided: ReadonlySet<string> = new Set([
  "nobody",
  "audit-log-stream",
  "any-project",
  "project-in-part",
  "forks",
  "forgeable-branch",
  "every-branch",
  "branch-prefix",
]);

test("what is reported is what its definition says over a world of tokens", {
  timeout: 60_000 + runs * 1000,
}, () => {
  const at = new Date("2026-11-26T00:00:00Z");
  const branches = new Set<string>();
  let open = 0;
  fc.assert(
    fc.property(policies, (one) => {
      const document = documentOf(one);
      const explanation = explainTrust(JSON.stringify(document), at);
      if (explanation.kind === "refused") throw new Error(explanation.error.message);
      const codes = new Set(
        explanation.looseEnds.map(({ code }) => code).filter((code) => decided.has(code)),
      );
      const expected = expectedCodes(one);
      if (explanation.undecided.length > 0) {
        open += 1;
        expect([...codes]).toEqual(expect.arrayContaining([...expected]));
      } else {
        expect([...codes].sort()).toEqual([...expected].sort());
      }
      const lets = judge(document, one.partition);
      for (const { example, code } of explanation.looseEnds) {
        if (example === undefined) continue;
        const subject = parseSubject(example);
        if (subject === null) throw new Error(`${code}: ${example} is not a subject`);
        expect(isWritten(subject), example).toBe(true);
        const token = tokenOf(example);
        expect(subjectOf(token)).toBe(example);
        expect(lets(token), `${code}: ${example}`).toBe(true);
        if (token.job?.from) branches.add(token.job.from.ref);
      }
    }),
    { numRuns: runs, seed, endOnFailure: true },
  );
  // A search may be given up, where every part of several patterns is wild; that is seldom.
  expect(open).toBeLessThan(runs / 10);
  for (const ref of branches) execFileSync("git", ["check-ref-format", ref]);
});

function tokenOf(text: string): Token {
  const subject = parseSubject(text);
  if (subject?.kind !== "job") return { job: null };
  const { projectId, userId, origin, ref } = subject;
  const from = origin === null || ref === null ? null : { origin, ref };
  return { job: { project: projectId, user: userId, from } };
}
