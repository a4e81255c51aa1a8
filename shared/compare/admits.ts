import { circleciProviderOf } from "../circleci/tokens.ts";
import type { PolicyCondition, TrustPolicy, TrustStatement } from "../policy/document.ts";
import { parseTrustPolicy } from "../policy/parse.ts";
import type { Problem } from "../policy/problem.ts";
import {
  type Answer,
  actionFits,
  allOf,
  allows,
  applies,
  conditionHolds,
  principalFits,
} from "./evaluate.ts";
import { actionPhrase, conditionPhrase, principalPhrase } from "./phrases.ts";
import type { TrustRequest } from "./request.ts";
import { requestOfToken } from "./tokens-in-policy.ts";

/** The claims of a decoded token, as far as AWS reads them. */
export type TokenClaims = {
  readonly iss: string;
  readonly sub: string;
  /** With several audiences, IAM's key is `azp` where the token has one. */
  readonly aud: string | readonly string[];
  readonly azp?: string;
  readonly "oidc.circleci.com/project-id"?: string;
};

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
  asked: TrustRequest | TokenClaims,
  context: ReadonlyMap<string, string> = new Map(),
): Admission {
  const parsed = parseTrustPolicy(text);
  if (parsed.kind === "refused") return { kind: "refused", error: parsed.problem };
  const { policy } = parsed;
  const request = "iss" in asked ? requestOfClaims(policy, asked, context) : asked;
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

function requestOfClaims(
  policy: TrustPolicy,
  claims: TokenClaims,
  context: ReadonlyMap<string, string>,
): TrustRequest {
  const host = claims.iss.replace(/^https:\/\//, "");
  const audience =
    claims.azp ?? (typeof claims.aud === "string" ? claims.aud : (claims.aud[0] ?? ""));
  const arn = policy.statements
    .flatMap((statement) => statement.principals.principals)
    .flatMap((principal) => (principal.kind === "exact" ? [principal.id] : []))
    .find((id) => id.endsWith(`:oidc-provider/${host}`));
  const account = accountIn(policy);
  const provider = circleciProviderOf(arn ?? `arn:aws:iam::${account}:oidc-provider/${host}`);
  const projectId = claims["oidc.circleci.com/project-id"] ?? null;
  if (provider !== null) {
    return requestOfToken({
      policy,
      provider,
      claims: { subject: claims.sub, audience, projectId },
      context,
    });
  }
  return {
    principal: { type: "Federated", id: arn ?? `arn:aws:iam::${account}:oidc-provider/${host}` },
    action: "sts:AssumeRoleWithWebIdentity",
    context: new Map([
      [`${host.toLowerCase()}:aud`, [audience]],
      [`${host.toLowerCase()}:sub`, [claims.sub]],
      ...[...context].map(([key, value]): [string, readonly string[]] => [key, [value]]),
    ]),
  };
}

/** A provider is in the role's own account, which the policy's other principals may name. */
function accountIn(policy: TrustPolicy): string {
  for (const { principals } of policy.statements) {
    for (const principal of principals.principals) {
      if (principal.kind === "account") return principal.account;
      const account =
        principal.kind === "exact"
          ? /^arn:[^:]*:[^:]*:[^:]*:(\d{12}):/.exec(principal.id)?.[1]
          : undefined;
      if (account !== undefined) return account;
    }
  }
  return "000000000000";
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
      return /:(?:aud|sub|oaud|oidc\.circleci\.com\/project-id)"\]$/i.test(obstacle.where)
        ? 1.5
        : 1;
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
  const message = `${condition.operator} asks that ${asked}; in the request ${condition.keyText} is ${given}.`;
  return { part: "condition", where: condition.where, asked, given, message };
}
