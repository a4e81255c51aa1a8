import {
  CreateAliasCommand,
  CreateFunctionCommand,
  DeleteFunctionCommand,
  GetAliasCommand,
  GetFunctionConfigurationCommand,
  LambdaClient,
  PublishVersionCommand,
  UpdateAliasCommand,
  UpdateFunctionCodeCommand,
} from "@aws-sdk/client-lambda";
import { describe, expect, test } from "vitest";
import { clientOptions } from "../../sandbox/seed.ts";
import { guideAs, guideWith, roleName } from "./documents.ts";
import { type Run, type Scenario, startScenario } from "./harness.ts";
import { kindsOf, statements } from "./words.ts";

const arnOf = (name: string) => `arn:aws:lambda:us-east-1:123456789012:function:${name}`;

async function createFunction({ lambda }: Scenario, FunctionName: string): Promise<void> {
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Role: "arn:aws:iam::123456789012:role/worker",
      Runtime: "nodejs24.x",
      Handler: "index.handler",
      Code: { ZipFile: new Uint8Array([1]) },
    }),
  );
}

async function deleteFunction({ lambda }: Scenario, FunctionName: string): Promise<void> {
  await lambda.send(new DeleteFunctionCommand({ FunctionName }));
}

/** What the deploy policy has under LambdaDeploy. */
async function granted(account: Scenario): Promise<unknown> {
  const statement: unknown = (await statements(account))["LambdaDeploy"];
  return typeof statement === "object" && statement !== null && "Resource" in statement
    ? statement.Resource
    : [];
}

const both = (name: string) => [arnOf(name), `${arnOf(name)}:*`];
const codesOf = ({ environment }: Run) => environment.errors.map(({ code }) => code);
const worker = guideWith({ deploy: { lambda: ["worker"] } });

describe("a function", () => {
  test("is deployed to, by its name, and costs one read", async () => {
    const account = await startScenario();
    await createFunction(account, "worker");
    await account.put(worker);
    const run = await account.run();
    expect(run.environment).toMatchObject({ outcome: "reconciled", errors: [] });
    expect(await granted(account)).toEqual(both("worker"));
    expect(run.environment.outputs["AWS_LAMBDA_FUNCTION"]).toBe("worker");
    const next = await account.run();
    expect(next.environment.outcome).toBe("in-sync");
    expect(next.report.calls).toMatchObject({ "lambda:ListAliases": 1 });
  });

  test("that does not exist is missing and alerted once, until it is created", async () => {
    const account = await startScenario();
    await account.put(worker);
    const run = await account.run();
    expect(run.environment.outcome).toBe("degraded");
    expect(codesOf(run)).toEqual(["TargetMissing"]);
    expect(kindsOf(run)).toContain("target-missing");
    expect(await granted(account)).toEqual([]);
    expect(kindsOf(await account.run())).not.toContain("target-missing");
    await createFunction(account, "worker");
    expect((await account.run()).environment).toMatchObject({ outcome: "reconciled", errors: [] });
    expect(await granted(account)).toEqual(both("worker"));
  });

  test("that is deleted keeps its permission, and needs no write when it is re-created", async () => {
    const account = await startScenario();
    await createFunction(account, "worker");
    await account.put(worker);
    await account.run();
    await deleteFunction(account, "worker");
    const gone = await account.run();
    expect(gone.environment.outcome).toBe("degraded");
    expect(gone.environment.errors[0]?.message).toContain("its last known ARN stays");
    expect(await granted(account)).toEqual(both("worker"));
    await createFunction(account, "worker");
    const back = await account.run();
    expect(back.environment).toMatchObject({ outcome: "in-sync", errors: [] });
    expect(back.iamWrites).toEqual([]);
  });

  test("that cannot be read takes nothing away", async () => {
    const account = await startScenario();
    await createFunction(account, "worker");
    await account.put(worker);
    await account.run();
    const how = { error: "AccessDeniedException", httpStatus: 403 };
    account.sandbox.faults.add({ when: ({ service }) => service === "lambda", at: "before", how });
    const run = await account.run();
    expect(run.environment.outcome).toBe("degraded");
    expect(codesOf(run)).toEqual(["TargetUnreadable"]);
    expect(await granted(account)).toEqual(both("worker"));
  });

  test("beside others has an output of its own", async () => {
    const account = await startScenario();
    for (const name of ["worker", "mail-er"]) await createFunction(account, name);
    await account.put(guideWith({ deploy: { lambda: ["worker", "mail-er", "gone"] } }));
    const run = await account.run();
    expect(codesOf(run)).toEqual(["TargetMissing"]);
    expect(await granted(account)).toEqual([...both("mail-er"), ...both("worker")]);
    expect(run.environment.outputs).toMatchObject({
      AWS_LAMBDA_FUNCTION: "worker",
      AWS_LAMBDA_FUNCTION_WORKER: "worker",
      AWS_LAMBDA_FUNCTION_MAIL_ER: "mail-er",
    });
  });

  test("named by an edit waits for an approval", async () => {
    const account = await startScenario();
    await createFunction(account, "worker");
    await account.put(guideWith({ deploy: { ecr: ["demo-backend"] } }));
    await account.run();
    await account.put(guideWith({ deploy: { ecr: ["demo-backend"], lambda: ["worker"] } }));
    const held = await account.run();
    expect(held.environment.outcome).toBe("held");
    expect(held.environment.widenings).toMatchObject([
      { resource: "permissions", admitted: { action: expect.stringContaining("lambda:") } },
    ]);
    expect(await granted(account)).toEqual([]);
    await account.approve(2);
    expect((await account.run()).environment.outcome).toBe("reconciled");
    expect(await granted(account)).toEqual(both("worker"));
  });
});

