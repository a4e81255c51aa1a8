import type { Members } from "../input/members.ts";
import type { Handler } from "../input/operations.ts";
import type { Paging } from "../input/page.ts";
import { ServiceError } from "../server/operation.ts";
import { checkPolicySize, requestedPermissions } from "./documents.ts";
import { newId } from "./ids.ts";
import { requestedPage } from "./paging.ts";
import { deleteConflict, entityAlreadyExists, limitExceeded, noSuchEntity } from "./refusals.ts";
import { arnRule, descriptionRule, policyNameRule, policyPathRule } from "./rules.ts";
import { type Directory, type ManagedPolicy, type Role, type User, withPolicy } from "./state.ts";
import { shownTags, tagged, tagsOf, untagged } from "./tags.ts";

/** Managed policies. Source: IAM API reference, CreatePolicy and the others. */
export function policyHandlers(paging: () => Paging): Readonly<Record<string, Handler<Directory>>> {
  return {
    CreatePolicy: createPolicy,
    GetPolicy: (directory, members) => {
      const policy = requestedPolicy(directory, members);
      const Tags = shownTags(policy.tags);
      return { Policy: { ...shownPolicy(directory, policy), ...described(policy), Tags } };
    },
    ListPolicies: (directory, members) => {
      const { scope, items } = policiesListed(directory, members);
      const page = requestedPage(members, paging(), { scope, items, keyOf: ({ arn }) => arn });
      const Policies = page.items.map((policy) => shownPolicy(directory, policy));
      return { Policies, ...page.end };
    },
    DeletePolicy: (directory, members) => {
      const policy = requestedCustomerPolicy(directory, members);
      if (holdersOf(directory, policy.arn).count > 0) {
        throw deleteConflict("Cannot delete a policy attached to entities.");
      }
      if (policy.versions.length > 1) {
        const sentence =
          "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.";
        throw deleteConflict(sentence);
      }
      directory.policies.delete(policy.arn);
      return {};
    },
    TagPolicy: (directory, members) => {
      const policy = requestedCustomerPolicy(directory, members);
      withPolicy(directory, { ...policy, tags: tagged(directory, policy.tags, tagsOf(members)) });
      return {};
    },
    UntagPolicy: (directory, members) => {
      const policy = requestedCustomerPolicy(directory, members);
      withPolicy(directory, { ...policy, tags: untagged(policy.tags, members) });
      return {};
    },
    ListPolicyTags: (directory, members) => ({
      Tags: shownTags(requestedPolicy(directory, members).tags),
      IsTruncated: false,
    }),
    ListEntitiesForPolicy: (directory, members) =>
      listEntities(directory, members, requestedPolicy(directory, members), paging()),
  };
}

const createPolicy: Handler<Directory> = (directory, members, call) => {
  const name = members.text("PolicyName", policyNameRule);
  const path = members.optionalText("Path", policyPathRule) ?? "/";
  const description = members.optionalText("Description", descriptionRule);
  const tags = tagged(directory, new Map(), tagsOf(members));
  const document = requestedPermissions(members);
  checkPolicySize(directory, document);
  const own = [...directory.policies.values()].filter(({ owner }) => owner === "customer");
  if (own.some((other) => other.name.toLowerCase() === name.toLowerCase())) {
    throw entityAlreadyExists(
      `A policy called ${name} already exists. Duplicate names are not allowed.`,
    );
  }
  if (own.length >= directory.quotas.PoliciesQuota) {
    const most = directory.quotas.PoliciesQuota;
    throw limitExceeded(`Cannot exceed quota for PoliciesPerAccount: ${most}`);
  }
  const policy = withPolicy(directory, {
    owner: "customer",
    name,
    path,
    arn: `arn:aws:iam::${directory.account}:policy${path}${name}`,
    id: newId("ANPA"),
    description,
    createdAt: call.now,
    updatedAt: call.now,
    tags,
    versions: [{ id: "v1", document, createdAt: call.now }],
    defaultVersion: "v1",
    nextVersion: 2,
  });
  const shown = shownPolicy(directory, policy);
  return { Policy: tags.size === 0 ? shown : { ...shown, Tags: shownTags(tags) } };
};

/** The policy that `PolicyArn` names. */
export function requestedPolicy(directory: Directory, members: Members): ManagedPolicy {
  const arn = members.text("PolicyArn", arnRule);
  const policy = directory.policies.get(arn);
  if (policy === undefined) throw noSuchEntity(`Policy ${arn} was not found.`);
  return policy;
}

