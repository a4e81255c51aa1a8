import { arnOf, iamArn } from "../aws/arn.ts";

/** Calls that a reader knows, the most telling first: service, action, what follows the account. */
export const wellKnownCalls: readonly (readonly [string, string, string])[] = [
  ["iam", "CreateAccessKey", "user/any-user"],
  ["iam", "PassRole", "role/any-role"],
  ["sts", "AssumeRole", "role/any-role"],
  ["secretsmanager", "GetSecretValue", "secret:any-secret"],
  ["ssm", "GetParameter", "parameter/any-parameter"],
  ["kms", "Decrypt", "key/any-key"],
  ["s3", "PutObject", "any-bucket/any-key"],
  ["s3", "GetObject", "any-bucket/any-key"],
  ["s3", "ListBucket", "any-bucket"],
  ["s3", "DeleteBucket", "any-bucket"],
  ["lambda", "InvokeFunction", "function:any-function"],
  ["lambda", "UpdateFunctionCode", "function:any-function"],
  ["dynamodb", "GetItem", "table/any-table"],
  ["ec2", "RunInstances", "instance/*"],
  ["ecr", "PutImage", "repository/any-repository"],
  ["ecr", "BatchGetImage", "repository/any-repository"],
  ["ecr", "DeleteRepository", "repository/any-repository"],
  ["apprunner", "StartDeployment", `service/any-service/${"0123456789abcdef".repeat(2)}`],
  ["ecs", "UpdateService", "service/any-cluster/any-service"],
  ["ecs", "UpdateExpressGatewayService", "service/default/any-service"],
  ["amplify", "StartJob", "apps/d1a2b3c4/branches/main/jobs/1"],
  ["logs", "GetLogEvents", "log-group:any-group:log-stream:any-stream"],
];

/** The ARN of what a call is about: IAM's is in no Region, a bucket's in no account either. */
export function calledArn(
  service: string,
  resource: string,
  region: string,
  account: string,
): string {
  const home = { id: account, partition: "aws" };
  if (service === "s3") return arnOf({ ...home, id: "" }, service, "", resource);
  const isGlobal = service === "iam" || service === "sts";
  return isGlobal ? iamArn(home, resource) : arnOf(home, service, region, resource);
}
