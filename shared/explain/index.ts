/**
 * What one trust policy says, in words: who can assume the role, which condition refuses a token, and
 * what is loose. `explainTrust` is about a whole policy, `admitsTrust` about one token or request,
 * `circleciAccess` about whether any CircleCI token passes.
 *
 * Imports `compare` and the rooms below it, and knows the issuers of tokens.
 */

export { type Admission, admitsTrust } from "./admits.ts";
export type { Gap } from "./beyond-aws.ts";
export { type AnyClaims, momentOf, type TokenClaims } from "./claims.ts";
export { type Explanation, explainTrust } from "./explain.ts";
export { type CircleciAccess, circleciAccess } from "./findings/access.ts";
export type { LooseEnd } from "./loose-ends.ts";
export {
  actionObstacle,
  conditionObstacle,
  denyObstacle,
  type Obstacle,
  principalObstacle,
} from "./obstacle.ts";
