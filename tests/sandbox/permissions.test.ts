import { AppRunnerClient, UpdateServiceCommand } from "@aws-sdk/client-apprunner";
import {
  ECSClient,
  RegisterTaskDefinitionCommand,
  UpdateExpressGatewayServiceCommand,
  UpdateServiceCommand as UpdateTasksServiceCommand,
} from "@aws-sdk/client-ecs";
import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { CreateFunctionCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Sandbox, startSandbox } from "../../sandbox/index.ts";
import { connection } from "./connection.ts";
import { at, type Call, permissionRows, run, task } from "./permission-rows.ts";

let sandbox: Sandbox;
let roles = 0;
beforeAll(async () => {
  sandbox = await startSandbox();
});
afterAll(() => sandbox.close());

type Grant = {
  readonly Effect: string;
  readonly Action: string;
  readonly Resource: string;
  readonly Condition?: object;
};

const grant = (Action: string, Resource: string, Condition?: object): Grant => ({
  Effect: "Allow",
  Action,
  Resource,
  ...(Condition === undefined ? {} : { Condition }),
});

/** Whether the call gets past IAM when these are all the grants of its caller. */
async function isAllowed(call: Call, ...Statement: readonly Grant[]): Promise<boolean> {
  roles += 1;
  const policies = { only: { Version: "2012-10-17", Statement } };
  const role = sandbox.createRole({ name: `role-${roles}`, policies });
  const credentials = await sandbox.credentialsOf(role, "test");
  const error: unknown = await call(connection(sandbox, { credentials })).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  const name = error instanceof Error ? error.name : "";
  return !["AccessDenied", "AccessDeniedException", "AuthorizationErrorException"].includes(name);
}

const exec = "arn:aws:iam::123456789012:role/exec";

describe("a session of a role", () => {
  test.each(permissionRows)(
    "may call $action on $resource with exactly that grant",
    async ({ action, resource, call, condition }) => {
      expect(await isAllowed(call, grant(action, resource, condition))).toBe(true);
    },
  );

  test.each(permissionRows)(
    "may not call $action with another grant",
    async ({ action, resource, call }) => {
      expect(await isAllowed(call, grant(`${action}s`, resource))).toBe(false);
      expect(await isAllowed(call, grant(action, "arn:aws:s3:::other"))).toBe(false);
      if (resource === "*") return;
      const sibling = resource.endsWith("*") ? `${resource.slice(0, -1)}x/*` : `${resource}x`;
      expect(await isAllowed(call, grant(action, sibling))).toBe(false);
    },
  );
});

describe("a condition key", () => {
  test("shows whether a call overwrites a parameter", async () => {
    const put =
      (Overwrite: boolean): Call =>
      (c) =>
        new SSMClient(c).send(
          new PutParameterCommand({ Name: "/env/new", Value: "x", Type: "String", Overwrite }),
        );
    const overwrite = { StringEquals: { "ssm:Overwrite": "true" } };
    expect(await isAllowed(put(true), grant("ssm:PutParameter", "*", overwrite))).toBe(true);
    expect(await isAllowed(put(false), grant("ssm:PutParameter", "*", overwrite))).toBe(false);
  });

  test("shows the tags of a request, which need a permission of their own", async () => {
    const put: Call = (c) =>
      new SSMClient(c).send(
        new PutParameterCommand({
          Name: "/env/tagged",
          Value: "x",
          Type: "String",
          Tags: [{ Key: "team", Value: "shop" }],
        }),
      );
    const tagged = (value: string) => ({ StringEquals: { "aws:RequestTag/team": value } });
    const tags = grant("ssm:AddTagsToResource", "*");
    expect(await isAllowed(put, grant("ssm:PutParameter", "*", tagged("shop")), tags)).toBe(true);
    expect(await isAllowed(put, grant("ssm:PutParameter", "*", tagged("ops")), tags)).toBe(false);
    expect(await isAllowed(put, grant("ssm:PutParameter", "*"))).toBe(false);
  });

  test("shows the source of an event", async () => {
    const put: Call = (c) =>
      new EventBridgeClient(c).send(
        new PutEventsCommand({ Entries: [{ Source: "shop", DetailType: "x", Detail: "{}" }] }),
      );
    const from = (source: string) => ({ StringEquals: { "events:source": source } });
    expect(await isAllowed(put, grant("events:PutEvents", "*", from("shop")))).toBe(true);
    expect(await isAllowed(put, grant("events:PutEvents", "*", from("ops")))).toBe(false);
  });
});

