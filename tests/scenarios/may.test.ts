import {
  AmplifyClient,
  CreateAppCommand,
  CreateBranchCommand,
  CreateDeploymentCommand,
  DeleteBranchCommand,
  StartJobCommand,
  StartDeploymentCommand as StartUploadCommand,
  UpdateAppCommand,
} from "@aws-sdk/client-amplify";
import {
  AppRunnerClient,
  CreateServiceCommand,
  DeleteServiceCommand,
  ListOperationsCommand,
  StartDeploymentCommand,
  UpdateServiceCommand,
} from "@aws-sdk/client-apprunner";
import {
  CreateRepositoryCommand,
  DescribeImagesCommand,
  ECRClient,
  ListImagesCommand,
} from "@aws-sdk/client-ecr";
import { CreatePolicyVersionCommand } from "@aws-sdk/client-iam";
import { describe, expect, onTestFinished, test } from "vitest";
import { clientOptions } from "../../sandbox/seed.ts";
import { isRecord } from "../stack/template.ts";
import { guide, guideWith, policyName, roleName } from "./documents.ts";
import { expectIdle, type Run, type Scenario, startScenario } from "./harness.ts";
import { loadClients, openGate } from "./round-trips.ts";

const accountId = "123456789012";
const policyArn = `arn:aws:iam::${accountId}:policy/${policyName}`;
const role = (name: string) => `arn:aws:iam::${accountId}:role/${name}`;
const kindsOf = ({ report }: Run) => report.alerts.map(({ kind }) => kind);

/** The statements of the deploy policy by their Sids. */
async function statements(account: Scenario): Promise<Readonly<Record<string, object>>> {
  const document: unknown = (await account.state()).policies[policyArn]?.document;
  const list = isRecord(document) ? [document["Statement"]].flat() : [];
  return Object.fromEntries(
    list.filter(isRecord).map(({ Sid, Effect: _, ...rest }) => [String(Sid), rest]),
  );
}

type Deploy = NonNullable<Parameters<typeof guideWith>[0]["deploy"]>;

async function applied(deploy: Deploy, prepare?: (account: Scenario) => Promise<unknown>) {
  const account = await startScenario();
  await prepare?.(account);
  await account.put(guideWith({ deploy }));
  const run = await account.run();
  expect(run.environment).toMatchObject({ outcome: "reconciled", errors: [] });
  expectIdle(await account.run());
  return account;
}

/** Clients of a job that has assumed the role. */
async function jobIn(account: Scenario) {
  const credentials = await account.sandbox.credentialsOf(role(roleName), "job");
  const options = { ...clientOptions(account.sandbox), credentials, maxAttempts: 1 };
  return {
    ecr: new ECRClient(options),
    appRunner: new AppRunnerClient(options),
    amplify: new AmplifyClient(options),
  };
}

/** Whether AWS let the call through; what the service makes of it does not matter here. */
async function mayDo(call: Promise<unknown>): Promise<boolean> {
  const error: unknown = await call.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  return !(error instanceof Error && error.name === "AccessDeniedException");
}

const giveRoles = (account: Scenario, instance: string, access?: string) =>
  account.appRunner.send(
    new UpdateServiceCommand({
      ServiceArn: account.targets.serviceArn,
      InstanceConfiguration: { InstanceRoleArn: role(instance) },
      ...(access === undefined
        ? {}
        : {
            SourceConfiguration: {
              ImageRepository: { ImageIdentifier: "demo:latest", ImageRepositoryType: "ECR" },
              AuthenticationConfiguration: { AccessRoleArn: role(access) },
            },
          }),
    }),
  );

const guideDeploy = guide.deploy ?? {};
const watching = { appRunner: [{ service: "demo-backend", may: ["deploy", "watch"] }] };
const updating = { appRunner: [{ service: "demo-backend", may: ["deploy", "update"] }] };
const reading = { ecr: [{ repository: "demo-backend", may: ["push", "read-images"] }] };

