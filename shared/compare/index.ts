export { describeWitness } from "./describe.ts";
export type { PermissionWitness } from "./permission-witness.ts";
export { comparePermissions, type PermissionComparison } from "./permissions.ts";
export type { RequestContext, RequestPrincipal, TrustRequest } from "./request.ts";
export { admitsNobody, compareTrust, type TrustComparison } from "./trust.ts";
export type { Comparison, Reason, Verdict } from "./verdict.ts";
export type { Surroundings, Witness } from "./witness.ts";
