import {
  CreateBranchCommand,
  DeleteBranchCommand,
  UpdateAppCommand,
} from "@aws-sdk/client-amplify";
import { CreateServiceCommand, DeleteServiceCommand } from "@aws-sdk/client-apprunner";
import { CreatePolicyVersionCommand } from "@aws-sdk/client-iam";
import { describe, expect, onTestFinished, test } from "vitest";
import { guideWith } from "./documents.ts";
import { expectIdle, type Scenario } from "./harness.ts";
import { loadClients, openGate } from "./round-trips.ts";
import {
  applied,
  giveRoles,
  kindsOf,
  policyArn,
  role,
  statements,
  updating,
  watching,
} from "./words.ts";

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

  test("reports a role that it newly uses, and follows it", async () => {
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

  test("re-created with its old roles is not a widening, with another it is reported", async () => {
    const account = await applied(updating, (at) => giveRoles(at, "app"));
    const again = async (instance: string, ServiceArn: string) => {
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
    const second = await again("app", account.targets.serviceArn);
    const same = await account.run();
    expect(same.environment).toMatchObject({ outcome: "reconciled", widenings: [] });
    expect(await statements(account)).toMatchObject({ AppRunnerDeploy: { Resource: second } });
    await again("Admin", second);
    expect(kindsOf(await account.run())).toContain("permissions-widening-applied");
    expectIdle(await account.run());
  });

  test("reports a role once it is passed, also where the first write fails", async () => {
    const account = await applied(updating, (at) => giveRoles(at, "app"));
    await giveRoles(account, "Admin");
    account.sandbox.faults.add({
      when: (call) => call.operation === "CreatePolicyVersion",
      at: "before",
      how: { error: "ServiceFailure", httpStatus: 500 },
    });
    const failed = await account.run();
    expect(kindsOf(failed)).not.toContain("permissions-widening-applied");
    account.sandbox.faults.clear();
    const run = await account.run();
    expect(kindsOf(run)).toContain("permissions-widening-applied");
    expect(await statements(account)).toMatchObject({
      AppRunnerPassInstanceRole: { Resource: role("Admin") },
    });
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

  test("has a role that somebody wrote into its policy taken out and reported", async () => {
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
    expect(gate.groups).toHaveLength(2);
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

  test("is released as it is connected, and each change is reported", async () => {
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

  test.each(["observe", "suspend"] as const)(
    "is left as it is and reported once in %s",
    async (mode) => {
      const account = await applied({ ...named, ...updating }, (at) => giveRoles(at, "app"));
      await account.put(guideWith({ deploy: { ...named, ...updating }, mode }));
      await account.run();
      const before = await statements(account);
      await connect(account, "");
      await giveRoles(account, "Admin");
      const run = await account.run();
      expect(kindsOf(run)).toContain("permissions-widening-applied");
      expect(run.environment.widenings).toMatchObject([
        {
          source: "desired",
          disposition: "observed",
          reason: expect.stringContaining("no repository"),
        },
      ]);
      const again = await account.run();
      expect([kindsOf(again), again.iamWrites]).toEqual([[], []]);
      expect(await statements(account)).toEqual(before);
    },
  );

  test("is followed while a version is held", async () => {
    const account = await applied(named);
    await account.put(guideWith({ deploy: { ...named, ...watching } }));
    expect((await account.run()).environment.outcome).toBe("held");
    await connect(account, "");
    const run = await account.run();
    expect(run.environment.outcome).toBe("held");
    expect(kindsOf(run)).toContain("permissions-widening-applied");
    expect(await actionsOf(account)).toEqual(uploads);
    const again = await account.run();
    expect([kindsOf(again), again.iamWrites]).toEqual([[], []]);
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

  test("is one app, also where its branches have different words", async () => {
    const branches = ["main", "dev"];
    const account = await applied({ amplify: [{ app: "demo-frontend", branches }] }, (at) =>
      at.amplify.send(new CreateBranchCommand({ appId: at.targets.appId, branchName: "dev" })),
    );
    const { appId } = account.targets;
    await account.amplify.send(new DeleteBranchCommand({ appId, branchName: "dev" }));
    const more = await account.put(
      guideWith({
        deploy: { amplify: [{ app: "demo-frontend", branches, may: ["release", "upload"] }] },
      }),
    );
    await account.run();
    await account.approve(more);
    const run = await account.run();
    expect(run.environment.outcome).toBe("degraded");
    const at = `arn:aws:amplify:us-east-1:123456789012:apps/${appId}/branches`;
    expect(await statements(account)).toMatchObject({
      AmplifyDeploy: { Resource: [`${at}/dev/jobs/*`, `${at}/main/jobs/*`] },
      AmplifyUpload: { Resource: `${at}/main` },
    });
    const apps = Object.keys(run.environment.outputs).filter((name) => name.includes("AMPLIFY"));
    expect(apps).toEqual(["AWS_AMPLIFY_APP_ID"]);
  });

  test("has an upload that somebody wrote into its policy taken out and reported", async () => {
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