describe("a job", () => {
  test("reads the images of a repository where it may, and of that one alone", async () => {
    const account = await applied({ ecr: [...reading.ecr, "other"] }, ({ ecr }) =>
      ecr.send(new CreateRepositoryCommand({ repositoryName: "other" })),
    );
    const { ecr } = await jobIn(account);
    for (const [repositoryName, may] of [
      ["demo-backend", true],
      ["other", false],
    ] as const) {
      expect(await mayDo(ecr.send(new DescribeImagesCommand({ repositoryName })))).toBe(may);
      expect(await mayDo(ecr.send(new ListImagesCommand({ repositoryName })))).toBe(may);
    }
    expect(Object.keys(await statements(account))).toEqual([
      "ECRAuthToken",
      "ECRPushImages",
      "ECRPushReadImages",
    ]);
  });

  test("follows the deployment that it started", async () => {
    const account = await applied(watching);
    const { appRunner } = await jobIn(account);
    const ServiceArn = account.targets.serviceArn;
    const { OperationId } = await appRunner.send(new StartDeploymentCommand({ ServiceArn }));
    const { OperationSummaryList } = await appRunner.send(
      new ListOperationsCommand({ ServiceArn }),
    );
    expect(OperationSummaryList?.[0]?.Id).toBe(OperationId);
    expect(await mayDo(appRunner.send(new UpdateServiceCommand({ ServiceArn })))).toBe(false);
    expect(await statements(account)).toEqual({
      AppRunnerDeploy: {
        Action: [
          "apprunner:StartDeployment",
          "apprunner:DescribeService",
          "apprunner:ListOperations",
        ],
        Resource: ServiceArn,
      },
    });
  });

  test("updates a service with the roles that it has, and with no others", async () => {
    const account = await applied(updating, (at) => giveRoles(at, "app", "service-role/pull"));
    const { appRunner } = await jobIn(account);
    const ServiceArn = account.targets.serviceArn;
    const update = (instance: string, access: string) =>
      mayDo(
        appRunner.send(
          new UpdateServiceCommand({
            ServiceArn,
            InstanceConfiguration: { InstanceRoleArn: role(instance) },
            SourceConfiguration: {
              ImageRepository: { ImageIdentifier: "demo:2", ImageRepositoryType: "ECR" },
              AuthenticationConfiguration: { AccessRoleArn: role(access) },
            },
          }),
        ),
      );
    expect(await update("app", "service-role/pull")).toBe(true);
    expect(await update("Admin", "service-role/pull")).toBe(false);
    expect(await update("app", "Admin")).toBe(false);
    expect(await update("service-role/pull", "app")).toBe(false);
    expect(await mayDo(appRunner.send(new DeleteServiceCommand({ ServiceArn })))).toBe(false);
  });

  test("uploads to an app that nobody connected to a repository", async () => {
    const account = await startScenario();
    const { app } = await account.amplify.send(new CreateAppCommand({ name: "manual" }));
    const appId = app?.appId ?? "";
    for (const branchName of ["main", "dev"]) {
      await account.amplify.send(new CreateBranchCommand({ appId, branchName }));
    }
    await account.put(guideWith({ deploy: { amplify: [{ app: "manual", branches: ["main"] }] } }));
    await account.run();
    const { amplify } = await jobIn(account);
    const { jobId } = await amplify.send(
      new CreateDeploymentCommand({ appId, branchName: "main" }),
    );
    await amplify.send(new StartUploadCommand({ appId, branchName: "main", jobId }));
    const dev = new CreateDeploymentCommand({ appId, branchName: "dev" });
    expect(await mayDo(amplify.send(dev))).toBe(false);
    const start = new StartJobCommand({ appId, branchName: "main", jobType: "RELEASE" });
    expect(await mayDo(amplify.send(start))).toBe(false);
    const at = `arn:aws:amplify:us-east-1:${accountId}:apps/${appId}/branches/main`;
    expect(await statements(account)).toEqual({
      AmplifyDeploy: { Action: "amplify:GetJob", Resource: `${at}/jobs/*` },
      AmplifyUpload: {
        Action: ["amplify:CreateDeployment", "amplify:StartDeployment"],
        Resource: at,
      },
    });
  });
});

