import { describe, expect, test } from "vitest";
import { evaluateAccess } from "../../sandbox/evaluate/index.ts";
import { writeDeployPolicy } from "../../shared/trust/deploy-policy.ts";
import { none } from "../targets/none.ts";
import { chosenTemplate } from "./package.ts";
import { plainTemplate } from "./plain-template.ts";
import { isRecord, resolved, resourceOf } from "./template.ts";

const account = "123456789012";
const place = {
  account,
  region: "us-east-1",
  parameters: { Name: "oidc-reconciler-boundary", ParameterPrefix: "/oidc-reconciler" },
};
const template = plainTemplate("stack/boundary.yml");
const properties = resolved(resourceOf(template, "Boundary").Properties, template, place);
if (!isRecord(properties)) throw new Error("The boundary has no properties.");
const boundary = properties["PolicyDocument"];
const source = resourceOf(template, "Boundary").Properties["PolicyDocument"];

function decide(
  action: string,
  resource: string,
  context: Readonly<Record<string, readonly string[]>> = {},
): string {
  return evaluateAccess([boundary], { action, resource, context: new Map(Object.entries(context)) })
    .decision;
}

const service = `arn:aws:ecs:eu-central-1:${account}:service/default/web`;
const toTasks = { "iam:PassedToService": ["ecs-tasks.amazonaws.com"] };
const taskRole = `arn:aws:iam::${account}:role/service-role/web-task`;
const apps = `arn:aws:amplify:eu-central-1:${account}:apps/d1a2b3c4d5`;

/** Everything that a deploy policy of today can hold. */
const written = writeDeployPolicy({
  targets: {
    ...none,
    lambda: [{ function: "web", arn: `arn:aws:lambda:eu-central-1:${account}:function:web` }],
    ecr: [
      {
        repository: "web",
        arn: `arn:aws:ecr:eu-central-1:${account}:repository/team/web`,
        may: ["push", "read-images"],
      },
    ],
    appRunner: [
      {
        service: "web",
        arn: `arn:aws:apprunner:eu-west-1:${account}:service/web/${"0".repeat(32)}`,
        may: ["deploy", "watch", "update"],
        passes: { instance: [taskRole], access: [`${taskRole}-pull`] },
      },
    ],
    ecsExpress: [
      {
        cluster: "default",
        service: "web",
        arn: service,
        taskFamilyArn: `arn:aws:ecs:eu-central-1:${account}:task-definition/web:*`,
        passRoles: [taskRole],
      },
    ],
    ecs: [
      {
        cluster: "default",
        service: "web",
        arn: service,
        taskFamilyArn: `arn:aws:ecs:eu-central-1:${account}:task-definition/web:*`,
        passRoles: [taskRole],
      },
    ],
    amplify: [
      {
        app: "web",
        appId: "d1a2b3c4d5",
        appArn: apps,
        branches: ["main"],
        may: ["release", "upload"],
        hasRepository: true,
      },
    ],
  },
  outputs: `arn:aws:ssm:eu-central-1:${account}:parameter/oidc-reconciler/outputs/production`,
});