test("a job deploys code, publishes it and moves an alias, and does nothing else", async () => {
  const account = await startScenario();
  for (const name of ["worker", "other"]) await createFunction(account, name);
  await account.lambda.send(new PublishVersionCommand({ FunctionName: "worker" }));
  const live = { FunctionName: "worker", Name: "live" };
  await account.lambda.send(new CreateAliasCommand({ ...live, FunctionVersion: "1" }));
  await account.put(worker);
  await account.run();
  const job = await jobIn(account);
  const code = { ZipFile: new Uint8Array([2]) };
  const { Version } = await job.send(
    new UpdateFunctionCodeCommand({ FunctionName: "worker", ...code, Publish: true }),
  );
  await job.send(new GetFunctionConfigurationCommand({ FunctionName: "worker" }));
  await job.send(new UpdateAliasCommand({ ...live, FunctionVersion: Version }));
  expect(await job.send(new GetAliasCommand(live))).toMatchObject({ FunctionVersion: Version });
  const qualified = { FunctionName: "worker", Qualifier: "live" };
  expect(await job.send(new GetFunctionConfigurationCommand(qualified))).toMatchObject({ Version });
  await expect(
    job.send(new UpdateFunctionCodeCommand({ FunctionName: "other", ...code })),
  ).rejects.toThrow(/not authorized/);
  await expect(job.send(new DeleteFunctionCommand({ FunctionName: "worker" }))).rejects.toThrow(
    /not authorized/,
  );
});

async function jobIn({ sandbox }: Scenario): Promise<LambdaClient> {
  const role = `arn:aws:iam::123456789012:role/${roleName}`;
  const credentials = await sandbox.credentialsOf(role, "job");
  return new LambdaClient({ ...clientOptions(sandbox), credentials, maxAttempts: 1 });
}

describe("an event of Lambda", () => {
  async function watched(): Promise<Scenario> {
    const account = await startScenario();
    await createFunction(account, "worker");
    await account.put(worker);
    await account.put(guideAs("other", { deploy: { lambda: ["gone"] } }), "other");
    await account.run();
    await account.watch();
    return account;
  }
  const namesOf = ({ report }: Run) => report.environments.map(({ name }) => name);

  test("wakes the environments that name the function", async () => {
    const account = await watched();
    await deleteFunction(account, "worker");
    const deleted = await account.run(account.eventOf("DeleteFunction20150331"));
    expect(namesOf(deleted)).toEqual(["production"]);
    expect(deleted.environment.outcome).toBe("degraded");
    await createFunction(account, "gone");
    const created = await account.run(account.eventOf("CreateFunction20150331"));
    expect(namesOf(created)).toEqual(["other"]);
    expect(created.environment.outcome).toBe("reconciled");
  });

  test("of a function that no document names says so", async () => {
    const account = await watched();
    await createFunction(account, "elsewhere");
    const { report } = await account.run(account.eventOf("CreateFunction20150331"));
    expect(report.ignored).toContain("Lambda function elsewhere in us-east-1");
  });
});
