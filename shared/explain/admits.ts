import { issuerOf } from "../issuers/issuer.ts";
import { sendingOf } from "../issuers/keys.ts";
import type { PolicyCondition, TrustPolicy, TrustStatement } from "../policy/document.ts";
import {
  type Answer,
  actionFits,
  allOf,
  allows,
  applies,
  conditionHolds,
  principalFits,
} from "../policy/evaluate.ts";
import { parseTrustPolicy } from "../policy/parse.ts";
import type { Problem } from "../policy/problem.ts";
import type { TrustRequest } from "../policy/request.ts";
import { type AnyClaims, requestsOfClaims, type TokenClaims } from "./claims.ts";
import { actionPhrase, conditionPhrase, principalPhrase } from "./phrases.ts";

/** What stops a request at a statement: the part, what it asks for, and what the request has. */
export type Obstacle = {
  readonly part: "principal" | "action" | "condition" | "deny";
  readonly where: string;
  readonly asked: string;
  readonly given: string;
  readonly message: string;
};

export type Admission =
  | { readonly kind: "admitted"; readonly statement: string; readonly request: TrustRequest }
  | {
      readonly kind: "not-admitted";
      /** The Allow that came nearest, or the Deny that applied; null where there is no Allow. */
      readonly statement: string | null;
      readonly obstacles: readonly Obstacle[];
      readonly request: TrustRequest;
    }
  | { readonly kind: "undecided"; readonly statement: string; readonly request: TrustRequest }
  | { readonly kind: "refused"; readonly error: Problem };

/**
 * Does a trust policy admit one request, or one decoded token? The policy is raw text. A token's
 * signature, expiry and the provider's audiences are STS's own checks and no part of the answer.
 *
 * @param context values for keys of the moment that a token does not carry, by key in lower case
 */
export function admitsTrust(
  text: string,
  asked: TrustRequest | TokenClaims | AnyClaims,
  context: ReadonlyMap<string, string> = new Map(),
): Admission {
  const parsed = parseTrustPolicy(text);
  if (parsed.kind === "refused") return { kind: "refused", error: parsed.problem };
  const { policy } = parsed;
  if (!("iss" in asked)) return admissionOf(policy, asked);
  const [first, ...others] = requestsOfClaims(policy, { ...asked }, context).map((request) =>
    admissionOf(policy, request),
  );
  if (first === undefined) throw new Error("A token makes one request at least.");
  return others.reduce((best, other) => (rankOf(other) < rankOf(best) ? other : best), first);
}

function admissionOf(policy: TrustPolicy, request: TrustRequest): Admission {
  const verdict = allows(policy, request);
  if (verdict === "yes") {
    const statement = policy.statements.find(
      (candidate) => candidate.effect === "Allow" && applies(candidate, request) === "yes",
    );
    return { kind: "admitted", statement: statement?.where ?? "", request };
  }
  if (verdict === "unclear") {
    const statement = policy.statements.find(
      (candidate) => applies(candidate, request) === "unclear",
    );
    return { kind: "undecided", statement: statement?.where ?? "", request };
  }
  return { kind: "not-admitted", ...obstaclesOf(policy, request), request };
}

/** Of the requests that one token may make, the one that gets furthest is the answer. */
function rankOf(admission: Admission): number {
  switch (admission.kind) {
    case "admitted":
      return 0;
    case "undecided":
      return 1;
    case "not-admitted":
      return 2 + admission.obstacles.reduce((sum, obstacle) => sum + weightOf(obstacle), 0);
    case "refused":
      return Number.POSITIVE_INFINITY;
    default:
      return admission satisfies never;
  }
}

function obstaclesOf(
  policy: TrustPolicy,
  request: TrustRequest,
): { readonly statement: string | null; readonly obstacles: readonly Obstacle[] } {
  const denial = policy.statements.find(
    (statement) => statement.effect === "Deny" && applies(statement, request) === "yes",
  );
  const allowing = policy.statements.some(
    (statement) => statement.effect === "Allow" && applies(statement, request) === "yes",
  );
  if (denial !== undefined && allowing) {
    const message = "A Deny applies to the request, and a Deny always wins.";
    const obstacle: Obstacle = { part: "deny", where: denial.where, asked: "", given: "", message };
    return { statement: denial.where, obstacles: [obstacle] };
  }
  let nearest: {
    readonly statement: string;
    readonly obstacles: readonly Obstacle[];
    readonly distance: number;
  } | null = null;
  for (const statement of policy.statements) {
    if (statement.effect === "Deny") continue;
    const obstacles = obstaclesAt(statement, request);
    const distance = obstacles.reduce((sum, obstacle) => sum + weightOf(obstacle), 0);
    if (nearest === null || distance < nearest.distance)
      nearest = { statement: statement.where, obstacles, distance };
  }
  return { statement: nearest?.statement ?? null, obstacles: nearest?.obstacles ?? [] };
}

/**
 * A statement for another caller is further away than one whose conditions fail, and one that asks
 * for another token further than one whose moment has passed.
 */
function weightOf(obstacle: Obstacle): number {
  switch (obstacle.part) {
    case "principal":
      return 100;
    case "action":
      return 10;
    case "condition":
      // A key of a token has its issuer's host in front, one of the moment a word such as aws.
      return /\["[^"]*\.[^"]*:[^"]+"\]$/.test(obstacle.where) ? 1.5 : 1;
    case "deny":
      return 0;
    default:
      return obstacle.part satisfies never;
  }
}

function obstaclesAt(statement: TrustStatement, request: TrustRequest): readonly Obstacle[] {
  const obstacles: Obstacle[] = [];
  if (principalFits(statement, request) === "no") {
    const given = `${request.principal.type} ${request.principal.id}`;
    const asked = principalPhrase(statement);
    const message = `The statement is for ${asked}, the caller is ${given}.`;
    obstacles.push({ part: "principal", where: statement.principals.where, asked, given, message });
  }
  if (!actionFits(statement, request.action)) {
    const asked = actionPhrase(statement);
    const message = `The statement is about ${asked}, the request is ${request.action}.`;
    obstacles.push({
      part: "action",
      where: statement.where,
      asked,
      given: request.action,
      message,
    });
  }
  for (const condition of statement.conditions) {
    const answer: Answer = allOf([conditionHolds(condition, request.context)]);
    if (answer === "no") obstacles.push(conditionObstacle(condition, request));
  }
  return obstacles;
}

function conditionObstacle(condition: PolicyCondition, request: TrustRequest): Obstacle {
  const values = request.context.get(condition.key);
  const given = values === undefined ? "absent" : values.join(", ");
  const asked = conditionPhrase(condition);
  const never = values === undefined && isNeverSent(request, condition.key);
  const why = never ? " STS makes no such key of this provider's tokens." : "";
  const message = `${condition.operator} asks that ${asked}; in the request ${condition.keyText} is ${given}.${why}`;
  return { part: "condition", where: condition.where, asked, given, message };
}

function isNeverSent({ principal, action }: TrustRequest, key: string): boolean {
  const issuer = principal.type === "Federated" ? issuerOf(principal.id) : null;
  if (issuer === null || action !== "sts:AssumeRoleWithWebIdentity") return false;
  return sendingOf(issuer, key) === "never";
}
