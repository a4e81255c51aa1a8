import {
  AmplifyClient,
  CreateAppCommand,
  CreateBranchCommand,
  CreateDeploymentCommand,
  StartJobCommand,
  StartDeploymentCommand as StartUploadCommand,
} from "@aws-sdk/client-amplify";
import {
  AppRunnerClient,
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
import { describe, expect, test } from "vitest";
import { clientOptions } from "../../sandbox/seed.ts";
import { guide, guideWith, roleName } from "./documents.ts";
import { expectIdle, type Scenario, startScenario } from "./harness.ts";
import {
  accountId,
  applied,
  type Deploy,
  giveRoles,
  guideDeploy,
  kindsOf,
  role,
  statements,
  updating,
  watching,
} from "./words.ts";

const reading = { ecr: [{ repository: "demo-backend", may: ["push", "read-images"] }] };

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
