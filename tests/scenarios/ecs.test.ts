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
  RegisterTaskDefinitionCommand,
  type RegisterTaskDefinitionCommandInput,
  UpdateServiceCommand,
} from "@aws-sdk/client-ecs";
import { describe, expect, test } from "vitest";
import { clientOptions } from "../../sandbox/seed.ts";
import { isRecord } from "../stack/template.ts";
import { guideAs, guideWith, roleName, type Written } from "./documents.ts";
import { expectIdle, type Run, type Scenario, startScenario } from "./harness.ts";
import { kindsOf, policyArn, role } from "./words.ts";

const at = (rest: string) => `arn:aws:ecs:us-east-1:123456789012:${rest}`;

const web = { cluster: "shop", service: "web" } as const;
const deploysWeb = guideWith({ deploy: { ecs: ["shop/web"] } });

type Statements = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** The deploy policy's statements by their Sid. */
async function statements(account: Scenario): Promise<Statements> {
  const document: unknown = (await account.state()).policies[policyArn]?.document;
  const all = isRecord(document) ? [document["Statement"]].flat().filter(isRecord) : [];
  return Object.fromEntries(all.map((statement) => [String(statement["Sid"]), statement]));
}

function register(
  { ecs }: Pick<Scenario, "ecs">,
  family: string,
  more: Partial<RegisterTaskDefinitionCommandInput> = {},
) {
  return ecs.send(
    new RegisterTaskDefinitionCommand({
      family,
      executionRoleArn: role("exec"),
      taskRoleArn: role("ci/task"),
      containerDefinitions: [{ name: "app", image: "demo:1" }],
      ...more,
    }),
  );
}

function create({ ecs }: Scenario, more: Partial<CreateServiceCommandInput> = {}) {
  const input = { cluster: "shop", serviceName: "web", taskDefinition: "web", ...more };
  return ecs.send(new CreateServiceCommand(input));
}

const remove = ({ ecs }: Scenario) => ecs.send(new DeleteServiceCommand({ ...web, force: true }));

/** An account with the service shop/web, which runs the task definition web:1. */
async function withWeb(more: Partial<CreateServiceCommandInput> = {}): Promise<Scenario> {
  const account = await startScenario();
  await account.ecs.send(new CreateClusterCommand({ clusterName: "shop" }));
  await register(account, "web");
  await create(account, more);
  return account;
}

async function applied(document: Written = deploysWeb): Promise<Scenario> {
  const account = await withWeb();
  await account.put(document);
  await account.run();
  return account;
}

