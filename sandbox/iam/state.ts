/** All entities of IAM in an account. They are replaced, never changed in place. */
export type Directory = {
  readonly account: string;
  readonly quotas: Quotas;
  /** By ARN. */
  readonly providers: Map<string, Provider>;
  /** By name in lower case: IAM's names are unique ignoring case. */
  readonly roles: Map<string, Role>;
  /** Customer managed policies and AWS's own, by ARN. */
  readonly policies: Map<string, ManagedPolicy>;
  /** By name in lower case. */
  readonly users: Map<string, User>;
  /** By name in lower case. */
  readonly instanceProfiles: Map<string, InstanceProfile>;
  /** By id. */
  readonly accessKeys: Map<string, AccessKey>;
};

export type Tags = ReadonlyMap<string, string>;

export type Provider = {
  readonly arn: string;
  /** Without its scheme, as IAM shows it. */
  readonly url: string;
  readonly audiences: readonly string[];
  readonly thumbprints: readonly string[];
  /** Trusted identity propagation: how claims of the token become context keys. */
  readonly contextProvider: ContextProvider | null;
  /** ARN of the Identity Center instance that it is associated with. */
  readonly identityCenter: string | null;
  readonly createdAt: Date;
  readonly tags: Tags;
};

/** Source: IAM API reference, *ContextProvider*. */
export type ContextProvider = {
  readonly subjectSourceKey: string;
  readonly subjectTypeSourceKey: string | null;
  readonly subjectTypeValue: string | null;
  readonly keys: readonly { readonly source: string; readonly target: string }[];
};

export type Role = {
  readonly name: string;
  readonly path: string;
  readonly arn: string;
  /** `AROA…`: never used twice. */
  readonly id: string;
  readonly createdAt: Date;
  /** The trust policy as IAM stores it, with the ids of roles and users of the account. */
  readonly trust: string;
  readonly description: string | null;
  readonly maxSessionSeconds: number;
  /** ARN of a managed policy. */
  readonly boundary: string | null;
  readonly tags: Tags;
  /** Inline policies by name. */
  readonly inline: ReadonlyMap<string, string>;
  /** ARNs of managed policies. */
  readonly attached: readonly string[];
  readonly lastUsed: { readonly at: Date; readonly region: string } | null;
  /** The role template that it comes from; null for an ordinary role. */
  readonly template: { readonly arn: string; readonly minorVersion: number } | null;
};

export type PolicyVersion = {
  /** `v3`. */
  readonly id: string;
  readonly document: string;
  readonly createdAt: Date;
};

export type ManagedPolicy = {
  readonly owner: "customer" | "aws";
  readonly name: string;
  readonly path: string;
  readonly arn: string;
  readonly id: string;
  readonly description: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly tags: Tags;
  /** The oldest first; at most five. */
  readonly versions: readonly PolicyVersion[];
  readonly defaultVersion: string;
  /** Number of the next version: ids are never used again. */
  readonly nextVersion: number;
};

export type User = {
  readonly name: string;
  readonly path: string;
  readonly arn: string;
  readonly id: string;
  readonly createdAt: Date;
  readonly tags: Tags;
  readonly inline: ReadonlyMap<string, string>;
  readonly attached: readonly string[];
  readonly boundary: string | null;
};

export type InstanceProfile = {
  readonly name: string;
  readonly path: string;
  readonly arn: string;
  readonly id: string;
  readonly createdAt: Date;
  readonly tags: Tags;
  /** The key of its role; it can have only one. */
  readonly role: string | null;
};

export type AccessKey = {
  readonly id: string;
  readonly userName: string;
  readonly status: "Active" | "Inactive";
  readonly createdAt: Date;
  readonly lastUsed: {
    readonly at: Date;
    readonly region: string;
    readonly service: string;
  } | null;
};

/** IAM's quotas. Those in GetAccountSummary have its names, the others are in lower case. */
export type Quotas = {
  readonly AssumeRolePolicySizeQuota: number;
  readonly PolicySizeQuota: number;
  /** Inline policies of one role together. */
  readonly RolePolicySizeQuota: number;
  readonly VersionsPerPolicyQuota: number;
  readonly AttachedPoliciesPerRoleQuota: number;
  readonly RolesQuota: number;
  readonly PoliciesQuota: number;
  readonly UsersQuota: number;
  readonly AccessKeysPerUserQuota: number;
  readonly providers: number;
  readonly audiencesPerProvider: number;
  readonly thumbprintsPerProvider: number;
  readonly tagsPerEntity: number;
};

/** The defaults of a new account. Source: IAM User Guide, "IAM and AWS STS quotas". */
export const defaultQuotas: Quotas = {
  AssumeRolePolicySizeQuota: 2048,
  PolicySizeQuota: 6144,
  RolePolicySizeQuota: 10_240,
  VersionsPerPolicyQuota: 5,
  AttachedPoliciesPerRoleQuota: 20,
  RolesQuota: 1000,
  PoliciesQuota: 1500,
  UsersQuota: 5000,
  AccessKeysPerUserQuota: 2,
  providers: 100,
  audiencesPerProvider: 100,
  thumbprintsPerProvider: 5,
  tagsPerEntity: 50,
};

export function emptyDirectory(account: string, quotas: Partial<Quotas> = {}): Directory {
  return {
    account,
    quotas: { ...defaultQuotas, ...quotas },
    providers: new Map(),
    roles: new Map(),
    policies: new Map(),
    users: new Map(),
    instanceProfiles: new Map(),
    accessKeys: new Map(),
  };
}

/** A copy of the directory that later writes do not change. */
export function copyOf(directory: Directory): Directory {
  return {
    ...directory,
    providers: new Map(directory.providers),
    roles: new Map(directory.roles),
    policies: new Map(directory.policies),
    users: new Map(directory.users),
    instanceProfiles: new Map(directory.instanceProfiles),
    accessKeys: new Map(directory.accessKeys),
  };
}

/** Makes the directory hold what a copy of it holds, in its own maps. */
export function putBack(directory: Directory, kept: Directory): void {
  refill(directory.providers, kept.providers);
  refill(directory.roles, kept.roles);
  refill(directory.policies, kept.policies);
  refill(directory.users, kept.users);
  refill(directory.instanceProfiles, kept.instanceProfiles);
  refill(directory.accessKeys, kept.accessKeys);
}

function refill<Entity>(map: Map<string, Entity>, kept: ReadonlyMap<string, Entity>): void {
  map.clear();
  for (const [key, entity] of kept) map.set(key, entity);
}

/** The key of a name in the maps above. */
export function nameKey(name: string): string {
  return name.toLowerCase();
}

export function withRole(directory: Directory, role: Role): Role {
  directory.roles.set(nameKey(role.name), role);
  return role;
}

export function withPolicy(directory: Directory, policy: ManagedPolicy): ManagedPolicy {
  directory.policies.set(policy.arn, policy);
  return policy;
}

export function withProvider(directory: Directory, provider: Provider): Provider {
  directory.providers.set(provider.arn, provider);
  return provider;
}

export function withUser(directory: Directory, user: User): User {
  directory.users.set(nameKey(user.name), user);
  return user;
}
