import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
  ListRolePoliciesCommand,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Sandbox, startSandbox } from "../../../sandbox/index.ts";
import { connection, refusal } from "../connection.ts";
import { allowing, lambdaTrust } from "./documents.ts";

let sandbox: Sandbox;
let iam: IAMClient;
const RoleName = "r";
beforeEach(async () => {
  sandbox = await startSandbox({ quotas: { AttachedPoliciesPerRoleQuota: 2 } });
  iam = new IAMClient(connection(sandbox));
  await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: lambdaTrust }));
});
afterEach(() => sandbox.close());

const awsPolicy = (name: string): string => `arn:aws:iam::aws:policy/${name}`;
const put = (PolicyName: string, PolicyDocument = allowing("s3:GetObject")) =>
  iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument }));
const names = async () => (await iam.send(new ListRolePoliciesCommand({ RoleName }))).PolicyNames;
const attach = (PolicyArn: string) =>
  iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
const detach = (PolicyArn: string) =>
  iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn }));
const attached = async () => {
  const answer = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }));
  return answer.AttachedPolicies?.map(({ PolicyName }) => PolicyName);
};

describe("an inline policy", () => {
  it("is put, replaced by a name that ignores case, shown encoded, and deleted", async () => {
    await put("One");
    await put("one", allowing("s3:PutObject"));
    expect(await names()).toEqual(["One"]);
    const shown = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName: "one" }));
    expect(decodeURIComponent(shown.PolicyDocument ?? "")).toBe(allowing("s3:PutObject"));
    const remove = new DeleteRolePolicyCommand({ RoleName, PolicyName: "One" });
    await iam.send(remove);
    expect(await names()).toEqual([]);
    await refusal(iam.send(remove), "NoSuchEntityException");
  });

  it("shares 10240 characters with the role's others", async () => {
    const sized = (length: number): string =>
      allowing(
        "s3:GetObject",
        `arn:aws:s3:::${"x".repeat(length - allowing("s3:GetObject", "arn:aws:s3:::").length)}`,
      );
    await put("a", sized(6000));
    await put("b", sized(4240));
    await refusal(put("c", sized(200)), "LimitExceededException");
    await put("b", sized(4000));
    await put("c", sized(200));
  });

  it("is refused with a principal", async () => {
    await refusal(put("x", lambdaTrust), "MalformedPolicyDocumentException");
    expect(await names()).toEqual([]);
  });
});

describe("an attachment", () => {
  it("is created idempotently, but not with a policy that does not exist", async () => {
    await attach(awsPolicy("ReadOnlyAccess"));
    await attach(awsPolicy("ReadOnlyAccess"));
    expect(await attached()).toEqual(["ReadOnlyAccess"]);
    const missing = "arn:aws:iam::123456789012:policy/none";
    expect(await refusal(attach(missing), "NoSuchEntityException")).toBe(
      `Policy ${missing} does not exist or is not attachable.`,
    );
  });

  it("cannot be removed twice", async () => {
    await attach(awsPolicy("ReadOnlyAccess"));
    await detach(awsPolicy("ReadOnlyAccess"));
    expect(await refusal(detach(awsPolicy("ReadOnlyAccess")), "NoSuchEntityException")).toBe(
      `Policy ${awsPolicy("ReadOnlyAccess")} was not found.`,
    );
  });

  it("is limited in number by the role's quota", async () => {
    await attach(awsPolicy("ReadOnlyAccess"));
    await attach(awsPolicy("IAMFullAccess"));
    expect(await refusal(attach(awsPolicy("AmazonS3FullAccess")), "LimitExceededException")).toBe(
      "Cannot exceed quota for PoliciesPerRole: 2",
    );
  });
});

describe("a role's deletion", () => {
  const remove = () => iam.send(new DeleteRoleCommand({ RoleName }));

  it("needs its attachments to be gone, then its inline policies", async () => {
    await attach(awsPolicy("ReadOnlyAccess"));
    await put("x");
    expect(await refusal(remove(), "DeleteConflictException")).toBe(
      "Cannot delete entity, must detach all policies first.",
    );
    await detach(awsPolicy("ReadOnlyAccess"));
    expect(await refusal(remove(), "DeleteConflictException")).toBe(
      "Cannot delete entity, must delete policies first.",
    );
    await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: "x" }));
    await remove();
    await refusal(remove(), "NoSuchEntityException");
  });
});
