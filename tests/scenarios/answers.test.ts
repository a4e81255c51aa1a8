import { UpdateServiceCommand } from "@aws-sdk/client-apprunner";
import {
  CreateClusterCommand,
  CreateExpressGatewayServiceCommand,
  CreateServiceCommand,
  RegisterTaskDefinitionCommand,
} from "@aws-sdk/client-ecs";
import {
  AddClientIDToOpenIDConnectProviderCommand,
  TagRoleCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { CreateFunctionCommand } from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { anybody } from "../invariants/policies.ts";
import { guide, guideAs, guideWith, organization, roleName } from "./documents.ts";
import { expectIdle, openScenario, type Scenario, startScenario } from "./harness.ts";

const pages = {
  "of HTML": "<!doctype html><html lang=en><title>500</title><h1>Internal Server Error</h1>",
  // What a proxy or a load balancer sends: the reader of XML takes it for an error without a name.
  "that is XML": "<html><body><h1>502 Bad Gateway</h1></body></html>",
};

test("JSON is read whatever its type is called, and events are delivered", async () => {
  const account = await startScenario({ overSocket: true });
  account.sandbox.faults.add({
    when: ({ service }) => !["iam", "sns", "sts"].includes(service),
    at: "after",
    how: {
      garbled: (answer) => ({
        ...answer,
        headers: { ...answer.headers, "content-type": "text/html; charset=utf-8" },
      }),
    },
  });
  await account.put(guide);
  const run = await account.run();
  expect(run.environment).toMatchObject({ outcome: "reconciled", errors: [] });
  expect(run.report.errors).toEqual([]);
  expectIdle(await account.run());
});

test.each(["environments", "status", "applied"])(
  "an answer that leaves out what was asked for below %s is asked again, and the door is shut",
  async (folder) => {
    const account = await startScenario({ overSocket: true });
    await account.put(guide);
    await account.run();
    await account.watch();
    const opened = { RoleName: roleName, PolicyDocument: anybody };
    await account.iam.send(new UpdateAssumeRolePolicyCommand(opened));
    account.sandbox.faults.add({
      when: ({ operation }) => operation === "GetParameters",
      at: "after",
      times: 1,
      how: {
        garbled: (answer) => {
          const said = JSON.parse(answer.body);
          const isOther = ({ Name }: { Name: string }) => !Name.includes(`/${folder}/`);
          return {
            ...answer,
            body: JSON.stringify({ ...said, Parameters: said.Parameters.filter(isOther) }),
          };
        },
      },
    });
    const { report, environment } = await account.run(account.eventOf("UpdateAssumeRolePolicy"));
    expect(environment).toMatchObject({ outcome: "reconciled", version: 1, errors: [] });
    expect(report.alerts.map(({ kind }) => kind)).toEqual(["trust-widened"]);
    expectIdle(await account.run());
  },
);

test("answers that always leave one document out keep no other environment's door open", async () => {
  const account = await startScenario({ overSocket: true });
  for (const name of ["one", "two"]) await account.put(guideAs(name), name);
  await account.run();
  await account.watch();
  const Tags = [{ Key: "cost", Value: "42" }];
  await account.iam.send(new TagRoleCommand({ RoleName: "CircleCI-one-Role", Tags }));
  const opened = { RoleName: "CircleCI-two-Role", PolicyDocument: anybody };
  await account.iam.send(new UpdateAssumeRolePolicyCommand(opened));
  account.sandbox.faults.add({
    when: ({ operation }) => operation === "GetParameters",
    at: "after",
    how: {
      garbled: (answer) => {
        const said = JSON.parse(answer.body);
        const isOther = ({ Name }: { Name: string }) => !Name.endsWith("/environments/one");
        return {
          ...answer,
          body: JSON.stringify({ ...said, Parameters: said.Parameters.filter(isOther) }),
        };
      },
    },
  });
  const Records = ["TagRole", "UpdateAssumeRolePolicy"].map((call) => {
    return { messageId: call, body: JSON.stringify(account.eventOf(call)), eventSource: "aws:sqs" };
  });
  const { report } = await account.run({ Records });
  expect(report.environments.map(({ name, outcome }) => [name, outcome])).toEqual([
    ["one", "degraded"],
    ["two", "reconciled"],
  ]);
  expect(report.alerts.map(({ kind }) => kind)).toContain("trust-widened");
});

test.each(Object.entries(pages))(
  "an error's page %s is an answer that cannot be read",
  async (_, page) => {
    const account = await startScenario({ overSocket: true });
    await account.put(guide);
    await account.run();
    await account.iam.send(
      new AddClientIDToOpenIDConnectProviderCommand({
        OpenIDConnectProviderArn: `arn:aws:iam::${account.sandbox.account}:oidc-provider/oidc.circleci.com/org/${organization}`,
        ClientID: "evil",
      }),
    );
    account.sandbox.faults.add({
      when: ({ operation }) => operation === "RemoveClientIDFromOpenIDConnectProvider",
      at: "before",
      how: {
        garbled: () => ({ status: 500, headers: { "content-type": "text/html" }, body: page }),
      },
    });
    const { environment } = await account.run();
    expect(environment.errors).toMatchObject([{ code: "AnswerUnreadable" }]);
    expect(JSON.stringify(environment.errors)).not.toContain("html");
  },
);

test.each([
  [
    "ListAttachedRolePolicies",
    "<ListAttachedRolePoliciesResponse><ListAttachedRolePoliciesResult><AttachedPolicies/><IsTruncated>true</IsTruncated><Marker>m</Marker></ListAttachedRolePoliciesResult></ListAttachedRolePoliciesResponse>",
  ],
  ["ListApps", '{"apps":[],"nextToken":"n"}'],
  ["GetParametersByPath", '{"Parameters":[],"NextToken":"n"}'],
])("a page of %s whose next page is itself is given up at once", async (wanted, body) => {
  const account = await startScenario({ overSocket: true });
  await account.put(guide);
  await account.run();
  account.sandbox.faults.add({
    when: ({ operation }) => operation === wanted,
    at: "before",
    // So many that a run which reads them all fails, and ends.
    times: 50,
    how: { garbled: (answer) => ({ ...answer, status: 200, body }) },
  });
  const { report, calls } = await account.run({ dryRun: true });
  expect(JSON.stringify(report)).toMatch(/the answer does not have/);
  expect(calls.filter(({ operation }) => operation === wanted).length).toBeLessThan(20);
});

test.each(["9007199254740993", '{"then":"x"}', "[]"])(
  "an error with the message %s, not a text, is reported by its code",
  async (message) => {
    const account = await startScenario({ overSocket: true });
    await account.put(guide);
    await account.run();
    const body = `{"__type":"ServerException","message":${message}}`;
    account.sandbox.faults.add({
      when: ({ operation }) => operation === "DescribeRepositories",
      at: "before",
      how: { garbled: (answer) => ({ ...answer, status: 400, body }) },
    });
    const { environment } = await account.run();
    expect(environment.errors).toMatchObject([
      { code: "TargetUnreadable", message: expect.stringContaining("failed: ServerException") },
    ]);
  },
);

test("a parameter with a list or an object for its type is not taken for a document", async () => {
  const account = await startScenario({ overSocket: true });
  await account.put(guide);
  await account.run();
  account.sandbox.faults.add({
    when: ({ operation, input }) =>
      operation === "GetParametersByPath" && JSON.stringify(input).includes("environments"),
    at: "after",
    how: {
      garbled: (answer) => ({
        ...answer,
        body: answer.body.replaceAll('"Type":"String"', '"Type":{"then":"x"}'),
      }),
    },
  });
  const { environment } = await account.run();
  expect(environment.outcome).toBe("invalid");
  expect(environment.conditions.SpecValid.message).toContain("is a parameter of no known type;");
});

/** An account in which production deploys to all that there is, and ecs to a plain ECS service alone. */
async function withEveryTarget(account: Scenario): Promise<void> {
  const { ecs, lambda, appRunner, targets } = account;
  const role = (name: string) => `arn:aws:iam::${account.sandbox.account}:role/${name}`;
  const image = `${account.sandbox.account}.dkr.ecr.us-east-1.amazonaws.com/demo-backend:1`;
  await ecs.send(new CreateClusterCommand({ clusterName: "shop" }));
  const containerDefinitions = [{ name: "app", image }];
  for (const family of ["web", "api"]) {
    const roles = { executionRoleArn: role(`${family}-exec`), taskRoleArn: role(`${family}-task`) };
    await ecs.send(new RegisterTaskDefinitionCommand({ family, ...roles, containerDefinitions }));
    const service = { cluster: "shop", serviceName: family, taskDefinition: family };
    await ecs.send(new CreateServiceCommand(service));
  }
  await ecs.send(
    new CreateExpressGatewayServiceCommand({
      serviceName: "express",
      executionRoleArn: role("express-exec"),
      infrastructureRoleArn: role("infrastructure"),
      taskRoleArn: role("express-task"),
      primaryContainer: { image },
    }),
  );
  const Role = role("worker");
  const worker = { FunctionName: "worker", Role, PackageType: "Image" } as const;
  await lambda.send(new CreateFunctionCommand({ ...worker, Code: { ImageUri: image } }));
  await appRunner.send(
    new UpdateServiceCommand({
      ServiceArn: targets.serviceArn,
      InstanceConfiguration: { InstanceRoleArn: role("instance") },
      SourceConfiguration: {
        ImageRepository: { ImageIdentifier: image, ImageRepositoryType: "ECR" },
        AuthenticationConfiguration: { AccessRoleArn: role("access") },
      },
    }),
  );
  await account.put(guideAs("ecs", { deploy: { ecs: ["shop/api"] } }), "ecs");
  await account.put(
    guideWith({
      deploy: {
        ecr: ["demo-backend"],
        appRunner: [{ service: "demo-backend", may: ["deploy", "update"] }],
        ecsExpress: ["express"],
        ecs: ["shop/web"],
        lambda: ["worker"],
        amplify: [{ app: "demo-frontend", branches: ["main"] }],
      },
    }),
  );
  await account.run();
}

const strange: Readonly<Record<string, readonly string[]>> = {
  DescribeServices: [
    "{}",
    '{"services":[null],"failures":[]}',
    '{"services":"x","failures":[]}',
    '{"services":{},"failures":[]}',
    '{"services":[{}],"failures":[]}',
    '{"services":[{"serviceName":7,"serviceArn":"a","status":"ACTIVE"}]}',
    '{"services":[],"failures":["x"]}',
    '{"services":[],"failures":[]}',
  ],
  DescribeTaskDefinition: [
    "{}",
    '{"taskDefinition":null}',
    '{"taskDefinition":{}}',
    '{"taskDefinition":[]}',
    '{"taskDefinition":{"taskDefinitionArn":{}}}',
    '{"taskDefinition":{"taskDefinitionArn":"a","executionRoleArn":7}}',
  ],
  DescribeExpressGatewayService: [
    "{}",
    '{"service":{}}',
    '{"service":{"serviceArn":"a","status":{"statusCode":"ACTIVE"}}}',
    '{"service":{"serviceArn":"a","status":{},"activeConfigurations":[{"executionRoleArn":"r"}]}}',
    '{"service":{"serviceArn":"a","status":{"statusCode":"ACTIVE"},"activeConfigurations":[]}}',
    '{"service":{"serviceArn":"a","status":{"statusCode":"ACTIVE"},"activeConfigurations":[{}]}}',
  ],
  DescribeService: ["{}", '{"Service":{}}', '{"Service":null}', '{"Service":"x"}'],
  DescribeRepositories: ["{}", '{"repositories":[{}]}', '{"repositories":[]}'],
  ListAliases: ["{}", '{"Aliases":null}', '{"Aliases":["x"]}', "[]"],
  ListBranches: ["{}", '{"branches":[{"branchArn":"a"}]}', '{"branches":"x"}'],
};

/** Those whose answers are of the environment `ecs` too. */
const ofBoth = ["DescribeServices", "DescribeTaskDefinition"];

const answers = Object.entries(strange).flatMap(([operation, bodies]) =>
  bodies.map((body) => [operation, body] as const),
);

describe("an answer about deploy targets in another form than AWS describes shrinks nothing and harms nobody else:", () => {
  let account: Scenario;
  let doors = 200_000_000_000;
  beforeAll(async () => {
    account = await openScenario({ overSocket: true });
    await withEveryTarget(account);
  });
  afterAll(() => account.close());

  test.each(answers)("%s %s", async (operation, body) => {
    const before = await account.state();
    // Another door each time: the same one again and again is a quarrel.
    const stranger = anybody.replace('"*"', `"${doors}"`);
    doors += 1;
    const opened = { RoleName: roleName, PolicyDocument: stranger };
    await account.iam.send(new UpdateAssumeRolePolicyCommand(opened));
    account.sandbox.faults.add({
      when: (call) => call.operation === operation,
      at: "after",
      how: { garbled: (answer) => ({ ...answer, body }) },
    });
    const { report, published } = await account.run();
    account.sandbox.faults.clear();
    expect(report.environments).toMatchObject([
      ofBoth.includes(operation)
        ? { name: "ecs", outcome: "degraded", errors: [{ code: "TargetUnreadable" }] }
        : { name: "ecs", outcome: "in-sync", errors: [] },
      {
        name: "production",
        outcome: "degraded",
        errors: expect.arrayContaining([expect.objectContaining({ code: "TargetUnreadable" })]),
      },
    ]);
    expect(report.errors).toEqual([]);
    expect(new Set(published)).toEqual(new Set(["target-missing", "trust-widened"]));
    expect(await account.state()).toEqual(before);
    const next = await account.run();
    expect(next.report.environments.map(({ outcome }) => outcome)).toEqual(["in-sync", "in-sync"]);
    expect(next.iamWrites).toEqual([]);
  });
});
