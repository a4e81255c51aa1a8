import { describe, expect, test } from "vitest";
import { openingCalls, openingsOf, type Watched } from "../../shared/page/openings.ts";
import type { RecordedCall } from "../../shared/wake/index.ts";

const role = "CircleCI-OIDC-Role";
const provider = "arn:aws:iam::123456789012:oidc-provider/oidc.circleci.com/org/O";
const trust = (principal: string) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { AWS: principal }, Action: "sts:AssumeRole" }],
  });
const asked = trust("arn:aws:iam::123456789012:role/ci");

const watched: Watched = {
  role,
  asked: [asked],
  policyArns: ["arn:aws:iam::123456789012:policy/own"],
  boundary: "arn:aws:iam::123456789012:policy/boundary",
  providerArn: provider,
  audiences: ["O"],
};

function call(
  eventName: string,
  minute: number,
  parameters: RecordedCall["parameters"],
): RecordedCall {
  const at = new Date(Date.UTC(2026, 10, 20, 9, minute)).toISOString();
  const on = eventName.includes("ClientID")
    ? { openIDConnectProviderArn: provider }
    : { roleName: role };
  const actor = `arn:aws:sts::123456789012:assumed-role/P/${minute}`;
  return { eventName, actor, at, account: null, parameters: { ...on, ...parameters } };
}

const update = (minute: number, policyDocument: string) =>
  call("UpdateAssumeRolePolicy", minute, { policyDocument });
const of = (...calls: readonly RecordedCall[]) => openingsOf(watched, calls.toReversed());

describe("an opening", () => {
  test("lasts from a trust policy that no version asks for to the next that one does", () => {
    const found = of(update(1, trust("*")), update(5, asked));
    expect(found).toMatchObject([{ kind: "trust", seconds: 240 }]);
    expect(found[0]?.says).toContain(`could assume ${role}`);
    expect(found[0]?.by).toMatch(/\/1$/);
    expect(found[0]?.closedBy).toMatch(/\/5$/);
  });

  test("is one, however often the door is opened again", () => {
    const found = of(update(1, trust("*")), update(3, trust("123456789012")), update(4, asked));
    expect(found).toMatchObject([{ seconds: 180 }]);
  });

  test("is not there where the role's policy is one of the document's, or admits less", () => {
    const narrower = JSON.parse(asked);
    narrower.Statement[0].Condition = { Bool: { "aws:SecureTransport": "true" } };
    expect(of(update(1, asked), update(2, JSON.stringify(narrower)))).toEqual([]);
  });

  test("is not judged where no version is known", () => {
    expect(openingsOf({ ...watched, asked: [] }, [update(1, trust("*"))])).toEqual([]);
  });

  test("is a policy that is attached or put on, but for its own and one that only denies", () => {
    const deny = JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Deny", Action: "*", Resource: "*" }],
    });
    const allow = deny.replace("Deny", "Allow");
    const own = watched.policyArns[0];
    const found = of(
      call("AttachRolePolicy", 1, { policyArn: own }),
      call("PutRolePolicy", 2, { policyName: "revoke", policyDocument: deny }),
      call("PutRolePolicy", 3, { policyName: "more", policyDocument: allow }),
      call("AttachRolePolicy", 4, { policyArn: "arn:aws:iam::aws:policy/Admin" }),
      call("DeleteRolePolicy", 5, { policyName: "more" }),
    );
    expect(found).toMatchObject([
      { kind: "attached-policy", closedAt: null, seconds: null },
      { kind: "inline-policy", seconds: 120 },
    ]);
  });

  test("is a boundary that is taken off or replaced, until it is back", () => {
    const back = { permissionsBoundary: watched.boundary };
    const found = of(
      call("DeleteRolePermissionsBoundary", 1, {}),
      call("PutRolePermissionsBoundary", 2, back),
      call("PutRolePermissionsBoundary", 7, { permissionsBoundary: "other" }),
    );
    expect(found).toMatchObject([
      { kind: "boundary", closedAt: null },
      { kind: "boundary", seconds: 60 },
    ]);
  });

  test("is an audience that no version asks for", () => {
    const found = of(
      call("AddClientIDToOpenIDConnectProvider", 1, { clientID: "O" }),
      call("AddClientIDToOpenIDConnectProvider", 2, { clientID: "evil" }),
      call("RemoveClientIDFromOpenIDConnectProvider", 3, { clientID: "evil" }),
    );
    expect(found).toMatchObject([{ kind: "audience", seconds: 60 }]);
  });

  test("is a role that was made with another trust policy, until it has its own or is gone", () => {
    const create = (minute: number, assumeRolePolicyDocument: string) =>
      call("CreateRole", minute, { assumeRolePolicyDocument });
    const found = of(
      create(1, trust("*")),
      update(3, asked),
      call("DeleteRolePermissionsBoundary", 4, {}),
      call("DeleteRole", 5, {}),
      create(6, asked),
      call("DeleteRole", 7, {}),
      create(8, trust("123456789012")),
      call("DeleteRole", 8, { roleName: "Other" }),
    );
    expect(found).toMatchObject([
      { kind: "trust", seconds: null },
      { kind: "boundary", seconds: 60 },
      { kind: "trust", seconds: 120 },
    ]);
  });

  test("of a role that was deleted and made again in one second is still open", () => {
    const assumeRolePolicyDocument = trust("*");
    const calls = [call("DeleteRole", 2, {}), call("CreateRole", 2, { assumeRolePolicyDocument })];
    // As they are read: one name after the other.
    const listed = openingCalls.flatMap((name) => calls.filter((each) => each.eventName === name));
    expect(openingsOf(watched, listed)).toMatchObject([{ kind: "trust", closedAt: null }]);
  });

  test("is nothing on another role, whatever its call says", () => {
    const other = { ...update(1, trust("*")).parameters, roleName: "Other" };
    expect(of({ ...update(1, ""), parameters: other })).toEqual([]);
  });
});
