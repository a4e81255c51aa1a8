import type { Members } from "../input/members.ts";
import type { Handler } from "../input/operations.ts";
import type { Paging } from "../input/page.ts";
import { checkPolicySize, encoded, requestedPermissions } from "./documents.ts";
import { requestedPage } from "./paging.ts";
import { requestedCustomerPolicy, requestedPolicy } from "./policies.ts";
import { deleteConflict, limitExceeded, noSuchEntity } from "./refusals.ts";
import { versionIdRule } from "./rules.ts";
import { type Directory, type ManagedPolicy, type PolicyVersion, withPolicy } from "./state.ts";

/**
 * Versions of managed policies: at most five, an id is never used twice, and the default version
 * cannot be deleted. Source: IAM User Guide, "Versioning IAM policies".
 */
export function policyVersionHandlers(
  paging: () => Paging,
): Readonly<Record<string, Handler<Directory>>> {
  return {
    CreatePolicyVersion: createPolicyVersion,
    GetPolicyVersion: (directory, members) => {
      const policy = requestedPolicy(directory, members);
      const version = requestedVersion(policy, members);
      return {
        PolicyVersion: { Document: encoded(version.document), ...shownVersion(policy, version) },
      };
    },
    ListPolicyVersions: (directory, members) => {
      const policy = requestedPolicy(directory, members);
      const page = requestedPage(members, paging(), {
        scope: `versions ${policy.id}`,
        items: policy.versions,
        keyOf: newestFirst,
      });
      return {
        Versions: page.items.map((version) => shownVersion(policy, version)),
        ...page.end,
      };
    },
    DeletePolicyVersion: (directory, members) => {
      const policy = requestedCustomerPolicy(directory, members);
      const { id } = requestedVersion(policy, members);
      if (id === policy.defaultVersion) {
        throw deleteConflict("Cannot delete the default version of a policy.");
      }
      const versions = policy.versions.filter((version) => version.id !== id);
      withPolicy(directory, { ...policy, versions });
      return {};
    },
    SetDefaultPolicyVersion: (directory, members, call) => {
      const policy = requestedCustomerPolicy(directory, members);
      const { id } = requestedVersion(policy, members);
      withPolicy(directory, { ...policy, defaultVersion: id, updatedAt: call.now });
      return {};
    },
  };
}

const createPolicyVersion: Handler<Directory> = (directory, members, call) => {
  const policy = requestedCustomerPolicy(directory, members);
  const document = requestedPermissions(members);
  checkPolicySize(directory, document);
  const most = directory.quotas.VersionsPerPolicyQuota;
  if (policy.versions.length >= most) {
    const sentence =
      "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.";
    throw limitExceeded(sentence);
  }
  const version = { id: `v${policy.nextVersion}`, document, createdAt: call.now };
  const changed = withPolicy(directory, {
    ...policy,
    versions: [...policy.versions, version],
    defaultVersion: members.flag("SetAsDefault", false) ? version.id : policy.defaultVersion,
    nextVersion: policy.nextVersion + 1,
    updatedAt: call.now,
  });
  return { PolicyVersion: shownVersion(changed, version) };
};

function requestedVersion(policy: ManagedPolicy, members: Members): PolicyVersion {
  const id = members.text("VersionId", versionIdRule);
  const version = policy.versions.find((other) => other.id === id);
  if (version === undefined) {
    throw noSuchEntity(`Policy ${policy.arn} version ${id} does not exist or is not attachable.`);
  }
  return version;
}

/** A version without its document, as CreatePolicyVersion and ListPolicyVersions show it. */
export function shownVersion(policy: ManagedPolicy, version: PolicyVersion) {
  return {
    VersionId: version.id,
    IsDefaultVersion: version.id === policy.defaultVersion,
    CreateDate: version.createdAt,
  };
}

/** A key that sorts v10 before v9. */
export function newestFirst(version: PolicyVersion): string {
  return String(1_000_000_000 - Number(version.id.slice(1)));
}
