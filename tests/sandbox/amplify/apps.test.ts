import {
  AmplifyClient,
  CreateAppCommand,
  CreateBranchCommand,
  CreateDeploymentCommand,
  DeleteAppCommand,
  DeleteBranchCommand,
  GetAppCommand,
  GetBranchCommand,
  GetJobCommand,
  ListAppsCommand,
  ListBranchesCommand,
  ListJobsCommand,
  StartDeploymentCommand,
  StartJobCommand,
  UpdateAppCommand,
} from "@aws-sdk/client-amplify";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type EventBridgeEvent, type Sandbox, startSandbox } from "../../../sandbox/index.ts";
import { connection, refusal } from "../connection.ts";

let sandbox: Sandbox;
let amplify: AmplifyClient;

beforeEach(async () => {
  sandbox = await startSandbox();
  amplify = new AmplifyClient(connection(sandbox));
});
afterEach(async () => {
  amplify.destroy();
  await sandbox.close();
});

async function create(name: string): Promise<string> {
  return (await amplify.send(new CreateAppCommand({ name }))).app?.appId ?? "";
}
const branch = (appId: string, branchName: string) =>
  amplify.send(new CreateBranchCommand({ appId, branchName }));
const start = (appId: string, branchName: string) =>
  amplify.send(new StartJobCommand({ appId, branchName, jobType: "RELEASE" }));

describe("an app", () => {
  test("has an id that is also in its ARN, and dates", async () => {
    const { app } = await amplify.send(new CreateAppCommand({ name: "demo", tags: { a: "b" } }));
    expect(app?.appId).toMatch(/^d[a-z0-9]+$/);
    expect(app).toMatchObject({
      appArn: `arn:aws:amplify:us-east-1:123456789012:apps/${app?.appId}`,
      name: "demo",
      tags: { a: "b" },
      defaultDomain: `${app?.appId}.amplifyapp.com`,
    });
    expect(app?.createTime).toBeInstanceOf(Date);
    const same = await amplify.send(new GetAppCommand({ appId: app?.appId }));
    expect(same.app).toEqual(app);
  });

  test("may share its name with others, but never its id", async () => {
    const ids = new Set([await create("demo"), await create("demo")]);
    expect(ids.size).toBe(2);
    const { apps } = await amplify.send(new ListAppsCommand({}));
    expect(apps?.map(({ name }) => name)).toEqual(["demo", "demo"]);
  });

  test("is listed page by page in the order of creation", async () => {
    for (const name of ["one", "two", "three"]) await create(name);
    const first = await amplify.send(new ListAppsCommand({ maxResults: 2 }));
    expect(first.apps?.map(({ name }) => name)).toEqual(["one", "two"]);
    const { nextToken } = first;
    const second = await amplify.send(new ListAppsCommand({ maxResults: 2, nextToken }));
    expect(second.apps?.map(({ name }) => name)).toEqual(["three"]);
    expect(second.nextToken).toBeUndefined();
    const junk = amplify.send(new ListAppsCommand({ nextToken: "junk" }));
    await refusal(junk, "BadRequestException");
  });

  test("is gone with its branches once it is deleted", async () => {
    const appId = await create("demo");
    await branch(appId, "main");
    await amplify.send(new DeleteAppCommand({ appId }));
    await refusal(amplify.send(new GetAppCommand({ appId })), "NotFoundException");
    const gone = amplify.send(new ListBranchesCommand({ appId }));
    await refusal(gone, "NotFoundException");
  });
});

describe("a branch", () => {
  test.each(["main", "feature/shop #1", "ünïcode"])("may be named %s", async (branchName) => {
    const appId = await create("demo");
    await branch(appId, branchName);
    const answer = await amplify.send(new GetBranchCommand({ appId, branchName }));
    expect(answer.branch).toMatchObject({
      branchName,
      branchArn: `arn:aws:amplify:us-east-1:123456789012:apps/${appId}/branches/${branchName}`,
    });
    await refusal(branch(appId, branchName), "BadRequestException");
    await amplify.send(new DeleteBranchCommand({ appId, branchName }));
    const gone = amplify.send(new GetBranchCommand({ appId, branchName }));
    await refusal(gone, "NotFoundException");
  });

  test("is listed, and only with its own app", async () => {
    const [one, other] = [await create("one"), await create("other")];
    await branch(one, "main");
    await branch(one, "dev");
    const listed = async (appId: string) => {
      const { branches } = await amplify.send(new ListBranchesCommand({ appId }));
      return branches?.map(({ branchName }) => branchName);
    };
    expect(await listed(one)).toEqual(["main", "dev"]);
    expect(await listed(other)).toEqual([]);
  });
});

