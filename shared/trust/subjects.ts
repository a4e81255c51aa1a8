import { uuidGlob } from "../circleci/tokens.ts";
import type { ProjectEntry } from "../document/index.ts";

/**
 * Subjects of every job of an organisation, in tokens of both versions, and of nothing else that
 * CircleCI signs for it (its audit-log stream is `org/ORG/file-streaming/audit-logs`).
 */
export function subjectOfEveryProject(organizationId: string): string {
  return `org/${organizationId}/project/${uuidGlob}/user/*`;
}

/**
 * Subject patterns (StringLike) of the jobs that an entry names. Without an origin both token
 * versions match; with one only version 2, since version 1 says nothing of the repository.
 * https://circleci.com/docs/openid-connect-tokens/
 */
export function subjectsOf(organizationId: string, entry: ProjectEntry): readonly string[] {
  const project = `org/${organizationId}/project/${entry.id}`;
  if (entry.origin === undefined) return [`${project}/user/*`];
  const job = `${project}/user/${uuidGlob}/vcs-origin/${entry.origin}/vcs-ref`;
  if (entry.refs === undefined) return [`${job}/*`];
  return entry.refs.map((ref) => `${job}/${ref}`);
}

/**
 * Leaves out every pattern that another one covers. `p*` covers whatever begins with the text of
 * `p`, a `?` standing where `p` has one; a pattern that covers another in a subtler way stays.
 */
export function withoutCovered(patterns: Iterable<string>): readonly string[] {
  const distinct = [...new Set(patterns)];
  return distinct.filter(
    (pattern) =>
      !distinct.some(
        (other) =>
          other !== pattern && other.endsWith("*") && pattern.startsWith(other.slice(0, -1)),
      ),
  );
}
