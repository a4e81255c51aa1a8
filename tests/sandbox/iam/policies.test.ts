import {
  AttachRolePolicyCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  DetachRolePolicyCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  IAMClient,
  ListEntitiesForPolicyCommand,
  ListPoliciesCommand,
  ListPolicyTagsCommand,
  ListPolicyVersionsCommand,
  SetDefaultPolicyVersionCommand,
  TagPolicyCommand,
  UntagPolicyCommand,
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
});
afterEach(() => sandbox.close());

const PolicyName = "CircleCI-Deployment-Policy";
const PolicyArn = `arn:aws:iam::123456789012:policy/${PolicyName}`;
const create = (PolicyDocument = allowing("ecr:PutImage"), name = PolicyName) =>
  iam.send(new CreatePolicyCommand({ PolicyName: name, PolicyDocument }));
const addVersion = (SetAsDefault: boolean, PolicyDocument = allowing("ecr:PutImage")) =>
  iam.send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument, SetAsDefault }));
const removeVersion = (VersionId: string) =>
  iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId }));
const get = async () => (await iam.send(new GetPolicyCommand({ PolicyArn }))).Policy;
const versions = async () => {
  const { Versions = [] } = await iam.send(new ListPolicyVersionsCommand({ PolicyArn }));
  return Versions.map(({ VersionId, IsDefaultVersion }) =>
    IsDefaultVersion === true ? `${VersionId}*` : VersionId,
  );
};

describe("a managed policy", () => {
  it("is created once, by a name that ignores case", async () => {
    const { Policy } = await create();
    expect(Policy).toMatchObject({
      Arn: PolicyArn,
      DefaultVersionId: "v1",
      AttachmentCount: 0,
      IsAttachable: true,
    });
    expect(Policy?.PolicyId).toMatch(/^ANPA[A-Z2-7]{17}$/);
    const again = create(undefined, PolicyName.toUpperCase());
    await refusal(again, "EntityAlreadyExistsException");
  });

  it("is limited to 6144 characters without white space", async () => {
    const arn = (length: number): string =>
      allowing("s3:GetObject", `arn:aws:s3:::${"x".repeat(length)}`);
    const room = 6144 - arn(0).length;
    await create(JSON.stringify(JSON.parse(arn(room)), null, 8));
    expect(await refusal(create(arn(room + 1), "other"), "LimitExceededException")).toBe(
      "Cannot exceed quota for PolicySize: 6144",
    );
  });

  it("is refused with a principal, without a statement, and if it is not JSON", async () => {
    for (const text of [lambdaTrust, '{"Version":"2012-10-17","Statement":[]}', "hello"]) {
      await refusal(create(text), "MalformedPolicyDocumentException");
    }
  });

  it("is tagged; only GetPolicy and ListPolicyTags show it", async () => {
    await create();
    await iam.send(new TagPolicyCommand({ PolicyArn, Tags: [{ Key: "k", Value: "v" }] }));
    expect((await get())?.Tags).toEqual([{ Key: "k", Value: "v" }]);
    const listed = await iam.send(new ListPoliciesCommand({ Scope: "Local" }));
    expect(listed.Policies?.[0]?.Tags).toBeUndefined();
    await iam.send(new UntagPolicyCommand({ PolicyArn, TagKeys: ["k"] }));
    expect((await iam.send(new ListPolicyTagsCommand({ PolicyArn }))).Tags).toEqual([]);
  });

  it("is not deleted while it is attached or has other versions", async () => {
    await create();
    await addVersion(false);
    const RoleName = "r";
    await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: lambdaTrust }));
    await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
    const remove = () => iam.send(new DeletePolicyCommand({ PolicyArn }));
    expect(await refusal(remove(), "DeleteConflictException")).toBe(
      "Cannot delete a policy attached to entities.",
    );
    await iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn }));
    await refusal(remove(), "DeleteConflictException");
    await removeVersion("v2");
    await remove();
    expect(await refusal(get(), "NoSuchEntityException")).toBe(
      `Policy ${PolicyArn} was not found.`,
    );
  });

  it("of AWS's own can be attached, but not changed", async () => {
    const AdministratorAccess = "arn:aws:iam::aws:policy/AdministratorAccess";
    const document = allowing("*");
    const change = new CreatePolicyVersionCommand({
      PolicyArn: AdministratorAccess,
      PolicyDocument: document,
    });
    await refusal(iam.send(change), "AccessDenied");
    await refusal(
      iam.send(new DeletePolicyCommand({ PolicyArn: AdministratorAccess })),
      "AccessDenied",
    );
    const aws = await iam.send(new ListPoliciesCommand({ Scope: "AWS" }));
    expect(aws.Policies?.map((policy) => policy.Arn)).toContain(AdministratorAccess);
  });

  it("lists who has it, attached and as a boundary", async () => {
    await create();
    const AssumeRolePolicyDocument = lambdaTrust;
    await iam.send(
      new CreateRoleCommand({
        RoleName: "a",
        AssumeRolePolicyDocument,
        PermissionsBoundary: PolicyArn,
      }),
    );
    await iam.send(new CreateRoleCommand({ RoleName: "b", AssumeRolePolicyDocument }));
    await iam.send(new AttachRolePolicyCommand({ RoleName: "b", PolicyArn }));
    const holders = async (PolicyUsageFilter: "PermissionsPolicy" | "PermissionsBoundary") => {
      const asked = new ListEntitiesForPolicyCommand({ PolicyArn, PolicyUsageFilter });
      return (await iam.send(asked)).PolicyRoles?.map(({ RoleName }) => RoleName);
    };
    expect(await holders("PermissionsPolicy")).toEqual(["b"]);
    expect(await holders("PermissionsBoundary")).toEqual(["a"]);
    expect(await get()).toMatchObject({ AttachmentCount: 1, PermissionsBoundaryUsageCount: 1 });
  });
});