describe("a plain ECS service", () => {
  test("is deployed to with exactly its ARN, its family and its roles", async () => {
    const account = await withWeb();
    await account.put(deploysWeb);
    const run = await account.run();
    expect(run.environment).toMatchObject({ outcome: "reconciled", errors: [] });
    expect(await statements(account)).toMatchObject({
      ECSDeploy: {
        Action: ["ecs:UpdateService", "ecs:DescribeServices"],
        Resource: at("service/shop/web"),
        Condition: {
          ArnLikeIfExists: {
            "ecs:task-definition": [at("task-definition/web"), at("task-definition/web:*")],
          },
        },
      },
      ECSTaskDefinition: {
        Action: "ecs:RegisterTaskDefinition",
        Resource: at("task-definition/web:*"),
      },
      ECSTagTaskDefinition: {
        Action: "ecs:TagResource",
        Resource: at("task-definition/web:*"),
        Condition: { StringEquals: { "ecs:CreateAction": "RegisterTaskDefinition" } },
      },
      ECSDescribeTaskDefinition: { Action: "ecs:DescribeTaskDefinition", Resource: "*" },
      ECSPassRole: {
        Action: "iam:PassRole",
        Resource: [role("ci/task"), role("exec")],
        Condition: { StringEquals: { "iam:PassedToService": ["ecs-tasks.amazonaws.com"] } },
      },
    });
    expect(run.environment.outputs).toMatchObject({
      AWS_ECS_CLUSTER: "shop",
      AWS_ECS_SERVICE: "web",
    });
    expectIdle(await account.run());
  });

  test("that passes no role gets no statement for one", async () => {
    const account = await startScenario();
    await account.ecs.send(new CreateClusterCommand({ clusterName: "shop" }));
    await register(account, "web", { executionRoleArn: undefined, taskRoleArn: undefined });
    await create(account);
    await account.put(deploysWeb);
    expect((await account.run()).environment.outcome).toBe("reconciled");
    expect(Object.keys(await statements(account))).toEqual([
      "ECSDeploy",
      "ECSTaskDefinition",
      "ECSTagTaskDefinition",
      "ECSDescribeTaskDefinition",
    ]);
  });

  test("may name its task role by the name alone", async () => {
    const account = await startScenario();
    await account.ecs.send(new CreateClusterCommand({ clusterName: "shop" }));
    await register(account, "web", { executionRoleArn: undefined, taskRoleArn: "task" });
    await create(account);
    await account.put(deploysWeb);
    await account.run();
    expect((await statements(account))["ECSPassRole"]?.["Resource"]).toBe(role("task"));
  });

  test("is one of several, each with variables of its own", async () => {
    const account = await withWeb();
    await account.ecs.send(new CreateClusterCommand({ clusterName: "stage" }));
    const names = Array.from({ length: 11 }, (_, i) => `api-${i}`);
    for (const serviceName of names) await create(account, { serviceName });
    await create(account, { cluster: "stage" });
    const services = [...names.map((name) => `shop/${name}`), "shop/web", "stage/web"];
    await account.put(guideWith({ deploy: { ecs: services } }));
    const run = await account.run();
    expect(run.environment).toMatchObject({ outcome: "reconciled", errors: [] });
    const { ECSDeploy, ECSTaskDefinition } = await statements(account);
    expect(ECSDeploy?.["Resource"]).toEqual(
      services.map((name) => at(`service/${name}`)).toSorted(),
    );
    expect(ECSTaskDefinition?.["Resource"]).toBe(at("task-definition/web:*"));
    expect(run.environment.outputs).toMatchObject({
      AWS_ECS_CLUSTER: "shop",
      AWS_ECS_SERVICE: "api-0",
      AWS_ECS_CLUSTER_SHOP_WEB: "shop",
      AWS_ECS_SERVICE_SHOP_WEB: "web",
      AWS_ECS_CLUSTER_STAGE_WEB: "stage",
      AWS_ECS_SERVICE_STAGE_WEB: "web",
    });
    // Ten to a question, a question for each cluster, and one for the task definition that all run.
    expect((await account.run()).report.calls).toMatchObject({
      "ecs:DescribeServices": 3,
      "ecs:DescribeTaskDefinition": 1,
    });
  });

  test("stays out of what a document without one grants", async () => {
    const account = await applied(guideWith({ deploy: { ecr: ["demo-backend"] } }));
    expect(Object.keys(await statements(account))).toEqual(["ECRAuthToken", "ECRPushImages"]);
  });
});

