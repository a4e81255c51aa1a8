/**
 * The sandbox's own reading of IAM's policy language: one request against a trust policy or against
 * identity policies, and what IAM says to a document that it will not keep. It shares no code with
 * the engine that decides whether a policy widens, so that each can prove the other wrong.
 */
export type { RequestContext } from "./context.ts";
export { readPolicy, UnreadablePolicy } from "./document.ts";
export {
  type AccessRequest,
  accessEvaluator,
  type Decision,
  evaluateAccess,
  evaluateResourcePolicy,
  evaluateTrust,
  type TrustRequest,
  trustEvaluator,
} from "./evaluate.ts";
export {
  countedCharacters,
  type PolicyProblem,
  problemOfPermissionPolicy,
  problemOfTrustPolicy,
} from "./grammar/index.ts";
export type { Principal } from "./principals.ts";
