import { chains } from "./chains.ts";
import { type Family, type HardQuestion, questionsOf } from "./family.ts";
import { keys } from "./keys.ts";
import { lists } from "./lists.ts";
import { permissions } from "./permissions.ts";
import { variables } from "./variables.ts";

/** The longest trust policy that is asked about, twice what IAM takes. */
const trustCharacters = 8_192;
/** What IAM takes of a managed policy and of a role's inline policies together. */
const permissionCharacters = [6_144, 10_240] as const;

const ofFamilies = (families: readonly Family[], limit: number): readonly HardQuestion[] =>
  families.flatMap((family) => questionsOf(family, limit));

/** All questions that were made to be hard and whose answer is known, by group. */
export const hardTrust: Readonly<
  Record<"lists" | "chains" | "keys" | "variables", () => readonly HardQuestion[]>
> = {
  lists: () => ofFamilies(lists, trustCharacters),
  chains: () => ofFamilies(chains, trustCharacters),
  keys: () => ofFamilies(keys, trustCharacters),
  variables: () => ofFamilies(variables, trustCharacters),
};

export function hardPermissions(): readonly HardQuestion[] {
  return permissionCharacters.flatMap((limit) => ofFamilies(permissions, limit));
}

/** The same families as small pairs, which a solver with a limit of time can be asked about. */
export function smallHard(): readonly HardQuestion[] {
  return [...lists, ...chains, ...keys].map((family) => ({
    title: family.title,
    size: 6,
    ...family.pair(6),
  }));
}
