import type { Choice } from "../plan/choice.ts";
import {
  type ControlEntry,
  type Evidence,
  knownVersions,
  newestValid,
  onRemoveOf,
  watchedNames,
} from "../plan/control.ts";
import { passiveMode } from "../plan/mode.ts";
import type { OrphanInput } from "../plan/orphans.ts";
import type { ProviderUse } from "./adoption.ts";
import type { Planning } from "./planning.ts";

/** What is known of all environments, whether this run looks at them or not. */
export type KnownEvidence = {
  readonly evidence: ReadonlyMap<string, Evidence>;
  readonly use: ProviderUse;
};

/** The same with what is chosen for those that this run looks at. */
export type Known = KnownEvidence & { readonly choices: ReadonlyMap<string, Choice> };

export function evidenceIn(
  { evidence }: Pick<KnownEvidence, "evidence">,
  { name }: Pick<ControlEntry, "name">,
): Evidence {
  return evidence.get(name) ?? { kind: "none" };
}

export function choiceIn({ choices }: Known, { name }: Pick<ControlEntry, "name">): Choice {
  return choices.get(name) ?? { kind: "orphaned" };
}

/** A removed one has nothing that another one could not have taken since. */
export function namesOfOthers(
  entry: ControlEntry,
  known: Known,
  { all }: { readonly all: readonly ControlEntry[] },
): ReturnType<OrphanInput["others"]> {
  return all
    .filter(({ name, newest }) => name !== entry.name && newest !== null)
    .map((other) => ({
      environment: other.name,
      names: watchedNames(evidenceIn(known, other), other),
    }));
}

/**
 * Organisations that another environment asks for, or whose provider it takes away itself: of all
 * that leave one provider, one removes it.
 */
export function organizationsOfOthers(
  entry: ControlEntry,
  known: Known,
  planning: Pick<Planning, "all" | "force">,
): ReadonlySet<string> {
  return new Set(
    planning.all.flatMap((other) => {
      if (other.name === entry.name) return [];
      const asked = organizationsAskedBy(other, known, planning);
      const { organizations } = watchedNames(evidenceIn(known, other), other);
      return comesBefore(other, entry, known, planning) ? [...asked, ...organizations] : asked;
    }),
  );
}

/** Organisations that an environment is in, or wants to be in. */
function organizationsAskedBy(
  entry: ControlEntry,
  known: Known,
  given: Pick<Planning, "force">,
): readonly string[] {
  const newest = newestValid(entry);
  // A removed one asks for nothing, and one that comes into force asks for its new one alone, if it may write it.
  if (entry.newest === null) return [];
  const { organizations } = watchedNames(evidenceIn(known, entry), entry);
  const own = newest === null ? [] : [newest.document.circleci.organizationId];
  const choice = choiceIn(known, entry);
  const evidence = evidenceIn(known, entry);
  if (choice.kind === "newest" && passiveMode({ choice, evidence }, given) === null) return own;
  const versions = knownVersions(evidence, entry);
  const inForce = versions.map(({ document }) => document.circleci.organizationId);
  return [...own, ...inForce, ...(versions.length === 0 ? organizations : [])];
}

/** Does one environment take away what both have left? Who may, before who may not; then by name. */
function comesBefore(
  one: ControlEntry,
  other: ControlEntry,
  known: Known,
  given: Pick<Planning, "force">,
): boolean {
  const rank = (entry: ControlEntry) => {
    const evidence = evidenceIn(known, entry);
    const idle = passiveMode({ choice: choiceIn(known, entry), evidence }, given) !== null;
    return onRemoveOf(evidence, entry) === "delete" && !idle ? 0 : 1;
  };
  return rank(one) === rank(other) ? one.name < other.name : rank(one) < rank(other);
}
