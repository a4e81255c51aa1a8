import {
  AttachRolePolicyCommand,
  CreateAccessKeyCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  CreateUserCommand,
  GetAccessKeyLastUsedCommand,
  GetAccountAuthorizationDetailsCommand,
  type GetAccountAuthorizationDetailsCommandInput,
  type GetAccountAuthorizationDetailsResponse,
  GetAccountSummaryCommand,
  IAMClient,
  ListAccessKeysCommand,
  ListRolesCommand,
  ListUsersCommand,
  PutRolePolicyCommand,
  paginateGetAccountAuthorizationDetails,
} from "@aws-sdk/client-iam";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Sandbox, startSandbox } from "../../../sandbox/index.ts";
import { connection, refusal } from "../connection.ts";
import { allowing, lambdaTrust } from "./documents.ts";

let sandbox: Sandbox;
let iam: IAMClient;
beforeEach(async () => {
  sandbox = await startSandbox();
  iam = new IAMClient(connection(sandbox));
  const AssumeRolePolicyDocument = lambdaTrust;
  for (const RoleName of ["a", "b", "c"]) {
    await iam.send(
      new CreateRoleCommand({
        RoleName,
        AssumeRolePolicyDocument,
        Description: "not shown",
        Tags: [{ Key: "k", Value: RoleName }],
      }),
    );
  }
  const PolicyDocument = allowing("s3:GetObject");
  await iam.send(new CreatePolicyCommand({ PolicyName: "p", PolicyDocument }));
  const PolicyArn = "arn:aws:iam::123456789012:policy/p";
  await iam.send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument }));
  await iam.send(new AttachRolePolicyCommand({ RoleName: "a", PolicyArn }));
  await iam.send(new PutRolePolicyCommand({ RoleName: "a", PolicyName: "i", PolicyDocument }));
});
afterEach(() => sandbox.close());

const details = (input: GetAccountAuthorizationDetailsCommandInput = {}) =>
  iam.send(new GetAccountAuthorizationDetailsCommand(input));

/** The names on a page, of all kinds. */
const namesIn = (page: GetAccountAuthorizationDetailsResponse): readonly unknown[] => [
  ...(page.UserDetailList ?? []).map(({ UserName }) => UserName),
  ...(page.RoleDetailList ?? []).map(({ RoleName }) => RoleName),
  ...(page.Policies ?? []).map(({ PolicyName }) => PolicyName),
];

describe("GetAccountAuthorizationDetails", () => {
  it("has a role with its policies and tags, without description and session length", async () => {
    const { RoleDetailList = [] } = await details({ Filter: ["Role"] });
    const role = RoleDetailList[0];
    expect(role).toMatchObject({
      RoleName: "a",
      Tags: [{ Key: "k", Value: "a" }],
      AttachedManagedPolicies: [{ PolicyName: "p" }],
      InstanceProfileList: [],
    });
    expect(decodeURIComponent(role?.RolePolicyList?.[0]?.PolicyDocument ?? "")).toBe(
      allowing("s3:GetObject"),
    );
    expect(role).not.toHaveProperty("Description");
    expect(role).not.toHaveProperty("MaxSessionDuration");
  });

  it("has a managed policy with every version, without its tags", async () => {
    const { Policies = [] } = await details({ Filter: ["LocalManagedPolicy"] });
    expect(Policies).toHaveLength(1);
    expect(Policies[0]).toMatchObject({ DefaultVersionId: "v1", AttachmentCount: 1 });
    expect(
      Policies[0]?.PolicyVersionList?.map(({ VersionId, IsDefaultVersion }) => [
        VersionId,
        IsDefaultVersion,
      ]),
    ).toEqual([
      ["v2", false],
      ["v1", true],
    ]);
    expect(Policies[0]).not.toHaveProperty("Tags");
  });

  it("has only what the filter names, and everything without one", async () => {
    expect(namesIn(await details({ Filter: ["User"] }))).toEqual(["administrator"]);
    expect(namesIn(await details({ Filter: ["Group"] }))).toEqual([]);
    expect(namesIn(await details())).toEqual([
      "administrator",
      "a",
      "b",
      "c",
      "p",
      "AdministratorAccess",
    ]);
  });

  it("pages over all kinds together", async () => {
    const first = await details({ MaxItems: 4 });
    expect(namesIn(first)).toHaveLength(4);
    expect(first.IsTruncated).toBe(true);
    const second = await details({ MaxItems: 4, Marker: first.Marker });
    expect([...namesIn(first), ...namesIn(second)]).toEqual(namesIn(await details()));
    expect(second.IsTruncated).toBe(false);
  });

  it("has short and empty pages with a token if a test asks for short pages", async () => {
    sandbox.setPaging("short-pages");
    const pages: number[] = [];
    const names: unknown[] = [];
    for await (const page of paginateGetAccountAuthorizationDetails({ client: iam }, {})) {
      pages.push(namesIn(page).length);
      names.push(...namesIn(page));
    }
    expect(pages.slice(0, 2)).toEqual([0, 1]);
    expect(names).toHaveLength(6);
    expect(new Set(names).size).toBe(6);
    const roles = await iam.send(new ListRolesCommand({}));
    expect(roles.Roles ?? []).toEqual([]);
    expect(roles.IsTruncated).toBe(true);
  });
});

describe("GetAccountSummary", () => {
  it("has counts together with the quotas", async () => {
    const { SummaryMap = {} } = await iam.send(new GetAccountSummaryCommand({}));
    expect(SummaryMap).toMatchObject({
      Roles: 3,
      Users: 1,
      Policies: 1,
      Providers: 0,
      RolesQuota: 1000,
      AssumeRolePolicySizeQuota: 2048,
      VersionsPerPolicyQuota: 5,
    });
  });
});

describe("an access key", () => {
  it("is listed with its age, and shows when it was last used", async () => {
    const UserName = "circleci-deploy";
    await iam.send(new CreateUserCommand({ UserName }));
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
    const AccessKeyId = AccessKey?.AccessKeyId ?? "";
    expect(AccessKeyId).toMatch(/^AKIA[A-Z2-7]{16}$/);
    const users = await iam.send(new ListUsersCommand({}));
    expect(users.Users?.map((user) => user.UserName)).toEqual(["administrator", UserName]);
    const keys = await iam.send(new ListAccessKeysCommand({ UserName }));
    expect(keys.AccessKeyMetadata).toEqual([
      { UserName, AccessKeyId, Status: "Active", CreateDate: AccessKey?.CreateDate },
    ]);
    const mine = await iam.send(new ListAccessKeysCommand({}));
    expect(mine.AccessKeyMetadata?.[0]?.UserName).toBe("administrator");
    const lastUse = async () =>
      (await iam.send(new GetAccessKeyLastUsedCommand({ AccessKeyId }))).AccessKeyLastUsed;
    expect(await lastUse()).toEqual({ ServiceName: "N/A", Region: "N/A" });
    const credentials = {
      accessKeyId: AccessKeyId,
      secretAccessKey: AccessKey?.SecretAccessKey ?? "",
      sessionToken: "",
    };
    const theirs = new IAMClient(connection(sandbox, { credentials }));
    await refusal(theirs.send(new ListAccessKeysCommand({})), "AccessDenied");
    expect(await lastUse()).toMatchObject({ ServiceName: "iam", Region: "us-east-1" });
  });
});
