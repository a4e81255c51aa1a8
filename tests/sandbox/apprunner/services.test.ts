import {
  AppRunnerClient,
  CreateServiceCommand,
  DeleteServiceCommand,
  DescribeServiceCommand,
  ListOperationsCommand,
  ListServicesCommand,
  PauseServiceCommand,
  ResumeServiceCommand,
  StartDeploymentCommand,
  UpdateServiceCommand,
} from "@aws-sdk/client-apprunner";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type EventBridgeEvent, type Sandbox, startSandbox } from "../../../sandbox/index.ts";
import { connection, refusal } from "../connection.ts";

let sandbox: Sandbox;
let apprunner: AppRunnerClient;

beforeEach(async () => {
  sandbox = await startSandbox();
  apprunner = new AppRunnerClient(connection(sandbox));
});
afterEach(async () => {
  apprunner.destroy();
  await sandbox.close();
});

const SourceConfiguration = {
  ImageRepository: {
    ImageIdentifier: "123456789012.dkr.ecr.us-east-1.amazonaws.com/demo-backend:latest",
    ImageRepositoryType: "ECR",
  },
} as const;

async function create(ServiceName: string): Promise<string> {
  const command = new CreateServiceCommand({ ServiceName, SourceConfiguration });
  return (await apprunner.send(command)).Service?.ServiceArn ?? "";
}
const remove = (ServiceArn: string) => apprunner.send(new DeleteServiceCommand({ ServiceArn }));
const deploy = (ServiceArn: string) => apprunner.send(new StartDeploymentCommand({ ServiceArn }));
async function listed(): Promise<readonly (readonly [string | undefined, string | undefined])[]> {
  const { ServiceSummaryList } = await apprunner.send(new ListServicesCommand({}));
  return (ServiceSummaryList ?? []).map(({ ServiceArn, Status }) => [ServiceArn, Status]);
}

describe("a service", () => {
  test("has an id of 32 hex digits in its ARN and runs once it is created", async () => {
    const command = new CreateServiceCommand({ ServiceName: "demo-backend", SourceConfiguration });
    const { Service, OperationId } = await apprunner.send(command);
    expect(Service?.Status).toBe("OPERATION_IN_PROGRESS");
    expect(OperationId).toMatch(/^[0-9a-f-]{36}$/);
    expect(Service?.ServiceArn).toMatch(
      /^arn:aws:apprunner:us-east-1:123456789012:service\/demo-backend\/[0-9a-f]{32}$/,
    );
    const described = await apprunner.send(
      new DescribeServiceCommand({ ServiceArn: Service?.ServiceArn }),
    );
    expect(described.Service).toMatchObject({ Status: "RUNNING", SourceConfiguration });
    expect(await listed()).toEqual([[Service?.ServiceArn, "RUNNING"]]);
  });

  test("has another id when it is re-created; the old one is still listed as deleted for a while", async () => {
    const before = await create("demo-backend");
    await refusal(create("demo-backend"), "InvalidRequestException");
    await remove(before);
    const after = await create("demo-backend");
    expect(after).not.toBe(before);
    expect(await listed()).toEqual([
      [before, "DELETED"],
      [after, "RUNNING"],
    ]);
    sandbox.clock.advance(2 * 60 * 60 * 1000);
    expect(await listed()).toEqual([[after, "RUNNING"]]);
  });

  test.each(["abc", "-demo", "demo backend", "x".repeat(41)])(
    "cannot be named %s",
    async (name) => {
      await refusal(create(name), "InvalidRequestException");
    },
  );

  test("needs one source, an image or a code repository", async () => {
    const neither = new CreateServiceCommand({ ServiceName: "demo", SourceConfiguration: {} });
    await refusal(apprunner.send(neither), "InvalidRequestException");
  });

  test("that does not exist cannot be described, deployed or deleted", async () => {
    const arn = `arn:aws:apprunner:us-east-1:123456789012:service/demo/${"0".repeat(32)}`;
    const describeIt = new DescribeServiceCommand({ ServiceArn: arn });
    await refusal(apprunner.send(describeIt), "ResourceNotFoundException");
    await refusal(deploy(arn), "ResourceNotFoundException");
    await refusal(remove(arn), "ResourceNotFoundException");
  });

  test("is listed in pages of at most twenty", async () => {
    for (let i = 0; i < 21; i += 1) await create(`service-${i}`);
    const first = await apprunner.send(new ListServicesCommand({}));
    expect(first.ServiceSummaryList).toHaveLength(20);
    const { NextToken } = first;
    const second = await apprunner.send(new ListServicesCommand({ NextToken }));
    expect(second.ServiceSummaryList?.map(({ ServiceName }) => ServiceName)).toEqual([
      "service-20",
    ]);
    expect(second.NextToken).toBeUndefined();
    const many = apprunner.send(new ListServicesCommand({ MaxResults: 21 }));
    await refusal(many, "InvalidRequestException");
  });
});