describe("a job with the role", () => {
  /** A client of a job that has assumed the role. */
  async function job(account: Scenario): Promise<ECSClient> {
    const credentials = await account.sandbox.credentialsOf(role(roleName), "job");
    return new ECSClient({ ...clientOptions(account.sandbox), credentials, maxAttempts: 1 });
  }

  /** Whether AWS let the call through; what the service makes of it does not matter here. */
  async function mayDo(call: Promise<unknown>): Promise<boolean> {
    const error: unknown = await call.then(
      () => null,
      (thrown: unknown) => thrown,
    );
    return !(error instanceof Error && error.name === "AccessDeniedException");
  }

  test("deploys the service as the orb does", async () => {
    const account = await applied();
    await account.ecs.send(
      new RegisterTaskDefinitionCommand({
        family: "web",
        executionRoleArn: role("exec"),
        containerDefinitions: [{ name: "app", image: "demo:1" }],
        tags: [{ key: "team", value: "shop" }],
      }),
    );
    const ecs = await job(account);
    const before = await ecs.send(
      new DescribeTaskDefinitionCommand({ taskDefinition: "web", include: ["TAGS"] }),
    );
    const { executionRoleArn } = before.taskDefinition ?? {};
    const { taskDefinition } = await register({ ecs }, "web", {
      executionRoleArn,
      taskRoleArn: undefined,
      containerDefinitions: [{ name: "app", image: "demo:2" }],
      tags: before.tags,
    });
    const revision = taskDefinition?.taskDefinitionArn;
    await ecs.send(new UpdateServiceCommand({ ...web, taskDefinition: revision }));
    const described = new DescribeServicesCommand({ cluster: "shop", services: ["web"] });
    const { services } = await ecs.send(described);
    expect(services).toMatchObject([
      { taskDefinition: at("task-definition/web:3"), deployments: [{ rolloutState: "COMPLETED" }] },
    ]);
    // The next run finds the same family and no role that it did not know.
    const run = await account.run();
    expect(run.environment.widenings).toEqual([]);
  });

  test("moves the service to a revision of its own family alone", async () => {
    const account = await applied();
    for (const family of ["web2", "we", "payments"]) {
      await register(account, family, { taskRoleArn: undefined });
    }
    const ecs = await job(account);
    const moves = (taskDefinition: string) =>
      mayDo(ecs.send(new UpdateServiceCommand({ ...web, taskDefinition })));
    for (const own of ["web", "web:1", at("task-definition/web:1")]) {
      expect(await moves(own)).toBe(true);
    }
    const others = ["web2", "web2:1", "we", "payments:1", at("task-definition/payments:1")];
    for (const other of others) expect(await moves(other)).toBe(false);
  });

  test("may do nothing else", async () => {
    const account = await applied();
    const ecs = await job(account);
    const other = { cluster: "shop", service: "other" };
    const refused = [
      ecs.send(new UpdateServiceCommand({ ...other, desiredCount: 1 })),
      ecs.send(new UpdateServiceCommand({ ...web, cluster: "stage", desiredCount: 1 })),
      ecs.send(new DescribeServicesCommand({ cluster: "shop", services: ["other"] })),
      ecs.send(new DeleteServiceCommand({ ...web, force: true })),
      ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition: "web:1" })),
      register({ ecs }, "other"),
      register({ ecs }, "web", { taskRoleArn: role("admin") }),
      register({ ecs }, "web", { executionRoleArn: role("admin") }),
    ];
    for (const call of refused) expect(await mayDo(call)).toBe(false);
    expect(await mayDo(ecs.send(new UpdateServiceCommand({ ...web, desiredCount: 1 })))).toBe(true);
  });
});

describe("a service that was re-created", () => {
  test("with the same family and roles changes nothing", async () => {
    const account = await applied();
    await remove(account);
    await create(account);
    const run = await account.run();
    expect([run.environment.outcome, run.iamWrites]).toEqual(["in-sync", []]);
  });

  test("with another family is followed, and the family is reported", async () => {
    const account = await applied();
    await account.watch();
    await remove(account);
    await register(account, "web-next");
    await create(account, { taskDefinition: "web-next" });
    const run = await account.run(account.eventOf("CreateService"));
    expect(run.report.trigger).toBe("target");
    expect((await statements(account))["ECSTaskDefinition"]?.["Resource"]).toBe(
      at("task-definition/web-next:*"),
    );
    expect(run.environment.widenings).toMatchObject([
      {
        resource: "permissions",
        disposition: "applied",
        admitted: {
          action: "ecs:RegisterTaskDefinition",
          resource: at("task-definition/web-next:1"),
        },
        reason: `shop/web now runs ${at("task-definition/web-next")}`,
      },
    ]);
    expectIdle(await account.run());
  });
});

