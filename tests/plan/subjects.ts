import type { DesiredIdentity } from "../../shared/plan/desired.ts";
import type { IdentityInput } from "../../shared/plan/identity.ts";
import type { ObservedPolicy, ObservedRole } from "../../shared/plan/observed.ts";

export const arn = (resource: string) => `arn:aws:iam::123456789012:${resource}`;

export const text = (...Statement: readonly object[]) =>
  JSON.stringify({ Version: "2012-10-17", Statement });

export const admit = (...names: readonly string[]) => ({
  Effect: "Allow",
  Principal: { AWS: names.map((name) => arn(`user/${name}`)) },
  Action: "sts:AssumeRole",
});
export const refuse = (...names: readonly string[]) => ({ ...admit(...names), Effect: "Deny" });

export const allow = (...Action: readonly string[]) => ({ Effect: "Allow", Action, Resource: "*" });
export const deny = (...Action: readonly string[]) => ({ Effect: "Deny", Action, Resource: "*" });

/** What IAM's console writes to revoke the sessions that began before a time. */
export const revoked = (before: string) =>
  text({ ...deny("*"), Condition: { DateLessThan: { "aws:TokenIssueTime": before } } });

export const ours = arn("policy/deploy");
export const boundaryArn = arn("policy/boundary");
export const trust = text(admit("alice"));
export const permissions = text(allow("ecr:PutImage"));

export const desired: DesiredIdentity = {
  environment: "production",
  provider: { arn: arn("oidc-provider/x"), url: "https://x", audiences: [], thumbprints: [] },
  role: {
    name: "deploy",
    arn: arn("role/deploy"),
    path: "/",
    trustPolicy: trust,
    description: "kept",
    maxSessionSeconds: 3600,
    permissionsBoundary: null,
    tags: {},
    ignoreTags: [],
  },
  policy: { name: "deploy", arn: ours, document: permissions, tags: {} },
};

export const bounded: DesiredIdentity = {
  ...desired,
  role: { ...desired.role, permissionsBoundary: boundaryArn },
};

/** The role as it is desired, but for what is given. */
export function roleWith(given: Partial<ObservedRole> = {}): ObservedRole {
  const { role } = desired;
  return { ...role, attached: [ours], inline: [], ...given };
}

/** The deploy policy as it is desired, but for what is given. */
export function policyWith(given: Partial<ObservedPolicy> = {}): ObservedPolicy {
  const document = given.document ?? permissions;
  return {
    arn: ours,
    name: "deploy",
    defaultVersion: "v1",
    document,
    attachmentCount: 1,
    boundaryUsageCount: 0,
    tags: {},
    versions: [{ id: "v1", isDefault: true, createdAt: "", document }],
    ...given,
  };
}

export const now = new Date("2026-03-01T12:00:00Z");

/** All as it is desired, but for what is given. */
export function situationWith(given: Partial<IdentityInput> = {}): IdentityInput {
  return {
    desired,
    role: roleWith(),
    policy: policyWith(),
    documents: new Map(),
    denies: new Map(),
    leaving: {},
    now,
    force: false,
    isWhole: true,
    ...given,
  };
}
