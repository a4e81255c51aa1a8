import { CloudTrailClient, LookupEventsCommand } from "@aws-sdk/client-cloudtrail";
import {
  CreateClusterCommand,
  CreateExpressGatewayServiceCommand,
  CreateServiceCommand,
  type CreateServiceCommandInput,
  DeleteServiceCommand,
  DeregisterTaskDefinitionCommand,
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  ECSClient,
  ListServicesCommand,
  RegisterTaskDefinitionCommand,
  UpdateServiceCommand,
  waitUntilServicesStable,
} from "@aws-sdk/client-ecs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type EventBridgeEvent, type Sandbox, startSandbox } from "../../../sandbox/index.ts";
import { connection, refusal } from "../connection.ts";

let sandbox: Sandbox;
let ecs: ECSClient;

beforeEach(async () => {
  sandbox = await startSandbox();
  ecs = new ECSClient(connection(sandbox));
  await ecs.send(new CreateClusterCommand({ clusterName: "shop" }));
});
afterEach(async () => {
  ecs.destroy();
  await sandbox.close();
});

const at = (rest: string) => `arn:aws:ecs:us-east-1:123456789012:${rest}`;
const arn = at("service/shop/web");
const role = (name: string) => `arn:aws:iam::123456789012:role/${name}`;
const named = { cluster: "shop", service: "web" };

const register = (family = "web") =>
  ecs.send(
    new RegisterTaskDefinitionCommand({
      family,
      taskRoleArn: role("task"),
      executionRoleArn: role("exec"),
      containerDefinitions: [{ name: "app", image: "demo:1" }],
    }),
  );
const create = (more: Partial<CreateServiceCommandInput> = {}) =>
  ecs.send(
    new CreateServiceCommand({
      cluster: "shop",
      serviceName: "web",
      taskDefinition: "web",
      desiredCount: 2,
      ...more,
    }),
  );
const describeService = (services = ["web"], cluster = "shop") =>
  ecs.send(new DescribeServicesCommand({ cluster, services }));
const remove = () => ecs.send(new DeleteServiceCommand({ ...named, force: true }));