describe("a service that runs with other roles", () => {
  test("is followed, and the new role is reported", async () => {
    const account = await applied();
    await account.watch();
    await register(account, "web", { taskRoleArn: role("admin") });
    await account.ecs.send(new UpdateServiceCommand({ ...web, taskDefinition: "web" }));
    const run = await account.run(account.eventOf("UpdateService"));
    expect(run.report.trigger).toBe("target");
    expect((await statements(account))["ECSPassRole"]?.["Resource"]).toEqual([
      role("admin"),
      role("exec"),
    ]);
    expect(run.environment.widenings).toMatchObject([
      {
        resource: "permissions",
        disposition: "applied",
        admitted: {
          action: "iam:PassRole",
          resource: role("admin"),
          context: { "iam:PassedToService": ["ecs-tasks.amazonaws.com"] },
        },
        reason: `shop/web now runs with ${role("admin")}`,
      },
    ]);
    expect(kindsOf(run)).toContain("permissions-widening-applied");
    expectIdle(await account.run());
  });

  test("is only reported where the mode writes nothing", async () => {
    const account = await applied();
    await account.put({ ...deploysWeb, mode: "observe" });
    await account.run();
    const before = await statements(account);
    await register(account, "web", { taskRoleArn: role("admin") });
    await account.ecs.send(new UpdateServiceCommand({ ...web, taskDefinition: "web" }));
    const run = await account.run();
    expect(run.environment.widenings).toMatchObject([
      { disposition: "observed", admitted: { action: "iam:PassRole", resource: role("admin") } },
    ]);
    expect(run.iamWrites).toEqual([]);
    expect(await statements(account)).toEqual(before);
  });
});

describe("a service that jobs cannot deploy to", () => {
  const missing = async (account: Scenario): Promise<Run> => {
    await account.put(guideWith({ deploy: { ecr: ["demo-backend"], ecs: ["shop/web"] } }));
    const run = await account.run();
    expect(run.environment.outcome).toBe("degraded");
    expect(run.environment.conditions.ResourcesResolved).toMatchObject({ status: false });
    expect(run.environment.errors.map(({ code }) => code)).toEqual(["TargetMissing"]);
    expect(kindsOf(run)).toContain("target-missing");
    expect(Object.keys(await statements(account))).toEqual(["ECRAuthToken", "ECRPushImages"]);
    expect(run.environment.outputs).not.toHaveProperty("AWS_ECS_SERVICE");
    return run;
  };

  test("because its cluster does not exist", async () => {
    const run = await missing(await startScenario());
    expect(run.environment.errors[0]?.message).toContain("ECS service shop/web does not exist");
  });

  test("because it does not exist, and is found once it does", async () => {
    const account = await startScenario();
    await account.ecs.send(new CreateClusterCommand({ clusterName: "shop" }));
    await missing(account);
    await register(account, "web");
    await create(account);
    const run = await account.run();
    expect(run.environment.outcome).toBe("reconciled");
    expect(Object.keys(await statements(account))).toContain("ECSDeploy");
    expectIdle(await account.run());
  });

  test("because it is inactive", async () => {
    const account = await withWeb();
    await remove(account);
    await missing(account);
  });

  test.each(["CODE_DEPLOY", "EXTERNAL"] as const)(
    "because its deployment controller is %s",
    async (type) => {
      const run = await missing(await withWeb({ deploymentController: { type } }));
      expect(run.environment.errors[0]?.message).toContain(type);
    },
  );

  test("because it is an Express service", async () => {
    const account = await startScenario();
    await account.ecs.send(new CreateClusterCommand({ clusterName: "shop" }));
    await account.ecs.send(
      new CreateExpressGatewayServiceCommand({
        cluster: "shop",
        serviceName: "web",
        executionRoleArn: role("exec"),
        infrastructureRoleArn: role("infra"),
        primaryContainer: { image: "demo:1" },
      }),
    );
    const run = await missing(account);
    expect(run.environment.errors[0]?.message).toContain("deploy.ecsExpress");
  });
});

