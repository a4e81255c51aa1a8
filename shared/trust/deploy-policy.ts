import {
  lengthWithoutWhitespace,
  literal,
  type PolicyDocument,
  type PolicyProblem,
  type PolicyStatement,
} from "../aws/policy-document.ts";
import { type KindName, kindNames, type ResolvedTargets, targetKinds } from "../targets/index.ts";
import { type DeployPart, deployTooLong } from "./too-long.ts";

/**
 * The longest managed policy; this quota cannot be raised.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
export const managedPolicyLengthMax = 6144;

type DeployWriting =
  | { readonly kind: "written"; readonly policy: PolicyDocument }
  /** Nothing was resolved, and IAM has no policy without a statement. */
  | { readonly kind: "empty" }
  | { readonly kind: "refused"; readonly problem: PolicyProblem };

/** What a job may do: deploy to targets, and read where they are. */
type DeployPermissions = {
  readonly targets: ResolvedTargets;
  /** ARN of the environment's outputs where jobs may read them, as `readableOutputs` gives it. */
  readonly outputs: string | null;
};

/**
 * Writes the managed policy of an environment: what a job may do to the targets that exist, and to
 * nothing else. A part without a target has no statement; the order of targets does not matter.
 * Actions and resources by https://docs.aws.amazon.com/service-authorization/latest/reference/.
 *
 * @returns the policy, or a refusal where it is longer than IAM takes.
 */
export function writeDeployPolicy(input: DeployPermissions): DeployWriting {
  const policy = deployPolicyOf(input);
  if (policy === null) return { kind: "empty" };
  const length = lengthWithoutWhitespace(policy);
  if (length <= managedPolicyLengthMax) return { kind: "written", policy };
  const problem = deployTooLong({
    length,
    max: managedPolicyLengthMax,
    parts: partsOf(input.targets),
  });
  return { kind: "refused", problem: { code: "policy-too-long", ...problem } };
}

/** The same policy however long it is, for comparing; `null` where there is nothing to grant. */
export function deployPolicyOf({ targets, outputs }: DeployPermissions): PolicyDocument | null {
  const statements = [
    ...kindNames.flatMap(<Name extends KindName>(name: Name) =>
      targetKinds[name].statements(targets[name]),
    ),
    ...outputsStatements(outputs),
  ];
  return statements.length === 0 ? null : { Version: "2012-10-17", Statement: statements };
}

/** What each part of the document takes of the policy. */
function partsOf(targets: ResolvedTargets): readonly DeployPart[] {
  return kindNames.flatMap(<Name extends KindName>(field: Name) =>
    targetKinds[field].parts(targets[field]).map((part) => ({ ...part, field })),
  );
}

/** One parameter by its name, not its history and nothing beside it. */
function outputsStatements(outputs: string | null): readonly PolicyStatement[] {
  if (outputs === null) return [];
  const Resource = literal(outputs);
  return [{ Sid: "ReadOutputs", Effect: "Allow", Action: "ssm:GetParameter", Resource }];
}
