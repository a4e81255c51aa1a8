import { absenceOf } from "../../policy/absence.ts";
import type { PolicyCondition, TrustPolicy, TrustStatement } from "../../policy/document.ts";
import { keyStateOf } from "./issuer-keys.ts";
import type { LooseEnd } from "./loose-end.ts";
import type { TokenQuestions } from "./token-questions.ts";

/** Conditions that do something else than they look like, statement by statement. */
export function conditionFindings(
  policy: TrustPolicy,
  all: readonly TokenQuestions[],
): readonly LooseEnd[] {
  return policy.statements.flatMap((statement) => {
    const serving = all.filter(
      (questions) => questions.concerns(statement) && questions.callsFor(statement),
    );
    return statement.conditions.flatMap((condition) => [
      ...absentValues(condition, statement, serving),
      ...neverSent(condition, serving),
      ...withoutValue(condition, serving),
    ]);
  });
}

/** `for-all-values-absent`: ForAllValues in an Allow on a key that may be absent, without a guard. */
function absentValues(
  condition: PolicyCondition,
  statement: TrustStatement,
  serving: readonly TokenQuestions[],
): readonly LooseEnd[] {
  if (statement.effect === "Deny" || condition.quantifier !== "for-all") return [];
  const { where, keyText, operator } = condition;
  const isGuarded = statement.conditions.some(
    (other) =>
      other.key === condition.key &&
      other !== condition &&
      other.test.kind !== "unclear" &&
      (other.test.kind === "null" ? !other.test.operands.includes(true) : !absenceOf(other)),
  );
  const isOfToken = (questions: TokenQuestions): boolean =>
    condition.key.startsWith(questions.key("")) && stateIn(questions, condition.key) === "present";
  if (isGuarded || (serving.length > 0 && serving.every(isOfToken))) return [];
  const message = `${operator} holds when ${keyText} is absent. Add "Null": {"${keyText}": "false"}.`;
  return [{ code: "for-all-values-absent", message, where }];
}

function stateIn({ source }: TokenQuestions, key: string) {
  return keyStateOf(source, key, null).kind;
}

/** `key-never-sent`: STS sends no such key with tokens of an issuer that the statement is for. */
function neverSent(
  condition: PolicyCondition,
  serving: readonly TokenQuestions[],
): readonly LooseEnd[] {
  const without = serving.filter((questions) => stateIn(questions, condition.key) === "absent");
  // A key of one issuer in a statement for two shuts out the other: that is what it is there for.
  if (without.length === 0) return [];
  const isOwnOfOther = serving.some((questions) => condition.key.startsWith(questions.key("")));
  const failing =
    without.length === serving.length
      ? without
      : without.filter((questions) => !isOwnOfOther || condition.key.startsWith(questions.key("")));
  if (failing.length === 0) return [];
  const { keyText, where, test } = condition;
  const holds =
    test.kind === "null"
      ? test.operands.includes(true)
      : test.kind !== "unclear" && absenceOf(condition);
  const effect = holds
    ? "this condition always holds and restricts nothing"
    : "this condition never holds";
  const names = [...new Set(failing.map((questions) => tokenName(questions)))].join(" or ");
  const message = `STS sends no ${keyText} with ${names}: ${effect}.`;
  return [{ code: "key-never-sent", message, where }];
}

function tokenName({ source }: TokenQuestions): string {
  const { partition, kind, name } = source.issuer;
  const whose = kind === "circleci" ? "a CircleCI token" : `a token of ${name}`;
  return partition === null || partition === "aws"
    ? whose
    : `${whose} in the partition ${partition}`;
}

/** `variable-never-resolves`: a policy variable whose key none of these tokens' requests has. */
function withoutValue(
  condition: PolicyCondition,
  serving: readonly TokenQuestions[],
): readonly LooseEnd[] {
  return condition.unclear.flatMap((value) => {
    const gone = value.variables.filter(
      (variable) =>
        serving.length > 0 &&
        serving.every((questions) => stateIn(questions, variable) === "absent"),
    );
    if (gone.length === 0) return [];
    const names = [...new Set(serving.map((questions) => tokenName(questions)))].join(" or ");
    const message = `${value.text} never has a value for ${names}: STS sends no ${gone.join(", ")}.`;
    return [{ code: "variable-never-resolves", message, where: value.problem.where }];
  });
}
