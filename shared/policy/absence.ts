import type { PolicyCondition } from "./document.ts";
import type { Problem } from "./problem.ts";

/** Does the condition hold where its key is absent? Where that is unclear, it may. */
export function absenceOf(condition: PolicyCondition): boolean {
  if (condition.ifExists || condition.quantifier === "for-all") return true;
  return condition.quantifier === "none" && condition.test.negated;
}

/** Does it hold there for certain? */
export function holdsOnAbsence(condition: PolicyCondition): boolean {
  return absenceOf(condition) && !hasUnclearAbsence(condition);
}

/**
 * The two cases in which the documentation is at odds with itself: IfExists says yes and
 * ForAnyValue no, and one table shows "no match" for ForAllValues:StringNotLike where the text
 * says that ForAllValues holds.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
 */
export function hasUnclearAbsence(condition: PolicyCondition): boolean {
  if (condition.quantifier === "for-any") return condition.ifExists;
  const { test } = condition;
  const isNotLike = test.kind === "string" && test.negated && test.wildcards;
  return condition.quantifier === "for-all" && !condition.ifExists && isNotLike;
}

/** What to say of such a condition. */
export function absenceProblem({ operator, keyText, where }: PolicyCondition): Problem {
  const message = `Whether ${operator} holds when ${keyText} is absent is documented in two ways. Add Null to say whether it must be there.`;
  return { code: "unclear-absence", message, where };
}
