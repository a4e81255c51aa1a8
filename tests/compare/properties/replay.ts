import { evaluateTrust } from "../../../sandbox/evaluate/index.ts";
import { fits, isMultiValued, statementsOf, typesOf } from "./documents.ts";

/** The shape of a witness as the command line prints it. */
export type ReplayedWitness = {
  readonly principal: { readonly type: string; readonly id: string };
  readonly action: string;
  readonly context: Readonly<Record<string, readonly string[]>>;
};

/** What a document answers to a witness, says the sandbox's evaluator. A missing document admits nobody. */
export function isAllowed(document: string | null, witness: ReplayedWitness): boolean {
  if (document === null) return false;
  const { principal, action } = witness;
  const context = new Map(Object.entries(witness.context));
  return evaluateTrust(JSON.parse(document), { principal, action, context }).decision === "allow";
}

/**
 * What is wrong with a witness for "`allows` admits what `refuses` does not": an empty list if it
 * proves just that, with a request of the documented request space.
 */
export function complaintsOf(
  witness: ReplayedWitness,
  sides: { readonly allows: string; readonly refuses: string },
): readonly string[] {
  const complaints: string[] = [];
  if (!isAllowed(sides.allows, witness)) complaints.push("the one side does not allow it");
  if (isAllowed(sides.refuses, witness)) complaints.push("the other side allows it too");
  if (/[*?]/.test(witness.action)) complaints.push("the action is a pattern");
  if (/[*?]/.test(witness.principal.id)) complaints.push("the principal is a pattern");
  const documents = [sides.allows, sides.refuses].map((text): unknown => JSON.parse(text));
  const atoms = statementsOf(documents).flatMap((statement) => statement.atoms);
  const seen = new Set<string>();
  for (const [key, values] of Object.entries(witness.context)) {
    if (seen.has(key.toLowerCase())) complaints.push(`${key} is given twice`);
    seen.add(key.toLowerCase());
    if (values.length === 0) complaints.push(`${key} has no value`);
    if (values.includes("")) complaints.push(`${key} has an empty value`);
    if (values.length > 1 && !isMultiValued(key, atoms)) complaints.push(`${key} has two values`);
    for (const type of typesOf(key, atoms)) {
      const strange = values.find((value) => !fits(value, type));
      if (strange !== undefined) complaints.push(`${key} holds ${strange}, which is not a ${type}`);
    }
  }
  return complaints;
}
