import { parseSubject, uuidGlob } from "../../circleci/tokens.ts";
import { matches, type Pattern, patternText } from "../../language/pattern.ts";
import type { TrustPolicy, TrustStatement } from "../../policy/document.ts";
import { jobsWithRef, seeming } from "./job-sets.ts";
import { type LooseEnd, looseEndOf } from "./loose-end.ts";
import { type Asked, limitingPatterns } from "./named.ts";
import { globs, type SubjectSet, stranger } from "./subject-set.ts";
import type { TokenQuestions } from "./token-questions.ts";

type BranchQuestion = Asked & {
  readonly questions: TokenQuestions;
  readonly statement: TrustStatement;
};

/** What each pattern of a statement, or of the Denys over it, lets in by the name of a branch. */
export function branchFindings(
  policy: TrustPolicy,
  questions: TokenQuestions,
  statement: TrustStatement,
): readonly LooseEnd[] {
  const denies = policy.statements.filter(({ effect }) => effect === "Deny");
  return [statement, ...denies]
    .flatMap((each) => limitingPatterns(each, questions.key("sub")))
    .filter(({ pattern }) => pattern.literal === null)
    .flatMap(({ condition, pattern }) => {
      const asked = { questions, statement, condition, pattern };
      return [...forgeable(asked), ...(everyBranch(asked) ?? branchPrefix(asked))];
    });
}

function matching(pattern: Pattern): SubjectSet {
  return {
    set: { kind: "patterns", patterns: [pattern] },
    identity: `matching|${pattern.identity}`,
  };
}

/**
 * A pattern in which each word has a place of its own and a `*` at the very end alone: whatever
 * it matches has these words there, so that no branch's name plays one. Most patterns are such, and
 * a search for each takes long in a policy of many statements.
 */
function isFixed(text: string): boolean {
  const named = text
    .replaceAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "ID")
    .replaceAll(uuidGlob, "ID");
  return /^org\/ID\/project\/ID\/user\/(?:\*|ID(?:\/vcs-origin\/[^*?]+\/vcs-ref\/[^*?]*)?\*?)$/.test(
    named,
  );
}

/**
 * `forgeable-branch`: a branch's token gets in, or a tag's where no branch's does, that the pattern
 * matches, and would not if every pattern of the policy were read as what it seems to say (see
 * `seemingSubjects`).
 */
function forgeable({
  questions,
  statement,
  condition,
  pattern,
}: BranchQuestion): readonly LooseEnd[] {
  if (isFixed(patternText(pattern))) return [];
  const inside = [matching(pattern)];
  const ask = (tokens: "branch" | "tag") =>
    questions.ask({ tokens, by: statement, unseemly: true, inside, outside: [seeming(pattern)] });
  const byBranch = ask("branch");
  // Where no branch gets in at all, as by a Deny, a tag can play the same part.
  const hasBranches = (): boolean =>
    questions.ask({ tokens: "branch", by: statement, inside }).kind !== "none";
  const found = byBranch.kind === "none" && !hasBranches() ? ask("tag") : byBranch;
  return looseEndOf(found, { code: "forgeable-branch", where: condition.where }, (subject) => {
    const job = parseSubject(subject);
    const named =
      job?.kind === "job" && job.ref !== null
        ? `a ${job.ref.replace("refs/heads/", "branch named ").replace("refs/tags/", "tag named ")}, of ${job.origin === stranger.origin ? "any repository" : `repository ${job.origin}`}, matches`
        : "a branch of another name matches";
    return `A wildcard in ${patternText(pattern)} also takes slashes: ${named}. Write the user as ${uuidGlob}, and use no * before the ref.`;
  });
}

/**
 * `every-branch`: of some repository, pull requests and a branch that nobody named get in by what
 * the pattern seems to say, and it does not take every other origin and ref as well. Null where not.
 */
function everyBranch({
  questions,
  statement,
  condition,
  pattern,
}: BranchQuestion): LooseEnd[] | null {
  const inside = [matching(pattern), seeming(pattern)];
  const found = questions.ask({
    tokens: "pull",
    by: statement,
    inside,
  });
  const job = found.kind === "some" ? parseSubject(found.subject) : null;
  if (job?.kind !== "job" || job.origin === null) return null;
  const subject = (origin: string, ref: string): string =>
    `org/${job.organizationId}/project/${job.projectId}/user/${job.userId}/vcs-origin/${origin}/vcs-ref/${ref}`;
  const gets = (origin: string, ref: string): boolean =>
    questions.ask({ tokens: "job", by: statement, inside: [globs(subject(origin, ref))] }).kind !==
    "none";
  if (!gets(job.origin, `refs/heads/${stranger.branch}`)) return null;
  const tag = `refs/tags/${stranger.branch}`;
  const others = [
    subject(stranger.origin, `refs/heads/${stranger.branch}`),
    subject(job.origin, tag),
    subject(stranger.origin, tag),
  ];
  if (others.every((other) => matches(pattern, other))) return null;
  const message = `${patternText(pattern)} takes every branch, those of pull requests (refs/heads/pull/7) among them.`;
  const example = subject(job.origin, "refs/heads/pull/7");
  return [{ code: "every-branch", message, where: condition.where, example }];
}

/**
 * `branch-prefix`: the pattern ends in a branch's name with a `*` right behind it, not behind a
 * slash, and a branch of another name that begins so gets in.
 */
function branchPrefix({
  questions,
  statement,
  condition,
  pattern,
}: BranchQuestion): readonly LooseEnd[] {
  const text = patternText(pattern);
  const prefix = /heads\/([^*?]*[^/*?])\?*\*$/.exec(text)?.[1];
  if (prefix === undefined) return [];
  const branch = `${prefix}-evil/x`;
  const found = questions.ask({
    tokens: "branch",
    by: statement,
    inside: [matching(pattern), seeming(pattern), jobsWithRef(`refs/heads/${branch}`)],
  });
  return looseEndOf(
    found,
    { code: "branch-prefix", where: condition.where },
    () => `${text} takes every branch whose name begins so, also one such as ${branch}.`,
  );
}
