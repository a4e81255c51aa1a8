import {
  lengthWithoutWhitespace,
  literal,
  oneOrMore,
  type PolicyDocument,
  type PolicyProblem,
  type PolicyStatement,
} from "./policy-document.ts";
import { type DeployPart, deployTooLong } from "./too-long.ts";

/**
 * The longest managed policy; this quota cannot be raised.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
export const managedPolicyLengthMax = 6144;

/** The deploy targets of an environment that were found, with the ARNs that AWS gave them. */
export type ResolvedTargets = {
  readonly ecr: readonly { readonly repository: string; readonly arn: string }[];
  /** ARN with the service's id, which is another after the service was made anew. */
  readonly appRunner: readonly { readonly service: string; readonly arn: string }[];
  readonly ecsExpress: readonly ResolvedEcsExpress[];
  readonly amplify: readonly ResolvedAmplify[];
};

export type ResolvedEcsExpress = {
  readonly cluster: string;
  readonly service: string;
  readonly arn: string;
  /** `arn:…:task-definition/FAMILY:*`: every revision of the service's family. */
  readonly taskFamilyArn: string;
  /** ARNs of the execution role and, if any, the task role. */
  readonly passRoles: readonly string[];
};

export type ResolvedAmplify = {
  readonly app: string;
  readonly appId: string;
  readonly appArn: string;
  readonly branches: "every" | readonly string[];
};

export type DeployWriting =
  | { readonly kind: "written"; readonly policy: PolicyDocument }
  /** Nothing was resolved, and IAM has no policy without a statement. */
  | { readonly kind: "empty" }
  | { readonly kind: "refused"; readonly problem: PolicyProblem };

/**
 * Writes the managed policy of an environment: what a job may do to the targets that exist, and to
 * nothing else. A part without a target has no statement; the order of targets does not matter.
 * Actions and resources by https://docs.aws.amazon.com/service-authorization/latest/reference/.
 *
 * @returns the policy, or a refusal where it is longer than IAM takes.
 */
export function writeDeployPolicy(input: { readonly targets: ResolvedTargets }): DeployWriting {
  const policy = deployPolicyOf(input.targets);
  if (policy === null) return { kind: "empty" };
  const length = lengthWithoutWhitespace(policy);
  if (length <= managedPolicyLengthMax) return { kind: "written", policy };
  const message = deployTooLong({
    length,
    max: managedPolicyLengthMax,
    parts: partsOf(input.targets),
  });
  return { kind: "refused", problem: { code: "policy-too-long", message } };
}

/** The same policy however long it is, for comparing; `null` where there is nothing to grant. */
export function deployPolicyOf(targets: ResolvedTargets): PolicyDocument | null {
  const statements = [
    ...ecrStatements(targets.ecr),
    ...appRunnerStatements(targets.appRunner),
    ...ecsExpressStatements(targets.ecsExpress),
    ...amplifyStatements(targets.amplify),
  ];
  return statements.length === 0 ? null : { Version: "2012-10-17", Statement: statements };
}

/** What each part of the document takes of the policy, each Amplify app by itself. */
function partsOf(targets: ResolvedTargets): readonly DeployPart[] {
  const sizeOf = (statements: readonly PolicyStatement[]) => JSON.stringify(statements).length - 2;
  const { ecr, appRunner, ecsExpress } = targets;
  const apps = Map.groupBy(targets.amplify, ({ app }) => app);
  return [
    { field: "ecr", names: ecr.length, length: sizeOf(ecrStatements(ecr)) },
    { field: "appRunner", names: appRunner.length, length: sizeOf(appRunnerStatements(appRunner)) },
    {
      field: "ecsExpress",
      names: ecsExpress.length,
      length: sizeOf(ecsExpressStatements(ecsExpress)),
    },
    ...[...apps].map(([app, resolved]): DeployPart => {
      const branches = resolved.flatMap((each) => (each.branches === "every" ? [] : each.branches));
      const length = sizeOf(amplifyStatements(resolved));
      return { field: "amplify", app, branches: branches.length, length };
    }),
  ];
}