describe("a service that AWS no longer shows keeps what a working pipeline had", () => {
  const gone: readonly (readonly [string, string, (account: Scenario) => unknown])[] = [
    ["because it was deleted", "Missing", remove],
    [
      "because it could not be read",
      "Unreadable",
      ({ sandbox }) =>
        sandbox.faults.add({
          when: ({ operation }) => operation === "DescribeServices",
          at: "before",
          how: { error: "AccessDeniedException", httpStatus: 400 },
        }),
    ],
    [
      "because its task definition could not be read",
      "Unreadable",
      ({ sandbox }) =>
        sandbox.faults.add({
          when: ({ operation }) => operation === "DescribeTaskDefinition",
          at: "before",
          how: { error: "ClientException", httpStatus: 400 },
        }),
    ],
    [
      "because the account was emptied of its cluster",
      "Missing",
      ({ sandbox }) =>
        sandbox.faults.add({
          when: ({ operation }) => operation === "DescribeServices",
          at: "before",
          how: { error: "ClusterNotFoundException", httpStatus: 400 },
        }),
    ],
  ];

  test.each(gone)("%s", async (_, reason, vanish) => {
    const account = await applied();
    const before = await statements(account);
    await vanish(account);
    const run = await account.run();
    expect(run.environment.outcome).toBe("degraded");
    expect(run.environment.conditions.ResourcesResolved).toMatchObject({ status: false, reason });
    expect(run.environment.errors[0]?.message).toContain("its last known ARN stays in the policy");
    expect([run.iamWrites, kindsOf(run)]).toEqual([[], ["target-missing"]]);
    expect(await statements(account)).toEqual(before);
    expect(run.environment.outputs).toMatchObject({ AWS_ECS_SERVICE: "web" });
    account.sandbox.faults.clear();
  });

  test("until no document names it", async () => {
    const account = await applied(
      guideWith({ deploy: { ecr: ["demo-backend"], ecs: ["shop/web"] } }),
    );
    await remove(account);
    await account.run();
    await account.put(guideWith({ deploy: { ecr: ["demo-backend"] } }));
    expect((await account.run()).environment.outcome).toBe("reconciled");
    expect(Object.keys(await statements(account))).toEqual(["ECRAuthToken", "ECRPushImages"]);
  });
});

describe("an event of a service", () => {
  async function watched(): Promise<Scenario> {
    const account = await withWeb();
    await create(account, { serviceName: "api" });
    await account.put(guideAs("web", { deploy: { ecs: ["shop/web"] } }), "web");
    await account.put(guideAs("api", { deploy: { ecs: ["shop/api"] } }), "api");
    await account.run();
    await account.watch();
    return account;
  }

  const events: readonly (readonly [string, (account: Scenario) => Promise<unknown>])[] = [
    ["DeleteService", remove],
    ["CreateService", (account) => remove(account).then(() => create(account))],
    [
      "UpdateService",
      ({ ecs }) => ecs.send(new UpdateServiceCommand({ ...web, taskDefinition: "web" })),
    ],
    [
      "ECS Deployment State Change",
      ({ ecs }) => ecs.send(new UpdateServiceCommand({ ...web, forceNewDeployment: true })),
    ],
  ];

  test.each(events)("%s looks at the environments that name it", async (name, happens) => {
    const account = await watched();
    await happens(account);
    const run = await account.run(account.eventOf(name));
    expect(run.report.environments.map((environment) => environment.name)).toEqual(["web"]);
  });

  test("that nobody names reads no target", async () => {
    const account = await watched();
    await create(account, { serviceName: "other" });
    const run = await account.run(account.eventOf("CreateService"));
    expect(run.report.environments).toEqual([]);
    expect(run.report.ignored).toBe(
      "No environment names the ECS service shop/other in us-east-1.",
    );
    expect(Object.keys(run.report.calls).filter((call) => call.startsWith("ecs:"))).toEqual([]);
  });
});
