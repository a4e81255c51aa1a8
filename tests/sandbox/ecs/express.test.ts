import {
  CreateClusterCommand,
  CreateExpressGatewayServiceCommand,
  CreateServiceCommand,
  DeleteExpressGatewayServiceCommand,
  DescribeClustersCommand,
  DescribeExpressGatewayServiceCommand,
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  ECSClient,
  ListClustersCommand,
  ListServiceDeploymentsCommand,
  ListServicesCommand,
  RegisterTaskDefinitionCommand,
  UpdateExpressGatewayServiceCommand,
} from "@aws-sdk/client-ecs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Sandbox, startSandbox } from "../../../sandbox/index.ts";
import { connection, refusal } from "../connection.ts";

let sandbox: Sandbox;
let ecs: ECSClient;

beforeEach(async () => {
  sandbox = await startSandbox();
  ecs = new ECSClient(connection(sandbox));
});
afterEach(async () => {
  ecs.destroy();
  await sandbox.close();
});

const role = (name: string) => `arn:aws:iam::123456789012:role/${name}`;
const arnOf = (cluster: string, name: string) =>
  `arn:aws:ecs:us-east-1:123456789012:service/${cluster}/${name}`;
const create = (serviceName: string, cluster?: string) =>
  ecs.send(
    new CreateExpressGatewayServiceCommand({
      serviceName,
      executionRoleArn: role("exec"),
      infrastructureRoleArn: role("infra"),
      primaryContainer: { image: "demo:1" },
      ...(cluster === undefined ? {} : { cluster }),
    }),
  );
const show = async (serviceArn: string) =>
  (await ecs.send(new DescribeExpressGatewayServiceCommand({ serviceArn }))).service;

