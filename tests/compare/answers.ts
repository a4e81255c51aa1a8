import { type ComparisonJson, comparisonJson } from "../../cli/comparison-json.ts";
import {
  type Comparison,
  comparePermissions,
  compareTrust,
  type PermissionWitness,
  type Surroundings,
  type Witness,
} from "../../shared/compare/index.ts";

/** A comparison in the words of the command's JSON, which people outside rely on. */
export type Answer<Proof> =
  | ({ readonly kind: "compared" } & ComparisonJson<Proof>)
  | Extract<Comparison<Proof>, { readonly kind: "refused" }>;

function answerOf<Proof>(comparison: Comparison<Proof>): Answer<Proof> {
  if (comparison.kind === "refused") return comparison;
  return { kind: "compared", ...comparisonJson(comparison) };
}

/** What the engine answers about two trust policies; null for no role yet. */
export function trustAnswer(pair: {
  readonly before: string | null;
  readonly after: string | null;
  readonly surroundings?: Surroundings;
}): Answer<Witness> {
  const list = (text: string | null): readonly string[] => (text === null ? [] : [text]);
  return answerOf(compareTrust({ ...pair, before: list(pair.before), after: list(pair.after) }));
}

/** The same about two sets of permission policies. */
export function permissionAnswer(sets: {
  readonly before: readonly string[];
  readonly after: readonly string[];
}): Answer<PermissionWitness> {
  return answerOf(comparePermissions(sets));
}

/** What a pair of permission policies gains and loses, in one line. */
export function gainsAndLosses(sets: Parameters<typeof permissionAnswer>[0]): string {
  const answer = permissionAnswer(sets);
  if (answer.kind === "refused") throw new Error(answer.error.message);
  return `gains ${answer.widens}, loses ${answer.narrows}`;
}
