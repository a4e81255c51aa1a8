import { matches } from "../language/pattern.ts";
import { absenceOf, hasUnclearAbsence } from "./absence.ts";
import type {
  Effect,
  PolicyCondition,
  TrustPolicy,
  TrustStatement,
  UnclearValue,
} from "./document.ts";
import { listedMultiplicity } from "./keys.ts";
import { fits, isOfType } from "./match.ts";
import { standsFor } from "./principal-match.ts";
import type { RequestContext, TrustRequest } from "./request.ts";
import { filledWith, variablesIn } from "./variables.ts";

/** Yes, no, or "it depends on something that is not decided". */
export type Answer = "yes" | "no" | "unclear";

export function allOf(answers: Iterable<Answer>): Answer {
  let all: Answer = "yes";
  for (const answer of answers) {
    if (answer === "no") return "no";
    if (answer === "unclear") all = "unclear";
  }
  return all;
}

function not(answer: Answer): Answer {
  return answer === "unclear" ? answer : answer === "yes" ? "no" : "yes";
}

/**
 * Does the policy allow the request? A plain reading, statement by statement, without any of the
 * sets that the comparison works on: every witness has to pass it before it is shown.
 */
export function allows(policy: TrustPolicy, request: TrustRequest): Answer {
  return decide(policy.statements, (statement) => applies(statement, request));
}

/** An explicit Deny that applies wins, then an Allow that does; nothing else is allowed. One of each is enough. */
export function decide<Statement extends { readonly effect: Effect }>(
  statements: readonly Statement[],
  answerOf: (statement: Statement) => Answer,
): Answer {
  let allowed: Answer = "no";
  let denied: Answer = "no";
  for (const statement of statements) {
    if (statement.effect === "Deny") denied = either(denied, answerOf(statement));
    else if (allowed !== "yes") allowed = either(allowed, answerOf(statement));
    if (denied === "yes") return "no";
  }
  return allOf([allowed, not(denied)]);
}

function either(left: Answer, right: Answer): Answer {
  return left === "yes" || right === "yes" ? "yes" : left === "unclear" ? left : right;
}

export function applies(statement: TrustStatement, request: TrustRequest): Answer {
  return actionFits(statement, request.action)
    ? withConditions(principalFits(statement, request), statement, request.context)
    : "no";
}

/** An answer and whether each condition of a statement holds: what follows a "no" is not looked at. */
export function withConditions(
  answer: Answer,
  { conditions }: Pick<TrustStatement, "conditions">,
  context: RequestContext,
): Answer {
  let all = answer;
  for (const condition of conditions) {
    if (all === "no") break;
    const one = conditionHolds(condition, context);
    if (one !== "yes") all = one;
  }
  return all;
}

export function principalFits(statement: TrustStatement, request: TrustRequest): Answer {
  const { kind, principals } = statement.principals;
  const named = principals.some((principal) => standsFor(principal, request.principal));
  if (kind === "only") return named ? "yes" : "no";
  return statement.effect === "Allow" ? "unclear" : named ? "no" : "yes";
}

export function actionFits(statement: Pick<TrustStatement, "actions">, action: string): boolean {
  const named = statement.actions.patterns.some((pattern) => matches(pattern, action));
  return statement.actions.kind === "only" ? named : !named;
}

/** Does one condition hold in a context? */
export function conditionHolds(condition: PolicyCondition, context: RequestContext): Answer {
  const { test } = condition;
  const values = context.get(condition.key) ?? [];
  if (test.kind === "unclear") return "unclear";
  if (test.kind === "null") {
    if (test.operands.includes(values.length === 0)) return "yes";
    return condition.unclear.length > 0 ? "unclear" : "no";
  }
  if (values.length === 0) {
    if (hasUnclearAbsence(condition)) return "unclear";
    return absenceOf(condition) ? "yes" : "no";
  }
  const answers = values.map((value) => valueHolds(condition, value, context));
  switch (condition.quantifier) {
    case "for-all":
      return allOf(answers);
    case "for-any":
      return answers.reduce(either, "no");
    case "none":
      if (values.length > 1 || listedMultiplicity(condition.key) === "several") return "unclear";
      return answers[0] ?? "unclear";
    default:
      return condition.quantifier satisfies never;
  }
}

function valueHolds(condition: PolicyCondition, value: string, context: RequestContext): Answer {
  const { test } = condition;
  const matched: Answer = fits(test, value)
    ? "yes"
    : condition.unclear
        .map((unclear) => matchesUnclear(unclear, value, context))
        .reduce(either, "no");
  if (!test.negated) return matched;
  return matched === "no" && !isOfType(test, value) ? "unclear" : not(matched);
}

/** Does a value match an unclear one? Only if the variables of this context make that one clear. */
export function matchesUnclear(
  unclear: UnclearValue,
  value: string,
  context: RequestContext,
): Answer {
  if (unclear.variables.some((variable) => !context.has(variable))) return "no";
  const keys = variablesIn([unclear]);
  if (keys === null || keys.some((key) => listedMultiplicity(key) !== "one")) return "unclear";
  if (keys.some((key) => (context.get(key)?.length ?? 0) > 1)) return "unclear";
  const given = new Map(keys.map((key) => [key, context.get(key)?.[0] ?? null]));
  const patterns = filledWith([unclear], given);
  if (patterns === null) return "unclear";
  return patterns.some((pattern) => matches(pattern, value)) ? "yes" : "no";
}