describe("an Express service", () => {
  test("is in the default cluster, which is created with it", async () => {
    const list = new ListServicesCommand({});
    await refusal(ecs.send(list), "ClusterNotFoundException");
    const { service } = await create("demo");
    expect(service).toMatchObject({
      cluster: "default",
      serviceName: "demo",
      serviceArn: arnOf("default", "demo"),
      infrastructureRoleArn: role("infra"),
      status: { statusCode: "ACTIVE" },
    });
    expect(service?.activeConfigurations?.[0]).toMatchObject({
      executionRoleArn: role("exec"),
      cpu: "256",
      memory: "512",
      primaryContainer: { image: "demo:1" },
      ingressPaths: [{ accessType: "PUBLIC", endpoint: "https://demo.ecs.us-east-1.on.aws" }],
    });
    expect((await ecs.send(list)).serviceArns).toEqual([arnOf("default", "demo")]);
  });

  test("needs any other cluster to exist, and a free name in it", async () => {
    await refusal(create("demo", "shop"), "ClusterNotFoundException");
    await ecs.send(new CreateClusterCommand({ clusterName: "shop" }));
    await create("demo", "shop");
    await create("demo");
    await refusal(create("demo", "shop"), "InvalidParameterException");
    const clusters = await ecs.send(new ListClustersCommand({}));
    expect(clusters.clusterArns?.map((arn) => arn.split("/")[1])).toEqual(["default", "shop"]);
    const described = await ecs.send(new DescribeClustersCommand({ clusters: ["shop", "none"] }));
    expect(described.clusters).toMatchObject([{ clusterName: "shop", activeServicesCount: 1 }]);
    expect(described.failures).toMatchObject([{ reason: "MISSING" }]);
  });

  test("keeps in an update what is not sent, and gets a new task definition", async () => {
    await create("demo");
    const serviceArn = arnOf("default", "demo");
    const definition = async () => {
      const command = new DescribeServicesCommand({ services: ["demo"] });
      return (await ecs.send(command)).services?.[0]?.taskDefinition;
    };
    const before = await definition();
    expect(before).toMatch(/:task-definition\/default-demo:1$/);
    const update = await ecs.send(
      new UpdateExpressGatewayServiceCommand({
        serviceArn,
        taskRoleArn: role("task"),
        primaryContainer: { image: "demo:2" },
      }),
    );
    expect(update.service?.targetConfiguration).toMatchObject({
      executionRoleArn: role("exec"),
      taskRoleArn: role("task"),
      primaryContainer: { image: "demo:2" },
    });
    expect(await definition()).toMatch(/:task-definition\/default-demo:2$/);
    expect((await show(serviceArn))?.activeConfigurations?.[0]?.taskRoleArn).toBe(role("task"));
  });

  test("lists the deployment of its newest revision, which is over", async () => {
    const { service } = await create("demo");
    const serviceArn = service?.serviceArn ?? "";
    const deployments = async () =>
      (await ecs.send(new ListServiceDeploymentsCommand({ service: "demo" }))).serviceDeployments;
    const [first] = (await deployments()) ?? [];
    const update = { serviceArn, primaryContainer: { image: "demo:2" } };
    const updated = await ecs.send(new UpdateExpressGatewayServiceCommand(update));
    const revision = updated.service?.targetConfiguration?.serviceRevisionArn;
    expect(await deployments()).toMatchObject([
      { serviceArn, targetServiceRevisionArn: revision, status: "SUCCESSFUL" },
    ]);
    expect(first?.targetServiceRevisionArn).not.toBe(revision);
    const none = new ListServiceDeploymentsCommand({ service: "nobody" });
    await refusal(ecs.send(none), "ServiceNotFoundException");
  });

  test("drains when it is deleted, is inactive afterwards, and its name is free again", async () => {
    await create("demo");
    const serviceArn = arnOf("default", "demo");
    const gone = new DeleteExpressGatewayServiceCommand({ serviceArn });
    expect((await ecs.send(gone)).service?.status?.statusCode).toBe("DRAINING");
    expect((await show(serviceArn))?.status?.statusCode).toBe("INACTIVE");
    expect((await ecs.send(new ListServicesCommand({}))).serviceArns).toEqual([]);
    await refusal(ecs.send(gone), "ServiceNotActiveException");
    const update = new UpdateExpressGatewayServiceCommand({ serviceArn, cpu: "512" });
    await refusal(ecs.send(update), "ServiceNotActiveException");
    const { service } = await create("demo");
    expect(service?.serviceArn).toBe(serviceArn);
  });

  test("that does not exist is not found", async () => {
    await create("demo");
    const serviceArn = arnOf("default", "none");
    await refusal(show(serviceArn), "ResourceNotFoundException");
    const update = new UpdateExpressGatewayServiceCommand({ serviceArn });
    await refusal(ecs.send(update), "ServiceNotFoundException");
    const described = await ecs.send(new DescribeServicesCommand({ services: ["none", "demo"] }));
    expect(described.services?.map(({ serviceName }) => serviceName)).toEqual(["demo"]);
    expect(described.failures).toEqual([{ arn: serviceArn, reason: "MISSING" }]);
  });

  test("differs from a customer's own in who manages its resources", async () => {
    await create("express");
    const containerDefinitions = [{ name: "app", image: "demo:1" }];
    await ecs.send(new RegisterTaskDefinitionCommand({ family: "x", containerDefinitions }));
    await ecs.send(new CreateServiceCommand({ serviceName: "classic", taskDefinition: "x:1" }));
    const arns = async (resourceManagementType?: "ECS" | "CUSTOMER") => {
      const filter = resourceManagementType === undefined ? {} : { resourceManagementType };
      const { serviceArns } = await ecs.send(new ListServicesCommand(filter));
      return serviceArns?.map((arn) => arn.split("/")[2]);
    };
    expect(await arns("ECS")).toEqual(["express"]);
    expect(await arns("CUSTOMER")).toEqual(["classic"]);
    expect(await arns()).toEqual(["classic", "express"]);
    await refusal(show(arnOf("default", "classic")), "ResourceNotFoundException");
  });

  test("is one of at most ten in a description, and listed ten on a page", async () => {
    for (let i = 0; i < 11; i += 1) await create(`service-${i}`);
    const first = await ecs.send(new ListServicesCommand({ resourceManagementType: "ECS" }));
    expect(first.serviceArns).toHaveLength(10);
    const { nextToken } = first;
    const more = new ListServicesCommand({ resourceManagementType: "ECS", nextToken });
    expect((await ecs.send(more)).serviceArns).toHaveLength(1);
    const all = new ListServicesCommand({ resourceManagementType: "ECS", maxResults: 100 });
    const services = (await ecs.send(all)).serviceArns;
    await refusal(ecs.send(new DescribeServicesCommand({ services })), "InvalidParameterException");
    const foreign = new ListServicesCommand({ nextToken });
    await refusal(ecs.send(foreign), "InvalidParameterException");
  });
});

describe("a task definition", () => {
  test("gets the next revision of its family", async () => {
    const containerDefinitions = [{ name: "app", image: "demo:1" }];
    const register = new RegisterTaskDefinitionCommand({ family: "shop", containerDefinitions });
    await ecs.send(register);
    const second = await ecs.send(register);
    expect(second.taskDefinition).toMatchObject({
      taskDefinitionArn: "arn:aws:ecs:us-east-1:123456789012:task-definition/shop:2",
      revision: 2,
      containerDefinitions,
    });
    const newest = await ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: "shop" }));
    expect(newest.taskDefinition?.revision).toBe(2);
    const third = new DescribeTaskDefinitionCommand({ taskDefinition: "shop:3" });
    await refusal(ecs.send(third), "ClientException");
  });
});
