import {
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  ECSClient,
} from "@aws-sdk/client-ecs";
import { mockClient } from "aws-sdk-client-mock";
import { describe, expect, onTestFinished, test } from "vitest";
import { makeClients } from "../../shared/edge/clients.ts";
import { readEcs } from "../../shared/edge/targets/ecs.ts";

const region = "us-east-1";
const account = { id: "123456789012", partition: "aws" };
const within = `arn:aws:ecs:${region}:${account.id}:`;
const definition = (revision: number) => `${within}task-definition/web:${revision}`;
const role = (name: string) => `arn:aws:iam::${account.id}:role/${name}`;

/** An ECS with the service shop/web, which runs the given task definition. */
function startEcs(taskDefinition: string) {
  const mock = mockClient(ECSClient);
  onTestFinished(() => mock.restore());
  const service = { serviceName: "web", serviceArn: `${within}service/shop/web`, status: "ACTIVE" };
  mock.on(DescribeServicesCommand).resolves({ services: [{ ...service, taskDefinition }] });
  return mock;
}

async function read(definitions = new Map<string, string>()) {
  const clients = makeClients(region, {}, { now: () => 0, sleep: async () => {} });
  const look = { clients, region, account, definitions };
  const found = await readEcs(look, [{ cluster: "shop", service: "web" }]);
  return found.kind === "found" ? found.value.get("shop/web") : found;
}

const answerOf = (revision: number) => ({
  taskDefinition: { taskDefinitionArn: definition(revision), taskRoleArn: role(`of-${revision}`) },
});
const runs = (revision: number) => ({
  value: { runs: { familyArn: `${within}task-definition/web`, roles: [role(`of-${revision}`)] } },
});

test("a service that names its task definition by the family alone has the family's ARN", async () => {
  const mock = startEcs("web");
  const taskDefinition = { taskDefinitionArn: definition(2) };
  mock.on(DescribeTaskDefinitionCommand, { taskDefinition: "web" }).resolves({ taskDefinition });
  const definitions = new Map<string, string>();
  expect(await read(definitions)).toMatchObject({
    value: { runs: { familyArn: `${within}task-definition/web`, roles: [] } },
  });
  // The newest one may be another tomorrow.
  expect(definitions.size).toBe(0);
});

describe("what a service ran last", () => {
  test("is asked for together with the service, and once", async () => {
    const mock = startEcs(definition(1));
    mock.on(DescribeTaskDefinitionCommand).resolves(answerOf(1));
    const definitions = new Map<string, string>();
    await read(definitions);
    expect([...definitions]).toEqual([[`${within}service/shop/web`, definition(1)]]);
    mock.resetHistory();
    let answer = () => {};
    mock.on(DescribeServicesCommand).callsFake(async () => {
      await new Promise<void>((resolve) => {
        answer = resolve;
      });
      const service = { serviceName: "web", serviceArn: `${within}service/shop/web` };
      return { services: [{ ...service, status: "ACTIVE", taskDefinition: definition(1) }] };
    });
    const again = read(definitions);
    // Nobody has said yet what the service runs.
    const asked = () => mock.commandCalls(DescribeTaskDefinitionCommand).length;
    await expect.poll(asked).toBe(1);
    await expect.poll(() => mock.commandCalls(DescribeServicesCommand).length).toBe(1);
    answer();
    expect(await again).toMatchObject(runs(1));
    expect(asked()).toBe(1);
  });

  const old = { taskDefinition: definition(1) };
  test.each([
    ["answers", () => Promise.resolve(answerOf(1))],
    ["is refused", () => Promise.reject(new Error("AccessDenied"))],
    ["answers strangely", () => Promise.resolve({})],
    ["does not answer", () => new Promise<never>(() => {})],
  ])("counts for nothing where it runs another one: it %s", async (_, answer) => {
    const mock = startEcs(definition(2));
    mock.on(DescribeTaskDefinitionCommand).resolves(answerOf(2));
    mock.on(DescribeTaskDefinitionCommand, old).callsFake(answer);
    const definitions = new Map([[`${within}service/shop/web`, definition(1)]]);
    expect(await read(definitions)).toMatchObject(runs(2));
    expect([...definitions.values()]).toEqual([definition(2)]);
  });

  test("counts for nothing where the service is gone", async () => {
    const mock = startEcs(definition(1));
    mock
      .on(DescribeServicesCommand)
      .resolves({ failures: [{ arn: `${within}service/shop/web`, reason: "MISSING" }] });
    mock.on(DescribeTaskDefinitionCommand).resolves(answerOf(1));
    const definitions = new Map([[`${within}service/shop/web`, definition(1)]]);
    expect(await read(definitions)).toEqual({ kind: "absent" });
  });
});
