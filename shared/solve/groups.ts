import type { PolicyCondition, UnclearValue } from "../policy/document.ts";

/** Of fewer values each is a question of its own: what is known of one value is more than what is known of several. */
const fewValues = 8;

/** Unclear values that are asked about together. */
export type Group = readonly [UnclearValue, ...UnclearValue[]];

/** The unclear values of each condition. */
export type Groups = ReadonlyMap<PolicyCondition, readonly Group[]>;

/**
 * Unclear values that are in the same conditions, all or none of them, in groups: of a list of a hundred variables
 * that both sides have, it is enough to ask whether one of them is matched. Empty where there is no such group.
 *
 * @param nameOf what is asked of a value: the same for two conditions where it is the same question
 */
export function groupsOf(
  conditions: readonly PolicyCondition[],
  nameOf: (condition: PolicyCondition, value: UnclearValue) => string,
): Groups {
  const groups = new Map<PolicyCondition, readonly Group[]>();
  const isMany = conditions.some(({ unclear }) => unclear.length >= fewValues);
  if (!isMany || !conditions.every(({ unclear }) => unclear.every(isPlain))) return groups;
  const named = conditions.map((condition) =>
    condition.unclear.map((value) => ({ value, name: nameOf(condition, value) })),
  );
  /** For each value the numbers of the conditions that have it. */
  const conditionsOf = new Map<string, string>();
  for (const [at, values] of named.entries())
    for (const { name } of values) conditionsOf.set(name, `${conditionsOf.get(name) ?? ""} ${at}`);
  for (const [at, condition] of conditions.entries()) {
    const alike = Map.groupBy(named[at] ?? [], ({ name }) => conditionsOf.get(name));
    groups.set(condition, [...alike.values()].flatMap(together));
  }
  return groups;
}

/** Without wildcards no value is within another, so that little is to be known of one that is not of all. */
function isPlain({ template }: UnclearValue): boolean {
  return (
    template !== null && !template.pieces.some((piece) => typeof piece === "number" && piece < 0)
  );
}

function together(alike: readonly { readonly value: UnclearValue }[]): readonly Group[] {
  const values = alike.map(({ value }) => value);
  const [first, ...others] = values;
  const isGroup = first !== undefined && values.length >= fewValues;
  return isGroup ? [[first, ...others]] : values.map((value) => [value]);
}
