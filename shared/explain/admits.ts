import { issuerOf } from "../issuers/issuer.ts";
import { isIssuersKey, sendingOf } from "../issuers/keys.ts";
import type { Effect, TrustPolicy, TrustStatement } from "../policy/document.ts";
import {
  type Answer,
  actionFits,
  allows,
  applies,
  conditionHolds,
  principalFits,
} from "../policy/evaluate.ts";
import { parseTrustPolicy } from "../policy/parse.ts";
import type { Problem } from "../policy/problem.ts";
import type { TrustRequest } from "../policy/request.ts";
import { type AnyClaims, requestsOfClaims, type TokenClaims } from "./claims.ts";
import {
  actionObstacle,
  conditionObstacle,
  denyObstacle,
  type Obstacle,
  principalObstacle,
} from "./obstacle.ts";
import { withUnsaid } from "./unsaid.ts";

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
 * signature, expiry and the provider's audiences are STS's own checks and no part of the answer. What a token
 * does not say is a question, unless the answer is the same without it.
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
  if (!("iss" in asked)) return admissionOf(policy, asked).admission;
  const answers = byAudience({ ...asked }).map((claims) =>
    furthest(
      requestsOfClaims(policy, claims, context).map((request) =>
        admissionOf(withUnsaid(policy, request, context), request),
      ),
    ),
  );
  const { admission } = furthest(answers);
  // Which of several audiences STS goes by is not documented.
  const isSame = answers.every((each) => each.admission.kind === admission.kind);
  return isSame || admission.kind !== "admitted" ? admission : { ...admission, kind: "undecided" };
}

/** A token with several audiences, by each of them; `azp` says by itself which one counts. */
function byAudience(claims: AnyClaims): readonly AnyClaims[] {
  const { aud, azp } = claims;
  const audiences = new Set<unknown>(Array.isArray(aud) ? aud : []);
  if (typeof azp === "string" || audiences.size < 2) return [claims];
  return [...audiences].map((one) => ({ ...claims, aud: one }));
}

/** Of the requests that one token may make, the one that gets furthest is the answer. */
function furthest(answers: readonly Ranked[]): Ranked {
  const [first, ...others] = answers;
  if (first === undefined) throw new Error("A token makes one request at least.");
  return others.reduce((best, other) => (other.rank < best.rank ? other : best), first);
}

type Ranked = { readonly admission: Admission; readonly rank: number };

function admissionOf(policy: TrustPolicy, request: TrustRequest): Ranked {
  const statementThat = (answer: Answer, effects: readonly Effect[]): string =>
    policy.statements.find(
      (statement) => effects.includes(statement.effect) && applies(statement, request) === answer,
    )?.where ?? "";
  const verdict = allows(policy, request);
  switch (verdict) {
    case "yes": {
      const statement = statementThat("yes", ["Allow"]);
      return { rank: 0, admission: { kind: "admitted", statement, request } };
    }
    case "unclear": {
      const statement = statementThat("unclear", ["Allow", "Deny"]);
      return { rank: 1, admission: { kind: "undecided", statement, request } };
    }
    case "no": {
      const { statement, obstacles, distance } = stopOf(policy, request);
      const admission = { kind: "not-admitted", statement, obstacles, request } as const;
      return { rank: 2 + distance, admission };
    }
    default:
      return verdict satisfies never;
  }
}

/** Where a request stops, and how far it is from getting through. */
type Stop = {
  readonly statement: string | null;
  readonly obstacles: readonly Obstacle[];
  readonly distance: number;
};

function stopOf(policy: TrustPolicy, request: TrustRequest): Stop {
  const denial = policy.statements.find(
    (statement) => statement.effect === "Deny" && applies(statement, request) === "yes",
  );
  const allowing = policy.statements.some(
    (statement) => statement.effect === "Allow" && applies(statement, request) === "yes",
  );
  if (denial !== undefined && allowing) {
    return { statement: denial.where, obstacles: [denyObstacle(denial)], distance: 0 };
  }
  let nearest: Stop = { statement: null, obstacles: [], distance: Number.POSITIVE_INFINITY };
  for (const statement of policy.statements) {
    if (statement.effect === "Deny") continue;
    const stop = stopAt(statement, request);
    if (stop.distance < nearest.distance) nearest = stop;
  }
  return nearest;
}

/**
 * A statement for another caller is further away than one whose conditions fail. One that asks for
 * another token is further away than one whose time is over.
 */
const distances = { principal: 100, action: 10, issuersKey: 1.5, otherKey: 1 } as const;

function stopAt(statement: TrustStatement, request: TrustRequest): Stop {
  const obstacles: Obstacle[] = [];
  let distance = 0;
  if (principalFits(statement, request) === "no") {
    obstacles.push(principalObstacle(statement, request));
    distance += distances.principal;
  }
  if (!actionFits(statement, request.action)) {
    obstacles.push(actionObstacle(statement, request));
    distance += distances.action;
  }
  for (const condition of statement.conditions) {
    if (conditionHolds(condition, request.context) !== "no") continue;
    const obstacle = conditionObstacle(condition, request);
    const why = isNeverSent(request, condition.key)
      ? " STS makes no such key of this provider's tokens."
      : "";
    obstacles.push({ ...obstacle, message: `${obstacle.message}${why}` });
    distance += isIssuersKey(condition.key) ? distances.issuersKey : distances.otherKey;
  }
  return { statement: statement.where, obstacles, distance };
}

/** Is the key absent because STS never makes it of this issuer's tokens? */
function isNeverSent({ principal, action, context }: TrustRequest, key: string): boolean {
  if (context.has(key)) return false;
  const issuer = principal.type === "Federated" ? issuerOf(principal.id) : null;
  if (issuer === null || action !== "sts:AssumeRoleWithWebIdentity") return false;
  return sendingOf(issuer, key) === "never";
}