describe("a service", () => {
  beforeEach(() => register());

  test("starts a deployment, which is over at the next read", async () => {
    const { service } = await create();
    expect(service).toMatchObject({
      serviceArn: arn,
      clusterArn: at("cluster/shop"),
      status: "ACTIVE",
      taskDefinition: at("task-definition/web:1"),
      runningCount: 0,
      deployments: [{ status: "PRIMARY", rolloutState: "IN_PROGRESS" }],
    });
    const { services, failures } = await describeService();
    expect(failures).toEqual([]);
    expect(services).toMatchObject([
      {
        serviceArn: arn,
        deploymentController: { type: "ECS" },
        resourceManagementType: "CUSTOMER",
        desiredCount: 2,
        runningCount: 2,
        deployments: [{ id: service?.deployments?.[0]?.id, rolloutState: "COMPLETED" }],
      },
    ]);
    const waited = await waitUntilServicesStable(
      { client: ecs, minDelay: 1, maxDelay: 1, maxWaitTime: 2 },
      { cluster: "shop", services: ["web"] },
    );
    expect(waited.state).toBe("SUCCESS");
  });

  test("needs its cluster, its task definition and a free name", async () => {
    await refusal(create({ cluster: "none" }), "ClusterNotFoundException");
    expect(await refusal(create({ taskDefinition: "none:1" }), "ClientException")).toBe(
      "TaskDefinition not found.",
    );
    await refusal(create({ taskDefinition: undefined }), "InvalidParameterException");
    await create();
    await refusal(create(), "InvalidParameterException");
  });

  test("is refused with an invalid name", async () => {
    await refusal(create({ serviceName: "my web" }), "InvalidParameterException");
    await refusal(create({ serviceName: "x".repeat(256) }), "InvalidParameterException");
  });

  test("starts a deployment when its task definition changes", async () => {
    const before = await create();
    await register();
    const moved = await ecs.send(new UpdateServiceCommand({ ...named, taskDefinition: "web:2" }));
    expect(moved.service).toMatchObject({
      taskDefinition: at("task-definition/web:2"),
      deployments: [{ rolloutState: "IN_PROGRESS" }],
    });
    const { services } = await describeService();
    expect(services?.[0]).toMatchObject({ taskDefinition: at("task-definition/web:2") });
    expect(services?.[0]?.deployments?.[0]?.id).not.toBe(before.service?.deployments?.[0]?.id);
  });

  test("is scaled without a deployment, and deployed again by force", async () => {
    const before = (await create()).service?.deployments?.[0]?.id;
    const scaled = await ecs.send(new UpdateServiceCommand({ ...named, desiredCount: 1 }));
    expect(scaled.service?.deployments).toMatchObject([{ id: before, desiredCount: 1 }]);
    const forced = await ecs.send(new UpdateServiceCommand({ ...named, forceNewDeployment: true }));
    expect(forced.service?.deployments?.[0]?.id).not.toBe(before);
  });

  test("is inactive once it is deleted, and has the same ARN when it is created again", async () => {
    await create();
    const careless = ecs.send(new DeleteServiceCommand(named));
    await refusal(careless, "InvalidParameterException");
    expect((await remove()).service?.status).toBe("DRAINING");
    const { services, failures } = await describeService();
    expect(services).toMatchObject([{ status: "INACTIVE", desiredCount: 0, deployments: [] }]);
    expect(failures).toEqual([]);
    expect((await ecs.send(new ListServicesCommand({ cluster: "shop" }))).serviceArns).toEqual([]);
    await refusal(remove(), "ServiceNotActiveException");
    const update = ecs.send(new UpdateServiceCommand({ ...named, desiredCount: 1 }));
    await refusal(update, "ServiceNotActiveException");
    await register("other");
    const { service } = await create({ taskDefinition: "other" });
    expect(service).toMatchObject({
      serviceArn: arn,
      taskDefinition: at("task-definition/other:1"),
    });
  });

  test("that does not exist is a failure in a description, and an error for a change", async () => {
    const { services, failures } = await describeService(["web"]);
    expect(services).toEqual([]);
    expect(failures).toEqual([{ arn, reason: "MISSING" }]);
    await refusal(describeService(["web"], "none"), "ClusterNotFoundException");
    const update = ecs.send(new UpdateServiceCommand({ ...named, desiredCount: 1 }));
    await refusal(update, "ServiceNotFoundException");
    await refusal(remove(), "ServiceNotFoundException");
  });

  test("may be named by its ARN", async () => {
    await create();
    const { services } = await describeService([arn]);
    expect(services).toMatchObject([{ serviceName: "web" }]);
  });
});

describe("a service of another deployment controller", () => {
  beforeEach(() => register());

  test.each([
    ["CODE_DEPLOY", "Use AWS CodeDeploy to trigger a new deployment."],
    ["EXTERNAL", "Use task sets to trigger a new deployment."],
  ] as const)("%s is scaled, but not deployed, by UpdateService", async (type, hint) => {
    const { service } = await create({ deploymentController: { type } });
    expect(service).toMatchObject({ deploymentController: { type }, deployments: [] });
    await ecs.send(new UpdateServiceCommand({ ...named, desiredCount: 1 }));
    for (const more of [{ taskDefinition: "web:1" }, { forceNewDeployment: true }]) {
      const call = ecs.send(new UpdateServiceCommand({ ...named, ...more }));
      expect(await refusal(call, "InvalidParameterException")).toContain(hint);
    }
  });

  test("EXTERNAL needs no task definition", async () => {
    const { service } = await create({
      deploymentController: { type: "EXTERNAL" },
      taskDefinition: undefined,
    });
    expect(service).not.toHaveProperty("taskDefinition");
  });

  test("Express is updated by its own call", async () => {
    await ecs.send(
      new CreateExpressGatewayServiceCommand({
        cluster: "shop",
        serviceName: "web",
        executionRoleArn: role("exec"),
        infrastructureRoleArn: role("infra"),
        primaryContainer: { image: "demo:1" },
      }),
    );
    const update = ecs.send(new UpdateServiceCommand({ ...named, desiredCount: 1 }));
    await refusal(update, "UnsupportedFeatureException");
  });
});

