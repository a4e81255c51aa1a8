import {
  CreateAppCommand,
  CreateBranchCommand,
  DeleteAppCommand,
  StartJobCommand,
  UpdateAppCommand,
} from "@aws-sdk/client-amplify";
import {
  CreateServiceCommand,
  StartDeploymentCommand,
  UpdateServiceCommand,
} from "@aws-sdk/client-apprunner";
import { CreateRepositoryCommand, DeleteRepositoryCommand } from "@aws-sdk/client-ecr";
import { CreateExpressGatewayServiceCommand } from "@aws-sdk/client-ecs";
import { CreateRoleCommand, UpdateAssumeRolePolicyCommand } from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import { guide, guideAs, roleName, shopMain, type Written } from "./documents.ts";
import { prefix, type Run, type Scenario, startScenario } from "./harness.ts";

/** Environments that deploy to different targets, and a trail that reports everything. */
const documents: Readonly<Record<string, Written>> = {
  production: guide,
  images: guideAs("images", { deploy: { ecr: ["demo-backend", "second"] } }),
  pages: guideAs("pages", { deploy: { amplify: [{ app: "second" }] } }),
  services: guideAs("services", { deploy: { appRunner: ["second"] } }),
  express: guideAs("express", { deploy: { ecsExpress: ["second"] } }),
  abroad: guideAs("abroad", {
    deploy: { region: "eu-central-1", ecr: ["demo-backend"], amplify: [{ app: "demo-frontend" }] },
  }),
  nothing: guideAs("nothing", { deploy: {} }),
};

async function watched(among: readonly string[]): Promise<Scenario> {
  const account = await startScenario();
  for (const name of among) await account.put(documents[name] ?? {}, name);
  await account.run();
  await account.watch();
  return account;
}

const namesOf = ({ report }: Run) => report.environments.map(({ name }) => name);
const callsOf = ({ report }: Run) => report.calls;

/** The documents and the statuses, a page each: what it costs to see that nobody is concerned. */
const listing = { "ssm:GetParametersByPath": 2 };

const anyService = (ServiceName: string) =>
  new CreateServiceCommand({
    ServiceName,
    SourceConfiguration: {
      ImageRepository: { ImageIdentifier: "i:latest", ImageRepositoryType: "ECR_PUBLIC" },
    },
  });

const passed = (name: string) => `arn:aws:iam::123456789012:role/${name}`;

const expressService = (serviceName: string) =>
  new CreateExpressGatewayServiceCommand({
    serviceName,
    executionRoleArn: passed("exec"),
    infrastructureRoleArn: passed("infra"),
    primaryContainer: { image: "demo:1" },
  });

