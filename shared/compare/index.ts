export type { RequestContext, RequestPrincipal, TrustRequest } from "./request.ts";
export {
  admitsNobody,
  compareTrust,
  type Reason,
  type TrustComparison,
  type Verdict,
} from "./trust.ts";
export type { Surroundings, Witness } from "./witness.ts";
