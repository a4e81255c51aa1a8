import { literal, oneOrMore, type PolicyStatement } from "../../aws/policy-document.ts";
import { type EcsSids, type ResolvedEcsService, tasksPrincipal } from "../ecs-resolve.ts";
import { everyResource } from "../every-resource.ts";
import { passRoleStatements } from "../permissions.ts";

export const plainSids: EcsSids = {
  deploys: "ecs:UpdateService",
  taskDefinition: "ECSTaskDefinition",
  passRole: "ECSPassRole",
};

/**
 * What jobs may do to plain ECS services: register the next revision of the task definition, move
 * the service to it, and wait until it is there. `aws ecs update-service`, `aws ecs wait
 * services-stable` and the orb circleci/aws-ecs call nothing else. The orb copies the tags of the
 * revision before, which IAM asks for as `ecs:TagResource`.
 */
export function plainStatements(
  services: readonly ResolvedEcsService[],
): readonly PolicyStatement[] {
  if (services.length === 0) return [];
  const families = oneOrMore(services.map(({ taskFamilyArn }) => taskFamilyArn));
  const roles = services.flatMap(({ passRoles }) => passRoles);
  return [
    {
      Sid: "ECSDeploy",
      Effect: "Allow",
      Action: ["ecs:UpdateService", "ecs:DescribeServices"],
      Resource: oneOrMore(services.map(({ arn }) => literal(arn))),
      // Else a job could move its service to any family, and the next policy would let it register that.
      Condition: { ArnLikeIfExists: { "ecs:task-definition": oneOrMore(ofFamilies(services)) } },
    },
    {
      Sid: plainSids.taskDefinition,
      Effect: "Allow",
      Action: "ecs:RegisterTaskDefinition",
      Resource: families,
    },
    {
      Sid: "ECSTagTaskDefinition",
      Effect: "Allow",
      Action: "ecs:TagResource",
      Resource: families,
      Condition: { StringEquals: { "ecs:CreateAction": "RegisterTaskDefinition" } },
    },
    everyResource("ECSDescribeTaskDefinition"),
    ...passRoleStatements(plainSids.passRole, roles, [tasksPrincipal]),
  ];
}

/** A family's task definitions, as a call names one: by a revision, or without one for the newest. */
function ofFamilies(services: readonly ResolvedEcsService[]): readonly string[] {
  return services.flatMap(({ taskFamilyArn: every }) => [every.replace(/:\*$/, ""), every]);
}
