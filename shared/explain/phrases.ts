import { type Pattern, patternText } from "../language/pattern.ts";
import { absenceOf } from "../policy/absence.ts";
import type { PolicyCondition, PolicyPrincipal, TrustStatement } from "../policy/document.ts";
import { stsActions } from "../policy/request.ts";

/** Parts of a statement as pieces of English sentences. */

export function principalPhrase(statement: TrustStatement): string {
  const { kind, principals } = statement.principals;
  const names = listOf(principals.map(principalName), "or");
  return kind === "only" ? names : `everybody but ${names}`;
}

function principalName(principal: PolicyPrincipal): string {
  switch (principal.kind) {
    case "everybody":
      return "everybody";
    case "any-federated":
      return "anyone who has a token of any identity provider";
    case "account":
      return `any identity of account ${principal.account}`;
    case "exact":
      if (principal.type === "Federated") return `anyone who has a token of ${principal.id}`;
      return principal.type === "Service" ? `the service ${principal.id}` : principal.id;
    default:
      return principal satisfies never;
  }
}

export function actionPhrase(statement: TrustStatement): string {
  const { kind, patterns } = statement.actions;
  const names = listOf(patterns.map(actionName), "or");
  return kind === "only" ? names : `anything but ${names}`;
}

/** Actions match in any case; those that STS has are shown in its own letters. */
function actionName(pattern: Pattern): string {
  const text = patternText(pattern);
  return stsActions.find((action) => action.toLowerCase() === text) ?? text;
}

export function conditionPhrase(condition: PolicyCondition): string {
  const { test, keyText } = condition;
  const values = listOf(condition.values, "or");
  const quantity =
    condition.quantifier === "for-all"
      ? "every value of "
      : condition.quantifier === "for-any"
        ? "some value of "
        : "";
  const absent =
    test.kind !== "null" && test.kind !== "unclear" && absenceOf(condition)
      ? " (or the key is absent)"
      : "";
  switch (test.kind) {
    case "string":
    case "arn":
      return `${quantity}${keyText} ${test.negated ? "is not" : "is"} ${values}${absent}`;
    case "binary":
    case "bool":
      return `${quantity}${keyText} is ${values}${absent}`;
    case "number":
    case "date":
      return `${quantity}${keyText} ${relationPhrases[test.relation][test.negated ? 1 : 0]} ${values}${absent}`;
    case "address":
      return `${quantity}${keyText} ${test.negated ? "is not in" : "is in"} ${values}${absent}`;
    case "null": {
      const wanted = test.operands.map((operand) => (operand ? "absent" : "present"));
      return `${keyText} is ${listOf(wanted, "or")}`;
    }
    case "unclear":
      return `${condition.operator} ${keyText} ${values} (not decidable)`;
    default:
      return test satisfies never;
  }
}

const relationPhrases = {
  equal: ["is", "is not"],
  less: ["is before or below", "is not before or below"],
  "less-or-equal": ["is at most", "is not at most"],
  greater: ["is after or above", "is not after or above"],
  "greater-or-equal": ["is at least", "is not at least"],
} as const;

/** `a`, `a or b`, `a, b or c`; nothing at all is `nothing`. */
export function listOf(words: readonly string[], conjunction: "and" | "or"): string {
  const distinct = [...new Set(words)];
  const last = distinct.pop();
  if (last === undefined) return "nothing";
  return distinct.length === 0 ? last : `${distinct.join(", ")} ${conjunction} ${last}`;
}
