import { accessOf } from "./access.ts";
import type { Change } from "./change.ts";
import { withEffects } from "./effects.ts";
import type { ObservedPolicy, ObservedProvider, ObservedRole } from "./observed.ts";
import { isMadeBy, type Owner } from "./ownership.ts";
import { versionDeletion } from "./policy.ts";
import { asData, trustLock, unmanagedPermissionChanges } from "./role.ts";

/** Who else holds what is to be removed, as a listing of the account shows it. */
export type Holders = {
  readonly roles: readonly ObservedRole[];
  /** Names of the instance profiles that hold a role, by its ARN. */
  readonly instanceProfiles: ReadonlyMap<string, readonly string[]>;
};

/** What a removal leaves where it is, and why: it is somebody else's too. */
export type Left = {
  readonly resource: "role" | "policy" | "oidc-provider";
  readonly id: string;
  readonly because:
    | "instance-profile"
    | "attached-elsewhere"
    | "boundary-elsewhere"
    | "trusted-elsewhere";
  /** Who holds it: names, and how many they are. Another holder is news, another word is not. */
  readonly holders: readonly string[];
  /** By name, with what lets the next run continue. */
  readonly message: string;
};

export type RemovalPlan = {
  readonly changes: readonly Change[];
  readonly left: readonly Left[];
};

const reason = "nothing asks for it any more, and onRemove is delete";

/**
 * The changes that take roles and deploy policies away, roles first, so that nobody gets in while
 * the rest goes. The caller says which: what the applied record names, whatever tags it has now. A
 * role that IAM would not delete stays, without permissions and with nobody let in.
 *
 * @param input.detached ARNs of policies that another role of ours let go of since they were seen,
 *   one for each time
 * @param input.holders none where the account was not listed: nobody is named then
 */
export function planRemoval(input: {
  readonly roles: readonly ObservedRole[];
  readonly policies: readonly ObservedPolicy[];
  readonly detached: readonly string[];
  readonly holders?: Holders | null;
}): RemovalPlan {
  const { roles, policies, detached, holders = null } = input;
  const stuck = roles.flatMap((role) => inInstanceProfile(role, holders) ?? []);
  const ofRoles = roles.flatMap((role) =>
    removeRole(role, {
      policy: policies.find(({ arn }) => role.attached.includes(arn)) ?? null,
      stays: stuck.some(({ id }) => id === role.arn),
    }),
  );
  const held = [...roles.flatMap(({ attached }) => attached), ...detached];
  const others = (holders?.roles ?? []).filter(({ arn }) => roles.every((own) => own.arn !== arn));
  const inUse = policies.flatMap((policy) => leftOf(policy, held, others) ?? []);
  const free = policies.filter(({ arn }) => !inUse.some(({ id }) => id === arn));
  const deletes = ofRoles.some(({ step }) => step.do === "delete-role");
  const ofPolicies = free.flatMap(removePolicy).map((change): Change => {
    // A role that could not be removed may hold it still.
    return deletes ? { ...change, follows: "delete-role" } : change;
  });
  return { changes: [...ofRoles, ...ofPolicies], left: [...stuck, ...inUse] };
}

/** IAM deletes no role that an instance profile holds, and the profile is somebody else's. */
function inInstanceProfile({ arn, name }: ObservedRole, holders: Holders | null): Left | null {
  const profiles = holders?.instanceProfiles.get(arn) ?? [];
  const [first] = profiles;
  if (first === undefined) return null;
  const message = `role ${name} is in instance profile ${profiles.join(", ")}, and IAM does not delete such a role. Its permissions were removed and nobody can assume it. The next run deletes it once it is out of the profile: aws iam remove-role-from-instance-profile --instance-profile-name ${first} --role-name ${name}`;
  return { resource: "role", id: arn, because: "instance-profile", holders: profiles, message };
}

/**
 * @param held ARNs of policies, one for each role that lets go of it
 * @param others the account's roles that stay, as far as they are known
 */
function leftOf(
  policy: ObservedPolicy,
  held: readonly string[],
  others: readonly ObservedRole[],
): Left | null {
  const { arn: id } = policy;
  const attached = policy.attachmentCount - held.filter((arn) => arn === id).length;
  if (attached > 0) {
    const roles = others.filter((role) => role.attached.includes(id));
    const message = `policy ${id} is also attached to ${named(roles, attached)}: the next run deletes it once it is detached there`;
    return {
      resource: "policy",
      id,
      because: "attached-elsewhere",
      holders: holdersOf(roles, attached),
      message,
    };
  }
  if (policy.boundaryUsageCount === 0) return null;
  const roles = others.filter(({ permissionsBoundary }) => permissionsBoundary === id);
  const message = `policy ${id} is the permissions boundary of ${named(roles, policy.boundaryUsageCount)}: the next run deletes it once it is no longer a boundary`;
  const holders = holdersOf(roles, policy.boundaryUsageCount);
  return { resource: "policy", id, because: "boundary-elsewhere", holders, message };
}

