import {
  CreateRoleCommand,
  DeleteRoleCommand,
  GetRoleCommand,
  IAMClient,
  ListRolesCommand,
} from "@aws-sdk/client-iam";
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Sandbox, type SessionCredentials, startSandbox } from "../../../sandbox/index.ts";
import { connection, refusal } from "../connection.ts";
import { allowing, trustOf } from "../iam/documents.ts";

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await startSandbox();
});
afterEach(() => sandbox.close());

const own = "arn:aws:iam::123456789012";
const policy = (...statements: object[]) => ({ Version: "2012-10-17", Statement: statements });
const allow = (Action: string, Resource = "*") => ({ Effect: "Allow", Action, Resource });
const iamAs = (credentials: SessionCredentials) =>
  new IAMClient(connection(sandbox, { credentials }));
const stsAs = (credentials?: SessionCredentials) =>
  new STSClient(connection(sandbox, credentials === undefined ? {} : { credentials }));
const assume = (sts: STSClient, RoleArn: string, more: object = {}) =>
  sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: "next", ...more }));

describe("a session", () => {
  it("ends when its time is over", async () => {
    const arn = sandbox.createRole({ name: "r", policies: { p: policy(allow("iam:*")) } });
    const iam = iamAs(await sandbox.credentialsOf(arn, "s", 900));
    await iam.send(new ListRolesCommand({}));
    sandbox.clock.advance(901_000);
    await refusal(iam.send(new ListRolesCommand({})), "ExpiredToken");
  });

  it("is unknown with another token or without one", async () => {
    const arn = sandbox.createRole({ name: "r" });
    const credentials = await sandbox.credentialsOf(arn, "s");
    const identity = (sessionToken: string) =>
      stsAs({ ...credentials, sessionToken }).send(new GetCallerIdentityCommand({}));
    expect((await identity(credentials.sessionToken)).Arn).toMatch(/assumed-role\/r\/s$/);
    await refusal(identity("made-up"), "InvalidClientTokenId");
    await refusal(identity(""), "InvalidClientTokenId");
  });

  it("has no permissions left once its role is deleted or re-created", async () => {
    const role = { name: "r", policies: { p: policy(allow("iam:*")) } };
    const arn = sandbox.createRole(role);
    const iam = iamAs(await sandbox.credentialsOf(arn, "s"));
    await iam.send(new ListRolesCommand({}));
    sandbox.createRole(role);
    await refusal(iam.send(new ListRolesCommand({})), "AccessDenied");
  });

  it("is rejected for a role that does not exist", async () => {
    await expect(sandbox.credentialsOf(`${own}:role/none`, "s")).rejects.toThrow(/no role/);
  });
});

describe("an unknown access key", () => {
  const key = { accessKeyId: "AKIAUNKNOWN", secretAccessKey: "x", sessionToken: "" };

  it("acts as the root user", async () => {
    const identity = await stsAs(key).send(new GetCallerIdentityCommand({}));
    expect(identity.Arn).toBe(`${own}:root`);
  });

  it("is refused if the account is strict", async () => {
    const strict = await startSandbox({ strict: true });
    const sts = new STSClient(connection(strict, { credentials: key }));
    await refusal(sts.send(new GetCallerIdentityCommand({})), "InvalidClientTokenId");
    const admin = new STSClient(connection(strict));
    await admin.send(new GetCallerIdentityCommand({}));
    const unsigned = await fetch(`${strict.endpoint}/?Action=ListUsers&Version=2010-05-08`);
    expect(unsigned.status).toBe(403);
    await strict.close();
  });
});

describe("AssumeRole", () => {
  const caller = (statements: object[]) =>
    sandbox.createRole({ name: "caller", path: "/p/", policies: { p: policy(...statements) } });
  const target = async (principal: object, more: object = {}) => {
    const AssumeRolePolicyDocument = trustOf(principal, more);
    const admin = new IAMClient(connection(sandbox));
    await admin.send(new CreateRoleCommand({ RoleName: "target", AssumeRolePolicyDocument }));
    return `${own}:role/target`;
  };
  const asCaller = async () => stsAs(await sandbox.credentialsOf(`${own}:role/p/caller`, "s"));

  it("needs no policy of the caller if the trust policy names it", async () => {
    caller([allow("s3:*")]);
    const arn = await target({ AWS: `${own}:role/p/caller` });
    const answer = await assume(await asCaller(), arn);
    expect(answer.AssumedRoleUser?.Arn).toBe("arn:aws:sts::123456789012:assumed-role/target/next");
  });

  it("also needs the caller's own policy if the trust policy names the account", async () => {
    caller([allow("s3:*")]);
    const arn = await target({ AWS: "123456789012" });
    expect(await refusal(assume(await asCaller(), arn), "AccessDenied")).toBe(
      `User: arn:aws:sts::123456789012:assumed-role/caller/s is not authorized to perform: sts:AssumeRole on resource: ${arn}`,
    );
    caller([allow("sts:AssumeRole", arn)]);
    await assume(await asCaller(), arn);
  });

  it("is denied by the caller's own Deny, and by a trust policy that names another", async () => {
    caller([{ Effect: "Deny", Action: "sts:*", Resource: "*" }]);
    const arn = await target({ AWS: `${own}:role/p/caller` });
    await refusal(assume(await asCaller(), arn), "AccessDenied");
    caller([allow("sts:*")]);
    await refusal(assume(await asCaller(), `${own}:role/none`), "AccessDenied");
  });

  it("limits a session to its session policy", async () => {
    const arn = await target({ AWS: `${own}:user/administrator` });
    sandbox.createRole({
      name: "target",
      policies: { p: policy(allow("iam:*")) },
      trust: JSON.parse(trustOf({ AWS: `${own}:user/administrator` })),
    });
    const answer = await assume(stsAs(), arn, { Policy: allowing("iam:ListRoles") });
    const { AccessKeyId = "", SecretAccessKey = "", SessionToken = "" } = answer.Credentials ?? {};
    const iam = iamAs({
      accessKeyId: AccessKeyId,
      secretAccessKey: SecretAccessKey,
      sessionToken: SessionToken,
    });
    await iam.send(new ListRolesCommand({}));
    const get = iam.send(new GetRoleCommand({ RoleName: "target" }));
    expect(await refusal(get, "AccessDenied")).toMatch(/because no session policy allows/);
    await refusal(iam.send(new DeleteRoleCommand({ RoleName: "target" })), "AccessDenied");
  });

  it("needs the external id that the trust policy names", async () => {
    const condition = { Condition: { StringEquals: { "sts:ExternalId": "secret" } } };
    const arn = await target({ AWS: "*" }, condition);
    await refusal(assume(stsAs(), arn), "AccessDenied");
    await refusal(assume(stsAs(), arn, { ExternalId: "other" }), "AccessDenied");
    await assume(stsAs(), arn, { ExternalId: "secret" });
  });
});