describe("a task definition", () => {
  const shownAs = async (taskDefinition: string, include: "TAGS"[] = []) =>
    ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition, include }));

  test("names the roles that its tasks run with", async () => {
    await register();
    const { taskDefinition } = await shownAs(at("task-definition/web:1"));
    expect(taskDefinition).toMatchObject({
      family: "web",
      taskRoleArn: role("task"),
      executionRoleArn: role("exec"),
      status: "ACTIVE",
    });
  });

  test("shows its tags if the call asks for them", async () => {
    const tags = [{ key: "team", value: "shop" }];
    await ecs.send(
      new RegisterTaskDefinitionCommand({
        family: "web",
        containerDefinitions: [{ name: "app", image: "demo:1" }],
        tags,
      }),
    );
    expect((await shownAs("web", ["TAGS"])).tags).toEqual(tags);
    expect((await shownAs("web")).tags).toEqual([]);
  });

  test("that is deregistered can be described, but not used by a service", async () => {
    await register();
    await register();
    await create({ taskDefinition: "web:2" });
    const family = ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition: "web" }));
    await refusal(family, "ClientException");
    await ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition: "web:2" }));
    expect((await shownAs("web:2")).taskDefinition?.status).toBe("INACTIVE");
    expect((await shownAs("web")).taskDefinition?.revision).toBe(1);
    expect((await describeService()).services?.[0]?.taskDefinition).toContain("web:2");
    const back = ecs.send(new UpdateServiceCommand({ ...named, taskDefinition: "web:2" }));
    expect(await refusal(back, "ClientException")).toBe("TaskDefinition is inactive");
    expect((await register()).taskDefinition?.revision).toBe(3);
  });
});

describe("the bus", () => {
  test("gets events of deployments, and of calls through CloudTrail", async () => {
    await register();
    const heard: EventBridgeEvent[] = [];
    sandbox.events.onEvent((event) => heard.push(event));
    await create();
    await ecs.send(new UpdateServiceCommand({ ...named, desiredCount: 1 }));
    const deployment = ["SERVICE_DEPLOYMENT_IN_PROGRESS", "SERVICE_DEPLOYMENT_COMPLETED"];
    expect(heard.map((event) => [event["detail-type"], event.detail["eventName"]])).toEqual([
      ...deployment.map((name) => ["ECS Deployment State Change", name]),
      ["ECS Service Action", "SERVICE_STEADY_STATE"],
    ]);
    for (const event of heard) {
      expect(event).toMatchObject({ source: "aws.ecs", resources: [arn] });
    }
    await remove();
    const trail = new CloudTrailClient(connection(sandbox));
    const { Events = [] } = await trail.send(
      new LookupEventsCommand({
        LookupAttributes: [{ AttributeKey: "EventSource", AttributeValue: "ecs.amazonaws.com" }],
      }),
    );
    trail.destroy();
    const records = Events.map(({ EventName, CloudTrailEvent }) => [
      EventName,
      JSON.parse(CloudTrailEvent ?? "null").requestParameters,
    ]);
    expect(records).toContainEqual(["UpdateService", { ...named, desiredCount: 1 }]);
    expect(records).toContainEqual(["DeleteService", { ...named, force: true }]);
    expect(Events.map(({ EventName }) => EventName)).toContain("CreateService");
  });
});
