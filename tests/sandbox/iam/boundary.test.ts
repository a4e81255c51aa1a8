import {
  AttachRolePolicyCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  DeleteRoleCommand,
  DeleteRolePermissionsBoundaryCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  GetAccountAuthorizationDetailsCommand,
  GetPolicyCommand,
  GetRoleCommand,
  IAMClient,
  ListEntitiesForPolicyCommand,
  ListPoliciesCommand,
  ListRoleTagsCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  TagRoleCommand,
  UntagRoleCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
  UpdateRoleDescriptionCommand,
} from "@aws-sdk/client-iam";
import { afterEach, beforeEach, describe, expect, it, test } from "vitest";
import { type Sandbox, startSandbox } from "../../../sandbox/index.ts";
import { connection, refusal } from "../connection.ts";
import { account, allowing, lambdaTrust } from "./documents.ts";

let sandbox: Sandbox;
let admin: IAMClient;
beforeEach(async () => {
  sandbox = await startSandbox();
  admin = new IAMClient(connection(sandbox));
});
afterEach(async () => {
  admin.destroy();
  await sandbox.close();
});

const boundary = "arn:aws:iam::aws:policy/ReadOnlyAccess";
const PolicyArn = "arn:aws:iam::aws:policy/AmazonS3FullAccess";
const inline = { PolicyName: "p", PolicyDocument: allowing("s3:*") };

/** IAM as a session that may do everything with roles inside that boundary, and nothing else. */
async function limited(): Promise<IAMClient> {
  const condition = { StringEquals: { "iam:PermissionsBoundary": boundary } };
  const statement = { Effect: "Allow", Action: "iam:*", Resource: "*", Condition: condition };
  const policies = { p: { Version: "2012-10-17", Statement: [statement] } };
  const arn = sandbox.createRole({ name: "limited", policies });
  return new IAMClient(connection(sandbox, { credentials: await sandbox.credentialsOf(arn, "s") }));
}

type Send = (iam: IAMClient, RoleName: string) => Promise<unknown>;

const seeing: readonly (readonly [string, Send])[] = [
  ["AttachRolePolicy", (c, n) => c.send(new AttachRolePolicyCommand({ RoleName: n, PolicyArn }))],
  ["DetachRolePolicy", (c, n) => c.send(new DetachRolePolicyCommand({ RoleName: n, PolicyArn }))],
  ["PutRolePolicy", (c, n) => c.send(new PutRolePolicyCommand({ RoleName: n, ...inline }))],
  [
    "DeleteRolePolicy",
    (c, n) => c.send(new DeleteRolePolicyCommand({ RoleName: n, PolicyName: "p" })),
  ],
  [
    "DeleteRolePermissionsBoundary",
    (c, n) => c.send(new DeleteRolePermissionsBoundaryCommand({ RoleName: n })),
  ],
  [
    "UpdateAssumeRolePolicy",
    (c, n) =>
      c.send(new UpdateAssumeRolePolicyCommand({ RoleName: n, PolicyDocument: lambdaTrust })),
  ],
  ["GetRole", (c, n) => c.send(new GetRoleCommand({ RoleName: n }))],
  ["UpdateRole", (c, n) => c.send(new UpdateRoleCommand({ RoleName: n }))],
  [
    "UpdateRoleDescription",
    (c, n) => c.send(new UpdateRoleDescriptionCommand({ RoleName: n, Description: "x" })),
  ],
];

