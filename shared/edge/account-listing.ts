import {
  type ManagedPolicyDetail,
  paginateGetAccountAuthorizationDetails,
  paginateListRoles,
  type RoleDetail,
} from "@aws-sdk/client-iam";
import type { Reading } from "../aws/reading.ts";
import type { ObservedPolicy, ObservedRole } from "../plan/observed.ts";
import type { Clients } from "./clients.ts";
import { faultOf } from "./faults.ts";
import { decodeDocument, tagsOf } from "./iam-forms.ts";

/** Every role and customer managed policy of the account, for runs over many environments. */
export type AccountListing = {
  /** By name in lower case: IAM ignores case in names. */
  readonly roles: ReadonlyMap<string, ObservedRole>;
  readonly policies: ReadonlyMap<string, ObservedPolicy>;
  /** Names of the instance profiles that hold a role, by the role's ARN. */
  readonly instanceProfiles: ReadonlyMap<string, readonly string[]>;
};

/**
 * Reads the whole account in pages, so that the number of calls does not grow with environments.
 * Account details lack a role's description and longest session, so the list of roles is read as
 * well. Neither has a policy's tags: they stay `null`.
 */
export async function readAccount(clients: Clients): Promise<Reading<AccountListing>> {
  try {
    const [details, settings] = await Promise.all([readDetails(clients), readSettings(clients)]);
    const roles = new Map(
      details.roles.map((role): [string, ObservedRole] => {
        const name = role.RoleName ?? "";
        return [name.toLowerCase(), observedRole(role, settings.get(name))];
      }),
    );
    const policies = new Map(
      details.policies.map((policy): [string, ObservedPolicy] => [
        policy.Arn ?? "",
        observedPolicy(policy),
      ]),
    );
    const instanceProfiles = new Map(
      details.roles.flatMap(({ Arn = "", InstanceProfileList = [] }) => {
        const names = InstanceProfileList.flatMap(
          ({ InstanceProfileName }) => InstanceProfileName ?? [],
        );
        return names.length === 0 ? [] : [[Arn, names] as const];
      }),
    );
    return { kind: "found", value: { roles, policies, instanceProfiles } };
  } catch (thrown) {
    return { kind: "unreadable", fault: faultOf("iam:GetAccountAuthorizationDetails", thrown) };
  }
}

async function readDetails({ iam }: Clients): Promise<{
  readonly roles: readonly RoleDetail[];
  readonly policies: readonly ManagedPolicyDetail[];
}> {
  const pages = await Array.fromAsync(
    paginateGetAccountAuthorizationDetails(
      { client: iam, pageSize: 1000 },
      { Filter: ["Role", "LocalManagedPolicy"] },
    ),
  );
  return {
    roles: pages.flatMap(({ RoleDetailList = [] }) => RoleDetailList),
    policies: pages.flatMap(({ Policies = [] }) => Policies),
  };
}

type Settings = { readonly description: string; readonly maxSessionSeconds: number };

async function readSettings({ iam }: Clients): Promise<ReadonlyMap<string, Settings>> {
  const pages = await Array.fromAsync(paginateListRoles({ client: iam, pageSize: 1000 }, {}));
  return new Map(
    pages.flatMap(({ Roles = [] }) =>
      Roles.map(({ RoleName = "", Description = "", MaxSessionDuration = 3600 }) => [
        RoleName,
        { description: Description, maxSessionSeconds: MaxSessionDuration },
      ]),
    ),
  );
}

function observedRole(role: RoleDetail, settings: Settings | undefined): ObservedRole {
  return {
    name: role.RoleName ?? "",
    arn: role.Arn ?? "",
    path: role.Path ?? "/",
    trustPolicy: decodeDocument(role.AssumeRolePolicyDocument),
    description: settings?.description ?? "",
    maxSessionSeconds: settings?.maxSessionSeconds ?? 3600,
    permissionsBoundary: role.PermissionsBoundary?.PermissionsBoundaryArn ?? null,
    tags: tagsOf(role.Tags),
    attached: (role.AttachedManagedPolicies ?? []).flatMap(({ PolicyArn }) => PolicyArn ?? []),
    inline: (role.RolePolicyList ?? []).map(({ PolicyName, PolicyDocument }) => ({
      name: PolicyName ?? "",
      document: decodeDocument(PolicyDocument),
    })),
  };
}

function observedPolicy(policy: ManagedPolicyDetail): ObservedPolicy {
  const versions = policy.PolicyVersionList ?? [];
  const inForce = versions.find((version) => version.IsDefaultVersion);
  const arn = policy.Arn ?? "";
  return {
    arn,
    // Not every emulator lists the name; an ARN ends with it.
    name: policy.PolicyName ?? arn.slice(arn.lastIndexOf("/") + 1),
    defaultVersion: policy.DefaultVersionId ?? "v1",
    document: decodeDocument(inForce?.Document),
    attachmentCount: policy.AttachmentCount ?? 0,
    boundaryUsageCount: policy.PermissionsBoundaryUsageCount ?? 0,
    tags: null,
    versions: versions.map((version) => ({
      id: version.VersionId ?? "",
      isDefault: version.IsDefaultVersion ?? false,
      createdAt: version.CreateDate?.toISOString() ?? "",
      document: version.Document === undefined ? null : decodeDocument(version.Document),
    })),
  };
}
