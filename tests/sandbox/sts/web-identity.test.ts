import {
  AddClientIDToOpenIDConnectProviderCommand,
  CreateOpenIDConnectProviderCommand,
  CreateRoleCommand,
  DeleteOpenIDConnectProviderCommand,
  GetRoleCommand,
  IAMClient,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import {
  AssumeRoleWithWebIdentityCommand,
  type AssumeRoleWithWebIdentityCommandInput,
  GetCallerIdentityCommand,
  STSClient,
} from "@aws-sdk/client-sts";
import { generateKeyPair, SignJWT } from "jose";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Sandbox, startSandbox, type TokenRequest } from "../../../sandbox/index.ts";
import { connection, refusal } from "../connection.ts";
import {
  circleciTrust,
  organization,
  project,
  providerArn,
  providerUrl,
} from "../iam/documents.ts";

let sandbox: Sandbox;
let iam: IAMClient;
const RoleName = "CircleCI-OIDC-Role";
const RoleArn = `arn:aws:iam::123456789012:role/ci/${RoleName}`;
const stranger = "ffffffff-bbbb-4ccc-8ddd-eeeeeeeeeeee";
const userId = "cccccccc-bbbb-4ccc-8ddd-eeeeeeeeeeee";
const aud = { [`${providerUrl}:aud`]: organization };
const sub = (pattern: string) => ({ [`${providerUrl}:sub`]: pattern });

beforeEach(async () => {
  sandbox = await startSandbox();
  iam = new IAMClient(connection(sandbox));
  await iam.send(
    new CreateOpenIDConnectProviderCommand({
      Url: `https://${providerUrl}`,
      ClientIDList: [organization],
    }),
  );
  await iam.send(
    new CreateRoleCommand({
      RoleName,
      Path: "/ci/",
      Tags: [{ Key: "stage", Value: "prod" }],
      AssumeRolePolicyDocument: circleciTrust({ StringEquals: aud }),
    }),
  );
});
afterEach(() => sandbox.close());

const trust = (condition: object) =>
  iam.send(
    new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: circleciTrust(condition) }),
  );
const tokenOf = (more: Partial<TokenRequest> = {}) =>
  sandbox.circleci.issueToken({
    organizationId: organization,
    projectId: project,
    userId,
    origin: "github.com/acme/shop",
    ref: "refs/heads/main",
    ...more,
  });
const assume = (token: string, more: Partial<AssumeRoleWithWebIdentityCommandInput> = {}) => {
  const input = { RoleArn, RoleSessionName: "job", WebIdentityToken: token, ...more };
  return new STSClient(connection(sandbox)).send(new AssumeRoleWithWebIdentityCommand(input));
};
const denied = async (token: string): Promise<void> => {
  expect(await refusal(assume(token), "AccessDenied")).toBe(
    "Not authorized to perform sts:AssumeRoleWithWebIdentity",
  );
};

