import { literal, oneOrMore, type PolicyStatement } from "../../aws/policy-document.ts";
import { passRoleStatements } from "../permissions.ts";

/** A service that was found. */
export type ResolvedEcsExpress = {
  readonly cluster: string;
  readonly service: string;
  readonly arn: string;
  /** `arn:…:task-definition/FAMILY:*`: every revision of the service's family. */
  readonly taskFamilyArn: string;
  /** ARNs of the execution role and, if any, the task role. */
  readonly passRoles: readonly string[];
};

export const passRoleSid = "ECSExpressPassRole";
export const taskDefinitionSid = "ECSExpressTaskDefinition";

/** What jobs may do to ECS Express services. */
export function expressStatements(
  services: readonly ResolvedEcsExpress[],
): readonly PolicyStatement[] {
  if (services.length === 0) return [];
  const roles = services.flatMap(({ passRoles }) => passRoles);
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
      Sid: taskDefinitionSid,
      Effect: "Allow",
      Action: "ecs:RegisterTaskDefinition",
      Resource: oneOrMore(services.map(({ taskFamilyArn }) => taskFamilyArn)),
    },
    ...passRoleStatements(passRoleSid, roles, passedTo),
  ];
}

/** `service-deployment/CLUSTER/SERVICE/*`: a deployment's id is new each time. */
function deploymentsOf(serviceArn: string): string {
  return `${literal(serviceArn).replace(":service/", ":service-deployment/")}/*`;
}

/** Which of the two ECS presents is not documented. */
const passedTo = ["ecs-tasks.amazonaws.com", "ecs.amazonaws.com"];
