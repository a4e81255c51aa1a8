import type { Members } from "../input/members.ts";
import type { Handler } from "../input/operations.ts";
import type { Paging } from "../input/page.ts";
import { encoded } from "./documents.ts";
import { profilesOf, shownProfile } from "./instance-profiles.ts";
import { requestedPage } from "./paging.ts";
import { holdersOf, shownPolicy } from "./policies.ts";
import { newestFirst, shownVersion } from "./policy-versions.ts";
import { attachedTo, shownAttachment } from "./role-policies.ts";
import { shownBoundary, shownLastUse } from "./roles.ts";
import type { Directory, ManagedPolicy, Role, User } from "./state.ts";
import { shownTags } from "./tags.ts";
import { shownTrust } from "./trust.ts";
import { listedUser } from "./users.ts";

/** The account as a whole. Source: IAM API reference, GetAccountAuthorizationDetails, …Summary. */
export function accountHandlers(
  paging: () => Paging,
): Readonly<Record<string, Handler<Directory>>> {
  return {
    GetAccountAuthorizationDetails: (directory, members) =>
      authorizationDetails(directory, members, paging()),
    GetAccountSummary: summary,
  };
}

type Detail =
  | { readonly kind: "User"; readonly user: User }
  | { readonly kind: "Role"; readonly role: Role }
  | { readonly kind: "LocalManagedPolicy" | "AWSManagedPolicy"; readonly policy: ManagedPolicy };

const kinds = ["User", "Role", "Group", "LocalManagedPolicy", "AWSManagedPolicy"];

function authorizationDetails(directory: Directory, members: Members, paging: Paging): object {
  const asked = members.optionalTexts("Filter", { each: { oneOf: kinds } }) ?? [];
  const wanted = asked.length === 0 ? kinds : asked;
  const details = detailsIn(directory).filter(({ kind }) => wanted.includes(kind));
  const page = requestedPage(members, paging, {
    scope: `details ${wanted.toSorted().join(" ")}`,
    items: details,
    keyOf: placeOf,
  });
  return {
    UserDetailList: page.items.flatMap((detail) =>
      detail.kind === "User" ? [userDetail(directory, detail.user)] : [],
    ),
    GroupDetailList: [],
    RoleDetailList: page.items.flatMap((detail) =>
      detail.kind === "Role" ? [roleDetail(directory, detail.role)] : [],
    ),
    Policies: page.items.flatMap((detail) =>
      "policy" in detail ? [policyDetail(directory, detail.policy)] : [],
    ),
    ...page.end,
  };
}

function detailsIn(directory: Directory): readonly Detail[] {
  return [
    ...[...directory.users.values()].map((user): Detail => ({ kind: "User", user })),
    ...[...directory.roles.values()].map((role): Detail => ({ kind: "Role", role })),
    // AWS's own policies are listed only if they are attached to something.
    ...[...directory.policies.values()]
      .filter(({ owner, arn }) => owner === "customer" || holdersOf(directory, arn).count > 0)
      .map(
        (policy): Detail => ({
          kind: policy.owner === "aws" ? "AWSManagedPolicy" : "LocalManagedPolicy",
          policy,
        }),
      ),
  ];
}

function placeOf(detail: Detail): string {
  switch (detail.kind) {
    case "User":
      return `1 ${detail.user.arn}`;
    case "Role":
      return `2 ${detail.role.arn}`;
    case "LocalManagedPolicy":
      return `3 ${detail.policy.arn}`;
    case "AWSManagedPolicy":
      return `4 ${detail.policy.arn}`;
    default:
      throw new Error(`no such detail: ${detail satisfies never}`);
  }
}

function userDetail(directory: Directory, user: User) {
  return {
    ...listedUser(user),
    UserPolicyList: shownInline(user.inline),
    GroupList: [],
    AttachedManagedPolicies: attachedTo(directory, user.attached).map(shownAttachment),
    PermissionsBoundary: shownBoundary(user.boundary),
    Tags: shownTags(user.tags),
  };
}

function roleDetail(directory: Directory, role: Role) {
  return {
    Path: role.path,
    RoleName: role.name,
    RoleId: role.id,
    Arn: role.arn,
    CreateDate: role.createdAt,
    AssumeRolePolicyDocument: encoded(shownTrust(directory, role.trust)),
    InstanceProfileList: profilesOf(directory, role).map((profile) =>
      shownProfile(directory, profile),
    ),
    RolePolicyList: shownInline(role.inline),
    AttachedManagedPolicies: attachedTo(directory, role.attached).map(shownAttachment),
    PermissionsBoundary: shownBoundary(role.boundary),
    Tags: shownTags(role.tags),
    RoleLastUsed: shownLastUse(role),
  };
}

function shownInline(inline: ReadonlyMap<string, string>) {
  return [...inline].map(([PolicyName, document]) => ({
    PolicyName,
    PolicyDocument: encoded(document),
  }));
}

function policyDetail(directory: Directory, policy: ManagedPolicy) {
  const versions = policy.versions.toSorted((a, b) => (newestFirst(a) < newestFirst(b) ? -1 : 1));
  return {
    ...shownPolicy(directory, policy),
    Description: policy.description,
    PolicyVersionList: versions.map((version) => ({
      Document: encoded(version.document),
      ...shownVersion(policy, version),
    })),
  };
}

const summary: Handler<Directory> = (directory) => {
  const { quotas } = directory;
  const own = [...directory.policies.values()].filter(({ owner }) => owner === "customer");
  return {
    SummaryMap: new Map<string, number>([
      ...Object.entries(quotas).filter(([name]) => /^[A-Z]/.test(name)),
      ["Users", directory.users.size],
      ["Groups", 0],
      ["Roles", directory.roles.size],
      ["Policies", own.length],
      ["Providers", directory.providers.size],
      ["InstanceProfiles", directory.instanceProfiles.size],
      ["PolicyVersionsInUse", own.reduce((sum, policy) => sum + policy.versions.length, 0)],
      ...fixedFigures,
    ]),
  };
};

/** Numbers that nothing in the sandbox changes. */
const fixedFigures: readonly (readonly [string, number])[] = [
  ["AccountAccessKeysPresent", 0],
  ["AccountMFAEnabled", 1],
  ["AccountSigningCertificatesPresent", 0],
  ["AttachedPoliciesPerGroupQuota", 20],
  ["AttachedPoliciesPerUserQuota", 20],
  ["GlobalEndpointTokenVersion", 1],
  ["GroupPolicySizeQuota", 5120],
  ["GroupsPerUserQuota", 10],
  ["GroupsQuota", 300],
  ["InstanceProfilesQuota", 1000],
  ["MFADevices", 0],
  ["MFADevicesInUse", 0],
  ["PolicyVersionsInUseQuota", 10_000],
  ["ServerCertificates", 0],
  ["ServerCertificatesQuota", 20],
  ["SigningCertificatesPerUserQuota", 2],
  ["UserPolicySizeQuota", 2048],
];