describe("iam:PermissionsBoundary", () => {
  test.each(seeing)("is the role's own for %s", async (_, send) => {
    const role = { attached: [PolicyArn], policies: { p: JSON.parse(inline.PolicyDocument) } };
    sandbox.createRole({ name: "bounded", boundary, ...role });
    sandbox.createRole({ name: "free", ...role });
    sandbox.createRole({ name: "other", boundary: PolicyArn, ...role });
    const iam = await limited();
    await send(iam, "bounded");
    await refusal(send(iam, "free"), "AccessDenied");
    await refusal(send(iam, "other"), "AccessDenied");
    iam.destroy();
  });

  it("is the role's own when the role is deleted", async () => {
    sandbox.createRole({ name: "bounded", boundary });
    sandbox.createRole({ name: "free" });
    const iam = await limited();
    await iam.send(new DeleteRoleCommand({ RoleName: "bounded" }));
    await refusal(iam.send(new DeleteRoleCommand({ RoleName: "free" })), "AccessDenied");
    iam.destroy();
  });

  it("is the requested one when a role is created or gets another", async () => {
    const iam = await limited();
    const create = (PermissionsBoundary?: string) =>
      iam.send(
        new CreateRoleCommand({
          RoleName: "r",
          AssumeRolePolicyDocument: lambdaTrust,
          ...(PermissionsBoundary === undefined ? {} : { PermissionsBoundary }),
        }),
      );
    await refusal(create(), "AccessDenied");
    await refusal(create(PolicyArn), "AccessDenied");
    await create(boundary);
    const put = (PermissionsBoundary: string) =>
      iam.send(new PutRolePermissionsBoundaryCommand({ RoleName: "r", PermissionsBoundary }));
    await put(boundary);
    await refusal(put(PolicyArn), "AccessDenied");
    iam.destroy();
  });

  test.each<[string, Send]>([
    ["ListRoleTags", (c, n) => c.send(new ListRoleTagsCommand({ RoleName: n }))],
    ["UntagRole", (c, n) => c.send(new UntagRoleCommand({ RoleName: n, TagKeys: ["k"] }))],
    [
      "TagRole",
      (c, n) => c.send(new TagRoleCommand({ RoleName: n, Tags: [{ Key: "k", Value: "v" }] })),
    ],
  ])("is absent from %s", async (_, send) => {
    sandbox.createRole({ name: "bounded", boundary });
    const iam = await limited();
    await refusal(send(iam, "bounded"), "AccessDenied");
    iam.destroy();
  });
});

describe("a policy that is a boundary", () => {
  const arn = `arn:aws:iam::${account}:policy/limit`;
  beforeEach(async () => {
    const made = await admin.send(
      new CreatePolicyCommand({ PolicyName: "limit", PolicyDocument: allowing("s3:*") }),
    );
    expect(made.Policy).toMatchObject({ AttachmentCount: 0, PermissionsBoundaryUsageCount: 0 });
    sandbox.createRole({ name: "a", boundary: arn });
    sandbox.createRole({ name: "b", path: "/ci/", boundary: arn, attached: [arn] });
    sandbox.createRole({ name: "c", attached: [arn] });
  });

  it("counts uses as a boundary apart from attachments", async () => {
    const counts = { AttachmentCount: 2, PermissionsBoundaryUsageCount: 2 };
    const { Policy } = await admin.send(new GetPolicyCommand({ PolicyArn: arn }));
    expect(Policy).toMatchObject(counts);
    const { Policies } = await admin.send(new ListPoliciesCommand({ Scope: "Local" }));
    expect(Policies).toMatchObject([counts]);
    const details = await admin.send(
      new GetAccountAuthorizationDetailsCommand({ Filter: ["LocalManagedPolicy"] }),
    );
    expect(details.Policies).toMatchObject([counts]);
  });

  it("names them, by use, kind and path", async () => {
    const roles = async (more: object = {}) => {
      const answer = await admin.send(
        new ListEntitiesForPolicyCommand({ PolicyArn: arn, ...more }),
      );
      return answer.PolicyRoles?.map(({ RoleName }) => RoleName);
    };
    expect(await roles()).toEqual(["a", "b", "c"]);
    expect(await roles({ PolicyUsageFilter: "PermissionsBoundary" })).toEqual(["a", "b"]);
    expect(await roles({ PolicyUsageFilter: "PermissionsPolicy" })).toEqual(["b", "c"]);
    expect(await roles({ EntityFilter: "Role", PathPrefix: "/ci/" })).toEqual(["b"]);
    expect(await roles({ EntityFilter: "User" })).toEqual([]);
  });

  it("names them in pages", async () => {
    const ask = (Marker?: string) =>
      admin.send(
        new ListEntitiesForPolicyCommand({
          PolicyArn: arn,
          MaxItems: 2,
          ...(Marker === undefined ? {} : { Marker }),
        }),
      );
    const first = await ask();
    expect([first.PolicyRoles?.length, first.IsTruncated]).toEqual([2, true]);
    const rest = await ask(first.Marker);
    expect(rest.PolicyRoles?.map(({ RoleName }) => RoleName)).toEqual(["c"]);
    expect(rest.IsTruncated).toBe(false);
  });
});
