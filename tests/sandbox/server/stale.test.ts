import {
  CreateRoleCommand,
  DeleteRoleCommand,
  GetAccountAuthorizationDetailsCommand,
  GetRoleCommand,
  IAMClient,
  UpdateRoleDescriptionCommand,
} from "@aws-sdk/client-iam";
import { ListTopicsCommand, SNSClient } from "@aws-sdk/client-sns";
import {
  DeleteParameterCommand,
  GetParameterCommand,
  GetParametersByPathCommand,
  PutParameterCommand,
  SSMClient,
} from "@aws-sdk/client-ssm";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Sandbox, startSandbox } from "../../../sandbox/index.ts";
import { connection, refusal } from "../connection.ts";
import { lambdaTrust } from "../iam/documents.ts";

let sandbox: Sandbox;
let iam: IAMClient;
let ssm: SSMClient;
beforeEach(async () => {
  sandbox = await startSandbox();
  iam = new IAMClient(connection(sandbox));
  ssm = new SSMClient(connection(sandbox));
});
afterEach(async () => {
  iam.destroy();
  ssm.destroy();
  await sandbox.close();
});

const stale = (times?: number): void =>
  sandbox.faults.add({
    when: () => true,
    at: "before",
    how: "stale",
    ...(times === undefined ? {} : { times }),
  });
const create = (RoleName = "r") =>
  iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: lambdaTrust }));
const describeAs = (Description: string) =>
  iam.send(new UpdateRoleDescriptionCommand({ RoleName: "r", Description }));
const get = () => iam.send(new GetRoleCommand({ RoleName: "r" }));
const put = (Name: string, Value: string) =>
  ssm.send(new PutParameterCommand({ Name, Value, Type: "String", Overwrite: true }));
const read = async (Name: string, client = ssm) =>
  (await client.send(new GetParameterCommand({ Name }))).Parameter?.Value;

describe("a stale read of IAM", () => {
  it("has the answer from before the last write, even if nobody read it before", async () => {
    await create();
    await describeAs("old");
    await describeAs("new");
    stale(1);
    expect((await get()).Role?.Description).toBe("old");
    expect((await get()).Role?.Description).toBe("new");
  });

  it("does not find what was just created, and finds what was just deleted", async () => {
    await create();
    stale();
    await refusal(get(), "NoSuchEntityException");
    sandbox.faults.clear();
    await iam.send(new DeleteRoleCommand({ RoleName: "r" }));
    stale();
    expect((await get()).Role?.RoleName).toBe("r");
  });

  it("lags in listings too, by exactly one write", async () => {
    await create("a");
    await create("b");
    stale();
    const { RoleDetailList } = await iam.send(
      new GetAccountAuthorizationDetailsCommand({ Filter: ["Role"] }),
    );
    expect(RoleDetailList?.map(({ RoleName }) => RoleName)).toEqual(["a"]);
  });

  it("does not count a refused write, but counts one whose answer was lost", async () => {
    await create();
    await describeAs("old");
    await refusal(create(), "EntityAlreadyExistsException");
    stale(1);
    expect((await get()).Role?.Description).toBeUndefined();
    sandbox.faults.add({
      when: ({ mutating }) => mutating,
      at: "after",
      how: { error: "ServiceFailure", httpStatus: 500 },
      times: 1,
    });
    await refusal(describeAs("new"), "ServiceFailureException");
    stale(1);
    expect((await get()).Role?.Description).toBe("old");
  });

  it("is correct before the first write", async () => {
    stale();
    await refusal(get(), "NoSuchEntityException");
  });

  it("does not see what was last seeded", async () => {
    sandbox.createRole({ name: "r" });
    stale(1);
    await refusal(get(), "NoSuchEntityException");
    expect((await get()).Role?.RoleName).toBe("r");
  });
});

describe("a stale read of Parameter Store", () => {
  it("has the value from before the last write, if there was one", async () => {
    await put("/a", "1");
    await put("/a", "2");
    stale(1);
    expect(await read("/a")).toBe("1");
    expect(await read("/a")).toBe("2");
    await put("/b", "1");
    stale(2);
    await refusal(read("/b"), "ParameterNotFound");
    expect(await read("/a")).toBe("2");
  });

  it("still lists what was deleted", async () => {
    await put("/p/a", "1");
    await ssm.send(new DeleteParameterCommand({ Name: "/p/a" }));
    stale();
    const { Parameters } = await ssm.send(new GetParametersByPathCommand({ Path: "/p" }));
    expect(Parameters?.map(({ Name }) => Name)).toEqual(["/p/a"]);
  });

  it("is as old as the last write in its own Region and service", async () => {
    const elsewhere = new SSMClient(connection(sandbox, { region: "eu-west-1" }));
    await put("/a", "1");
    await put("/a", "2");
    await elsewhere.send(new PutParameterCommand({ Name: "/a", Value: "3", Type: "String" }));
    await create();
    stale();
    expect(await read("/a")).toBe("1");
    await refusal(read("/a", elsewhere), "ParameterNotFound");
    elsewhere.destroy();
  });
});

describe("the fault", () => {
  it("is not used up by writes or by services that are never stale", async () => {
    const sns = new SNSClient(connection(sandbox));
    await put("/a", "1");
    stale(1);
    await put("/a", "2");
    await sns.send(new ListTopicsCommand({}));
    expect(await read("/a")).toBe("1");
    expect(await read("/a")).toBe("2");
    expect(sandbox.calls.map(({ error, happened }) => [error, happened])).toEqual(
      Array.from({ length: 5 }, () => [null, true]),
    );
    sns.destroy();
  });
});
