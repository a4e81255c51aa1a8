import {
  CreateRoleCommand,
  type CreateRoleCommandInput,
  DeleteRoleCommand,
  DeleteRolePermissionsBoundaryCommand,
  GetRoleCommand,
  IAMClient,
  ListRolesCommand,
  ListRoleTagsCommand,
  PutRolePermissionsBoundaryCommand,
  TagRoleCommand,
  UntagRoleCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
  UpdateRoleDescriptionCommand,
} from "@aws-sdk/client-iam";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Sandbox, startSandbox } from "../../../sandbox/index.ts";
import { connection, refusal } from "../connection.ts";
import { circleciTrust, lambdaTrust, trustOf } from "./documents.ts";

let sandbox: Sandbox;
let iam: IAMClient;
beforeEach(async () => {
  sandbox = await startSandbox();
  iam = new IAMClient(connection(sandbox));
});
afterEach(() => sandbox.close());

const RoleName = "CircleCI-OIDC-Role";
const create = (more: Partial<CreateRoleCommandInput> = {}) =>
  iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: lambdaTrust, ...more }));
const get = async (name = RoleName) =>
  (await iam.send(new GetRoleCommand({ RoleName: name }))).Role;
const boundary = "arn:aws:iam::aws:policy/ReadOnlyAccess";

describe("a role", () => {
  it("has an id, an ARN with its path, and IAM's defaults", async () => {
    const { Role } = await create({ Path: "/ci/" });
    expect(Role?.RoleId).toMatch(/^AROA[A-Z2-7]{17}$/);
    expect(Role?.Arn).toBe("arn:aws:iam::123456789012:role/ci/CircleCI-OIDC-Role");
    expect(Role?.MaxSessionDuration).toBe(3600);
    expect(Role?.Description).toBeUndefined();
  });

  it("shows its trust policy percent-encoded by RFC 3986", async () => {
    const trust = circleciTrust({ StringLike: { "a:sub": "it's (!) *" } });
    await create({ AssumeRolePolicyDocument: trust });
    const shown = (await get())?.AssumeRolePolicyDocument ?? "";
    expect(shown).not.toMatch(/[!'()*{}" ]/);
    expect(JSON.parse(decodeURIComponent(shown))).toEqual(JSON.parse(trust));
  });

  it("has a name that is unique ignoring case, under any path", async () => {
    await create();
    const again = create({ RoleName: RoleName.toUpperCase(), Path: "/other/" });
    await refusal(again, "EntityAlreadyExistsException");
    expect((await get(RoleName.toLowerCase()))?.RoleName).toBe(RoleName);
  });

  it("gets another id when it is re-created", async () => {
    const first = (await create()).Role?.RoleId;
    await iam.send(new DeleteRoleCommand({ RoleName }));
    expect((await create()).Role?.RoleId).not.toBe(first);
  });

  it.each([
    ["a name with a space", { RoleName: "a b" }],
    ["a name of 65 characters", { RoleName: "a".repeat(65) }],
    ["a path without its last slash", { Path: "/ci" }],
    ["a session of less than an hour", { MaxSessionDuration: 3599 }],
    ["a session of more than twelve hours", { MaxSessionDuration: 43_201 }],
    ["a description beyond Latin-1", { Description: "→" }],
    ["a trust policy beyond Latin-1", { AssumeRolePolicyDocument: trustOf({ AWS: "→" }) }],
  ])("is not created with %s", async (_, more) => {
    await refusal(create(more), "ValidationError");
  });

  it("loses its session length when UpdateRole leaves it out, but not its description", async () => {
    await create({ MaxSessionDuration: 7200, Description: "before" });
    await iam.send(new UpdateRoleCommand({ RoleName, Description: "after" }));
    expect(await get()).toMatchObject({ Description: "after", MaxSessionDuration: 3600 });
    await iam.send(new UpdateRoleCommand({ RoleName, MaxSessionDuration: 7200 }));
    expect(await get()).toMatchObject({ Description: "after", MaxSessionDuration: 7200 });
    const described = new UpdateRoleDescriptionCommand({ RoleName, Description: "" });
    expect((await iam.send(described)).Role?.MaxSessionDuration).toBe(7200);
  });

  it("has a boundary that exists, until it is removed", async () => {
    const put = (arn: string) =>
      iam.send(new PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary: arn }));
    const take = () => iam.send(new DeleteRolePermissionsBoundaryCommand({ RoleName }));
    await create({ PermissionsBoundary: boundary });
    expect((await get())?.PermissionsBoundary).toEqual({
      PermissionsBoundaryType: "Policy",
      PermissionsBoundaryArn: boundary,
    });
    await take();
    expect((await get())?.PermissionsBoundary).toBeUndefined();
    await refusal(take(), "NoSuchEntityException");
    await refusal(put("arn:aws:iam::123456789012:policy/none"), "NoSuchEntityException");
  });

  it("has at most fifty tags, whose keys ignore case and are not reserved for AWS", async () => {
    await create({ Tags: [{ Key: "Owner", Value: "a" }] });
    const tag = (Tags: { Key: string; Value: string }[]) =>
      iam.send(new TagRoleCommand({ RoleName, Tags }));
    await tag([{ Key: "owner", Value: "b" }]);
    const tags = async () => (await iam.send(new ListRoleTagsCommand({ RoleName }))).Tags;
    expect(await tags()).toEqual([{ Key: "owner", Value: "b" }]);
    await refusal(tag([{ Key: "aws:x", Value: "" }]), "InvalidInputException");
    const twice = [
      { Key: "a", Value: "" },
      { Key: "A", Value: "" },
    ];
    await refusal(tag(twice), "InvalidInputException");
    const many = Array.from({ length: 50 }, (_, i) => ({ Key: `k${i}`, Value: "" }));
    await refusal(tag(many), "LimitExceededException");
    await iam.send(new UntagRoleCommand({ RoleName, TagKeys: [] }));
    await iam.send(new UntagRoleCommand({ RoleName, TagKeys: ["OWNER"] }));
    expect(await tags()).toEqual([]);
  });

  it("can have tags that are reserved for AWS if a test seeds them", async () => {
    const { Role } = await create();
    sandbox.setTags(Role?.Arn ?? "", { "aws:cloudformation:stack-name": "theirs" });
    expect((await get())?.Tags).toEqual([
      { Key: "aws:cloudformation:stack-name", Value: "theirs" },
    ]);
  });
});