function ecrStatements(repositories: ResolvedTargets["ecr"]): readonly PolicyStatement[] {
  if (repositories.length === 0) return [];
  return [
    // The login to the registry has no resource; IAM knows the action with `*` alone.
    { Sid: "ECRAuthToken", Effect: "Allow", Action: "ecr:GetAuthorizationToken", Resource: "*" },
    {
      Sid: "ECRPushImages",
      Effect: "Allow",
      Action: [
        "ecr:BatchCheckLayerAvailability",
        "ecr:GetDownloadUrlForLayer",
        "ecr:BatchGetImage",
        "ecr:PutImage",
        "ecr:InitiateLayerUpload",
        "ecr:UploadLayerPart",
        "ecr:CompleteLayerUpload",
      ],
      Resource: oneOrMore(repositories.map(({ arn }) => literal(arn))),
    },
  ];
}

function appRunnerStatements(services: ResolvedTargets["appRunner"]): readonly PolicyStatement[] {
  if (services.length === 0) return [];
  return [
    {
      Sid: "AppRunnerDeploy",
      Effect: "Allow",
      Action: ["apprunner:StartDeployment", "apprunner:DescribeService"],
      Resource: oneOrMore(services.map(({ arn }) => literal(arn))),
    },
  ];
}

function amplifyStatements(apps: readonly ResolvedAmplify[]): readonly PolicyStatement[] {
  const resources = apps.flatMap(amplifyResources);
  // An app none of whose branches was found must not become a statement for nothing, or for all.
  if (resources.length === 0) return [];
  return [
    {
      Sid: "AmplifyDeploy",
      Effect: "Allow",
      Action: ["amplify:StartJob", "amplify:GetJob"],
      Resource: oneOrMore(resources),
    },
  ];
}

/**
 * The resources that the deploy policy names for branches of an app. Both actions are granted on a
 * branch's jobs, `apps/ID/branches/BRANCH/jobs/ID`.
 */
export function amplifyResources({
  appArn,
  branches,
}: Pick<ResolvedAmplify, "appArn" | "branches">): readonly string[] {
  if (branches === "every") return [`${literal(appArn)}/*`];
  return branches.flatMap((branch) =>
    spellingsOf(branch).map((name) => `${literal(appArn)}/branches/${literal(name)}/jobs/*`),
  );
}

/**
 * AWS does not say whether a `/` in a branch's name stands in its ARN as such or percent-encoded.
 * Both are names of this one branch, so both are granted rather than a pipeline broken.
 */
function spellingsOf(branch: string): readonly string[] {
  return branch.includes("/") ? [branch, branch.replaceAll("/", "%2F")] : [branch];
}

function ecsExpressStatements(services: readonly ResolvedEcsExpress[]): readonly PolicyStatement[] {
  if (services.length === 0) return [];
  const passRoles = services.flatMap((service) => service.passRoles.map(literal));
  return [
    {
      Sid: "ECSExpressDeploy",
      Effect: "Allow",
      Action: [
        "ecs:UpdateExpressGatewayService",
        "ecs:DescribeExpressGatewayService",
        "ecs:DescribeServices",
        "ecs:ListServiceDeployments",
      ],
      Resource: oneOrMore(services.map(({ arn }) => literal(arn))),
    },
    {
      Sid: "ECSExpressDeploymentStatus",
      Effect: "Allow",
      Action: "ecs:DescribeServiceDeployments",
      Resource: oneOrMore(services.map(({ arn }) => deploymentsOf(arn))),
    },
    {
      Sid: "ECSExpressTaskDefinition",
      Effect: "Allow",
      Action: "ecs:RegisterTaskDefinition",
      Resource: oneOrMore(services.map(({ taskFamilyArn }) => taskFamilyArn)),
    },
    ...(passRoles.length === 0 ? [] : [passRoleStatement(passRoles)]),
  ];
}

/** `service-deployment/CLUSTER/SERVICE/*`: a deployment's id is new each time. */
function deploymentsOf(serviceArn: string): string {
  return `${literal(serviceArn).replace(":service/", ":service-deployment/")}/*`;
}

function passRoleStatement(roles: readonly string[]): PolicyStatement {
  return {
    Sid: "ECSExpressPassRole",
    Effect: "Allow",
    Action: "iam:PassRole",
    Resource: oneOrMore(roles),
    Condition: {
      StringEquals: { "iam:PassedToService": ["ecs-tasks.amazonaws.com", "ecs.amazonaws.com"] },
    },
  };
}
