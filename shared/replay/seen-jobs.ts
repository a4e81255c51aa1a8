import { parseSubject } from "../circleci/tokens.ts";
import type { ProjectDraft } from "../document/draft.ts";
import type { Sighting } from "./sighting.ts";

/** Jobs of one repository of a project that were seen, in a document's words. */
export type SeenJobs = {
  readonly project: ProjectDraft;
  /** How often one of them assumed the role. */
  readonly times: number;
};

/**
 * Who was seen, as entries that a document could have: a project, its repository and the refs. Jobs of a
 * custom webhook and tokens of version 1 name no repository.
 *
 * @param organizationId whose tokens count
 * @returns the most frequent first
 */
export function seenJobs(
  sightings: readonly Sighting[],
  organizationId: string,
): readonly SeenJobs[] {
  const jobs = sightings.flatMap(({ identity }) => {
    const subject = identity === null ? null : parseSubject(identity.subject);
    const isOurs = subject?.kind === "job" && subject.organizationId === organizationId;
    return isOurs ? [subject] : [];
  });
  const alike = Map.groupBy(jobs, ({ projectId, origin }) => JSON.stringify([projectId, origin]));
  return [...alike.values()]
    .flatMap((same): readonly SeenJobs[] => {
      const [first] = same;
      if (first === undefined) return [];
      const { projectId: id, origin } = first;
      const refs = [...new Set(same.flatMap(({ ref }) => ref ?? []))].toSorted();
      const project = origin === null ? { id } : { id, origin, refs };
      return [{ project, times: same.length }];
    })
    .toSorted((one, other) => other.times - one.times);
}
