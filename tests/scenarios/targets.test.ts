import {
  CreateAppCommand,
  CreateBranchCommand,
  DeleteAppCommand,
  DeleteBranchCommand,
} from "@aws-sdk/client-amplify";
import {
  AppRunnerClient,
  CreateServiceCommand,
  DeleteServiceCommand,
} from "@aws-sdk/client-apprunner";
import { CreateRepositoryCommand, DeleteRepositoryCommand, ECRClient } from "@aws-sdk/client-ecr";
import {
  CreateExpressGatewayServiceCommand,
  DeleteExpressGatewayServiceCommand,
} from "@aws-sdk/client-ecs";
import { describe, expect, test } from "vitest";
import { clientOptions } from "../../sandbox/seed.ts";
import { isRecord } from "../stack/template.ts";
import { guide, guideWith, policyName, roleName } from "./documents.ts";
import { expectIdle, type Run, type Scenario, startScenario } from "./harness.ts";

const policyArn = `arn:aws:iam::123456789012:policy/${policyName}`;
const kindsOf = ({ report }: Run) => report.alerts.map(({ kind }) => kind);

/** The resources that each statement of the deploy policy names. */
async function resources(account: Scenario): Promise<Readonly<Record<string, unknown>>> {
  const document: unknown = (await account.state()).policies[policyArn]?.document;
  const statements = isRecord(document) ? [document["Statement"]].flat() : [];
  return Object.fromEntries(
    statements.filter(isRecord).map(({ Sid, Resource }) => [String(Sid), [Resource].flat()]),
  );
}

async function newService(client: AppRunnerClient, ServiceName = "demo-backend"): Promise<string> {
  const { Service } = await client.send(
    new CreateServiceCommand({
      ServiceName,
      SourceConfiguration: {
        ImageRepository: { ImageIdentifier: "demo:latest", ImageRepositoryType: "ECR" },
      },
    }),
  );
  return Service?.ServiceArn ?? "";
}

async function deleteService(account: Scenario, ServiceArn: string): Promise<void> {
  await account.appRunner.send(new DeleteServiceCommand({ ServiceArn }));
}

async function applied(document = guide): Promise<Scenario> {
  const account = await startScenario();
  await account.put(document);
  await account.run();
  return account;
}

test("the policy follows an App Runner service that was deleted and re-created", async () => {
  const account = await applied();
  await deleteService(account, account.targets.serviceArn);
  const serviceArn = await newService(account.appRunner);
  expect(serviceArn).not.toBe(account.targets.serviceArn);
  const run = await account.run(account.eventOf("AppRunner Service Operation Status Change"));
  expect(run.report.trigger).toBe("target");
  // The version for the service that is gone grants what nobody wants any more.
  expect(run.iamWrites).toEqual(["CreatePolicyVersion", "DeletePolicyVersion"]);
  expect((await resources(account))["AppRunnerDeploy"]).toEqual([serviceArn]);
  expect(run.environment.outputs["AWS_APP_RUNNER_SERVICE_ARN"]).toBe(serviceArn);
  expect(run.environment.widenings).toEqual([]);
  expect((await account.status())?.outputs).toEqual(run.environment.outputs);
  expectIdle(await account.run());
});

