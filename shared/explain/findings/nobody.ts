import type { PolicyCondition, TrustPolicy, TrustStatement } from "../../policy/document.ts";
import { stsActions } from "../../policy/request.ts";
import { actionPhrase } from "../phrases.ts";
import { reasonOf } from "./nobody-reason.ts";
import type { TokenQuestions } from "./token-questions.ts";

/**
 * Why no token of the source, at this moment, makes an Allow apply and passes every Deny; null where
 * one does, or where that is not decided. A sentence without its full stop.
 */
export function whyNobody(
  policy: TrustPolicy,
  statement: TrustStatement,
  questions: TokenQuestions,
): string | null {
  const { issuer, circleci } = questions.source;
  if (issuer.kind === "circleci" && circleci === null)
    return `CircleCI has no issuer ${issuer.name}: it is oidc.circleci.com/org/ and the organisation's id, a UUID in lower case`;
  if (!questions.callsFor(statement)) return wrongAction(statement);
  const { impossible, statement: settled } = questions.settledOf(statement);
  const [first] = impossible;
  if (first !== undefined) return reasonOf(first, questions);
  const gets = (conditions: readonly PolicyCondition[]): boolean =>
    questions
      .kinds()
      .some(
        (tokens) =>
          questions.ask({ tokens, by: statement, conditions, undenied: true }).kind !== "none",
      );
  if (!gets(settled.conditions)) return conflictIn(settled.conditions, gets, questions);
  const passes = questions
    .kinds()
    .some((tokens) => questions.ask({ tokens, by: statement }).kind !== "none");
  return passes ? null : deniedBy(policy);
}

function wrongAction(statement: TrustStatement): string {
  const { kind, named } = statement.actions;
  const known = new Set<string>(stsActions.map((action) => action.toLowerCase()));
  const unknown = named.filter((action) => !known.has(action.toLowerCase()));
  if (kind === "only" && unknown.length > 0 && unknown.length === statement.actions.patterns.length)
    return `STS has no action ${unknown.join(" or ")}; a token can call sts:AssumeRoleWithWebIdentity only`;
  return `a token can call sts:AssumeRoleWithWebIdentity only, and the statement is about ${actionPhrase(statement)}`;
}

/** The condition that lets no token in, or a smallest set of them that together let none in. */
function conflictIn(
  conditions: readonly PolicyCondition[],
  gets: (conditions: readonly PolicyCondition[]) => boolean,
  questions: TokenQuestions,
): string {
  const alone = conditions.find((condition) => !gets([condition]));
  if (alone !== undefined) return reasonOf(alone, questions);
  let needed = conditions;
  for (const condition of conditions) {
    const fewer = needed.filter((other) => other !== condition);
    if (!gets(fewer)) needed = fewer;
  }
  const keys = needed.map(
    ({ operator, keyText, values }) => `${operator} ${keyText} ${values.join(", ")}`,
  );
  return `these conditions exclude each other, since one token has one subject, one project and one audience: ${keys.join("; ")}`;
}

function deniedBy(policy: TrustPolicy): string {
  const denies = policy.statements.filter(({ effect }) => effect === "Deny");
  const places = denies.map(({ where }) => where).join(" and ");
  return `a Deny always wins, and ${places} ${denies.length === 1 ? "denies" : "deny"} every token that it would let in`;
}