describe("AssumeRoleWithWebIdentity", () => {
  it("answers as AWS does, with credentials of the session", async () => {
    const answer = await assume(await tokenOf());
    const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
    const arn = "arn:aws:sts::123456789012:assumed-role/CircleCI-OIDC-Role/job";
    expect(answer.AssumedRoleUser).toEqual({ AssumedRoleId: `${Role?.RoleId}:job`, Arn: arn });
    expect(answer).toMatchObject({
      Provider: providerArn,
      Audience: organization,
      SubjectFromWebIdentityToken: `org/${organization}/project/${project}/user/${userId}/vcs-origin/github.com/acme/shop/vcs-ref/refs/heads/main`,
    });
    expect(Role?.RoleLastUsed).toMatchObject({ Region: "us-east-1" });
    const { AccessKeyId = "", SecretAccessKey = "", SessionToken = "" } = answer.Credentials ?? {};
    expect(AccessKeyId).toMatch(/^ASIA/);
    const credentials = {
      accessKeyId: AccessKeyId,
      secretAccessKey: SecretAccessKey,
      sessionToken: SessionToken,
    };
    const theirs = new STSClient(connection(sandbox, { credentials }));
    expect(await theirs.send(new GetCallerIdentityCommand({}))).toMatchObject({
      UserId: `${Role?.RoleId}:job`,
      Account: "123456789012",
      Arn: arn,
    });
  });

  it("admits a subject that matches the pattern, in both token versions", async () => {
    const any = `org/${organization}/project/${project}/user/*`;
    await trust({ StringEquals: aud, StringLike: sub(any) });
    await assume(await tokenOf());
    await assume(await tokenOf({ version: 1 }));
    await denied(await tokenOf({ projectId: stranger }));
    await denied(await tokenOf({ shape: "audit-log-stream" }));
    const main = `org/${organization}/project/${project}/user/*/vcs-ref/refs/heads/main`;
    await trust({ StringEquals: aud, StringLike: sub(main) });
    await assume(await tokenOf());
    await denied(await tokenOf({ version: 1 }));
    await denied(await tokenOf({ ref: "refs/heads/other" }));
  });

  it("uses the project claim and ignores every other claim of CircleCI", async () => {
    const key = (claim: string) => `${providerUrl}:oidc.circleci.com/${claim}`;
    await trust({ StringEquals: { ...aud, [key("project-id")]: project } });
    await assume(await tokenOf());
    await denied(await tokenOf({ projectId: stranger }));
    await trust({ StringEquals: { [key("vcs-ref")]: "refs/heads/main" } });
    await denied(await tokenOf());
    await trust({ StringNotEquals: { [key("vcs-ref")]: "refs/heads/main" } });
    await assume(await tokenOf());
  });

  it.each([
    ["its session's name", { StringEquals: { "sts:RoleSessionName": "job" } }, "other"],
    ["the role's tags", { StringEquals: { "aws:ResourceTag/stage": "prod" } }, null],
    ["the provider", { ArnEquals: { "aws:FederatedProvider": providerArn } }, null],
    [
      "the IdP's word, which CircleCI never gives",
      { Bool: { "sts:RoleAuthorizedByIdp": "false" } },
      null,
    ],
    ["the address", { IpAddress: { "aws:SourceIp": "127.0.0.1" } }, null],
    ["the Region", { StringEquals: { "aws:RequestedRegion": "us-east-1" } }, null],
    ["nobody's principal, as the call is unsigned", { Null: { "aws:PrincipalArn": "true" } }, null],
  ])("shows conditions %s", async (_, condition, otherName) => {
    await trust(condition);
    await assume(await tokenOf());
    if (otherName !== null) {
      await refusal(assume(await tokenOf(), { RoleSessionName: otherName }), "AccessDenied");
    }
  });

  it("ends by itself if the trust policy has a date", async () => {
    const until = new Date(sandbox.clock.now().getTime() + 60_000).toISOString();
    await trust({ DateLessThan: { "aws:CurrentTime": until.replace(/\.\d+Z/, "Z") } });
    await assume(await tokenOf());
    sandbox.clock.advance(61_000);
    await denied(await tokenOf());
  });

  it("does not exceed the role's longest session", async () => {
    const token = await tokenOf();
    expect(await refusal(assume(token, { DurationSeconds: 3601 }), "ValidationError")).toBe(
      "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    );
    await refusal(assume(token, { DurationSeconds: 899 }), "ValidationError");
    const { Credentials } = await assume(token, { DurationSeconds: 900 });
    const seconds =
      ((Credentials?.Expiration?.getTime() ?? 0) - sandbox.clock.now().getTime()) / 1000;
    expect(seconds).toBeGreaterThan(895);
    expect(seconds).toBeLessThanOrEqual(900);
  });

  it.each(["a", "with space", "a".repeat(65)])("refuses the session name %j", async (name) => {
    await refusal(assume(await tokenOf(), { RoleSessionName: name }), "ValidationError");
  });

  it("has the same error for a role that does not exist and one that refuses", async () => {
    const token = await tokenOf();
    for (const arn of [RoleArn.replace("/ci/", "/"), "arn:aws:iam::999999999999:role/x"]) {
      await refusal(assume(token, { RoleArn: arn }), "AccessDenied");
    }
  });
});

describe("a token", () => {
  it("is refused if the account has no provider for its issuer", async () => {
    const root = await tokenOf({ shape: "root-issuer" });
    expect(await refusal(assume(root), "InvalidIdentityTokenException")).toBe(
      "No OpenIDConnect provider found in your account for https://oidc.circleci.com",
    );
    const gone = new DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: providerArn });
    await iam.send(gone);
    await refusal(assume(await tokenOf()), "InvalidIdentityTokenException");
  });

  it("is refused with an audience that the provider does not have, until it has it", async () => {
    await trust({});
    const token = await tokenOf({ audience: "sts.amazonaws.com" });
    expect(await refusal(assume(token), "InvalidIdentityTokenException")).toBe(
      "Incorrect token audience",
    );
    await iam.send(
      new AddClientIDToOpenIDConnectProviderCommand({
        OpenIDConnectProviderArn: providerArn,
        ClientID: "sts.amazonaws.com",
      }),
    );
    expect((await assume(token)).Audience).toBe("sts.amazonaws.com");
  });

  it("is refused an hour after it was issued", async () => {
    const token = await tokenOf();
    sandbox.clock.advance(3_590_000);
    await assume(token);
    sandbox.clock.advance(11_000);
    expect(await refusal(assume(token), "ExpiredTokenException")).toMatch(/^Token expired/);
    const ahead = new Date(sandbox.clock.now().getTime() + 3_600_000);
    await refusal(assume(await tokenOf({ issuedAt: ahead })), "InvalidIdentityTokenException");
  });

  it("is refused if it is not a token, unsigned, changed, or signed by someone else", async () => {
    const token = await tokenOf();
    const [header = "", payload = "", signature = ""] = token.split(".");
    const claims: unknown = JSON.parse(Buffer.from(payload, "base64url").toString());
    const text = JSON.stringify(claims).replaceAll(project, stranger);
    const forged = Buffer.from(text).toString("base64url");
    const none = Buffer.from('{"alg":"none"}').toString("base64url");
    const { privateKey } = await generateKeyPair("RS256");
    const foreign = await new SignJWT(JSON.parse(text))
      .setProtectedHeader({ alg: "RS256", kid: "circleci-sandbox-1" })
      .sign(privateKey);
    for (const bad of [
      "abcdef",
      `${header}.${forged}.${signature}`,
      `${none}.${payload}.`,
      foreign,
    ]) {
      await refusal(assume(bad), "InvalidIdentityTokenException");
    }
    await assume(token);
  });
});
