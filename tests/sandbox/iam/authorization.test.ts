import {
  AttachRolePolicyCommand,
  CreateOpenIDConnectProviderCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  DeleteRoleCommand,
  GetOpenIDConnectProviderCommand,
  GetRoleCommand,
  IAMClient,
  ListRolesCommand,
  UpdateRoleCommand,
} from "@aws-sdk/client-iam";
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type NewRole, type Sandbox, startSandbox } from "../../../sandbox/index.ts";
import { connection, refusal } from "../connection.ts";
import { allowing, lambdaTrust, providerArn, providerUrl } from "./documents.ts";

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await startSandbox();
});
afterEach(() => sandbox.close());

type Statement = { Effect?: string; Action: unknown; Resource?: unknown; Condition?: object };

/** IAM as a session of a role with these statements. */
async function under(statements: readonly Statement[], more: Partial<NewRole> = {}) {
  const Statement = statements.map((each) => ({ Effect: "Allow", Resource: "*", ...each }));
  const policies = { inline: { Version: "2012-10-17", Statement } };
  const arn = sandbox.createRole({ name: "worker", path: "/fn/", policies, ...more });
  const credentials = await sandbox.credentialsOf(arn, "run");
  return new IAMClient(connection(sandbox, { credentials }));
}

const create = (iam: IAMClient, RoleName: string, more: object = {}) =>
  iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: lambdaTrust, ...more }));

describe("a session's call", () => {
  it("is refused in IAM's words if no policy of its role allows it", async () => {
    const iam = await under([
      { Action: "iam:GetRole", Resource: "arn:aws:iam::123456789012:role/a" },
    ]);
    await refusal(iam.send(new GetRoleCommand({ RoleName: "a" })), "NoSuchEntityException");
    expect(await refusal(iam.send(new GetRoleCommand({ RoleName: "b" })), "AccessDenied")).toBe(
      "User: arn:aws:sts::123456789012:assumed-role/worker/run is not authorized to perform: iam:GetRole on resource: arn:aws:iam::123456789012:role/b because no identity-based policy allows the iam:GetRole action",
    );
  });

  it("is refused by an explicit deny, and says so", async () => {
    const iam = await under([{ Action: "iam:*" }, { Effect: "Deny", Action: "iam:DeleteRole" }]);
    const remove = iam.send(new DeleteRoleCommand({ RoleName: "worker" }));
    expect(await refusal(remove, "AccessDenied")).toMatch(
      /with an explicit deny in an identity-based policy$/,
    );
  });

  it("stays inside the role's permissions boundary", async () => {
    const iam = await under([{ Action: "*" }], {
      boundary: "arn:aws:iam::aws:policy/AmazonS3FullAccess",
    });
    expect(await refusal(iam.send(new ListRolesCommand({})), "AccessDenied")).toMatch(
      /because no permissions boundary allows the iam:ListRoles action$/,
    );
  });

  it("may do what an attached managed policy allows", async () => {
    const iam = await under([], {
      policies: {},
      attached: ["arn:aws:iam::aws:policy/IAMFullAccess"],
    });
    expect((await iam.send(new ListRolesCommand({}))).Roles).toHaveLength(1);
  });

  it("is refused in a JSON service with that protocol's code", async () => {
    const arn = sandbox.createRole({ name: "worker" });
    const credentials = await sandbox.credentialsOf(arn, "run");
    const ssm = new SSMClient(connection(sandbox, { credentials }));
    const put = ssm.send(new PutParameterCommand({ Name: "/a", Value: "x", Type: "String" }));
    await expect(put).rejects.toMatchObject({
      name: "AccessDeniedException",
      $metadata: { httpStatusCode: 400 },
    });
  });

  it("is checked against the path of the role, existing or new", async () => {
    const iam = await under([{ Action: "iam:*", Resource: "arn:aws:iam::123456789012:role/ci/*" }]);
    await create(iam, "a", { Path: "/ci/" });
    await iam.send(new UpdateRoleCommand({ RoleName: "A", Description: "x" }));
    await refusal(create(iam, "b"), "AccessDenied");
  });

  it("needs the tagging action to create with tags", async () => {
    const iam = await under([{ Action: "iam:CreateRole" }]);
    await create(iam, "a");
    const denied = create(iam, "b", { Tags: [{ Key: "k", Value: "v" }] });
    expect(await refusal(denied, "AccessDenied")).toContain("iam:TagRole");
  });

  it("meets conditions on the policy attached, the boundary and the tags", async () => {
    const boundary = "arn:aws:iam::aws:policy/ReadOnlyAccess";
    const iam = await under([
      {
        Action: "iam:AttachRolePolicy",
        Condition: { ArnEquals: { "iam:PolicyARN": "arn:aws:iam::123456789012:policy/ok" } },
      },
      { Action: "iam:CreatePolicy" },
      {
        Action: ["iam:CreateRole", "iam:TagRole"],
        Condition: {
          StringEquals: { "iam:PermissionsBoundary": boundary, "aws:RequestTag/k": "v" },
        },
      },
      {
        Action: "iam:UpdateRole",
        Condition: { StringEquals: { "aws:ResourceTag/k": "v" } },
      },
    ]);
    await refusal(create(iam, "a", { PermissionsBoundary: boundary }), "AccessDenied");
    const Tags = [{ Key: "k", Value: "v" }];
    await create(iam, "a", { PermissionsBoundary: boundary, Tags });
    await iam.send(new UpdateRoleCommand({ RoleName: "a" }));
    await refusal(iam.send(new UpdateRoleCommand({ RoleName: "worker" })), "AccessDenied");
    for (const PolicyName of ["ok", "other"]) {
      await iam.send(new CreatePolicyCommand({ PolicyName, PolicyDocument: allowing("s3:*") }));
    }
    const attach = (name: string) =>
      iam.send(
        new AttachRolePolicyCommand({
          RoleName: "a",
          PolicyArn: `arn:aws:iam::123456789012:policy/${name}`,
        }),
      );
    await attach("ok");
    await refusal(attach("other"), "AccessDenied");
  });

  it("is checked against the provider's ARN, which for a new one comes from its URL", async () => {
    const iam = await under([{ Action: "iam:*", Resource: providerArn }]);
    const make = (Url: string) =>
      iam.send(new CreateOpenIDConnectProviderCommand({ Url, ClientIDList: ["x"] }));
    await make(`https://${providerUrl}`);
    await refusal(make("https://elsewhere.example"), "AccessDenied");
    const asked = new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: providerArn });
    expect((await iam.send(asked)).Url).toBe(providerUrl);
  });

  it("to IAM is a request to us-east-1, whatever Region the client uses", async () => {
    const condition = { StringEquals: { "aws:RequestedRegion": "us-east-1" } };
    const policies = {
      inline: {
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Action: "*", Resource: "*", Condition: condition }],
      },
    };
    const arn = sandbox.createRole({ name: "worker", policies });
    const credentials = await sandbox.credentialsOf(arn, "run");
    const elsewhere = connection(sandbox, { credentials, region: "eu-west-1" });
    await new IAMClient(elsewhere).send(new ListRolesCommand({}));
    const put = new PutParameterCommand({ Name: "/a", Value: "x", Type: "String" });
    await refusal(new SSMClient(elsewhere).send(put), "AccessDeniedException");
  });
});