describe("an edit", () => {
  const words: readonly (readonly [what: string, deploy: Deploy, action: string])[] = [
    ["read-images", { ...guideDeploy, ...reading }, "ecr:"],
    ["watch", { ...guideDeploy, ...watching }, "apprunner:ListOperations"],
    ["update", { ...guideDeploy, ...updating }, "apprunner:UpdateService"],
    [
      "upload",
      {
        ...guideDeploy,
        amplify: [{ app: "demo-frontend", branches: ["main"], may: ["release", "upload"] }],
      },
      "amplify:",
    ],
  ];

  test.each(words)("that adds %s is held until it is approved", async (_word, deploy, action) => {
    const account = await applied(guideDeploy, (at) => giveRoles(at, "app", "pull"));
    const before = await statements(account);
    const version = await account.put(guideWith({ deploy }));
    const held = await account.run();
    expect(held.environment.outcome).toBe("held");
    expect(kindsOf(held)).toEqual(["permissions-widening-held"]);
    expect(held.environment.widenings[0]?.admitted?.action).toContain(action);
    expect(held.iamWrites).toEqual([]);
    expect(await statements(account)).toEqual(before);
    await account.approve(version);
    expect((await account.run()).environment.outcome).toBe("reconciled");
    expectIdle(await account.run());

    // Taking the word off again narrows: nobody is asked.
    await account.put(guide);
    const narrowed = await account.run();
    expect(narrowed.environment).toMatchObject({ outcome: "reconciled", widenings: [] });
    expect(await statements(account)).toEqual(before);
    expectIdle(await account.run());
  });

  test("with a word that nobody knows changes nothing and names the words", async () => {
    const account = await applied(guideDeploy);
    await account.put(
      guideWith({ deploy: { ecr: [{ repository: "demo-backend", may: ["pull"] }] } }),
    );
    const run = await account.run();
    expect(run.environment.outcome).toBe("invalid");
    expect(run.environment.errors[0]?.message).toContain("push, read-images");
    expect(run.iamWrites).toEqual([]);
  });

  test("that says the same in other words writes nothing", async () => {
    const account = await applied(guideDeploy);
    await account.put(
      guideWith({
        deploy: {
          ecr: [{ repository: "demo-backend" }],
          appRunner: [{ service: "demo-backend", may: ["deploy"] }],
          amplify: [{ app: "demo-frontend", branches: ["main"], may: ["release"] }],
        },
      }),
    );
    expect((await account.run()).iamWrites).toEqual([]);
    expectIdle(await account.run());
  });
});

