/** The policies that we write: who may assume the role, and what a job may then do. */
export {
  type Account,
  policyArn,
  providerArn,
  providerName,
  providerUrl,
  roleArn,
} from "./arns.ts";
export {
  amplifyResources,
  type DeployWriting,
  deployPolicyOf,
  managedPolicyLengthMax,
  type ResolvedAmplify,
  type ResolvedEcsExpress,
  type ResolvedTargets,
  writeDeployPolicy,
} from "./deploy-policy.ts";
export {
  lengthWithoutWhitespace,
  type OneOrMore,
  type PolicyConditions,
  type PolicyDocument,
  type PolicyProblem,
  type PolicyStatement,
} from "./policy-document.ts";
export { isAmplifyAppId, type TargetArns, targetArns } from "./target-arns.ts";
export {
  type TrustWriting,
  trustPolicyLengthDefaultMax,
  trustPolicyLengthMax,
  writeTrustPolicy,
} from "./trust-policy.ts";