function holdersOf(roles: readonly ObservedRole[], count: number): readonly string[] {
  return [...roles.map(({ name }) => name), String(count)];
}

/** Roles by name; users and groups, which no listing here shows, by their number. */
function named(roles: readonly ObservedRole[], count: number): string {
  const names = roles.map(({ name }) => `role ${name}`);
  const rest = count - roles.length;
  return [
    ...names,
    ...(rest > 0 ? [`${rest} other ${rest === 1 ? "identity" : "identities"}`] : []),
  ].join(", ");
}

function removeRole(
  role: ObservedRole,
  given: {
    readonly policy: ObservedPolicy | null;
    /** IAM would not delete it. */
    readonly stays: boolean;
  },
): readonly Change[] {
  const { policy, stays } = given;
  const taken = permissionsOff(role, policy, stays);
  return stays ? taken : [...taken, roleDeletion(role)];
}

/**
 * IAM deletes no role that holds a policy. What only closes goes first; where several others are
 * left, one may deny what the next one allows, so nobody may come in meanwhile.
 *
 * @param stays IAM would not delete the role
 */
export function permissionsOff(
  role: ObservedRole,
  policy: ObservedPolicy | null,
  stays = false,
): readonly Change[] {
  const start = accessOf(role, policy, new Map());
  const unmanaged = unmanagedPermissionChanges(role, null).map((change) => ({ ...change, reason }));
  const decided = withEffects({ start, changes: unmanaged, lasting: [] });
  const guarding = decided.filter(({ effect }) => effect !== "closes");
  const lock = guarding.length > 1 || stays ? trustLock(role, reason) : [];
  const changes = [...decided.filter(({ effect }) => effect === "closes"), ...lock, ...guarding];
  return withEffects({ start, changes, lasting: [] });
}

function roleDeletion(role: ObservedRole): Change {
  return {
    action: "delete",
    resource: "role",
    id: role.arn,
    reason,
    before: { ...role, trustPolicy: asData(role.trustPolicy) },
    after: null,
    // Its sessions end with it, and nobody gets new ones.
    effect: "closes",
    step: { do: "delete-role", name: role.name },
  };
}

function removePolicy(policy: ObservedPolicy): readonly Change[] {
  const old = (policy.versions ?? []).filter((version) => !version.isDefault);
  return [
    ...old.map((version) => versionDeletion(policy.arn, version, reason)),
    {
      action: "delete",
      resource: "policy",
      id: policy.arn,
      reason,
      before: { version: policy.defaultVersion, document: asData(policy.document) },
      after: null,
      // IAM deletes a policy only where nobody holds it.
      effect: "closes",
      step: { do: "delete-policy", arn: policy.arn },
    },
  ];
}

/**
 * Removes a provider that we created and that nobody uses any more.
 *
 * @param usedBy the account's roles whose trust policy names it
 */
export function planProviderRemoval(input: {
  readonly provider: ObservedProvider;
  readonly owner: Owner;
  readonly usedBy: readonly ObservedRole[];
}): RemovalPlan {
  const { provider, owner, usedBy } = input;
  if (!isMadeBy(provider.tags, owner)) return { changes: [], left: [] };
  if (usedBy.length > 0) {
    const message = `${provider.arn} is trusted by ${named(usedBy, usedBy.length)}: the next run deletes it once no trust policy names it`;
    const because = "trusted-elsewhere";
    const holders = holdersOf(usedBy, usedBy.length);
    return {
      changes: [],
      left: [{ resource: "oidc-provider", id: provider.arn, because, holders, message }],
    };
  }
  const deletion: Change = {
    action: "delete",
    resource: "oidc-provider",
    id: provider.arn,
    reason: "we created it and nobody uses it any more",
    before: provider,
    after: null,
    // No token of its issuer is accepted any more, whatever a trust policy says.
    effect: "closes",
    step: { do: "delete-provider", arn: provider.arn },
  };
  return { changes: [deletion], left: [] };
}

/** The roles whose trust policy names the provider. */
export function rolesTrusting(
  roles: readonly ObservedRole[],
  provider: string,
): readonly ObservedRole[] {
  return roles.filter((role) => role.trustPolicy.includes(provider));
}
