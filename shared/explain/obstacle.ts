import type { PolicyCondition, TrustStatement } from "../policy/document.ts";
import type { TrustRequest } from "../policy/request.ts";
import { actionPhrase, conditionPhrase, principalPhrase } from "./phrases.ts";

/** What stops a request at a statement: the part, what it asks for, and what the request has. */
export type Obstacle = {
  readonly part: "principal" | "action" | "condition" | "deny";
  readonly where: string;
  readonly asked: string;
  readonly given: string;
  readonly message: string;
};

/** The statement is for somebody else. */
export function principalObstacle(
  statement: TrustStatement,
  { principal }: TrustRequest,
): Obstacle {
  const given = `${principal.type} ${principal.id}`;
  const asked = principalPhrase(statement);
  const message = `The statement is for ${asked}, the caller is ${given}.`;
  return { part: "principal", where: statement.principals.where, asked, given, message };
}

/** The statement is about another action. */
export function actionObstacle(statement: TrustStatement, { action }: TrustRequest): Obstacle {
  const asked = actionPhrase(statement);
  const message = `The statement is about ${asked}, the request is ${action}.`;
  return { part: "action", where: statement.where, asked, given: action, message };
}

/** A condition does not hold for the request. */
export function conditionObstacle(condition: PolicyCondition, { context }: TrustRequest): Obstacle {
  const given = context.get(condition.key)?.join(", ") ?? "absent";
  const asked = conditionPhrase(condition);
  const message = `${condition.operator} asks that ${asked}; in the request ${condition.keyText} is ${given}.`;
  return { part: "condition", where: condition.where, asked, given, message };
}

/** A Deny applies. */
export function denyObstacle({ where }: TrustStatement): Obstacle {
  const message = "A Deny applies to the request, and a Deny always wins.";
  return { part: "deny", where, asked: "", given: "", message };
}