describe("updating an Express service", () => {
  const update: Call = (c) =>
    new ECSClient(c).send(
      new UpdateExpressGatewayServiceCommand({ serviceArn: task, executionRoleArn: exec }),
    );
  const service = grant("ecs:UpdateExpressGatewayService", task);
  const family = grant("ecs:RegisterTaskDefinition", at("ecs", "task-definition/shop-demo:*"));
  const passed = (to: string) =>
    grant("iam:PassRole", exec, { StringEquals: { "iam:PassedToService": to } });

  test("needs the service, its task definitions and the roles that it passes", async () => {
    expect(await isAllowed(update, service, family, passed("ecs-tasks.amazonaws.com"))).toBe(true);
  });

  test.each([
    ["the service", [family, passed("ecs-tasks.amazonaws.com")]],
    ["its task definitions", [service, passed("ecs-tasks.amazonaws.com")]],
    ["its role", [service, family]],
    ["its role to ECS's tasks", [service, family, passed("lambda.amazonaws.com")]],
  ])("is refused without permission for %s", async (_, grants) => {
    expect(await isAllowed(update, ...grants)).toBe(false);
  });
});

describe("deploying a plain ECS service", () => {
  const family = at("ecs", "task-definition/plain:*");
  const registration = (tags: { key: string; value: string }[]): Call => {
    const command = new RegisterTaskDefinitionCommand({
      family: "plain",
      executionRoleArn: exec,
      containerDefinitions: [{ name: "app", image: "demo:1" }],
      ...(tags.length === 0 ? {} : { tags }),
    });
    return (c) => new ECSClient(c).send(command);
  };
  const passed = (to: string) =>
    grant("iam:PassRole", exec, { StringEquals: { "iam:PassedToService": to } });
  const toTasks = passed("ecs-tasks.amazonaws.com");
  const register = grant("ecs:RegisterTaskDefinition", family);

  test("passes the roles of the task definition that it registers", async () => {
    const call = registration([]);
    expect(await isAllowed(call, register, toTasks)).toBe(true);
    expect(await isAllowed(call, register)).toBe(false);
    expect(await isAllowed(call, register, passed("ecs.amazonaws.com"))).toBe(false);
  });

  test("tags the task definition only with a permission for that", async () => {
    const call = registration([{ key: "team", value: "shop" }]);
    expect(await isAllowed(call, register, toTasks)).toBe(false);
    const tagged = (CreateAction: string) =>
      grant("ecs:TagResource", family, { StringEquals: { "ecs:CreateAction": CreateAction } });
    expect(await isAllowed(call, register, toTasks, tagged("RegisterTaskDefinition"))).toBe(true);
    expect(await isAllowed(call, register, toTasks, tagged("RunTask"))).toBe(false);
  });

  test("passes the roles again if the service changes to it", async () => {
    await registration([])(connection(sandbox));
    const service = grant("ecs:UpdateService", task);
    const update =
      (taskDefinition?: string): Call =>
      (c) =>
        new ECSClient(c).send(
          new UpdateTasksServiceCommand({ cluster: "shop", service: "demo", taskDefinition }),
        );
    expect(await isAllowed(update(), service)).toBe(true);
    expect(await isAllowed(update("plain"), service)).toBe(false);
    expect(await isAllowed(update("plain"), service, toTasks)).toBe(true);
  });
});

describe("updating an App Runner service", () => {
  const pull = "arn:aws:iam::123456789012:role/service-role/pull";
  const update: Call = (c) =>
    new AppRunnerClient(c).send(
      new UpdateServiceCommand({
        ServiceArn: run,
        InstanceConfiguration: { InstanceRoleArn: exec },
        SourceConfiguration: { AuthenticationConfiguration: { AccessRoleArn: pull } },
      }),
    );
  const service = grant("apprunner:UpdateService", run);
  const passed = (role: string, to: string) =>
    grant("iam:PassRole", role, { StringEquals: { "iam:PassedToService": to } });
  const instance = passed(exec, "tasks.apprunner.amazonaws.com");
  const access = passed(pull, "build.apprunner.amazonaws.com");

  test("needs the service, and each role for the part of App Runner that gets it", async () => {
    expect(await isAllowed(update, service, instance, access)).toBe(true);
  });

  test.each([
    ["the service", [instance, access]],
    ["its instance role", [service, access]],
    ["its access role", [service, instance]],
    [
      "the roles in their own places",
      [
        service,
        passed(pull, "tasks.apprunner.amazonaws.com"),
        passed(exec, "build.apprunner.amazonaws.com"),
      ],
    ],
  ])("is refused without permission for %s", async (_, grants) => {
    expect(await isAllowed(update, ...grants)).toBe(false);
  });
});

describe("creating a function", () => {
  const create: Call = (c) =>
    new LambdaClient(c).send(
      new CreateFunctionCommand({ FunctionName: "made", Role: exec, Code: {} }),
    );
  const made = grant("lambda:CreateFunction", at("lambda", "function:made"));
  const passed = (to: string) =>
    grant("iam:PassRole", exec, { StringEquals: { "iam:PassedToService": to } });

  test("needs the function, and its role for Lambda", async () => {
    expect(await isAllowed(create, made, passed("lambda.amazonaws.com"))).toBe(true);
    expect(await isAllowed(create, made)).toBe(false);
    expect(await isAllowed(create, made, passed("ecs-tasks.amazonaws.com"))).toBe(false);
  });
});
