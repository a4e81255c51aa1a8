import type { PolicyCondition, UnclearValue } from "../policy/document.ts";
import type { Reason } from "./verdict.ts";

/** Unclear values that a comparison may have: each may be like each other, so that twice as many cost four times. */
const valuesMax = 100;

type Statement = {
  readonly conditions: readonly PolicyCondition[];
  readonly resources?: { readonly unclear: readonly UnclearValue[] };
};

/** Why these statements are not compared: more of their values are unclear than can be held against each other; null where they can. */
export function tooManyUnclear(statements: readonly Statement[]): Reason | null {
  const names = new Set<string>();
  for (const { conditions, resources } of statements) {
    for (const { key, unclear } of conditions)
      for (const { name } of unclear) names.add(`${key} ${name}`);
    for (const { name } of resources?.unclear ?? []) names.add(name);
  }
  return names.size <= valuesMax ? null : tooMany;
}

const tooMany: Reason = {
  code: "budget-spent",
  message: `More than ${valuesMax} values have variables, or are unclear for another reason: too many to be held against each other. Write fewer. Treat it as a widening.`,
  where: "",
};