describe("an event of a target looks at the environments that name it", () => {
  type Happening = readonly [
    what: string,
    event: string,
    happens: (account: Scenario) => Promise<unknown>,
    environments: readonly string[],
  ];

  test.each<Happening>([
    [
      "a repository of one document",
      "CreateRepository",
      ({ ecr }) => ecr.send(new CreateRepositoryCommand({ repositoryName: "second" })),
      ["images"],
    ],
    [
      "a repository of two",
      "DeleteRepository",
      ({ ecr }) => ecr.send(new DeleteRepositoryCommand({ repositoryName: "demo-backend" })),
      ["images", "production"],
    ],
    [
      "a service that CloudTrail reports",
      "CreateService",
      ({ appRunner }) => appRunner.send(anyService("second")),
      ["services"],
    ],
    [
      "a service that App Runner reports",
      "AppRunner Service Operation Status Change",
      ({ appRunner }) => appRunner.send(anyService("second")),
      ["services"],
    ],
    [
      "a service's deployment, should one come",
      "AppRunner Service Operation Status Change",
      ({ appRunner, targets }) =>
        appRunner.send(new StartDeploymentCommand({ ServiceArn: targets.serviceArn })),
      ["production"],
    ],
    [
      "an ECS Express service",
      "CreateExpressGatewayService",
      ({ ecs }) => ecs.send(expressService("second")),
      ["express"],
    ],
    [
      "an app made under a name that a document asks for",
      "CreateApp",
      ({ amplify }) => amplify.send(new CreateAppCommand({ name: "second" })),
      ["pages"],
    ],
    [
      "an app that has the id which its name resolved to",
      "Amplify Deployment Status Change",
      ({ amplify, targets: { appId } }) =>
        amplify.send(new StartJobCommand({ appId, branchName: "main", jobType: "RELEASE" })),
      ["pages", "production"],
    ],
    [
      "a second app of a name",
      "CreateApp",
      ({ amplify }) => amplify.send(new CreateAppCommand({ name: "demo-frontend" })),
      ["production"],
    ],
    [
      "an app that is given the name",
      "UpdateApp",
      async ({ amplify }) => {
        const { app } = await amplify.send(new CreateAppCommand({ name: "another" }));
        await amplify.send(new UpdateAppCommand({ appId: app?.appId ?? "", name: "second" }));
      },
      ["pages"],
    ],
    [
      "an app that loses it",
      "UpdateApp",
      ({ amplify, targets: { appId } }) =>
        amplify.send(new UpdateAppCommand({ appId, name: "another" })),
      ["production"],
    ],
    [
      "a service that may run with other roles now",
      "AppRunner Service Operation Status Change",
      ({ appRunner, targets }) =>
        appRunner.send(new UpdateServiceCommand({ ServiceArn: targets.serviceArn })),
      ["production"],
    ],
    [
      "an app deleted",
      "DeleteApp",
      ({ amplify, targets: { appId } }) => amplify.send(new DeleteAppCommand({ appId })),
      ["production"],
    ],
  ])("%s (%s)", async (_, name, happens, environments) => {
    const among = ["production", "images", "pages", "services", "express", "nothing"];
    const account = await watched(among);
    await happens(account);
    const run = await account.run(account.eventOf(name));
    expect(namesOf(run)).toEqual(environments);
    expect(run.report).not.toHaveProperty("ignored");
  });

  test("and by the next event by the id that the last run resolved its name to", async () => {
    const account = await watched(["pages"]);
    const made = await account.amplify.send(new CreateAppCommand({ name: "second" }));
    await account.run(account.eventOf("CreateApp"));
    const appId = made.app?.appId ?? "";
    await account.amplify.send(new CreateBranchCommand({ appId, branchName: "main" }));
    expect(namesOf(await account.run(account.eventOf("CreateBranch")))).toEqual(["pages"]);
    const other = { appId: account.targets.appId, branchName: "dev" };
    await account.amplify.send(new CreateBranchCommand(other));
    expect(callsOf(await account.run(account.eventOf("CreateBranch")))).toEqual(listing);
  });

  test("by the version in force where a newer one is held, and by that one too", async () => {
    const account = await watched(["production"]);
    const wider = { ...guide, trust: { projects: [{ ...shopMain, refs: ["refs/heads/*"] }] } };
    await account.put({ ...wider, deploy: { ecr: ["newer"] } });
    expect((await account.run()).environment.outcome).toBe("held");
    await account.ecr.send(new DeleteRepositoryCommand({ repositoryName: "demo-backend" }));
    expect(namesOf(await account.run(account.eventOf("DeleteRepository")))).toEqual(["production"]);
    await account.ecr.send(new CreateRepositoryCommand({ repositoryName: "newer" }));
    expect(namesOf(await account.run(account.eventOf("CreateRepository")))).toEqual(["production"]);
  });
});

describe("an event of a target that no environment names reads documents and statuses alone:", () => {
  test.each<readonly [string, (account: Scenario) => Promise<unknown>, string]>([
    [
      "CreateRepository",
      ({ ecr }) => ecr.send(new CreateRepositoryCommand({ repositoryName: "another" })),
      "No environment names the ECR repository another in us-east-1.",
    ],
    [
      "CreateService",
      ({ appRunner }) => appRunner.send(anyService("another")),
      "No environment names the App Runner service another in us-east-1.",
    ],
    [
      "AppRunner Service Operation Status Change",
      ({ appRunner }) => appRunner.send(anyService("another")),
      "No environment names the App Runner service another in us-east-1.",
    ],
    [
      "CreateExpressGatewayService",
      ({ ecs }) => ecs.send(expressService("another")),
      "No environment names the ECS service default/another in us-east-1.",
    ],
    [
      "CreateApp",
      ({ amplify }) => amplify.send(new CreateAppCommand({ name: "another" })),
      "No environment names the Amplify app another in us-east-1.",
    ],
  ])("%s", async (name, happens, ignored) => {
    const account = await watched(["production", "nothing"]);
    await happens(account);
    const run = await account.run(account.eventOf(name));
    expect(run.report).toMatchObject({
      account: "123456789012",
      environments: [],
      alerts: [],
      errors: [],
      ignored,
      calls: listing,
    });
    expect(JSON.stringify(run.log)).toContain(ignored);
  });

  test("a deployment of an app of another id", async () => {
    const account = await watched(["production"]);
    const { app } = await account.amplify.send(new CreateAppCommand({ name: "another" }));
    const at = { appId: app?.appId ?? "", branchName: "main" };
    await account.amplify.send(new CreateBranchCommand(at));
    await account.amplify.send(new StartJobCommand({ ...at, jobType: "RELEASE" }));
    const run = await account.run(account.eventOf("Amplify Deployment Status Change"));
    expect([namesOf(run), callsOf(run)]).toEqual([[], listing]);
  });

  test("the same names in another Region", async () => {
    const account = await watched(["production", "abroad"]);
    await account.ecr.send(new DeleteRepositoryCommand({ repositoryName: "demo-backend" }));
    const event = account.eventOf("DeleteRepository");
    const there = { ...event, detail: { ...event.detail, awsRegion: "eu-west-1" } };
    const run = await account.run(there);
    expect([namesOf(run), callsOf(run)]).toEqual([[], listing]);
    const abroad = { ...event, detail: { ...event.detail, awsRegion: "eu-central-1" } };
    expect(namesOf(await account.run(abroad))).toEqual(["abroad"]);
  });

  test("nothing at all where it is another account's", async () => {
    const account = await watched(["production"]);
    await account.ecr.send(new DeleteRepositoryCommand({ repositoryName: "demo-backend" }));
    const event = account.eventOf("DeleteRepository");
    const detail = { ...event.detail, recipientAccountId: "210987654321" };
    const run = await account.run({ ...event, account: "210987654321", detail });
    expect(callsOf(run)).toEqual({});
    expect(run.report.ignored).toBe("The event comes from another account.");
  });

  test("and one call more, for the records, while a version is held", async () => {
    const account = await watched(["production", "nothing"]);
    const projects = [{ ...shopMain, refs: ["refs/heads/*"] }];
    await account.put({ ...guide, trust: { projects } });
    await account.run();
    await account.ecr.send(new CreateRepositoryCommand({ repositoryName: "another" }));
    const run = await account.run(account.eventOf("CreateRepository"));
    expect(namesOf(run)).toEqual([]);
    expect(callsOf(run)).toEqual({ ...listing, "ssm:GetParameters": 1 });
  });

  test("whatever name a document has that was never valid", async () => {
    const account = await watched(["production"]);
    await account.put("deploy: {ecr: [another]", "broken");
    await account.run();
    await account.ecr.send(new CreateRepositoryCommand({ repositoryName: "another" }));
    const run = await account.run(account.eventOf("CreateRepository"));
    expect(namesOf(run)).toEqual([]);
    expect(run.report.ignored).toMatch(/^No environment names/);
  });
});