describe("a service that jobs may update", () => {
  test("without roles passes none, and with them exactly those", async () => {
    const account = await applied(updating);
    expect(Object.keys(await statements(account))).toEqual(["AppRunnerDeploy"]);
    await giveRoles(account, "app", "service-role/pull");
    const run = await account.run(account.eventOf("AppRunner Service Operation Status Change"));
    expect(run.iamWrites).toContain("CreatePolicyVersion");
    const passed = (name: string, to: string) => ({
      Action: "iam:PassRole",
      Resource: role(name),
      Condition: {
        StringEquals: {
          "iam:PassedToService": [`${to}.apprunner.amazonaws.com`, "apprunner.amazonaws.com"],
        },
      },
    });
    expect(await statements(account)).toMatchObject({
      AppRunnerPassInstanceRole: passed("app", "tasks"),
      AppRunnerPassAccessRole: passed("service-role/pull", "build"),
    });
    expectIdle(await account.run());
  });

  test("tells of a role that it newly uses, and follows it", async () => {
    const account = await applied(updating, (at) => giveRoles(at, "app"));
    await giveRoles(account, "Admin");
    const run = await account.run(account.eventOf("AppRunner Service Operation Status Change"));
    expect(run.environment.outcome).toBe("reconciled");
    expect(kindsOf(run)).toContain("permissions-widening-applied");
    expect(run.environment.widenings).toMatchObject([
      {
        source: "desired",
        resource: "permissions",
        disposition: "applied",
        admitted: {
          action: "iam:PassRole",
          resource: role("Admin"),
          context: { "iam:PassedToService": ["tasks.apprunner.amazonaws.com"] },
        },
      },
    ]);
    expect(await statements(account)).toMatchObject({
      AppRunnerPassInstanceRole: { Resource: role("Admin") },
    });
    expectIdle(await account.run());
  });

  test("made anew with its old roles is no widening, with another it is told", async () => {
    const account = await applied(updating, (at) => giveRoles(at, "app"));
    const anew = async (instance: string, ServiceArn: string) => {
      await account.appRunner.send(new DeleteServiceCommand({ ServiceArn }));
      const made = await account.appRunner.send(
        new CreateServiceCommand({
          ServiceName: "demo-backend",
          SourceConfiguration: {
            ImageRepository: { ImageIdentifier: "demo:1", ImageRepositoryType: "ECR" },
          },
          InstanceConfiguration: { InstanceRoleArn: role(instance) },
        }),
      );
      return made.Service?.ServiceArn ?? "";
    };
    const second = await anew("app", account.targets.serviceArn);
    const same = await account.run();
    expect(same.environment).toMatchObject({ outcome: "reconciled", widenings: [] });
    expect(await statements(account)).toMatchObject({ AppRunnerDeploy: { Resource: second } });
    await anew("Admin", second);
    expect(kindsOf(await account.run())).toContain("permissions-widening-applied");
    expectIdle(await account.run());
  });

  test("keeps what it passes where App Runner does not answer", async () => {
    const account = await applied(updating, (at) => giveRoles(at, "app"));
    const before = await statements(account);
    await giveRoles(account, "Admin");
    account.sandbox.faults.add({
      when: (call) => call.service === "apprunner" && call.operation === "DescribeService",
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
    expect(await statements(account)).toEqual(before);
    account.sandbox.faults.clear();
    expect(kindsOf(await account.run())).toContain("permissions-widening-applied");
    expectIdle(await account.run());
  });

  test("has a role that somebody wrote into its policy taken out and told", async () => {
    const account = await applied(updating, (at) => giveRoles(at, "app"));
    const before = await statements(account);
    const versionWith = async () => {
      const document = (await account.state()).policies[policyArn]?.document;
      const PolicyDocument = JSON.stringify(document).replaceAll(
        `"${role("app")}"`,
        JSON.stringify([role("app"), role("Admin")]),
      );
      await account.iam.send(
        new CreatePolicyVersionCommand({
          PolicyArn: policyArn,
          PolicyDocument,
          SetAsDefault: true,
        }),
      );
    };
    await versionWith();
    const run = await account.run();
    expect(kindsOf(run)).toContain("permissions-widened");
    expect(run.environment.widenings).toMatchObject([
      { source: "drift", disposition: "reverted", admitted: { resource: role("Admin") } },
    ]);
    expect(await statements(account)).toEqual(before);
    expectIdle(await account.run());
  });

  test("costs one call more and no round trip, and a plain one costs neither", async () => {
    const plain = await applied({ appRunner: ["demo-backend"] });
    expect((await plain.run()).report.calls).not.toHaveProperty("apprunner:DescribeService");
    const account = await applied(updating, (at) => giveRoles(at, "app"));
    await loadClients();
    const gate = await openGate(account.sandbox.endpoint);
    onTestFinished(gate.close);
    account.variables.set("AWS_ENDPOINT_URL", gate.endpoint);
    const { calls } = (await account.run()).report;
    expect(gate.groups).toHaveLength(3);
    expect(calls).toMatchObject({ "apprunner:DescribeService": 1, "apprunner:ListServices": 1 });
  });
});

describe("an Amplify app", () => {
  const repository = "https://github.com/acme/shop";
  const named = { amplify: [{ app: "demo-frontend", branches: ["main"] }] };
  const connect = (account: Scenario, to: string) =>
    account.amplify.send(new UpdateAppCommand({ appId: account.targets.appId, repository: to }));
  const actionsOf = async (account: Scenario) =>
    Object.values(await statements(account)).flatMap((statement) =>
      "Action" in statement ? [statement.Action].flat() : [],
    );
  const uploads = ["amplify:GetJob", "amplify:CreateDeployment", "amplify:StartDeployment"];

  test("is released as it is connected, and each change is told", async () => {
    const account = await applied(named);
    expect(await actionsOf(account)).toEqual(["amplify:StartJob", "amplify:GetJob"]);
    for (const [to, actions, admitted] of [
      ["", uploads, "amplify:CreateDeployment"],
      [repository, ["amplify:StartJob", "amplify:GetJob"], "amplify:StartJob"],
    ] as const) {
      await connect(account, to);
      const run = await account.run();
      expect(run.environment.outcome).toBe("reconciled");
      expect(kindsOf(run)).toContain("permissions-widening-applied");
      expect(run.environment.widenings).toMatchObject([
        { source: "desired", disposition: "applied", admitted: { action: admitted } },
      ]);
      expect(await actionsOf(account)).toEqual(actions);
      expectIdle(await account.run());
    }
  });

  test("keeps its permissions under another name, and is found by its id", async () => {
    const account = await applied(named);
    const before = await statements(account);
    const { appId } = account.targets;
    await account.amplify.send(new UpdateAppCommand({ appId, name: "renamed" }));
    const run = await account.run();
    expect(run.environment.outcome).toBe("degraded");
    expect(run.iamWrites).toEqual([]);
    expect(run.environment.errors[0]?.message).toContain("has another name now");
    expect(await statements(account)).toEqual(before);
    const byId = await account.put(
      guideWith({ deploy: { amplify: [{ app: appId, branches: ["main"] }] } }),
    );
    await account.run();
    await account.approve(byId);
    const found = await account.run();
    expect(found.environment).toMatchObject({ outcome: "in-sync", errors: [] });
    expect(await statements(account)).toEqual(before);
  });

  test("that is uploaded to keeps that while nothing can be read, or its branch is gone", async () => {
    const account = await applied(named, (at) => connect(at, ""));
    const before = await statements(account);
    account.sandbox.faults.add({
      when: (call) => call.service === "amplify",
      at: "before",
      how: { error: "AccessDeniedException", httpStatus: 400 },
    });
    expect((await account.run()).environment.outcome).toBe("degraded");
    expect(await statements(account)).toEqual(before);
    account.sandbox.faults.clear();
    const { appId } = account.targets;
    await account.amplify.send(new DeleteBranchCommand({ appId, branchName: "main" }));
    expect((await account.run()).environment.outcome).toBe("degraded");
    expect(await statements(account)).toEqual(before);
  });

  test("has an upload that somebody wrote into its policy taken out and told", async () => {
    const account = await applied(named);
    const document = (await account.state()).policies[policyArn]?.document;
    const PolicyDocument = JSON.stringify(document)
      .replace('"amplify:StartJob","amplify:GetJob"', '"amplify:*"')
      .replace("/jobs/*", "*");
    await account.iam.send(
      new CreatePolicyVersionCommand({ PolicyArn: policyArn, PolicyDocument, SetAsDefault: true }),
    );
    const run = await account.run();
    expect(kindsOf(run)).toContain("permissions-widened");
    expect(await actionsOf(account)).toEqual(["amplify:StartJob", "amplify:GetJob"]);
    expectIdle(await account.run());
  });
});
