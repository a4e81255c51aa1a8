import { characterClass, type Edge, type Machine, machineOf } from "../language/machine.ts";
import { anyOne, type Pattern } from "../language/pattern.ts";
import { type CircleciProvider, sendsProjectId } from "./tokens.ts";

/**
 * What ties the project's id, which STS makes a key of, to the subject of a job's token; null where
 * STS makes no key of it.
 */
export function projectTie(provider: CircleciProvider): {
  readonly key: string;
  readonly subject: string;
  readonly subjectsWith: (ids: readonly Pattern[]) => Machine;
} | null {
  if (!sendsProjectId(provider)) return null;
  return {
    key: `${provider.keyPrefix}:oidc.circleci.com/project-id`,
    subject: `${provider.keyPrefix}:sub`,
    subjectsWith: subjectsOfProjects,
  };
}

/** The beginning of a job's subject, before the project's id: `org/UUID/project/`. */
const before = "org/".length + 36 + "/project/".length;
const slash = "/".charCodeAt(0);
const idClass = -10;

/**
 * The subjects of jobs whose project's id one of the patterns matches. A wildcard of a pattern stays
 * within the id, as it does where STS compares the pattern with the key that has only the id.
 */
export function subjectsOfProjects(patterns: readonly Pattern[]): Machine {
  const ids = characterClass("0123456789abcdef-");
  const inner = machineOf(patterns);
  const edges: Edge[][] = [];
  for (let at = 0; at < before - 1; at += 1) edges.push([{ on: anyOne, to: [at + 1] }]);
  const moved = (states: readonly number[]): number[] => states.map((state) => before + state);
  edges.push([{ on: anyOne, to: moved(inner.start) }]);
  const tail = before + inner.edges.length;
  for (const [state, list] of inner.edges.entries()) {
    const within = list.flatMap(({ on, to }): Edge[] => {
      if (on < 0) return [{ on: idClass, to: moved(to) }];
      return ids.has(on) ? [{ on, to: moved(to) }] : [];
    });
    edges.push(inner.accepting[state] ? [...within, { on: slash, to: [tail] }] : within);
  }
  edges.push([{ on: anyOne, to: [tail] }]);
  return {
    edges,
    start: [0],
    accepting: edges.map((_, state) => state === tail),
    classes: [ids],
    layout: null,
    mayExplode: inner.mayExplode,
  };
}
