import { literal, oneOrMore, type PolicyStatement } from "../../aws/policy-document.ts";
import { type EcsSids, type ResolvedEcsService, tasksPrincipal } from "../ecs-resolve.ts";
import { passRoleStatements } from "../permissions.ts";

export const expressSids: EcsSids = {
  deploys: "ecs:UpdateExpressGatewayService",
  taskDefinition: "ECSExpressTaskDefinition",
  passRole: "ECSExpressPassRole",
};

/** What jobs may do to ECS Express services. */
export function expressStatements(
  services: readonly ResolvedEcsService[],
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
      Sid: expressSids.taskDefinition,
      Effect: "Allow",
      Action: "ecs:RegisterTaskDefinition",
      Resource: oneOrMore(services.map(({ taskFamilyArn }) => taskFamilyArn)),
    },
    ...passRoleStatements(expressSids.passRole, roles, passedTo),
  ];
}

/** `service-deployment/CLUSTER/SERVICE/*`: a deployment's id is new each time. */
function deploymentsOf(serviceArn: string): string {
  return `${literal(serviceArn).replace(":service/", ":service-deployment/")}/*`;
}

/** Which of the two ECS presents is not documented. */
const passedTo = [tasksPrincipal, "ecs.amazonaws.com"];
