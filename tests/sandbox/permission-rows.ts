import {
  AmplifyClient,
  CreateAppCommand,
  CreateBranchCommand,
  CreateDeploymentCommand,
  GetAppCommand,
  GetBranchCommand,
  GetJobCommand,
  ListAppsCommand,
  ListBranchesCommand,
  StartDeploymentCommand as StartAmplifyDeploymentCommand,
  StartJobCommand,
  UpdateAppCommand,
} from "@aws-sdk/client-amplify";
import {
  AppRunnerClient,
  CreateServiceCommand,
  DescribeServiceCommand,
  ListOperationsCommand,
  ListServicesCommand,
  StartDeploymentCommand,
  UpdateServiceCommand,
} from "@aws-sdk/client-apprunner";
import {
  CloudTrailClient,
  DescribeTrailsCommand,
  GetTrailStatusCommand,
  LookupEventsCommand,
} from "@aws-sdk/client-cloudtrail";
import {
  CreateRepositoryCommand,
  DescribeImagesCommand,
  DescribeRepositoriesCommand,
  ECRClient,
  GetAuthorizationTokenCommand,
  ListImagesCommand,
  PutImageCommand,
} from "@aws-sdk/client-ecr";
import {
  DeleteServiceCommand as DeleteTasksServiceCommand,
  DeregisterTaskDefinitionCommand,
  DescribeExpressGatewayServiceCommand,
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  ECSClient,
  ListClustersCommand,
  ListServicesCommand as ListTasksServicesCommand,
  RegisterTaskDefinitionCommand,
  UpdateServiceCommand as UpdateTasksServiceCommand,
} from "@aws-sdk/client-ecs";
import {
  EventBridgeClient,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
} from "@aws-sdk/client-eventbridge";
import {
  GetAliasCommand,
  GetFunctionCommand,
  GetFunctionConfigurationCommand,
  InvokeCommand,
  LambdaClient,
  ListFunctionsCommand,
  PublishVersionCommand,
  UpdateAliasCommand,
  UpdateFunctionCodeCommand,
} from "@aws-sdk/client-lambda";
import {
  CreateBucketCommand,
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import {
  CreateTopicCommand,
  ListTopicsCommand,
  PublishCommand,
  SNSClient,
} from "@aws-sdk/client-sns";
import {
  DeleteParameterCommand,
  DescribeParametersCommand,
  GetParameterCommand,
  GetParameterHistoryCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  LabelParameterVersionCommand,
  PutParameterCommand,
  SSMClient,
  UnlabelParameterVersionCommand,
} from "@aws-sdk/client-ssm";
import type { connection } from "./connection.ts";

export type Config = ReturnType<typeof connection>;
export type Call = (config: Config) => Promise<unknown>;

/** One call and the one grant that it takes. */
export type PermissionRow = {
  readonly action: string;
  readonly resource: string;
  readonly call: Call;
  readonly condition?: object;
};

export const at = (service: string, rest: string) =>
  `arn:aws:${service}:us-east-1:123456789012:${rest}`;
const p = at("ssm", "parameter/env/a");
const app = at("amplify", "apps/dabc");
const uploaded = { appId: "dabc", branchName: "main" };
export const run = at("apprunner", "service/demo/00000000000000000000000000000001");
export const task = at("ecs", "service/shop/demo");
const lambda = at("lambda", "function:shop");
const FunctionName = "shop";
const topic = at("sns", "alerts");
const bucket = { Bucket: "reports" };
const pathStyle = (to: Parameters<Call>[0]) => new S3Client({ ...to, forcePathStyle: true });

export const permissionRows: readonly PermissionRow[] = [
  {
    action: "ssm:GetParameter",
    resource: p,
    call: (c) => new SSMClient(c).send(new GetParameterCommand({ Name: "/env/a:1" })),
  },
  {
    action: "ssm:GetParameters",
    resource: p,
    call: (c) => new SSMClient(c).send(new GetParametersCommand({ Names: ["/env/a"] })),
  },
  {
    action: "ssm:GetParameterHistory",
    resource: p,
    call: (c) => new SSMClient(c).send(new GetParameterHistoryCommand({ Name: "/env/a" })),
  },
  {
    action: "ssm:GetParametersByPath",
    resource: at("ssm", "parameter/env"),
    call: (c) => new SSMClient(c).send(new GetParametersByPathCommand({ Path: "/env" })),
  },
  {
    action: "ssm:PutParameter",
    resource: p,
    call: (c) =>
      new SSMClient(c).send(
        new PutParameterCommand({ Name: "/env/a", Value: "x", Type: "String" }),
      ),
  },
  {
    action: "ssm:LabelParameterVersion",
    resource: p,
    call: (c) =>
      new SSMClient(c).send(new LabelParameterVersionCommand({ Name: "/env/a", Labels: ["x"] })),
  },
  {
    action: "ssm:UnlabelParameterVersion",
    resource: p,
    call: (c) =>
      new SSMClient(c).send(
        new UnlabelParameterVersionCommand({ Name: "/env/a", ParameterVersion: 1, Labels: ["x"] }),
      ),
  },
  {
    action: "ssm:DeleteParameter",
    resource: p,
    call: (c) => new SSMClient(c).send(new DeleteParameterCommand({ Name: "/env/a" })),
  },
  {
    action: "ssm:DescribeParameters",
    resource: at("ssm", "*"),
    call: (c) => new SSMClient(c).send(new DescribeParametersCommand({})),
  },
  {
    action: "ecr:CreateRepository",
    resource: at("ecr", "repository/team/demo"),
    call: (c) =>
      new ECRClient(c).send(new CreateRepositoryCommand({ repositoryName: "team/demo" })),
  },
  {
    action: "ecr:DescribeRepositories",
    resource: at("ecr", "repository/demo"),
    call: (c) =>
      new ECRClient(c).send(new DescribeRepositoriesCommand({ repositoryNames: ["demo"] })),
  },
  {
    action: "ecr:PutImage",
    resource: at("ecr", "repository/demo"),
    call: (c) =>
      new ECRClient(c).send(new PutImageCommand({ repositoryName: "demo", imageManifest: "{}" })),
  },
  {
    action: "ecr:DescribeImages",
    resource: at("ecr", "repository/demo"),
    call: (c) => new ECRClient(c).send(new DescribeImagesCommand({ repositoryName: "demo" })),
  },
  {
    action: "ecr:ListImages",
    resource: at("ecr", "repository/demo"),
    call: (c) => new ECRClient(c).send(new ListImagesCommand({ repositoryName: "demo" })),
  },
  {
    action: "ecr:GetAuthorizationToken",
    resource: "*",
    call: (c) => new ECRClient(c).send(new GetAuthorizationTokenCommand({})),
  },
  {
    action: "apprunner:ListServices",
    resource: "*",
    call: (c) => new AppRunnerClient(c).send(new ListServicesCommand({})),
  },
  {
    action: "apprunner:CreateService",
    resource: at("apprunner", "service/demo/*"),
    call: (c) =>
      new AppRunnerClient(c).send(
        new CreateServiceCommand({ ServiceName: "demo", SourceConfiguration: {} }),
      ),
  },
  {
    action: "apprunner:DescribeService",
    resource: run,
    call: (c) => new AppRunnerClient(c).send(new DescribeServiceCommand({ ServiceArn: run })),
  },
  {
    action: "apprunner:StartDeployment",
    resource: run,
    call: (c) => new AppRunnerClient(c).send(new StartDeploymentCommand({ ServiceArn: run })),
  },
  {
    action: "apprunner:UpdateService",
    resource: run,
    call: (c) => new AppRunnerClient(c).send(new UpdateServiceCommand({ ServiceArn: run })),
  },
  {
    action: "apprunner:ListOperations",
    resource: run,
    call: (c) => new AppRunnerClient(c).send(new ListOperationsCommand({ ServiceArn: run })),
  },
  {
    action: "amplify:CreateApp",
    resource: at("amplify", "apps/*"),
    call: (c) => new AmplifyClient(c).send(new CreateAppCommand({ name: "demo" })),
  },
  {
    action: "amplify:ListApps",
    resource: at("amplify", "apps/*"),
    call: (c) => new AmplifyClient(c).send(new ListAppsCommand({})),
  },
  {
    action: "amplify:GetApp",
    resource: app,
    call: (c) => new AmplifyClient(c).send(new GetAppCommand({ appId: "dabc" })),
  },
  {
    action: "amplify:UpdateApp",
    resource: app,
    call: (c) => new AmplifyClient(c).send(new UpdateAppCommand({ appId: "dabc" })),
  },
  {
    action: "amplify:ListBranches",
    resource: app,
    call: (c) => new AmplifyClient(c).send(new ListBranchesCommand({ appId: "dabc" })),
  },
  {
    action: "amplify:CreateBranch",
    resource: `${app}/branches/main`,
    call: (c) =>
      new AmplifyClient(c).send(new CreateBranchCommand({ appId: "dabc", branchName: "main" })),
  },
  {
    action: "amplify:GetBranch",
    resource: `${app}/branches/main`,
    call: (c) =>
      new AmplifyClient(c).send(new GetBranchCommand({ appId: "dabc", branchName: "main" })),
  },
  {
    action: "amplify:StartJob",
    resource: `${app}/branches/main/jobs/*`,
    call: (c) =>
      new AmplifyClient(c).send(
        new StartJobCommand({ appId: "dabc", branchName: "main", jobType: "RELEASE" }),
      ),
  },
  {
    action: "amplify:GetJob",
    resource: `${app}/branches/main/jobs/7`,
    call: (c) =>
      new AmplifyClient(c).send(
        new GetJobCommand({ appId: "dabc", branchName: "main", jobId: "7" }),
      ),
  },
  {
    action: "amplify:CreateDeployment",
    resource: `${app}/branches/main`,
    call: (c) => new AmplifyClient(c).send(new CreateDeploymentCommand(uploaded)),
  },
  {
    action: "amplify:StartDeployment",
    resource: `${app}/branches/main`,
    call: (c) =>
      new AmplifyClient(c).send(new StartAmplifyDeploymentCommand({ ...uploaded, jobId: "7" })),
  },
  {
    action: "ecs:ListClusters",
    resource: "*",
    call: (c) => new ECSClient(c).send(new ListClustersCommand({})),
  },
  {
    action: "ecs:ListServices",
    resource: "*",
    call: (c) => new ECSClient(c).send(new ListTasksServicesCommand({ cluster: "shop" })),
    condition: { ArnEquals: { "ecs:cluster": at("ecs", "cluster/shop") } },
  },
  {
    action: "ecs:DescribeServices",
    resource: task,
    call: (c) =>
      new ECSClient(c).send(new DescribeServicesCommand({ cluster: "shop", services: ["demo"] })),
  },
  {
    action: "ecs:DescribeExpressGatewayService",
    resource: task,
    call: (c) =>
      new ECSClient(c).send(new DescribeExpressGatewayServiceCommand({ serviceArn: task })),
  },
  {
    action: "ecs:UpdateService",
    resource: task,
    call: (c) =>
      new ECSClient(c).send(new UpdateTasksServiceCommand({ cluster: "shop", service: "demo" })),
    condition: { ArnEquals: { "ecs:cluster": at("ecs", "cluster/shop") } },
  },
  {
    action: "ecs:DeleteService",
    resource: task,
    call: (c) => new ECSClient(c).send(new DeleteTasksServiceCommand({ service: task })),
  },
  {
    action: "ecs:DeregisterTaskDefinition",
    resource: "*",
    call: (c) =>
      new ECSClient(c).send(new DeregisterTaskDefinitionCommand({ taskDefinition: "shop:1" })),
  },
  {
    action: "ecs:RegisterTaskDefinition",
    resource: at("ecs", "task-definition/shop:*"),
    call: (c) =>
      new ECSClient(c).send(
        new RegisterTaskDefinitionCommand({ family: "shop", containerDefinitions: [] }),
      ),
  },
  {
    action: "ecs:DescribeTaskDefinition",
    resource: "*",
    call: (c) =>
      new ECSClient(c).send(new DescribeTaskDefinitionCommand({ taskDefinition: "shop" })),
  },
  {
    action: "lambda:ListFunctions",
    resource: "*",
    call: (c) => new LambdaClient(c).send(new ListFunctionsCommand({})),
  },
  {
    action: "lambda:GetFunction",
    resource: lambda,
    call: (c) => new LambdaClient(c).send(new GetFunctionCommand({ FunctionName })),
  },
  {
    action: "lambda:GetFunction",
    resource: `${lambda}:live`,
    call: (c) =>
      new LambdaClient(c).send(new GetFunctionCommand({ FunctionName, Qualifier: "live" })),
  },
  {
    action: "lambda:GetFunctionConfiguration",
    resource: `${lambda}:1`,
    call: (c) =>
      new LambdaClient(c).send(new GetFunctionConfigurationCommand({ FunctionName: "shop:1" })),
  },
  {
    action: "lambda:UpdateFunctionCode",
    resource: lambda,
    call: (c) => new LambdaClient(c).send(new UpdateFunctionCodeCommand({ FunctionName })),
  },
  {
    action: "lambda:InvokeFunction",
    resource: lambda,
    call: (c) => new LambdaClient(c).send(new InvokeCommand({ FunctionName })),
  },
  {
    action: "lambda:PublishVersion",
    resource: lambda,
    call: (c) => new LambdaClient(c).send(new PublishVersionCommand({ FunctionName })),
  },
  {
    action: "lambda:GetAlias",
    resource: lambda,
    call: (c) => new LambdaClient(c).send(new GetAliasCommand({ FunctionName, Name: "live" })),
  },
  {
    action: "lambda:UpdateAlias",
    resource: lambda,
    call: (c) => new LambdaClient(c).send(new UpdateAliasCommand({ FunctionName, Name: "live" })),
  },
  {
    action: "sns:ListTopics",
    resource: at("sns", "*"),
    call: (c) => new SNSClient(c).send(new ListTopicsCommand({})),
  },
  {
    action: "sns:CreateTopic",
    resource: topic,
    call: (c) => new SNSClient(c).send(new CreateTopicCommand({ Name: "alerts" })),
  },
  {
    action: "sns:Publish",
    resource: topic,
    call: (c) => new SNSClient(c).send(new PublishCommand({ TopicArn: topic, Message: "x" })),
  },
  {
    action: "s3:CreateBucket",
    resource: "arn:aws:s3:::reports",
    call: (c) => pathStyle(c).send(new CreateBucketCommand(bucket)),
  },
  {
    action: "s3:PutObject",
    resource: "arn:aws:s3:::reports/a/b.html",
    call: (c) => pathStyle(c).send(new PutObjectCommand({ ...bucket, Key: "a/b.html", Body: "x" })),
  },
  {
    action: "s3:GetObject",
    resource: "arn:aws:s3:::reports/a/b.html",
    call: (c) => pathStyle(c).send(new GetObjectCommand({ ...bucket, Key: "a/b.html" })),
  },
  {
    action: "events:PutEvents",
    resource: at("events", "event-bus/default"),
    call: (c) =>
      new EventBridgeClient(c).send(
        new PutEventsCommand({ Entries: [{ Source: "shop", DetailType: "x", Detail: "{}" }] }),
      ),
    condition: { StringEquals: { "events:source": "shop" } },
  },
  {
    action: "events:PutRule",
    resource: at("events", "rule/r"),
    call: (c) =>
      new EventBridgeClient(c).send(new PutRuleCommand({ Name: "r", EventPattern: "{}" })),
  },
  {
    action: "events:PutTargets",
    resource: at("events", "rule/own/r"),
    call: (c) =>
      new EventBridgeClient(c).send(
        new PutTargetsCommand({ Rule: "r", EventBusName: "own", Targets: [] }),
      ),
  },
  {
    action: "cloudtrail:LookupEvents",
    resource: "*",
    call: (c) => new CloudTrailClient(c).send(new LookupEventsCommand({})),
  },
  {
    action: "cloudtrail:DescribeTrails",
    resource: "*",
    call: (c) => new CloudTrailClient(c).send(new DescribeTrailsCommand({})),
  },
  {
    action: "cloudtrail:GetTrailStatus",
    resource: at("cloudtrail", "trail/audit"),
    call: (c) => new CloudTrailClient(c).send(new GetTrailStatusCommand({ Name: "audit" })),
  },
];
