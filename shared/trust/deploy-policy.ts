import {
  lengthWithoutWhitespace,
  literal,
  oneOrMore,
  type PolicyDocument,
  type PolicyProblem,
  type PolicyStatement,
} from "../aws/policy-document.ts";
import {
  amplifyGrants,
  amplifyPart,
  appRunnerGrants,
  appRunnerPart,
  ecrPart,
  repositoryGrants,
  statementsOfGrants,
} from "./deploy-grants.ts";
import type {
  PassedRoles,
  ResolvedAmplify,
  ResolvedEcsExpress,
  ResolvedTargets,
} from "./resolved-targets.ts";
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
    ...ecrStatements(targets.ecr),
    ...appRunnerStatements(targets.appRunner),
    ...ecsExpressStatements(targets.ecsExpress),
    ...amplifyStatements(targets.amplify),
    ...outputsStatements(outputs),
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
  const pushes = repositories.some(({ may }) => may.includes("push"));
  return [
    // The login to the registry has no resource; IAM knows the action with `*` alone.
    ...(pushes ? [registryLogin] : []),
    ...statementsOfGrants(ecrPart, repositories.flatMap(repositoryGrants)),
  ];
}

const registryLogin: PolicyStatement = {
  Sid: "ECRAuthToken",
  Effect: "Allow",
  Action: "ecr:GetAuthorizationToken",
  Resource: "*",
};

function appRunnerStatements(services: ResolvedTargets["appRunner"]): readonly PolicyStatement[] {
  return [
    ...statementsOfGrants(appRunnerPart, services.flatMap(appRunnerGrants)),
    ...appRunnerPasses.flatMap(({ kind, sid, to }) => {
      const roles = services.flatMap(({ passes }) => passes[kind]);
      return roles.length === 0 ? [] : [passRoleStatement(sid, roles.map(literal), to)];
    }),
  ];
}

/**
 * How App Runner's roles are passed. IAM is seen to ask with the principal that the role trusts, and
 * AWS's own policy AWSAppRunnerFullAccess names the service itself; see docs/believed.md.
 */
export const appRunnerPasses = [
  {
    kind: "instance",
    sid: "AppRunnerPassInstanceRole",
    to: ["tasks.apprunner.amazonaws.com", "apprunner.amazonaws.com"],
  },
  {
    kind: "access",
    sid: "AppRunnerPassAccessRole",
    to: ["build.apprunner.amazonaws.com", "apprunner.amazonaws.com"],
  },
] as const satisfies readonly {
  readonly kind: keyof PassedRoles;
  readonly sid: string;
  readonly to: readonly [string, ...string[]];
}[];

function amplifyStatements(apps: readonly ResolvedAmplify[]): readonly PolicyStatement[] {
  return statementsOfGrants(amplifyPart, apps.flatMap(amplifyGrants));
}

/** One parameter by its name, not its history and nothing beside it. */
function outputsStatements(outputs: string | null): readonly PolicyStatement[] {
  if (outputs === null) return [];
  const Resource = literal(outputs);
  return [{ Sid: "ReadOutputs", Effect: "Allow", Action: "ssm:GetParameter", Resource }];
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
    ...(passRoles.length === 0
      ? []
      : [passRoleStatement("ECSExpressPassRole", passRoles, expressPassedTo)]),
  ];
}

/** `service-deployment/CLUSTER/SERVICE/*`: a deployment's id is new each time. */
function deploymentsOf(serviceArn: string): string {
  return `${literal(serviceArn).replace(":service/", ":service-deployment/")}/*`;
}

/** Which of the two ECS presents is not documented. */
const expressPassedTo = ["ecs-tasks.amazonaws.com", "ecs.amazonaws.com"];

function passRoleStatement(
  sid: string,
  roles: readonly string[],
  to: readonly string[],
): PolicyStatement {
  return {
    Sid: sid,
    Effect: "Allow",
    Action: "iam:PassRole",
    Resource: oneOrMore(roles),
    Condition: { StringEquals: { "iam:PassedToService": to } },
  };
}
