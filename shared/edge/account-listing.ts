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
type AccountListing = {
  /** By name in lower case: IAM ignores case in names. */
  readonly roles: ReadonlyMap<string, ObservedRole>;
  readonly policies: ReadonlyMap<string, ObservedPolicy>;
  /** Names of the instance profiles that hold a role, by the role's ARN. */
  readonly instanceProfiles: ReadonlyMap<string, readonly string[]>;
};

/** An account is always there. */
export type AccountReading = Exclude<Reading<AccountListing>, { readonly kind: "absent" }>;

/**
 * Reads the whole account in pages, so that the number of calls does not grow with environments.
 * Account details lack a role's description and longest session, so the list of roles is read as
 * well. Neither has a policy's tags: they stay `null`. Of each page only what is asked for is kept.
 */
export async function readAccount(clients: Clients): Promise<AccountReading> {
  try {
    const [details, settings] = await Promise.all([readDetails(clients), readSettings(clients)]);
    // An emulator's account may have no role at first, and one that was just made need not be in both lists yet.
    if (settings.size === 0 && details.roles.length > 1) throw new TypeError("no role");
    const roles = new Map(
      details.roles.map((role): [string, ObservedRole] => [
        role.name.toLowerCase(),
        { ...role, ...(settings.get(role.name) ?? noSettings) },
      ]),
    );
    const policies = new Map(details.policies.map((policy) => [policy.arn, policy]));
    return { kind: "found", value: { ...details, roles, policies } };
  } catch (thrown) {
    return { kind: "unreadable", fault: faultOf("iam:GetAccountAuthorizationDetails", thrown) };
  }
}

type Details = Pick<AccountListing, "instanceProfiles"> & {
  readonly roles: readonly Omit<ObservedRole, keyof Settings>[];
  readonly policies: readonly ObservedPolicy[];
};

async function readDetails({ iam }: Clients): Promise<Details> {
  const roles: Details["roles"][number][] = [];
  const policies: ObservedPolicy[] = [];
  const instanceProfiles = new Map<string, readonly string[]>();
  const pages = paginateGetAccountAuthorizationDetails(
    { client: iam, pageSize: 1000 },
    { Filter: ["Role", "LocalManagedPolicy"] },
  );
  for await (const { RoleDetailList = [], Policies = [] } of pages) {
    roles.push(...RoleDetailList.map(observedRole));
    policies.push(...Policies.map(observedPolicy));
    for (const role of RoleDetailList) {
      const names = profilesOf(role);
      if (names.length > 0) instanceProfiles.set(role.Arn ?? "", names);
    }
  }
  return { roles, policies, instanceProfiles };
}

function profilesOf({ InstanceProfileList = [] }: RoleDetail): readonly string[] {
  return InstanceProfileList.flatMap(({ InstanceProfileName }) => InstanceProfileName ?? []);
}

type Settings = Pick<ObservedRole, "description" | "maxSessionSeconds">;

const noSettings: Settings = { description: "", maxSessionSeconds: 3600 };

async function readSettings({ iam }: Clients): Promise<ReadonlyMap<string, Settings>> {
  const settings = new Map<string, Settings>();
  for await (const { Roles = [] } of paginateListRoles({ client: iam, pageSize: 1000 }, {})) {
    for (const { RoleName = "", Description = "", MaxSessionDuration = 3600 } of Roles) {
      settings.set(RoleName, { description: Description, maxSessionSeconds: MaxSessionDuration });
    }
  }
  return settings;
}

function observedRole(role: RoleDetail): Omit<ObservedRole, keyof Settings> {
  return {
    name: role.RoleName ?? "",
    arn: role.Arn ?? "",
    path: role.Path ?? "/",
    trustPolicy: decodeDocument(role.AssumeRolePolicyDocument),
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
  const arn = policy.Arn ?? "";
  const versions = (policy.PolicyVersionList ?? []).map((version) => ({
    id: version.VersionId ?? "",
    isDefault: version.IsDefaultVersion ?? false,
    createdAt: version.CreateDate?.toISOString() ?? "",
    document: version.Document === undefined ? null : decodeDocument(version.Document),
  }));
  const inForce = versions.find(({ isDefault }) => isDefault);
  if (inForce === undefined) throw new TypeError("no default");
  return {
    arn,
    // Not every emulator lists the name; an ARN ends with it.
    name: policy.PolicyName ?? arn.slice(arn.lastIndexOf("/") + 1),
    defaultVersion: policy.DefaultVersionId ?? "v1",
    document: inForce.document ?? "",
    attachmentCount: policy.AttachmentCount ?? 0,
    boundaryUsageCount: policy.PermissionsBoundaryUsageCount ?? 0,
    tags: null,
    versions,
  };
}