describe("a policy's versions", () => {
  it("are five at most", async () => {
    await create();
    for (let i = 0; i < 4; i += 1) await addVersion(false);
    expect(await refusal(addVersion(true), "LimitExceededException")).toMatch(/up to 5 versions/);
    expect(await versions()).toEqual(["v5", "v4", "v3", "v2", "v1*"]);
  });

  it("never use an id again", async () => {
    await create();
    await addVersion(false);
    await removeVersion("v2");
    const { PolicyVersion } = await addVersion(true);
    expect(PolicyVersion).toMatchObject({ VersionId: "v3", IsDefaultVersion: true });
    expect(PolicyVersion).not.toHaveProperty("Document");
    expect(await versions()).toEqual(["v3*", "v1"]);
  });

  it("are listed the newest first, v10 before v9", async () => {
    await create();
    for (let i = 2; i <= 10; i += 1) {
      await addVersion(true);
      if (i < 10) await removeVersion(`v${i - 1}`);
    }
    expect(await versions()).toEqual(["v10*", "v9"]);
  });

  it("cannot lose the default one, but another can become it", async () => {
    await create(allowing("s3:GetObject"));
    await addVersion(true, allowing("s3:PutObject"));
    await refusal(removeVersion("v2"), "DeleteConflictException");
    await iam.send(new SetDefaultPolicyVersionCommand({ PolicyArn, VersionId: "v1" }));
    expect((await get())?.DefaultVersionId).toBe("v1");
    await removeVersion("v2");
    await refusal(removeVersion("v2"), "NoSuchEntityException");
  });

  it("show their document percent-encoded, as it was written", async () => {
    const text = JSON.stringify(JSON.parse(allowing("s3:Get*")), null, 2);
    await create(text);
    const asked = new GetPolicyVersionCommand({ PolicyArn, VersionId: "v1" });
    const { PolicyVersion } = await iam.send(asked);
    expect(PolicyVersion?.Document).not.toContain("*");
    expect(decodeURIComponent(PolicyVersion?.Document ?? "")).toBe(text);
  });
});
