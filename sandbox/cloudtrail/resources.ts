import { isRecord } from "../input/members.ts";
import type { FinishedCall } from "../server/record.ts";

/** A resource of an event. The event history lists it and finds it by name. */
export type Resource = { readonly ResourceType: string; readonly ResourceName: string };

/** The members that name a resource, with its type, for each service. */
const naming: Readonly<Record<string, ReadonlyMap<string, string>>> = {
  iam: new Map([
    ["RoleName", "AWS::IAM::Role"],
    ["RoleId", "AWS::IAM::Role"],
    ["UserName", "AWS::IAM::User"],
    ["PolicyArn", "AWS::IAM::Policy"],
    ["PolicyName", "AWS::IAM::Policy"],
    ["OpenIDConnectProviderArn", "AWS::IAM::OIDCProvider"],
    ["AccessKeyId", "AWS::IAM::AccessKey"],
  ]),
  sts: new Map([
    ["RoleArn", "AWS::IAM::Role"],
    ["AccessKeyId", "AWS::IAM::AccessKey"],
    ["AssumedRoleId", "AWS::STS::AssumedRole"],
  ]),
  ssm: new Map([
    ["Name", "AWS::SSM::Parameter"],
    ["ResourceId", "AWS::SSM::Parameter"],
  ]),
  ecr: new Map([
    ["repositoryName", "AWS::ECR::Repository"],
    ["repositoryArn", "AWS::ECR::Repository"],
  ]),
  ecs: new Map([
    ["serviceArn", "AWS::ECS::Service"],
    ["serviceName", "AWS::ECS::Service"],
    ["clusterName", "AWS::ECS::Cluster"],
    ["taskDefinitionArn", "AWS::ECS::TaskDefinition"],
  ]),
  apprunner: new Map([
    ["ServiceArn", "AWS::AppRunner::Service"],
    ["ServiceName", "AWS::AppRunner::Service"],
  ]),
  amplify: new Map([
    ["appId", "AWS::Amplify::App"],
    ["appArn", "AWS::Amplify::App"],
    ["branchArn", "AWS::Amplify::Branch"],
  ]),
  lambda: new Map([
    ["FunctionName", "AWS::Lambda::Function"],
    ["FunctionArn", "AWS::Lambda::Function"],
    ["AliasArn", "AWS::Lambda::Alias"],
  ]),
  sns: new Map([["TopicArn", "AWS::SNS::Topic"]]),
  sqs: new Map([["QueueUrl", "AWS::SQS::Queue"]]),
  events: new Map([
    ["Rule", "AWS::Events::Rule"],
    ["RuleArn", "AWS::Events::Rule"],
  ]),
  cloudtrail: new Map([
    ["Name", "AWS::CloudTrail::Trail"],
    ["TrailARN", "AWS::CloudTrail::Trail"],
  ]),
};

/** The kind of an `Arn` in an answer is known only from the structure around it. */
const arnsInside: ReadonlyMap<string, string> = new Map([
  ["Role", "AWS::IAM::Role"],
  ["Policy", "AWS::IAM::Policy"],
  ["User", "AWS::IAM::User"],
]);

/**
 * The resources of a call: every name and ARN in the request and in the answer. AWS lists only some
 * of them, and which ones differs by event.
 */
export function resourcesOf({ call, outcome }: FinishedCall): readonly Resource[] {
  const types = naming[call.service] ?? new Map<string, string>();
  const output: unknown = outcome.kind === "answered" ? outcome.output : {};
  const found = [...named(types, call.input, ""), ...named(types, output, "")];
  return [
    ...new Map(found.map((one) => [`${one.ResourceType} ${one.ResourceName}`, one])).values(),
  ];
}

function named(types: ReadonlyMap<string, string>, value: unknown, inside: string): Resource[] {
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([name, member]) => {
    const type = name === "Arn" ? arnsInside.get(inside) : types.get(name);
    if (type !== undefined && typeof member === "string" && member !== "") {
      return [{ ResourceType: type, ResourceName: member }];
    }
    return named(types, member, name);
  });
}