describe("an event of IAM that no environment is concerned by reads little more:", () => {
  test("a role of a likely name that no document has", async () => {
    const account = await watched(["production"]);
    const AssumeRolePolicyDocument = JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        { Effect: "Allow", Principal: { AWS: "123456789012" }, Action: "sts:AssumeRole" },
      ],
    });
    const RoleName = "CircleCI-Elsewhere";
    await account.iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
    const run = await account.run(account.eventOf("CreateRole"));
    // Its tags do not say whose it is, so all documents do.
    const role = { "iam:GetRole": 1, "iam:ListAttachedRolePolicies": 1, "iam:ListRolePolicies": 1 };
    expect(callsOf(run)).toEqual({ ...role, ...listing });
    expect(run.report.ignored).toBe("No environment names the role CircleCI-Elsewhere.");
  });

  test("a document that is gone, and left nothing", async () => {
    const account = await watched(["production"]);
    await account.put("{}", "brief");
    await account.remove("brief");
    const run = await account.run(account.eventOf("Parameter Store Change"));
    expect(callsOf(run)).toEqual({ "ssm:GetParameters": 2 });
    expect(run.report.ignored).toBe("There is no environment brief.");
  });
});

describe("a batch", () => {
  const record = (event: unknown) => ({
    messageId: "m-1",
    eventSource: "aws:sqs",
    body: JSON.stringify(event),
  });

  test("looks at all that any of its events names, and says nothing of the others", async () => {
    const account = await watched(["production", "images", "services"]);
    await account.ecr.send(new CreateRepositoryCommand({ repositoryName: "another" }));
    await account.appRunner.send(anyService("second"));
    const loose = JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole" }],
    });
    await account.iam.send(
      new UpdateAssumeRolePolicyCommand({ RoleName: roleName, PolicyDocument: loose }),
    );
    const names = ["CreateRepository", "CreateService", "UpdateAssumeRolePolicy"];
    const run = await account.run({
      Records: names.map((name) => record(account.eventOf(name))),
    });
    expect(namesOf(run)).toEqual(["production", "services"]);
    expect(run.report).not.toHaveProperty("ignored");
  });

  test("of events that nobody is concerned by is ignored as one", async () => {
    const account = await watched(["production"]);
    await account.ecr.send(new CreateRepositoryCommand({ repositoryName: "another" }));
    await account.amplify.send(new CreateAppCommand({ name: "another" }));
    const names = ["CreateRepository", "CreateApp"];
    const run = await account.run({
      Records: [
        ...names.map((name) => record(account.eventOf(name))),
        record({ source: "aws.s3", "detail-type": "x" }),
      ],
    });
    expect(callsOf(run)).toEqual(listing);
    expect(run.report.ignored).toBe(
      "No environment has any of the 2 things that the events name. The first: no environment names the ECR repository another in us-east-1.",
    );
  });
});

test(`nothing of ${prefix} is written by an ignored run`, async () => {
  const account = await watched(["production"]);
  await account.ecr.send(new CreateRepositoryCommand({ repositoryName: "another" }));
  const run = await account.run(account.eventOf("CreateRepository"));
  expect([run.parameterWrites, run.iamWrites, run.published]).toEqual([[], [], []]);
});
