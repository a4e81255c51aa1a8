import type { PolicyStatement } from "../aws/policy-document.ts";

/**
 * Every action that a deploy policy grants and IAM knows only with every resource: naming one would
 * grant nothing. They only read.
 *
 * Source: https://docs.aws.amazon.com/service-authorization/latest/reference/, where the action has
 * no resource type; a test reads the same as data.
 */
const onEveryResource = {
  // The login to the registry, which is the account's.
  ECRAuthToken: "ecr:GetAuthorizationToken",
  // The task definition that the next revision is made from.
  ECSDescribeTaskDefinition: "ecs:DescribeTaskDefinition",
} as const;

/** The statement of one of the table's actions. */
export function everyResource(sid: keyof typeof onEveryResource): PolicyStatement {
  return { Sid: sid, Effect: "Allow", Action: onEveryResource[sid], Resource: "*" };
}
