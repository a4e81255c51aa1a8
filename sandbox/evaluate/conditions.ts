import { type RequestContext, valuesOf } from "./context.ts";
import type { Operator } from "./operators/index.ts";
import type { Evaluation } from "./operators/test.ts";
import type { Version } from "./variables.ts";

/** One operator on one key with its list of values: the smallest part that holds or does not. */
export type PolicyCondition = {
  readonly operator: Operator;
  readonly key: string;
  readonly listed: readonly string[];
};

/** All must hold; an empty block always does. */
export function holds(
  conditions: readonly PolicyCondition[],
  version: Version,
  context: RequestContext,
): boolean {
  return conditions.every((condition) => conditionHolds(condition, { version, context }));
}

function conditionHolds(condition: PolicyCondition, evaluation: Evaluation): boolean {
  const { operator, key, listed } = condition;
  const values = valuesOf(evaluation.context, key);
  switch (operator.kind) {
    case "null":
      return listed.some((wanted) => wanted.toLowerCase() === String(values === null));
    case "comparison":
      return comparisonHolds(operator, listed, values, evaluation);
    default:
      throw new Error(`no such operator: ${operator satisfies never}`);
  }
}

/**
 * A negated operator is a NOR: the value must match nothing that is listed. A missing key fails a
 * positive operator and passes a negated one, an IfExists and a ForAllValues; it fails ForAnyValue.
 * Source: IAM User Guide, "Condition operators" and "Set operators for multivalued keys".
 */
function comparisonHolds(
  operator: Extract<Operator, { kind: "comparison" }>,
  listed: readonly string[],
  values: readonly string[] | null,
  evaluation: Evaluation,
): boolean {
  const { comparison, quantifier, ifExists } = operator;
  const matchesAny = (value: string) =>
    listed.some((wanted) => comparison.test(wanted, value, evaluation));
  const passes = (value: string) => matchesAny(value) !== comparison.negated;
  if (values === null) {
    if (ifExists || quantifier === "for-all-values") return true;
    return quantifier === "single" && comparison.negated;
  }
  switch (quantifier) {
    case "for-all-values":
      return values.every((value) => value === "" || passes(value));
    case "for-any-value":
      return values.some(passes);
    case "single":
      // The language does not say what a single-valued operator does with more than one value.
      return comparison.negated ? values.every(passes) : values.some(passes);
    default:
      throw new Error(`no such quantifier: ${quantifier satisfies never}`);
  }
}
