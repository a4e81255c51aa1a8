import { isRecord } from "../json.ts";
import { asked, type Form, flag, maybe, number, text } from "./answer-form.ts";

/**
 * What answers have that not every run gets, by service and operation, as in answers.ts. Loaded with the first
 * of them.
 */
export const lateAnswers: Readonly<Record<string, Readonly<Record<string, Form>>>> = {
  iam: {
    GetAccountAuthorizationDetails: {
      RoleDetailList: [
        {
          RoleName: text,
          Arn: text,
          Path: text,
          AssumeRolePolicyDocument: text,
          AttachedManagedPolicies: [{ PolicyArn: text }],
          RolePolicyList: [{ PolicyName: text, PolicyDocument: text }],
        },
      ],
      Policies: [
        {
          Arn: text,
          DefaultVersionId: text,
          AttachmentCount: number,
          PermissionsBoundaryUsageCount: maybe(number),
          PolicyVersionList: [{ VersionId: text, IsDefaultVersion: flag, Document: text }],
        },
      ],
    },
    ListRoles: { Roles: [{ RoleName: text, Arn: text, MaxSessionDuration: maybe(number) }] },
    ListRoleTags: { Tags: [{ Key: text }] },
    ListOpenIDConnectProviders: { OpenIDConnectProviderList: [{ Arn: text }] },
    ListUsers: { Users: [{ UserName: text }] },
    ListAccessKeys: { AccessKeyMetadata: [{ AccessKeyId: text, Status: text }] },
    GetAccessKeyLastUsed: { AccessKeyLastUsed: { ServiceName: text } },
    CreateRole: { Role: { Arn: text } },
    CreatePolicy: { Policy: { Arn: text } },
    CreatePolicyVersion: { PolicyVersion: { VersionId: text } },
    CreateOpenIDConnectProvider: { OpenIDConnectProviderArn: text },
  },
  ssm: {
    GetParameterHistory: {
      Parameters: [{ Version: number, Value: text, Labels: maybe([text]) }],
    },
  },
  ecr: {
    DescribeRepositories: { repositories: [{ repositoryArn: text, repositoryName: text }] },
  },
  ecs: {
    DescribeServices: {
      services: [
        {
          serviceName: text,
          serviceArn: text,
          status: text,
          // Left out where task sets have their own, and where ECS deploys.
          taskDefinition: maybe(text),
          deploymentController: maybe({ type: maybe(text) }),
          resourceManagementType: maybe(text),
        },
      ],
      failures: maybe([{ arn: maybe(text) }]),
    },
    DescribeTaskDefinition: {
      taskDefinition: {
        taskDefinitionArn: text,
        executionRoleArn: maybe(text),
        taskRoleArn: maybe(text),
      },
    },
    DescribeExpressGatewayService: {
      service: {
        serviceArn: text,
        status: { statusCode: text },
        activeConfigurations: maybe([
          {
            executionRoleArn: maybe(text),
            taskRoleArn: maybe(text),
            taskDefinitionArn: maybe(text),
          },
        ]),
      },
    },
    ListClusters: { clusterArns: [text] },
    ListServices: { serviceArns: [text] },
  },
  apprunner: {
    DescribeService: {
      Service: {
        ServiceArn: asked("ServiceArn"),
        InstanceConfiguration: { InstanceRoleArn: maybe(text) },
        SourceConfiguration: {
          AuthenticationConfiguration: maybe({ AccessRoleArn: maybe(text) }),
        },
      },
    },
    ListServices: { ServiceSummaryList: [{ ServiceArn: text, ServiceName: text, Status: text }] },
  },
  lambda: {
    ListAliases: { Aliases: [isRecord] },
  },
  amplify: {
    ListApps: {
      apps: [{ appId: text, name: text, appArn: text, repository: maybe(text) }],
    },
    ListBranches: { branches: [{ branchArn: text, branchName: text }] },
  },
  cloudtrail: {
    LookupEvents: { Events: [{ CloudTrailEvent: maybe(text) }] },
    DescribeTrails: { trailList: [{ TrailARN: text }] },
    GetTrailStatus: { IsLogging: flag },
    GetEventSelectors: {
      EventSelectors: maybe([isRecord]),
      AdvancedEventSelectors: maybe([{ FieldSelectors: [{ Field: text }] }]),
    },
  },
  sns: {
    Publish: { MessageId: text },
  },
  events: {
    PutEvents: { FailedEntryCount: number, Entries: [isRecord] },
  },
};
