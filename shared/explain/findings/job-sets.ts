import { subjectsOfProjects } from "../../circleci/project-tie.ts";
import { uuidGlob } from "../../circleci/tokens.ts";
import { globPattern, type Pattern } from "../../language/pattern.ts";
import { seemingSubjects } from "./alignment.ts";
import type { SubjectSet } from "./subject-set.ts";

/** The subjects of jobs of one pull request, branch or tag, of whatever project and origin. */
export function jobsWithRef(ref: string): SubjectSet {
  return seeming(
    globPattern(`org/${uuidGlob}/project/${uuidGlob}/user/${uuidGlob}/vcs-origin/*/vcs-ref/${ref}`),
  );
}

/** What a pattern matches and seems to be about. Its automaton is made where a search asks for it. */
export function seeming(pattern: Pattern): SubjectSet {
  return {
    get set() {
      return { kind: "machine", machine: seemingSubjects(pattern) } as const;
    },
    identity: `seeming|${pattern.identity}`,
  };
}

/** Jobs of the projects whose id one of these globs matches. */
export function jobsOfProjects(ids: readonly string[]): SubjectSet {
  const machine = subjectsOfProjects(ids.map((text) => globPattern(text)));
  return { set: { kind: "machine", machine }, identity: `projects of|${ids.join("\n")}` };
}

/** Jobs of repositories below one of these owners: `github.com/acme`. */
export function jobsOfOwners(owners: readonly string[]): SubjectSet {
  const head = `org/${uuidGlob}/project/${uuidGlob}/user/${uuidGlob}/vcs-origin`;
  const patterns = owners.map((owner) => globPattern(`${head}/${owner}/*`));
  return { set: { kind: "patterns", patterns }, identity: `owners|${owners.join("\n")}` };
}