describe("a trust policy", () => {
  const update = (PolicyDocument: string) =>
    iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }));
  const shown = async (): Promise<unknown> =>
    JSON.parse(decodeURIComponent((await get())?.AssumeRolePolicyDocument ?? ""));

  it("is refused in IAM's words, and the one before stays in force", async () => {
    await create();
    expect(
      await refusal(
        update(trustOf({ AWS: "*" }, { Resource: "*" })),
        "MalformedPolicyDocumentException",
      ),
    ).toBe("Has prohibited field Resource");
    expect(
      await refusal(
        update(trustOf({ AWS: "*" }, { Action: "s3:GetObject" })),
        "MalformedPolicyDocumentException",
      ),
    ).toBe("AssumeRole policy may only specify STS AssumeRole actions.");
    await refusal(update("{"), "MalformedPolicyDocumentException");
    expect(await shown()).toEqual(JSON.parse(lambdaTrust));
  });

  it("is limited to 2048 characters without white space", async () => {
    const withSid = (length: number): string =>
      trustOf({ Service: "lambda.amazonaws.com" }, { Sid: "S".repeat(length) });
    await create();
    const room = 2048 - withSid(0).length;
    await update(JSON.stringify(JSON.parse(withSid(room)), null, 8));
    expect(await refusal(update(withSid(room + 1)), "LimitExceededException")).toBe(
      "Cannot exceed quota for ACLSizePerRole: 2048",
    );
  });

  it("shows an account by its root ARN", async () => {
    await create({ AssumeRolePolicyDocument: trustOf({ AWS: ["999999999999", "*"] }) });
    expect(await shown()).toEqual(
      JSON.parse(trustOf({ AWS: ["arn:aws:iam::999999999999:root", "*"] })),
    );
  });

  it("keeps a role by its id, which shows after a deletion, even if its name is used again", async () => {
    const friend = await create({ RoleName: "Friend", Path: "/p/" });
    const principal = { AWS: "arn:aws:iam::123456789012:role/p/Friend" };
    await create({ AssumeRolePolicyDocument: trustOf(principal) });
    expect(await shown()).toEqual(JSON.parse(trustOf(principal)));
    await iam.send(new DeleteRoleCommand({ RoleName: "Friend" }));
    const dangling = JSON.parse(trustOf({ AWS: friend.Role?.RoleId }));
    expect(await shown()).toEqual(dangling);
    await create({ RoleName: "Friend", Path: "/p/" });
    expect(await shown()).toEqual(dangling);
    const saved = update(JSON.stringify(dangling));
    expect(await refusal(saved, "MalformedPolicyDocumentException")).toBe(
      `Invalid principal in policy: "AWS":"${friend.Role?.RoleId}"`,
    );
  });

  it("may name a provider that does not exist, but not such a role or user", async () => {
    await create({ AssumeRolePolicyDocument: circleciTrust({}) });
    for (const kind of ["role", "user"]) {
      const arn = `arn:aws:iam::123456789012:${kind}/nobody`;
      await refusal(update(trustOf({ AWS: arn })), "MalformedPolicyDocumentException");
    }
    await update(trustOf({ AWS: "arn:aws:iam::999999999999:role/of-another-account" }));
  });
});

describe("ListRoles", () => {
  it("has pages, and leaves out tags, boundary and last use", async () => {
    for (const name of ["a", "b", "c"]) {
      await create({
        RoleName: name,
        Path: name === "c" ? "/other/" : "/ci/",
        Tags: [{ Key: "k", Value: "v" }],
        PermissionsBoundary: boundary,
      });
    }
    const first = await iam.send(new ListRolesCommand({ MaxItems: 2 }));
    expect(first.IsTruncated).toBe(true);
    const second = await iam.send(new ListRolesCommand({ MaxItems: 2, Marker: first.Marker }));
    expect(second.IsTruncated).toBe(false);
    expect(second.Marker).toBeUndefined();
    const roles = [...(first.Roles ?? []), ...(second.Roles ?? [])];
    expect(roles.map((role) => role.RoleName)).toEqual(["a", "b", "c"]);
    expect(roles[0]).not.toHaveProperty("PermissionsBoundary");
    expect(roles[0]?.Tags).toBeUndefined();
    expect(roles[0]?.RoleLastUsed).toBeUndefined();
    const under = await iam.send(new ListRolesCommand({ PathPrefix: "/ci/" }));
    expect(under.Roles).toHaveLength(2);
    await refusal(iam.send(new ListRolesCommand({ Marker: "made up" })), "ValidationError");
  });
});