describe("a target that does not exist", () => {
  const absent = guideWith({
    deploy: {
      ecr: ["demo-backend", "missing"],
      appRunner: ["absent"],
      amplify: [{ app: "demo-frontend", branches: ["main", "gone"] }, { app: "lost" }],
    },
  });

  test("is left out and never becomes a wildcard, and all else is reconciled", async () => {
    const account = await startScenario();
    await account.put(absent);
    const run = await account.run();
    expect(run.environment).toMatchObject({ outcome: "degraded", appliedVersion: 1 });
    expect(run.environment.conditions.ResourcesResolved).toMatchObject({ status: false });
    expect(run.environment.errors.map(({ code }) => code)).toEqual(
      Array.from({ length: 4 }, () => "TargetMissing"),
    );
    expect(kindsOf(run)).toEqual(["trust-widening-applied", "target-missing"]);
    for (const name of ["missing", "absent", "gone", "lost"]) {
      expect(run.report.alerts[1]?.text).toContain(name);
    }
    const { appId } = account.targets;
    expect(await resources(account)).toEqual({
      ECRAuthToken: ["*"],
      ECRPushImages: ["arn:aws:ecr:us-east-1:123456789012:repository/demo-backend"],
      AmplifyDeploy: [`arn:aws:amplify:us-east-1:123456789012:apps/${appId}/branches/main/jobs/*`],
    });
  });

  test("is reported once, and again when it is there", async () => {
    const account = await applied(absent);
    const again = await account.run();
    expect([again.iamWrites, kindsOf(again), again.parameterWrites]).toEqual([
      [],
      [],
      ["/heartbeat"],
    ]);
    await account.ecr.send(new CreateRepositoryCommand({ repositoryName: "missing" }));
    await newService(account.appRunner, "absent");
    const { appId } = account.targets;
    await account.amplify.send(new CreateBranchCommand({ appId, branchName: "gone" }));
    await account.amplify.send(new CreateAppCommand({ name: "lost" }));
    const mended = await account.run();
    expect(mended.environment.outcome).toBe("reconciled");
    expect(mended.iamWrites).toEqual(["CreatePolicyVersion"]);
    expect(kindsOf(mended)).toContain("target-missing");
    expect(mended.report.alerts.find(({ kind }) => kind === "target-missing")?.severity).toBe(
      "info",
    );
    expectIdle(await account.run());
  });

  test("asks for an app id, and not for another app, where two have the name", async () => {
    const account = await applied(guide);
    await account.amplify.send(new CreateAppCommand({ name: "demo-frontend" }));
    const { report } = await account.run();
    const text = report.alerts.find(({ kind }) => kind === "target-missing")?.text;
    expect(text).toContain("names 2 apps");
    expect(text).toContain("Name each app of several with one name by its app id");
    expect(text).not.toContain("Create");
  });

  test("makes an environment with no target at all a role without a policy", async () => {
    const account = await startScenario();
    await account.put(guideWith({ deploy: { appRunner: ["absent"] } }));
    const run = await account.run();
    expect(run.iamWrites).toEqual(["CreateOpenIDConnectProvider", "CreateRole"]);
    expect((await account.state()).policies).toEqual({});
    await newService(account.appRunner, "absent");
    expect((await account.run()).iamWrites).toEqual(["CreatePolicy", "AttachRolePolicy"]);
    expectIdle(await account.run());
  });
});

describe("a target that is gone", () => {
  test("keeps the permission that a working pipeline had", async () => {
    const account = await applied();
    const before = await resources(account);
    await deleteService(account, account.targets.serviceArn);
    await account.ecr.send(new DeleteRepositoryCommand({ repositoryName: "demo-backend" }));
    const { appId } = account.targets;
    await account.amplify.send(new DeleteBranchCommand({ appId, branchName: "main" }));
    const run = await account.run();
    expect(run.environment.outcome).toBe("degraded");
    expect(run.iamWrites).toEqual([]);
    expect(kindsOf(run)).toEqual(["target-missing"]);
    expect(await resources(account)).toEqual(before);
    expect(run.environment.outputs["AWS_APP_RUNNER_SERVICE_ARN"]).toBe(account.targets.serviceArn);
    expect(kindsOf(await account.run())).toEqual([]);
    expect(await resources(account)).toEqual(before);
  });

  test("loses its permission once no document names it", async () => {
    const account = await applied();
    await deleteService(account, account.targets.serviceArn);
    await account.run();
    await account.put(guideWith({ deploy: { ecr: ["demo-backend"] } }));
    const run = await account.run();
    expect(run.environment.outcome).toBe("reconciled");
    expect(Object.keys(await resources(account))).toEqual(["ECRAuthToken", "ECRPushImages"]);
    expectIdle(await account.run());
  });
});

