import { trustEvaluator } from "../../../sandbox/evaluate/index.ts";
import { organization, otherProject, project } from "../../compare/documents.ts";

/** A bounded world of tokens, and what a policy made of parts means in it, decided without the engine. */

export const person = "c2e94f1d-06a7-4b58-9f3e-71d8ab45c690";
export const mask = "????????-????-????-????-????????????";

/** The parts of a pattern; null where the pattern leaves that part and its word out. */
export type Parts = {
  readonly organization: string;
  readonly project: string;
  readonly user: string;
  readonly origin: string | null;
  readonly ref: string | null;
};

export function patternOf({ organization: org, project: whose, user, origin, ref }: Parts): string {
  const from = origin === null ? "" : `/vcs-origin/${origin}`;
  return `org/${org}/project/${whose}/user/${user}${from}${ref === null ? "" : `/vcs-ref/${ref}`}`;
}

/** A token: a job's, or the audit-log stream's where there is no job. */
export type Token = {
  readonly job: {
    readonly project: string;
    readonly user: string;
    readonly from: { readonly origin: string; readonly ref: string } | null;
  } | null;
};

export function subjectOf({ job }: Token): string {
  if (job === null) return `org/${organization}/file-streaming/audit-logs`;
  const begin = `org/${organization}/project/${job.project}/user/${job.user}`;
  return job.from === null
    ? begin
    : `${begin}/vcs-origin/${job.from.origin}/vcs-ref/${job.from.ref}`;
}

export const strangeProject = "5b7f0a52-9d3c-4e1b-8a64-2f9c7d10e3b8";
const projects = [project, otherProject, strangeProject, "aaaa0000-1111-4222-8333-444444444444"];
const users = [person, "99999999-8888-4777-8666-555555555555"];
export const strangeOrigin = "github.com/example/fork";
const origins = [
  "github.com/acme/shop",
  "github.com/acme/lib",
  "github.com/evil/shop",
  "gitlab.com/acme/team/shop",
  strangeOrigin,
  // Repositories may be called like a part of a subject as well.
  `github.com/user/${person}`,
  `gitlab.com/group/project/${project}/user/${person}`,
];
export const pull = "refs/heads/pull/7";
export const unnamed = "refs/heads/zq-nobody-named-this";
export const tag = "refs/tags/zq-nobody-named-this";
const refs = [
  pull,
  unnamed,
  tag,
  "refs/heads/main",
  "refs/heads/release/1",
  "refs/heads/rel",
  "refs/heads/rel-evil/x",
  "refs/tags/v1",
];

/** Refs by which somebody plays a pattern: its end, from each slash on, behind a branch's name. */
function forgedRefs(patterns: readonly string[]): readonly string[] {
  return patterns.flatMap((pattern) => {
    const text = pattern.replaceAll(/\*+/g, "x").replaceAll("?", "x");
    const ends = [...text.matchAll(/\//g)].map(({ index }) => text.slice(index));
    return ends.map((end) => `refs/heads/x${end}`);
  });
}

/** Every token of the world, those among them that play one of the patterns. */
export function tokensFor(patterns: readonly string[]): readonly Token[] {
  const allRefs = [...new Set([...refs, ...forgedRefs(patterns)])];
  const jobs = projects.flatMap((whose) =>
    users.flatMap((user): Token[] => [
      { job: { project: whose, user, from: null } },
      ...origins.flatMap((origin) =>
        allRefs.map((ref) => ({ job: { project: whose, user, from: { origin, ref } } })),
      ),
    ]),
  );
  return [{ job: null }, ...jobs];
}

function fits(glob: string, text: string): boolean {
  const source = [...glob].map((sign) =>
    sign === "*" ? ".*" : sign === "?" ? "." : sign.replace(/[.+^${}()|[\]\\]/g, "\\$&"),
  );
  return new RegExp(`^${source.join("")}$`, "s").test(text);
}

export function matches(parts: Parts, token: Token): boolean {
  return fits(patternOf(parts), subjectOf(token));
}

/** Does the pattern match the token part by part, as its author reads it? */
export function meansIt(parts: Parts, { job }: Token): boolean {
  if (job === null) return false;
  if (!fits(parts.organization, organization) || !fits(parts.project, job.project)) return false;
  const { from } = job;
  const { user, origin, ref } = parts;
  if (origin === null && ref === null) {
    const rest = from === null ? "" : `/vcs-origin/${from.origin}/vcs-ref/${from.ref}`;
    return fits(user, job.user + rest);
  }
  if (from === null) return false;
  if (ref === null) {
    // Every token with an origin has a ref behind it: a pattern that ends in the repository matches nobody.
    if (origin?.endsWith("*") !== true) return false;
    return fits(user, job.user) && fits(origin ?? "", `${from.origin}/vcs-ref/${from.ref}`);
  }
  if (origin === null)
    return fits(user, `${job.user}/vcs-origin/${from.origin}`) && fits(ref, from.ref);
  return fits(user, job.user) && fits(origin, from.origin) && fits(ref, from.ref);
}

const host = `oidc.circleci.com/org/${organization}`;

/** Who a document admits, by the sandbox's own evaluator. */
export function judge(document: unknown, partition: string): (token: Token) => boolean {
  const decide = trustEvaluator(document);
  return (token) => {
    const context = new Map<string, readonly string[]>([
      [`${host}:aud`, [organization]],
      [`${host}:sub`, [subjectOf(token)]],
      ["aws:CurrentTime", ["2026-11-26T00:00:00Z"]],
    ]);
    if (token.job !== null && partition === "aws")
      context.set(`${host}:oidc.circleci.com/project-id`, [token.job.project]);
    const id = `arn:${partition}:iam::123456789012:oidc-provider/${host}`;
    const principal = { type: "Federated", id } as const;
    const request = { principal, action: "sts:AssumeRoleWithWebIdentity", context };
    return decide(request).decision === "allow";
  };
}
