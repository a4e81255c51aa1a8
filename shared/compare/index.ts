export { type Admission, admitsTrust, type Obstacle } from "./admits.ts";
export type { AnyClaims, TokenClaims } from "./claims.ts";
export { describeWitness } from "./describe.ts";
export { type Explanation, explainTrust, renderExplanation } from "./explain.ts";
export { type CircleciAccess, circleciAccess } from "./findings/access.ts";
export type { LooseEnd } from "./loose-ends.ts";
export type { PermissionWitness } from "./permission-witness.ts";
export {
  comparePermissions,
  type Grant,
  type GrantComparison,
  grantsBeyond,
  type PermissionComparison,
} from "./permissions.ts";
export type { RequestContext, RequestPrincipal, TrustRequest } from "./request.ts";
export type { Surroundings } from "./sought.ts";
export { admitsNobody, compareTrust, type TrustComparison } from "./trust.ts";
export type { Comparison, Reason, Verdict } from "./verdict.ts";
export type { Witness } from "./witness.ts";