describe("a deployment", () => {
  test("is an operation of its service, the newest first", async () => {
    const ServiceArn = await create("demo");
    const { OperationId } = await deploy(ServiceArn);
    const operations = await apprunner.send(new ListOperationsCommand({ ServiceArn }));
    expect(operations.OperationSummaryList).toMatchObject([
      { Id: OperationId, Type: "START_DEPLOYMENT", Status: "SUCCEEDED", TargetArn: ServiceArn },
      { Type: "CREATE_SERVICE" },
    ]);
  });

  test("is refused while the service is paused or deleted", async () => {
    const ServiceArn = await create("demo");
    await apprunner.send(new PauseServiceCommand({ ServiceArn }));
    await refusal(deploy(ServiceArn), "InvalidStateException");
    await apprunner.send(new ResumeServiceCommand({ ServiceArn }));
    await deploy(ServiceArn);
    await remove(ServiceArn);
    await refusal(deploy(ServiceArn), "InvalidStateException");
  });
});

describe("an update", () => {
  const role = (name: string) => `arn:aws:iam::123456789012:role/${name}`;
  const withRoles = (instance: string, access: string) => ({
    InstanceConfiguration: { InstanceRoleArn: role(instance) },
    SourceConfiguration: {
      ...SourceConfiguration,
      AuthenticationConfiguration: { AccessRoleArn: role(access) },
    },
  });

  test("replaces what it sends, and nothing else", async () => {
    const ServiceArn = await create("demo");
    const described = async () =>
      (await apprunner.send(new DescribeServiceCommand({ ServiceArn }))).Service;
    expect((await described())?.InstanceConfiguration).not.toHaveProperty("InstanceRoleArn");
    await apprunner.send(new UpdateServiceCommand({ ServiceArn, ...withRoles("app", "pull") }));
    expect(await described()).toMatchObject({ Status: "RUNNING", ...withRoles("app", "pull") });
    const { InstanceConfiguration } = withRoles("other", "");
    await apprunner.send(new UpdateServiceCommand({ ServiceArn, InstanceConfiguration }));
    const { SourceConfiguration: source } = withRoles("", "pull");
    expect(await described()).toMatchObject({ InstanceConfiguration, SourceConfiguration: source });
    const { OperationSummaryList } = await apprunner.send(
      new ListOperationsCommand({ ServiceArn }),
    );
    expect(OperationSummaryList?.map(({ Type }) => Type)).toEqual([
      "UPDATE_SERVICE",
      "UPDATE_SERVICE",
      "CREATE_SERVICE",
    ]);
  });

  test("is refused while the service is paused", async () => {
    const ServiceArn = await create("demo");
    await apprunner.send(new PauseServiceCommand({ ServiceArn }));
    const update = apprunner.send(new UpdateServiceCommand({ ServiceArn }));
    await refusal(update, "InvalidStateException");
  });
});

describe("the event bus", () => {
  test("gets operations and the new status of a service", async () => {
    const seen: EventBridgeEvent[] = [];
    sandbox.events.onEvent((event) => seen.push(event));
    const arn = await create("demo");
    await remove(arn);
    expect(
      seen.every(({ source, resources }) => source === "aws.apprunner" && resources[0] === arn),
    ).toBe(true);
    const statuses = seen.map(
      ({ detail }) => detail["operationStatus"] ?? detail["currentServiceStatus"],
    );
    expect(statuses).toEqual([
      "CreateServiceStarted",
      "CreateServiceCompletedSuccessfully",
      "RUNNING",
      "DeleteServiceStarted",
      "DeleteServiceCompletedSuccessfully",
      "DELETED",
    ]);
    expect(seen[5]?.["detail-type"]).toBe("AppRunner Service Status Change");
    expect(seen[5]?.detail).toMatchObject({
      serviceName: "demo",
      previousServiceStatus: "RUNNING",
    });
  });
});

describe("a Region without App Runner", () => {
  test("does not answer", async () => {
    const elsewhere = new AppRunnerClient(connection(sandbox, { region: "eu-north-1" }));
    const error: unknown = await elsewhere
      .send(new ListServicesCommand({}))
      .catch((e: unknown) => e);
    expect(error).toMatchObject({ code: "ECONNRESET" });
    elsewhere.destroy();
  });
});