describe("a listing that fails", () => {
  const services = [
    ["ecr", "DescribeRepositories"],
    ["apprunner", "ListServices"],
    ["amplify", "ListApps"],
    ["amplify", "ListBranches"],
  ] as const;

  test.each(services)(
    "of %s:%s keeps the last ARNs and everything else right",
    async (service, operation) => {
      const account = await applied();
      const before = await resources(account);
      account.sandbox.faults.add({
        when: (call) => call.service === service && call.operation === operation,
        at: "before",
        how: { error: "AccessDeniedException", httpStatus: 400 },
      });
      const run = await account.run();
      expect(run.environment.outcome).toBe("degraded");
      expect(run.environment.conditions.ResourcesResolved).toMatchObject({
        status: false,
        reason: "Unreadable",
      });
      expect(run.iamWrites).toEqual([]);
      expect(await resources(account)).toEqual(before);
      account.sandbox.faults.clear();
      const mended = await account.run();
      expect(mended.environment.outcome).toBe("in-sync");
      expectIdle(await account.run());
    },
  );
});

describe("an ECS Express service", () => {
  const role = (name: string) => `arn:aws:iam::123456789012:role/${name}`;

  test("is deployed to with exactly the roles that it passes", async () => {
    const account = await startScenario();
    const { service } = await account.ecs.send(
      new CreateExpressGatewayServiceCommand({
        serviceName: "web",
        executionRoleArn: role("exec"),
        taskRoleArn: role("task"),
        infrastructureRoleArn: role("infra"),
        primaryContainer: { image: "demo:1" },
      }),
    );
    await account.put(guideWith({ deploy: { ecsExpress: ["web"] } }));
    const run = await account.run();
    expect(run.environment).toMatchObject({ outcome: "reconciled", errors: [] });
    const named = await resources(account);
    expect(named["ECSExpressDeploy"]).toEqual([service?.serviceArn]);
    expect(named["ECSExpressPassRole"]).toEqual([role("exec"), role("task")].toSorted());
    expect(Object.values(named).flat()).not.toContain("*");
    expect(run.environment.outputs["AWS_ECS_SERVICE_ARN"]).toBe(service?.serviceArn);
    expectIdle(await account.run());
    const serviceArn = service?.serviceArn ?? "";
    await account.ecs.send(new DeleteExpressGatewayServiceCommand({ serviceArn }));
    const gone = await account.run();
    expect(gone.environment.outcome).toBe("degraded");
    expect(await resources(account)).toEqual(named);
  });

  test("that does not exist is missing, in whichever cluster", async () => {
    const account = await startScenario();
    await account.put(guideWith({ deploy: { ecr: ["demo-backend"], ecsExpress: ["a", "b/c"] } }));
    const run = await account.run();
    expect(run.environment.errors.map(({ code }) => code)).toEqual([
      "TargetMissing",
      "TargetMissing",
    ]);
    expect(Object.keys(await resources(account))).toEqual(["ECRAuthToken", "ECRPushImages"]);
  });
});

describe("another Region", () => {
  test("is where its targets are looked for", async () => {
    const account = await startScenario();
    const there = { ...clientOptions(account.sandbox), region: "eu-central-1" };
    await new ECRClient(there).send(new CreateRepositoryCommand({ repositoryName: "shop" }));
    const serviceArn = await newService(new AppRunnerClient(there), "shop");
    await account.put(
      guideWith({ deploy: { region: "eu-central-1", ecr: ["shop"], appRunner: ["shop"] } }),
    );
    const run = await account.run();
    expect(run.environment).toMatchObject({ outcome: "reconciled", errors: [] });
    expect(run.environment.outputs["AWS_REGION"]).toBe("eu-central-1");
    expect((await resources(account))["AppRunnerDeploy"]).toEqual([serviceArn]);
    expectIdle(await account.run());
  });

  test("without App Runner is refused with the Regions that have it", async () => {
    const account = await startScenario();
    await account.put(guideWith({ deploy: { region: "eu-north-1", appRunner: ["shop"] } }));
    const run = await account.run();
    expect(run.environment.outcome).toBe("invalid");
    expect(run.environment.errors[0]?.message).toContain("eu-central-1");
    expect(run.iamWrites).toEqual([]);
  });

  test("taken by an edit leaves the old Region's ARNs behind, missing or not", async () => {
    const account = await applied();
    await account.put(
      guideWith({
        deploy: { region: "eu-central-1", appRunner: ["demo-backend"], ecr: ["demo-backend"] },
      }),
    );
    // Named before they exist, they are held when they are named.
    expect((await account.run()).environment.outcome).toBe("held");
    await account.approve(2);
    const run = await account.run();
    expect(run.environment.outcome).toBe("degraded");
    expect(run.environment.errors.map(({ code }) => code)).toEqual([
      "TargetMissing",
      "TargetMissing",
    ]);
    expect((await account.state()).roles[roleName]?.attached).toEqual([]);
  });
});

