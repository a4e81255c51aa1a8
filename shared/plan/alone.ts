import {
  type ControlEntry,
  evidenceOf,
  knownVersions,
  newestValid,
  writtenNames,
} from "./control.ts";
import { audiencesOf } from "./desired.ts";
import type { Organisation } from "./organisation.ts";
import type { Orphans } from "./orphans.ts";

/**
 * Can an environment be decided about without any other one? It can where its newest document asks
 * for the very names and audiences that were written for it: who has applied a name keeps it, whatever
 * others claim (docs/decisions/0003-adoption-and-conflicts.md). Not where it claims or leaves anything,
 * is removed, or its record does not say what was written.
 */
export function standsAlone(entry: ControlEntry): boolean {
  const evidence = evidenceOf(entry);
  const known = knownVersions(evidence, entry).map(({ document }) => document);
  const [inForce] = known;
  if (entry.newest === null || evidence.kind !== "record" || inForce === undefined) return false;
  const newest = newestValid(entry)?.document;
  const documents = newest === undefined ? known : [newest, ...known];
  const { roles, policies, organizations } = writtenNames(evidence, entry);
  const asked = inForce.circleci;
  return documents.every(
    ({ circleci, role, policy }) =>
      isOnly([inForce.role.name, ...roles], role.name) &&
      isOnly([inForce.policy.name, ...policies], policy.name) &&
      // Where its provider is not named beside its role, it has left that one, and others may ask for anything.
      organizations.length >= Math.min(roles.length, 1) &&
      isOnly(organizations, circleci.organizationId) &&
      circleci.organizationId === asked.organizationId &&
      sameTexts(audiencesOf({ circleci }), audiencesOf({ circleci: asked })) &&
      sameTexts(circleci.thumbprints, asked.thumbprints),
  );
}

/** Nothing is written while an environment is only observed. IAM ignores case in names. */
function isOnly(written: readonly string[], name: string): boolean {
  return written.every((each) => each.toLowerCase() === name.toLowerCase());
}

function sameTexts(some: readonly string[], others: readonly string[]): boolean {
  return some.toSorted().join("\n") === others.toSorted().join("\n");
}

/** Does a plan that was made without the other environments touch what they may share? */
export function touchesOthers(plans: {
  readonly organisations: readonly Organisation[];
  readonly environments: readonly { readonly orphans: Orphans }[];
}): boolean {
  return (
    plans.organisations.some(
      ({ plan: { closing, opening }, widenings }) =>
        closing.length + opening.length + widenings.length > 0,
    ) ||
    plans.environments.some(
      ({ orphans: { roles, policies, providers } }) =>
        roles.length + policies.length + providers.length > 0,
    )
  );
}
