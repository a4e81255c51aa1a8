/**
 * The sandbox's own evaluator of IAM's policy language: does a trust policy, or do identity
 * policies, allow one request? It also has the errors with which IAM refuses a document. It shares
 * no code with the product's engine, so that each can prove the other wrong.
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