test("two apps of one name are distinguished by id, and none of them is guessed", async () => {
  const account = await startScenario();
  const { app } = await account.amplify.send(new CreateAppCommand({ name: "demo-frontend" }));
  await account.put(
    guideWith({ deploy: { ecr: ["demo-backend"], amplify: [{ app: "demo-frontend" }] } }),
  );
  const run = await account.run();
  expect(run.environment.outcome).toBe("degraded");
  expect(run.environment.errors[0]?.message).toContain(app?.appId);
  expect(run.environment.errors[0]?.message).toContain(account.targets.appId);
  expect(Object.keys(await resources(account))).not.toContain("AmplifyDeploy");
  await account.put(guideWith({ deploy: { amplify: [{ app: app?.appId ?? "" }] } }));
  expect((await account.run()).environment.outcome).toBe("held");
  await account.approve(2);
  expect((await account.run()).environment.outcome).toBe("reconciled");
  expect((await resources(account))["AmplifyDeploy"]).toEqual([
    `arn:aws:amplify:us-east-1:123456789012:apps/${app?.appId}/*`,
  ]);
});

test("listings with short and empty pages show everything all the same", async () => {
  const account = await startScenario();
  account.sandbox.setPaging("short-pages");
  await account.put(guide);
  const run = await account.run();
  expect(run.environment).toMatchObject({ outcome: "reconciled", errors: [] });
  expectIdle(await account.run());
});

test("an older version that grants more than an edit leaves goes with it, harmless as it was before", async () => {
  const account = await startScenario();
  const repositories = ["one", "two", "three"];
  for (const repositoryName of repositories) {
    await account.ecr.send(new CreateRepositoryCommand({ repositoryName }));
  }
  for (const count of [1, 2, 3]) {
    await account.put(
      guideWith({ deploy: { ecr: repositories.slice(0, count) }, onWiden: "apply" }),
    );
    await account.run();
  }
  const versions = async () => Object.values((await account.state()).policies)[0]?.versions;
  expect(await versions()).toEqual(["v1", "v2", "v3"]);
  await account.put(guideWith({ deploy: { ecr: ["three"] }, onWiden: "apply" }));
  await account.run();
  expect(await versions()).toEqual(["v4"]);
  expectIdle(await account.run());
});

test("an app named by its id is always that app, whatever name somebody gives another one", async () => {
  const account = await startScenario();
  const { appId } = account.targets;
  const named = (app: string) => guideWith({ deploy: { amplify: [{ app }] } });
  await account.put(named(appId));
  await account.run();
  const before = await resources(account);
  const { app } = await account.amplify.send(new CreateAppCommand({ name: appId }));
  const other = app?.appId ?? "";
  await account.amplify.send(new DeleteAppCommand({ appId }));
  const run = await account.run();
  expect(run.environment).toMatchObject({
    outcome: "degraded",
    errors: [{ code: "TargetMissing" }],
  });
  expect(await resources(account)).toEqual(before);
  // Who then names the other one by an edit gives jobs more, and is asked.
  await account.put(named(other));
  expect((await account.run()).environment.outcome).toBe("held");
  expect(JSON.stringify(await resources(account))).not.toContain(other);
});
