import { describe, expect, test } from "vitest";
import { evaluateAccess } from "../../sandbox/evaluate/index.ts";
import { packagedTemplate } from "../stack/package.ts";
import { type Resource, resolved } from "../stack/template.ts";
import { policyOf } from "./policies.ts";

const place = { account: "123456789012", region: "us-east-1" };
const template = packagedTemplate();
const deployer = policyOf("deployer");

type Need = { readonly actions: readonly string[]; readonly arn: (name: string) => string };

const regional = (service: string, resource: string) =>
  `arn:aws:${service}:${place.region}:${place.account}:${resource}`;
const functionArn = (name: string) => regional("lambda", `function:${name}`);
const queueArn = (name: string) => regional("sqs", name);
const bucketArn = () => "arn:aws:s3:::oidc-reconciler-prod-serverlessdeploymentbucket-1abc2def";

/**
 * What CloudFormation calls to create and delete a resource of each type that the stack has.
 * Source: the handlers' permissions in CloudFormation's resource schemas.
 */
const needs: Readonly<Record<string, Need>> = {
  "AWS::S3::Bucket": { actions: ["s3:CreateBucket", "s3:DeleteBucket"], arn: bucketArn },
  "AWS::S3::BucketPolicy": { actions: ["s3:PutBucketPolicy"], arn: bucketArn },
  "AWS::Logs::LogGroup": {
    actions: ["logs:CreateLogGroup", "logs:PutRetentionPolicy", "logs:DeleteLogGroup"],
    arn: (name) => regional("logs", `log-group:${name}`),
  },
  "AWS::Lambda::Function": {
    actions: ["lambda:CreateFunction", "lambda:UpdateFunctionCode", "lambda:DeleteFunction"],
    arn: functionArn,
  },
  "AWS::Lambda::EventInvokeConfig": {
    actions: ["lambda:PutFunctionEventInvokeConfig"],
    arn: functionArn,
  },
  "AWS::Lambda::EventSourceMapping": {
    actions: ["lambda:CreateEventSourceMapping", "lambda:DeleteEventSourceMapping"],
    arn: () => regional("lambda", "event-source-mapping:a1b2"),
  },
  "AWS::Lambda::Permission": { actions: ["lambda:AddPermission"], arn: functionArn },
  "AWS::IAM::Role": {
    actions: ["iam:CreateRole", "iam:PutRolePolicy", "iam:DeleteRole", "iam:TagRole"],
    arn: (name) => `arn:aws:iam::${place.account}:role/${name}`,
  },
  "AWS::Events::Rule": {
    actions: ["events:PutRule", "events:PutTargets", "events:RemoveTargets", "events:DeleteRule"],
    arn: (name) => regional("events", `rule/${name}`),
  },
  "AWS::SQS::Queue": { actions: ["sqs:CreateQueue", "sqs:DeleteQueue"], arn: queueArn },
  "AWS::SQS::QueuePolicy": { actions: ["sqs:SetQueueAttributes"], arn: queueArn },
  "AWS::SNS::Topic": {
    actions: ["sns:CreateTopic", "sns:Subscribe", "sns:DeleteTopic"],
    arn: (name) => regional("sns", name),
  },
  "AWS::CloudWatch::Alarm": {
    actions: ["cloudwatch:PutMetricAlarm", "cloudwatch:DeleteAlarms"],
    arn: (name) => regional("cloudwatch", `alarm:${name}`),
  },
  "AWS::CloudWatch::Dashboard": {
    actions: ["cloudwatch:PutDashboard", "cloudwatch:DeleteDashboards"],
    arn: (name) => `arn:aws:cloudwatch::${place.account}:dashboard/${name}`,
  },
};

const nameMembers = [
  "RoleName",
  "FunctionName",
  "LogGroupName",
  "QueueName",
  "TopicName",
  "AlarmName",
  "DashboardName",
  "Name",
];

/** The name that the template gives a resource; one without gets the stack's from CloudFormation. */
function nameIn({ Properties = {} }: Resource): string {
  const given = nameMembers.map((member) => resolved(Properties[member], template, place));
  return String(given.find((name) => typeof name === "string") ?? "oidc-reconciler-prod-x");
}

function decide(action: string, resource: string, context: readonly [string, string][] = []) {
  return evaluateAccess([deployer], {
    action,
    resource,
    context: new Map(context.map(([key, value]) => [key, [value]])),
  }).decision;
}

describe("the policy for deploying the stack", () => {
  test.each(Object.entries(template.Resources))(
    "lets CloudFormation create and delete %s",
    (_, resource) => {
      const need = needs[resource.Type];
      if (need === undefined) throw new Error(`add what ${resource.Type} needs`);
      for (const action of need.actions) {
        expect(decide(action, need.arn(nameIn(resource))), action).toBe("allow");
      }
    },
  );

  test("passes the stack's roles to Lambda, and no other role", () => {
    const toLambda: readonly [string, string][] = [["iam:PassedToService", "lambda.amazonaws.com"]];
    const role = (name: string) => `arn:aws:iam::${place.account}:role/${name}`;
    expect(decide("iam:PassRole", role("oidc-reconciler-prod-audit"), [...toLambda])).toBe("allow");
    expect(decide("iam:PassRole", role("Administrator"), [...toLambda])).toBe("implicit-deny");
    expect(
      decide("iam:PassRole", role("oidc-reconciler-prod-audit"), [
        ["iam:PassedToService", "ec2.amazonaws.com"],
      ]),
    ).toBe("implicit-deny");
  });

  test.each([
    ["iam:CreateRole", `arn:aws:iam::${place.account}:role/CircleCI-OIDC-Role`],
    ["iam:PutRolePolicy", `arn:aws:iam::${place.account}:role/Administrator`],
    ["lambda:UpdateFunctionCode", functionArn("billing")],
    ["sqs:DeleteQueue", queueArn("orders")],
    ["cloudformation:DeleteStack", regional("cloudformation", "stack/shop/1")],
    ["s3:GetObject", "arn:aws:s3:::customers/list.csv"],
  ])("does not reach beyond the stack: %s on %s", (action, resource) => {
    expect(decide(action, resource)).toBe("implicit-deny");
  });

  test("is refused documents and approvals", () => {
    const document = regional("ssm", "parameter/oidc-reconciler/environments/production");
    for (const action of ["ssm:PutParameter", "ssm:LabelParameterVersion"]) {
      expect(decide(action, document)).toBe("explicit-deny");
    }
  });

  test("fits into a managed policy", () => {
    expect(JSON.stringify(deployer).replaceAll(/\s/g, "").length).toBeLessThan(6144);
  });
});