describe("a job", () => {
  test("is pending when it starts and has succeeded at the next read", async () => {
    const appId = await create("demo");
    await branch(appId, "main");
    const { jobSummary } = await start(appId, "main");
    expect(jobSummary).toMatchObject({ jobId: "1", status: "PENDING", jobType: "RELEASE" });
    await start(appId, "main");
    const job = await amplify.send(new GetJobCommand({ appId, branchName: "main", jobId: "1" }));
    expect(job.job?.summary).toMatchObject({ jobId: "1", status: "SUCCEED" });
    const { jobSummaries } = await amplify.send(new ListJobsCommand({ appId, branchName: "main" }));
    expect(jobSummaries?.map(({ jobId }) => jobId)).toEqual(["2", "1"]);
  });

  test("needs a branch that exists and a type that Amplify knows", async () => {
    const appId = await create("demo");
    await refusal(start(appId, "main"), "NotFoundException");
    await branch(appId, "main");
    const retry = new StartJobCommand({ appId, branchName: "main", jobType: "RETRY" });
    await refusal(amplify.send(retry), "BadRequestException");
    const none = new GetJobCommand({ appId, branchName: "main", jobId: "7" });
    await refusal(amplify.send(none), "NotFoundException");
  });

  test("sends an event", async () => {
    const appId = await create("demo");
    await branch(appId, "main");
    const seen: EventBridgeEvent[] = [];
    sandbox.events.onEvent((event) => seen.push(event));
    await start(appId, "main");
    expect(seen.map(({ detail }) => detail)).toEqual([
      { appId, branchName: "main", jobId: "1", jobStatus: "STARTED" },
      { appId, branchName: "main", jobId: "1", jobStatus: "SUCCEED" },
    ]);
  });
});

describe("an app without a repository", () => {
  const branchName = "main";
  const repository = "https://github.com/acme/shop";

  test("has no member repository until one is connected", async () => {
    const appId = await create("demo");
    const shown = async () => (await amplify.send(new ListAppsCommand({}))).apps?.[0];
    expect(await shown()).not.toHaveProperty("repository");
    await amplify.send(new UpdateAppCommand({ appId, repository, name: "shop" }));
    expect(await shown()).toMatchObject({ appId, repository, name: "shop" });
  });

  test("is released by an upload, which becomes a job of its branch", async () => {
    const appId = await create("demo");
    await branch(appId, branchName);
    const made = await amplify.send(new CreateDeploymentCommand({ appId, branchName }));
    expect(made.zipUploadUrl).toContain(appId);
    const { jobId } = made;
    const started = await amplify.send(new StartDeploymentCommand({ appId, branchName, jobId }));
    expect(started.jobSummary).toMatchObject({ jobId, jobType: "MANUAL", status: "PENDING" });
    const again = amplify.send(new StartDeploymentCommand({ appId, branchName, jobId }));
    await refusal(again, "NotFoundException");
    const job = await amplify.send(new GetJobCommand({ appId, branchName, jobId }));
    expect(job.job?.summary?.status).toBe("SUCCEED");
    const nothing = amplify.send(new StartDeploymentCommand({ appId, branchName }));
    await refusal(nothing, "BadRequestException");
    const byUrl = { appId, branchName, sourceUrl: "https://example.com/site.zip" };
    expect((await amplify.send(new StartDeploymentCommand(byUrl))).jobSummary?.jobId).toBe("2");
  });

  test("is the only kind that accepts an upload", async () => {
    const appId = await create("demo");
    await branch(appId, branchName);
    await amplify.send(new UpdateAppCommand({ appId, repository }));
    const upload = amplify.send(new CreateDeploymentCommand({ appId, branchName }));
    await refusal(upload, "BadRequestException");
  });
});

describe("a Region without Amplify", () => {
  test("does not answer", async () => {
    const elsewhere = new AmplifyClient(connection(sandbox, { region: "af-south-1" }));
    const error: unknown = await elsewhere.send(new ListAppsCommand({})).catch((e: unknown) => e);
    expect(error).toMatchObject({ code: "ECONNRESET" });
    elsewhere.destroy();
  });
});
