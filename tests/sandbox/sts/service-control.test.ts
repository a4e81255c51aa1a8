import {
  CreateRoleCommand,
  GetRoleCommand,
  IAMClient,
  TagRoleCommand,
  UntagRoleCommand,
} from "@aws-sdk/client-iam";
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Sandbox, startSandbox } from "../../../sandbox/index.ts";
import { connection, refusal } from "../connection.ts";
import { account, lambdaTrust, trustOf } from "../iam/documents.ts";

let sandbox: Sandbox;
let iam: IAMClient;
beforeEach(async () => {
  sandbox = await startSandbox();
  iam = new IAMClient(connection(sandbox));
});
afterEach(async () => {
  iam.destroy();
  await sandbox.close();
});

const policy = (...Statement: readonly object[]): string =>
  JSON.stringify({ Version: "2012-10-17", Statement });
const everything = policy({ Effect: "Allow", Action: "*", Resource: "*" });
const create = () =>
  iam.send(new CreateRoleCommand({ RoleName: "r", AssumeRolePolicyDocument: lambdaTrust }));
const untag = () => iam.send(new UntagRoleCommand({ RoleName: "r", TagKeys: ["cost"] }));

describe("a service control policy", () => {
  it("denies users and sessions what it names, in IAM's words, and nothing else", async () => {
    await create();
    const denied = policy({ Effect: "Deny", Action: "iam:UntagRole", Resource: "*" });
    sandbox.setServiceControlPolicies([everything, denied]);
    expect(await refusal(untag(), "AccessDenied")).toBe(
      `User: arn:aws:iam::${account}:user/administrator is not authorized to perform: iam:UntagRole on resource: arn:aws:iam::${account}:role/r with an explicit deny in a service control policy`,
    );
    await iam.send(new TagRoleCommand({ RoleName: "r", Tags: [{ Key: "cost", Value: "1" }] }));
    sandbox.setServiceControlPolicies([]);
    await untag();
  });

  it("denies what none of them allows, whatever the caller's own policies say", async () => {
    sandbox.setServiceControlPolicies([
      policy({ Effect: "Allow", Action: "iam:Get*", Resource: "*" }),
      policy({ Effect: "Allow", Action: "sts:*", Resource: "*" }),
    ]);
    expect(await refusal(create(), "AccessDenied")).toMatch(
      /because no service control policy allows the iam:CreateRole action$/,
    );
    await refusal(iam.send(new GetRoleCommand({ RoleName: "r" })), "NoSuchEntityException");
    await new STSClient(connection(sandbox)).send(new GetCallerIdentityCommand({}));
  });

  it("grants nothing", async () => {
    sandbox.setServiceControlPolicies([everything]);
    const credentials = await sandbox.credentialsOf(sandbox.createRole({ name: "bare" }), "s");
    const ssm = new SSMClient(connection(sandbox, { credentials }));
    const put = new PutParameterCommand({ Name: "/a", Value: "x", Type: "String" });
    expect(await refusal(ssm.send(put), "AccessDeniedException")).toContain(
      "because no identity-based policy allows",
    );
    ssm.destroy();
  });

  it("has the keys of the call, such as the Region and the principal's ARN", async () => {
    const only = (arn: string) =>
      policy({
        Effect: "Deny",
        Action: "*",
        Resource: "*",
        Condition: { ArnNotLike: { "aws:PrincipalArn": arn } },
      });
    sandbox.setServiceControlPolicies([everything, only(`arn:aws:iam::${account}:user/admin*`)]);
    await create();
    sandbox.setServiceControlPolicies([everything, only(`arn:aws:iam::${account}:role/*`)]);
    await refusal(untag(), "AccessDenied");
  });

  it("wins over a trust policy that names the caller", async () => {
    const user = `arn:aws:iam::${account}:user/administrator`;
    const RoleArn = sandbox.createRole({ name: "r", trust: JSON.parse(trustOf({ AWS: user })) });
    const sts = new STSClient(connection(sandbox));
    const assume = () => sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: "session" }));
    await assume();
    sandbox.setServiceControlPolicies([
      policy({ Effect: "Allow", Action: "iam:*", Resource: "*" }),
    ]);
    await refusal(assume(), "AccessDenied");
    sts.destroy();
  });

  it("does not apply to the root user here, and must be a policy", async () => {
    const denied = policy({ Effect: "Deny", Action: "*", Resource: "*" });
    sandbox.setServiceControlPolicies([denied]);
    await refusal(create(), "AccessDenied");
    const root = { accessKeyId: "AKIATESTTESTTESTROOT", secretAccessKey: "x" };
    const asRoot = new IAMClient({ ...connection(sandbox), credentials: root });
    await refusal(asRoot.send(new GetRoleCommand({ RoleName: "r" })), "NoSuchEntityException");
    expect(() => sandbox.setServiceControlPolicies(['{"Statement":[]}'])).toThrow(
      "No service control policy",
    );
    asRoot.destroy();
  });
});