/** The same, but refuses a policy of AWS's own, which only AWS may change. */
export function requestedCustomerPolicy(directory: Directory, members: Members): ManagedPolicy {
  const arn = members.text("PolicyArn", arnRule);
  if (/^arn:aws:iam::aws:/.test(arn)) {
    throw new ServiceError("AccessDenied", "Cannot change an AWS managed policy.", 403);
  }
  const policy = directory.policies.get(arn);
  if (policy === undefined) throw noSuchEntity(`Policy ${arn} was not found.`);
  return policy;
}

/** How many roles and users have a policy attached or as their boundary. */
export function holdersOf(directory: Directory, arn: string) {
  const holders = [...directory.roles.values(), ...directory.users.values()];
  const attachments = holders.filter(({ attached }) => attached.includes(arn)).length;
  const boundaries = holders.filter(({ boundary }) => boundary === arn).length;
  return { attachments, boundaries, count: attachments + boundaries };
}

/** A policy as ListPolicies and CreatePolicy show it: without description and tags. */
export function shownPolicy(directory: Directory, policy: ManagedPolicy) {
  const { attachments, boundaries } = holdersOf(directory, policy.arn);
  return {
    PolicyName: policy.name,
    PolicyId: policy.id,
    Arn: policy.arn,
    Path: policy.path,
    DefaultVersionId: policy.defaultVersion,
    AttachmentCount: attachments,
    PermissionsBoundaryUsageCount: boundaries,
    IsAttachable: true,
    CreateDate: policy.createdAt,
    UpdateDate: policy.updatedAt,
  };
}

function described(policy: ManagedPolicy) {
  return policy.description === null ? {} : { Description: policy.description };
}

function policiesListed(directory: Directory, members: Members) {
  const scope = members.optionalText("Scope", { oneOf: ["All", "AWS", "Local"] }) ?? "All";
  const prefix = members.optionalText("PathPrefix", { min: 1, max: 512 }) ?? "/";
  const onlyAttached = members.flag("OnlyAttached", false);
  const usage = members.optionalText("PolicyUsageFilter", {
    oneOf: ["PermissionsPolicy", "PermissionsBoundary"],
  });
  const items = [...directory.policies.values()].filter((policy) => {
    if (scope !== "All" && (scope === "AWS") !== (policy.owner === "aws")) return false;
    if (!policy.path.startsWith(prefix)) return false;
    const { attachments, boundaries } = holdersOf(directory, policy.arn);
    if (usage === "PermissionsPolicy" && attachments === 0) return false;
    if (usage === "PermissionsBoundary" && boundaries === 0) return false;
    return !onlyAttached || attachments + boundaries > 0;
  });
  return { scope: `policies ${scope} ${prefix} ${onlyAttached} ${usage}`, items };
}

type Holder =
  | { readonly kind: "User"; readonly holder: User }
  | { readonly kind: "Role"; readonly holder: Role };

/** ListEntitiesForPolicy: by attachment, as a boundary, or (without `PolicyUsageFilter`) both. */
function listEntities(
  directory: Directory,
  members: Members,
  policy: ManagedPolicy,
  paging: Paging,
): object {
  const kind = members.optionalText("EntityFilter", {
    oneOf: ["User", "Role", "Group", "LocalManagedPolicy", "AWSManagedPolicy"],
  });
  const usage = members.optionalText("PolicyUsageFilter", {
    oneOf: ["PermissionsPolicy", "PermissionsBoundary"],
  });
  const prefix = members.optionalText("PathPrefix", { min: 1, max: 512 }) ?? "/";
  const items = holdersBy(directory, policy.arn, usage).filter(
    (one) => (kind === null || kind === one.kind) && one.holder.path.startsWith(prefix),
  );
  const page = requestedPage(members, paging, {
    scope: `entities ${policy.id} ${kind} ${usage} ${prefix}`,
    items,
    keyOf: (one) => `${one.kind} ${one.holder.name}`,
  });
  return {
    PolicyGroups: [],
    PolicyUsers: page.items.flatMap((one) =>
      one.kind === "User" ? [{ UserName: one.holder.name, UserId: one.holder.id }] : [],
    ),
    PolicyRoles: page.items.flatMap((one) =>
      one.kind === "Role" ? [{ RoleName: one.holder.name, RoleId: one.holder.id }] : [],
    ),
    ...page.end,
  };
}

function holdersBy(directory: Directory, arn: string, usage: string | null): readonly Holder[] {
  const holds = ({ attached, boundary }: Role | User): boolean =>
    (usage !== "PermissionsBoundary" && attached.includes(arn)) ||
    (usage !== "PermissionsPolicy" && boundary === arn);
  return [
    ...[...directory.users.values()]
      .filter(holds)
      .map((holder): Holder => ({ kind: "User", holder })),
    ...[...directory.roles.values()]
      .filter(holds)
      .map((holder): Holder => ({ kind: "Role", holder })),
  ];
}
