import {
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  ECSClient,
} from "@aws-sdk/client-ecs";
import { mockClient } from "aws-sdk-client-mock";
import { expect, onTestFinished, test } from "vitest";
import { makeClients } from "../../shared/edge/clients.ts";
import { readEcs } from "../../shared/edge/targets/ecs.ts";

const region = "us-east-1";
const account = { id: "123456789012", partition: "aws" };
const within = `arn:aws:ecs:${region}:${account.id}:`;

test("a service that names its task definition by the family alone has the family's ARN", async () => {
  const clients = makeClients(region, {}, { now: () => 0, sleep: async () => {} });
  const mock = mockClient(ECSClient);
  onTestFinished(() => mock.restore());
  mock.on(DescribeServicesCommand).resolves({
    services: [
      {
        serviceName: "web",
        serviceArn: `${within}service/shop/web`,
        status: "ACTIVE",
        taskDefinition: "web",
      },
    ],
  });
  mock.on(DescribeTaskDefinitionCommand, { taskDefinition: "web" }).resolves({
    taskDefinition: { taskDefinitionArn: `${within}task-definition/web:2` },
  });
  const found = await readEcs({ clients, region, account }, [{ cluster: "shop", service: "web" }]);
  expect(found.kind === "found" && found.value.get("shop/web")).toMatchObject({
    value: { runs: { familyArn: `${within}task-definition/web`, roles: [] } },
  });
});
