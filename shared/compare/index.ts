/** Whether one policy admits a request that another does not: a decision, with an example. */
export type { RequestContext, RequestPrincipal, TrustRequest } from "../policy/request.ts";
export { describeWitness } from "./examples/describe.ts";
export type { PermissionWitness } from "./examples/permission.ts";
export type { Surroundings } from "./examples/search.ts";
export type { Witness } from "./examples/witness.ts";
export {
  comparePermissions,
  type Grant,
  grantsBeyond,
  type PermissionComparison,
} from "./permissions.ts";
export { admitsNobody, compareTrust, type TrustComparison } from "./trust.ts";
export {
  type Comparison,
  type Direction,
  isEquivalent,
  isImpossible,
  mayWiden,
  type Reason,
  undecidedOf,
  witnessOf,
} from "./verdict.ts";
