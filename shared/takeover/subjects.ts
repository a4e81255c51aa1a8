import { uuidGlob } from "../circleci/tokens.ts";
import type { ProjectDraft } from "../document/draft.ts";

/** Whose jobs a pattern may mean, in a document's words; or why no document says it. */
type SubjectReading =
  | { readonly kind: "every-project" }
  | { readonly kind: "projects"; readonly entries: readonly ProjectDraft[] }
  | { readonly kind: "no-words"; readonly why: string };

const uuid = /^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/;

/** `org/ORG/project/PROJECT/user/USER`, and what may follow (CircleCI, OpenID Connect tokens). */
const whole =
  /^org\/[^/]+\/project\/(?<project>[^/]+)\/user\/(?<user>[^/]+)(?:\/vcs-origin\/(?<origin>.+)\/vcs-ref\/(?<ref>.+))?$/;

/** A project, and whatever follows. */
const begun = /^org\/[^/]+\/project\/(?<project>[^/*?]+)\/?\*$/;

/** Nothing but wildcards from the project on, or earlier. */
const open = /^(?:\*|org\/\*|org\/[^/]+\/\*|org\/[^/]+\/project\/\*(?:\/user\/\*|\/\*)?)$/;

/**
 * Reads one pattern of a `sub` condition. What it gives is a proposal: whether the role admits all of
 * it is asked of the engine afterwards.
 *
 * @param pattern the text of the condition; null where the statement asks for no subject
 * @param ids the projects that the statement names by the claim `project-id`; null for any
 */
export function readSubject(pattern: string | null, ids: readonly string[] | null): SubjectReading {
  if (pattern === null || open.test(pattern)) return entriesFor(ids, {});
  const named = begun.exec(pattern)?.groups?.["project"];
  if (named !== undefined && uuid.test(named)) return entriesFor([named], {});
  const groups = whole.exec(pattern)?.groups;
  if (groups === undefined) {
    return noWords("which is not a subject of CircleCI's jobs that a document can name");
  }
  const { project = "", user = "", origin, ref } = groups;
  if (user !== "*" && user !== uuidGlob) {
    return noWords("which names a user; a document names projects, repositories and refs");
  }
  if (!uuid.test(project) && project !== "*" && project !== uuidGlob) {
    return noWords("whose project is wild in part; a document names each project by its whole id");
  }
  if (/[A-F]/.test(project)) {
    return noWords(
      "whose project id is in upper case; CircleCI writes lower case, so nobody gets in by it",
    );
  }
  const projects = uuid.test(project) ? [project] : ids;
  if (origin === undefined || ref === undefined) return entriesFor(projects, {});
  if (projects === null) {
    return noWords(
      "which names a repository or ref of any project; a document names the project too",
    );
  }
  return entriesFor(projects, { origin, ...refsOf(ref) });
}

function entriesFor(ids: readonly string[] | null, rest: Omit<ProjectDraft, "id">): SubjectReading {
  if (ids === null) return { kind: "every-project" };
  return { kind: "projects", entries: ids.map((id) => ({ id, ...rest })) };
}

/** Branches and tags are all that a token names. */
function refsOf(ref: string): Pick<ProjectDraft, "refs"> {
  if (ref === "*") return {};
  return { refs: ref === "refs/*" ? ["refs/heads/*", "refs/tags/*"] : [ref] };
}

function noWords(why: string): SubjectReading {
  return { kind: "no-words", why };
}
