/**
 * Does one policy admit a request that another does not? A decision, with an example for each
 * direction that is proved. What is not decided counts as a widening (`mayWiden`).
 *
 * Imports `solve`, `policy` and `callers`; only the examples know CircleCI. docs/engine.md follows
 * one comparison through all rooms.
 */

export { describeWitness } from "./examples/describe.ts";
export type { PermissionWitness } from "./examples/permission.ts";
export type { Surroundings } from "./examples/search.ts";
export type { Witness } from "./examples/witness.ts";
export {
  comparePermissions,
  type Grant,
  grantsBeyond,
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
