import {
  AttachRolePolicyCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  DeleteRoleCommand,
  GetRoleCommand,
  IAMClient,
  TagRoleCommand,
  UpdateRoleDescriptionCommand,
} from "@aws-sdk/client-iam";
import { GetParameterCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type Sandbox, startSandbox } from "../../../sandbox/index.ts";
import { connection, refusal } from "../connection.ts";
import { lambdaTrust } from "../iam/documents.ts";

let sandbox: Sandbox;
let iam: IAMClient;
let ssm: SSMClient;
beforeEach(async () => {
  const now = new Date("2026-11-26T10:00:00Z");
  sandbox = await startSandbox({ now, millisecondsPerCall: 1000, lag: () => 10_000 });
  iam = new IAMClient({ ...connection(sandbox), maxAttempts: 1 });
  ssm = new SSMClient(connection(sandbox));
});
afterEach(async () => {
  iam.destroy();
  ssm.destroy();
  await sandbox.close();
});

const role = { RoleName: "r" };
const create = () =>
  iam.send(new CreateRoleCommand({ ...role, AssumeRolePolicyDocument: lambdaTrust }));
const describeAs = (Description: string) =>
  iam.send(new UpdateRoleDescriptionCommand({ ...role, Description }));
const description = async () => (await iam.send(new GetRoleCommand(role))).Role?.Description;
const later = () => sandbox.clock.advance(60_000);

it("hides a new role from reads and writes until the write is as old as the lag", async () => {
  await create();
  await refusal(iam.send(new GetRoleCommand(role)), "NoSuchEntityException");
  const tag = new TagRoleCommand({ ...role, Tags: [{ Key: "a", Value: "b" }] });
  await refusal(iam.send(tag), "NoSuchEntityException");
  sandbox.clock.advance(8_000);
  await iam.send(tag);
});

it("hides a new policy from a role that is there", async () => {
  await create();
  later();
  const PolicyDocument = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: "s3:GetObject", Resource: "*" }],
  });
  const { Policy } = await iam.send(new CreatePolicyCommand({ PolicyName: "p", PolicyDocument }));
  const attach = new AttachRolePolicyCommand({ ...role, PolicyArn: Policy?.Arn });
  await refusal(iam.send(attach), "NoSuchEntityException");
  later();
  await iam.send(attach);
});

it("keeps a deleted role's name taken, and creates no role twice", async () => {
  await create();
  later();
  await iam.send(new DeleteRoleCommand(role));
  await refusal(create(), "EntityAlreadyExistsException");
  later();
  await create();
  await refusal(create(), "EntityAlreadyExistsException");
});

it("may answer an older read after a newer one, each from one moment", async () => {
  await create();
  await describeAs("one").catch(() => undefined);
  later();
  await describeAs("two");
  await describeAs("three");
  const answers: (string | undefined)[] = [];
  for (const lag of [0, 3_000, 6_000, 0]) {
    sandbox.setLag(() => lag);
    answers.push(await description());
  }
  expect(answers).toEqual(["three", "two", undefined, "three"]);
});

it("lags for the calls that it is asked to lag for", async () => {
  await create();
  sandbox.setLag(({ operation }) => (operation === "GetRole" ? 60_000 : 0));
  await refusal(iam.send(new GetRoleCommand(role)), "NoSuchEntityException");
  await describeAs("seen");
  sandbox.setLag(null);
  expect(await description()).toBe("seen");
});

it("shows an older parameter, and writes on the newest", async () => {
  const put = async (Value: string) => {
    const write = { Name: "/p", Value, Type: "String", Overwrite: true } as const;
    return (await ssm.send(new PutParameterCommand(write))).Version;
  };
  const read = async () =>
    (await ssm.send(new GetParameterCommand({ Name: "/p" }))).Parameter?.Value;
  await put("one");
  later();
  expect(await put("two")).toBe(2);
  expect(await put("three")).toBe(3);
  expect(await read()).toBe("one");
  later();
  expect(await read()).toBe("three");
});
