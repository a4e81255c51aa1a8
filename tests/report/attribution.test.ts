import { expect, test } from "vitest";
import type { Trace } from "../../shared/plan/widening.ts";
import { attributionOf } from "../../shared/report/who-opened.ts";
import type { RecordedCall } from "../../shared/wake/index.ts";
import { alice, first, identityOf, provider } from "./runs.ts";

const role = "CircleCI-OIDC-Role";
const policyArn = "arn:aws:iam::123456789012:policy/theirs";
const text = (...Statement: readonly object[]) =>
  JSON.stringify({ Version: "2012-10-17", Statement });
const trust = identityOf(first).role.trustPolicy;
const wide = text({ Effect: "Allow", Principal: "*", Action: "sts:AssumeRole" });
const grant = text({ Effect: "Allow", Action: "s3:*", Resource: "*" });
/** The same, in other words. */
const grantToo = text({ Effect: "Allow", Action: ["s3:*"], Resource: ["*"] });
const lesser = text({ Effect: "Allow", Action: "s3:GetObject", Resource: "*" });

const call = (
  eventName: string,
  parameters: Readonly<Record<string, unknown>>,
  at = "2026-02-01T11:59:30Z",
  actor = alice,
): RecordedCall => ({
  eventName,
  parameters,
  at,
  actor,
  account: "123456789012",
});
const trusted: Trace = { kind: "trust-policy", role, document: wide };
const attached: Trace = { kind: "attachment", role, policyArn, document: null };
const inline: Trace = { kind: "inline-policy", role, name: "debug", document: grant };
const version: Trace = { kind: "policy-version", policyArn, document: grant };
const bounded: Trace = { kind: "boundary", role, boundary: policyArn };
const unbounded: Trace = { kind: "boundary", role, boundary: null };
const audience: Trace = { kind: "audience", providerArn: provider, audience: "sts" };
const setting: Trace = {
  kind: "provider-setting",
  providerArn: provider,
  name: "ContextProvider",
  content: "x",
};
const url = `https://${provider.split(":oidc-provider/")[1]}`;

/** What was found, one recorded call, and whether its caller is named. */
test.each<readonly [string, Trace, RecordedCall, boolean]>([
  [
    "this trust policy was written",
    trusted,
    call("UpdateAssumeRolePolicy", { roleName: role, policyDocument: wide }),
    true,
  ],
  [
    "in another spelling of the role's name",
    trusted,
    call("UpdateAssumeRolePolicy", { roleName: role.toLowerCase(), policyDocument: wide }),
    true,
  ],
  [
    "another trust policy was written",
    trusted,
    call("UpdateAssumeRolePolicy", { roleName: role, policyDocument: trust }),
    false,
  ],
  [
    "it was written to another role",
    trusted,
    call("UpdateAssumeRolePolicy", { roleName: "Other", policyDocument: wide }),
    false,
  ],
  [
    "the role was created with it",
    trusted,
    call("CreateRole", { roleName: role, assumeRolePolicyDocument: wide }),
    true,
  ],
  ["the role was only tagged", trusted, call("TagRole", { roleName: role }), false],
  [
    "this policy was attached",
    attached,
    call("AttachRolePolicy", { roleName: role, policyArn }),
    true,
  ],
  [
    "another policy was attached",
    attached,
    call("AttachRolePolicy", { roleName: role, policyArn: `${policyArn}2` }),
    false,
  ],
  [
    "this inline policy was put",
    inline,
    call("PutRolePolicy", { roleName: role, policyName: "debug", policyDocument: grant }),
    true,
  ],
  [
    "in other words that grant the same",
    inline,
    call("PutRolePolicy", { roleName: role, policyName: "debug", policyDocument: grantToo }),
    true,
  ],
  [
    "one that grants less was put",
    inline,
    call("PutRolePolicy", { roleName: role, policyName: "debug", policyDocument: lesser }),
    false,
  ],
  [
    "under another name",
    inline,
    call("PutRolePolicy", { roleName: role, policyName: "other", policyDocument: grant }),
    false,
  ],
  [
    "this version was created",
    version,
    call("CreatePolicyVersion", { policyArn, policyDocument: grant, setAsDefault: true }),
    true,
  ],
  [
    "this version was created, and was not the default",
    version,
    call("CreatePolicyVersion", { policyArn, policyDocument: grant, setAsDefault: false }),
    false,
  ],
  [
    "another version was created",
    version,
    call("CreatePolicyVersion", { policyArn, policyDocument: lesser, setAsDefault: true }),
    false,
  ],
  [
    "an older version was made the default",
    version,
    call("SetDefaultPolicyVersion", { policyArn, versionId: "v1" }),
    true,
  ],
  [
    "this boundary was put",
    bounded,
    call("PutRolePermissionsBoundary", { roleName: role, permissionsBoundary: policyArn }),
    true,
  ],
  [
    "another boundary was put",
    bounded,
    call("PutRolePermissionsBoundary", { roleName: role, permissionsBoundary: "x" }),
    false,
  ],
  [
    "the boundary was removed",
    unbounded,
    call("DeleteRolePermissionsBoundary", { roleName: role }),
    true,
  ],
  [
    "a boundary was put, and there is none",
    unbounded,
    call("PutRolePermissionsBoundary", { roleName: role, permissionsBoundary: policyArn }),
    false,
  ],
  [
    "the boundary of another role was removed",
    unbounded,
    call("DeleteRolePermissionsBoundary", { roleName: "Other" }),
    false,
  ],
  [
    "this audience was added",
    audience,
    call("AddClientIDToOpenIDConnectProvider", {
      openIDConnectProviderArn: provider,
      clientID: "sts",
    }),
    true,
  ],
  [
    "another audience was added",
    audience,
    call("AddClientIDToOpenIDConnectProvider", {
      openIDConnectProviderArn: provider,
      clientID: "x",
    }),
    false,
  ],
  [
    "the setting was made",
    setting,
    call("UpdateOpenIDConnectProvider", {
      openIDConnectProviderArn: provider,
      contextProvider: {},
    }),
    true,
  ],
  [
    "the provider was created with it",
    setting,
    call("CreateOpenIDConnectProvider", { url, contextProvider: {} }),
    true,
  ],
  [
    "the provider was created without it",
    setting,
    call("CreateOpenIDConnectProvider", { url }),
    false,
  ],
])(
  "a caller is named only if the parameters say what was found: %s",
  (_what, trace, record, named) => {
    expect(attributionOf([trace], [record]).actor).toBe(named ? alice : null);
  },
);

test("of several calls that say it, the newest names the caller", () => {
  const parameters = { roleName: role, policyArn };
  const older = call("AttachRolePolicy", parameters, "2026-02-01T11:00:00Z", "bob");
  const newer = call("AttachRolePolicy", parameters, "2026-02-01T11:30:00Z", "carol");
  const latest = call("TagRole", { roleName: role }, "2026-02-01T11:45:00Z", "dave");
  expect(attributionOf([attached], [older, latest, newer])).toEqual({
    actor: "carol",
    openedAt: "2026-02-01T11:30:00Z",
  });
  expect(attributionOf([attached], [])).toEqual({ actor: null, openedAt: null });
});