describe("the recommended boundary", () => {
  test("lets a deploy role do all that a deploy policy says", () => {
    if (written.kind !== "written") throw new Error(`The policy is ${written.kind}.`);
    const statements = written.policy.Statement;
    expect(statements.length).toBeGreaterThan(6);
    for (const { Action, Resource, Condition } of statements) {
      for (const action of [Action].flat()) {
        for (const resource of [Resource].flat()) {
          const request = [resource ?? "*"].flat().join().replaceAll("*", "1");
          const contexts = Object.entries(Condition?.["StringEquals"] ?? {}).flatMap(
            ([key, values]) => [values].flat().map((value) => ({ [key]: [value] })),
          );
          for (const context of contexts.length === 0 ? [{}] : contexts) {
            expect(decide(action, resource === "*" ? "*" : request, context), action).toBe("allow");
          }
        }
      }
    }
  });

  test.each<[string, string]>([["ecs:UpdateService", service]])(
    "leaves room for what else a document can ask for: %s",
    (action, resource) => {
      expect(decide(action, resource)).toBe("allow");
    },
  );

  test.each([
    ["ecs-tasks.amazonaws.com", "allow"],
    ["tasks.apprunner.amazonaws.com", "allow"],
    ["build.apprunner.amazonaws.com", "allow"],
    ["apprunner.amazonaws.com", "allow"],
    ["lambda.amazonaws.com", "implicit-deny"],
    ["ec2.amazonaws.com", "implicit-deny"],
  ])("lets a role be passed to %s: %s", (passedTo, decision) => {
    expect(decide("iam:PassRole", taskRole, { "iam:PassedToService": [passedTo] })).toBe(decision);
  });

  test.each<[string, string]>([
    ["iam:CreateRole", `arn:aws:iam::${account}:role/x`],
    ["iam:UpdateAssumeRolePolicy", `arn:aws:iam::${account}:role/x`],
    ["iam:DeleteRolePermissionsBoundary", `arn:aws:iam::${account}:role/x`],
    ["iam:PassRole", taskRole],
    ["sts:AssumeRole", `arn:aws:iam::${account}:role/Admin`],
    [
      "ssm:PutParameter",
      `arn:aws:ssm:us-east-1:${account}:parameter/oidc-reconciler/environments/x`,
    ],
    ["ssm:GetParameter", `arn:aws:ssm:us-east-1:${account}:parameter/oidc-reconciler/status/x`],
    ["ssm:GetParameter", `arn:aws:ssm:us-east-1:${account}:parameter/shop/database`],
    ["ssm:GetParameter", `arn:aws:ssm:us-east-1:${account}:parameter/shop/outputs/production`],
    [
      "ssm:PutParameter",
      `arn:aws:ssm:us-east-1:${account}:parameter/oidc-reconciler/outputs/production`,
    ],
    [
      "ssm:GetParameterHistory",
      `arn:aws:ssm:us-east-1:${account}:parameter/oidc-reconciler/outputs/production`,
    ],
    ["ecr:DeleteRepository", `arn:aws:ecr:eu-central-1:${account}:repository/web`],
    ["ecr:PutImage", "arn:aws:ecr:eu-central-1:210987654321:repository/web"],
    ["ecs:CreateService", service],
    ["ecs:TagResource", `arn:aws:ecs:eu-central-1:${account}:task-definition/web:1`],
    ["lambda:AddPermission", `arn:aws:lambda:eu-central-1:${account}:function:web`],
    ["lambda:UpdateFunctionConfiguration", `arn:aws:lambda:eu-central-1:${account}:function:web`],
    ["amplify:DeleteApp", apps],
    ["secretsmanager:GetSecretValue", "*"],
  ])("allows no %s", (action, resource) => {
    expect(decide(action, resource)).toBe("implicit-deny");
  });

  test("keeps deploy roles off the reconciler itself", () => {
    const code = `arn:aws:lambda:eu-central-1:${account}:function:oidc-reconciler-prod-reconcile`;
    expect(decide("lambda:UpdateFunctionCode", code)).toBe("explicit-deny");
    const role = `arn:aws:iam::${account}:role/oidc-reconciler-prod-reconcile`;
    expect(decide("iam:PassRole", role, toTasks)).toBe("explicit-deny");
  });

  test("fits into a managed policy, in any partition", () => {
    const far = { ...place, partition: "aws-us-gov" };
    const document = JSON.stringify(resolved(source, template, far));
    expect(document.length).toBeLessThan(6_144);
    const sids = [...document.matchAll(/"Sid":"([A-Za-z0-9]+)"/g)].map(([, sid]) => sid);
    expect(new Set(sids).size).toBe(sids.length);
  });

  test("is one that the stack takes, by its default name", () => {
    const whole: unknown = template;
    const parameters = isRecord(whole) ? whole["Parameters"] : null;
    const name = isRecord(parameters) && isRecord(parameters["Name"]) ? parameters["Name"] : {};
    const arn = `arn:aws:iam::${account}:policy/${String(name["Default"])}`;
    const stack = chosenTemplate({ params: { permissionsBoundary: arn } });
    expect(JSON.stringify(stack.Resources["ReconcileRole"])).toContain(arn);
  });
});
