import { parseSubject, shapeName } from "../../circleci/tokens.ts";
import type { TrustPolicy } from "../../policy/document.ts";
import { jobsOfOwners, jobsOfProjects } from "./job-sets.ts";
import { type LooseEnd, looseEndOf } from "./loose-end.ts";
import { type Named, namedBy } from "./named.ts";
import type { TokenQuestions } from "./token-questions.ts";

/** Whose jobs the policy lets in, all its statements together. */
export function projectFindings(
  policy: TrustPolicy,
  questions: TokenQuestions,
): readonly LooseEnd[] {
  const named = namedBy(policy, questions.source.keyPrefix);
  return [
    ...auditLogStream(questions),
    ...anyProject(questions, [...named.projects, ...named.partsOfProjects]),
    ...projectsInPart(questions, named.partsOfProjects, named.projects),
    ...named.projects.flatMap((project) => forks(questions, project, named)),
  ];
}

function organizationOf({ source }: TokenQuestions): string {
  const organization = source.circleci?.organizationId ?? null;
  return organization === null ? "any organisation" : `organisation ${organization}`;
}

/** `audit-log-stream`: the one CircleCI token that does not belong to a job is admitted. */
function auditLogStream(questions: TokenQuestions): readonly LooseEnd[] {
  // The issuer that all organisations share signs none.
  if (questions.source.circleci?.organizationId === null) return [];
  return looseEndOf(
    questions.ask({ tokens: "stream" }),
    { code: "audit-log-stream", where: "" },
    () =>
      `${shapeName("audit-log-stream")} of ${organizationOf(questions)} is admitted: it has the same issuer and audience as a job.`,
  );
}

/** `any-project`: a job is admitted whose project the policy names neither in full nor in part. */
function anyProject(questions: TokenQuestions, named: readonly string[]): readonly LooseEnd[] {
  const outside = named.length === 0 ? [] : [jobsOfProjects(named)];
  const found = questions.ask({ tokens: "job", outside });
  return looseEndOf(
    found,
    { code: "any-project", where: "" },
    () =>
      `A job of any project of ${organizationOf(questions)} is admitted, also of one that is created tomorrow.`,
  );
}

/** `project-in-part`: a job is admitted whose project the policy names in part and not in full. */
function projectsInPart(
  questions: TokenQuestions,
  parts: readonly string[],
  full: readonly string[],
): readonly LooseEnd[] {
  if (parts.length === 0) return [];
  const outside = full.length === 0 ? [] : [jobsOfProjects(full)];
  const found = questions.ask({ tokens: "job", inside: [jobsOfProjects(parts)], outside });
  return looseEndOf(found, { code: "project-in-part", where: "" }, (subject) => {
    const job = parseSubject(subject);
    const project = job?.kind === "job" ? job.projectId : "…";
    return `A job of every project whose id fits ${parts.join(" or ")} is admitted, such as ${project}: ids are given out by chance. Name the projects in full.`;
  });
}

/**
 * `forks`: for a project that the policy names, the job of a pull request gets in whose repository
 * has another owner than those that the policy names. Where a pattern names a repository of any
 * owner, so does the job of any branch, by what the patterns seem to say: a fork keeps its
 * repository's name, and that its ref is `refs/heads/pull/NUMBER` is not documented.
 */
function forks(
  questions: TokenQuestions,
  project: string,
  { owners, anyOwnersRepository }: Pick<Named, "owners" | "anyOwnersRepository">,
): readonly LooseEnd[] {
  const outside = owners.length === 0 ? [] : [jobsOfOwners(owners)];
  const inside = [jobsOfProjects([project])];
  const byPull = questions.ask({ tokens: "pull", inside, outside });
  const found =
    byPull.kind === "none" && anyOwnersRepository
      ? questions.ask({ tokens: "branch", inside, outside, seemly: true })
      : byPull;
  return looseEndOf(
    found,
    { code: "forks", where: "" },
    () =>
      `A job of project ${project} for a forked pull request is admitted, if CircleCI passes secrets to forks. Name the origin, or switch off "Pass secrets to builds from forked pull requests".`,
  );
}
