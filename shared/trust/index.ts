/**
 * The policies that we write: who may assume the role, and what a job may then do. The same document
 * and targets give the same policy; what IAM has no room for is refused, with what to shorten.
 *
 * Imports `document` and `targets`, and `circleci` for the tokens' subjects. This file is its face.
 */
export type { Account } from "../aws/account.ts";
export {
  lengthWithoutWhitespace,
  type OneOrMore,
  type PolicyConditions,
  type PolicyDocument,
  type PolicyProblem,
  type PolicyStatement,
} from "../aws/policy-document.ts";
export { policyArn, providerArn, providerName, providerUrl, roleArn } from "./arns.ts";
export {
  deployPolicyOf,
  managedPolicyLengthMax,
  writeDeployPolicy,
} from "./deploy-policy.ts";
export { outputsParameter, type ParameterPlace, readableOutputs } from "./outputs-parameter.ts";
export {
  standingEntries,
  type TrustWriting,
  trustPolicyLengthDefaultMax,
  writeTrustPolicy,
} from "./trust-policy.ts";
