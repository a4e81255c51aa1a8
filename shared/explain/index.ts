/** What a trust policy says, in words: who gets in, which condition refuses a token, and what is loose. */
export { type Admission, admitsTrust } from "./admits.ts";
export type { AnyClaims, TokenClaims } from "./claims.ts";
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
