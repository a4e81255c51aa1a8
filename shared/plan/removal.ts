import { accessOf } from "./access.ts";
import type { Change } from "./change.ts";
import { withEffects } from "./effects.ts";
import type { ObservedPolicy, ObservedProvider, ObservedRole } from "./observed.ts";
import { createdTag, type Owner, ownershipOf } from "./ownership.ts";
import { versionDeletion } from "./policy.ts";
import { asData, strayPermissionChanges, trustLock } from "./role.ts";

/** What a removal leaves where it is, and why. */
export type Left = {
  readonly resource: "policy";
  readonly id: string;
  /** It is somebody else's working permission, or bounds somebody else's. */
  readonly because: "attached-elsewhere" | "boundary-elsewhere";
  readonly message: string;
};

export type RemovalPlan = {
  readonly changes: readonly Change[];
  readonly left: readonly Left[];
};

const reason = "nothing asks for it any more, and onRemove is delete";

/**
 * The changes that take roles and deploy policies away, roles first, so that nobody gets in while
 * the rest goes. The caller says which: what the applied record names, whatever tags it has now.
 *
 * @param detached ARNs of policies that another role of ours let go of since they were seen, one
 *   for each time
 */
export function planRemoval(input: {
  readonly roles: readonly ObservedRole[];
  readonly policies: readonly ObservedPolicy[];
  readonly detached: readonly string[];
}): RemovalPlan {
  const { roles, policies, detached } = input;
  const ofRoles = roles.flatMap((role) =>
    removeRole(role, policies.find(({ arn }) => role.attached.includes(arn)) ?? null),
  );
  const held = [...roles.flatMap(({ attached }) => attached), ...detached];
  const left = policies.flatMap((policy) => leftOf(policy, held) ?? []);
  const free = policies.filter(({ arn }) => !left.some(({ id }) => id === arn));
  const ofPolicies = free.flatMap(removePolicy).map((change): Change => {
    // A role that could not be removed may hold it still.
    return roles.length === 0 ? change : { ...change, follows: "delete-role" };
  });
  return { changes: [...ofRoles, ...ofPolicies], left };
}

/** @param held ARNs of policies, one for each role that lets go of it */
function leftOf(policy: ObservedPolicy, held: readonly string[]): Left | null {
  const { arn: id } = policy;
  const others = policy.attachmentCount - held.filter((arn) => arn === id).length;
  if (others > 0) {
    const message = `policy ${id} is attached elsewhere (${others}); it stays`;
    return { resource: "policy", id, because: "attached-elsewhere", message };
  }
  if (policy.boundaryUsageCount === 0) return null;
  const message = `policy ${id} is the permissions boundary of ${policy.boundaryUsageCount}; it stays`;
  return { resource: "policy", id, because: "boundary-elsewhere", message };
}

/**
 * IAM deletes no role that holds a policy. What only closes goes first; where several others are
 * left, one may deny what the next one allows, so nobody may come in meanwhile.
 */
function removeRole(role: ObservedRole, policy: ObservedPolicy | null): readonly Change[] {
  const start = accessOf(role, policy, new Map());
  const strays = strayPermissionChanges(role, null).map((change) => ({ ...change, reason }));
  const decided = withEffects({ start, changes: strays, lasting: [] });
  const guarding = decided.filter(({ effect }) => effect !== "closes");
  const lock = guarding.length > 1 ? [{ ...trustLock(role), reason }] : [];
  const changes = [...decided.filter(({ effect }) => effect === "closes"), ...lock, ...guarding];
  return [
    ...withEffects({ start, changes, lasting: [] }),
    {
      action: "delete",
      resource: "role",
      id: role.arn,
      reason,
      before: { ...role, trustPolicy: asData(role.trustPolicy) },
      after: null,
      // Its sessions end with it, and nobody gets new ones.
      effect: "closes",
      step: { do: "delete-role", name: role.name },
    },
  ];
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
 * @param usedBy ARNs of the account's roles whose trust policy names it
 */
export function planProviderRemoval(input: {
  readonly provider: ObservedProvider;
  readonly owner: Owner;
  readonly usedBy: readonly string[];
}): readonly Change[] {
  const { provider, owner, usedBy } = input;
  const ours = ownershipOf(provider.tags, { ...owner, environment: null }).kind === "ours";
  if (!ours || provider.tags[createdTag] !== "true" || usedBy.length > 0) return [];
  return [
    {
      action: "delete",
      resource: "oidc-provider",
      id: provider.arn,
      reason: "we created it and nobody uses it any more",
      before: provider,
      after: null,
      // No token of its issuer is accepted any more, whatever a trust policy says.
      effect: "closes",
      step: { do: "delete-provider", arn: provider.arn },
    },
  ];
}
