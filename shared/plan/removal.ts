import type { Change } from "./change.ts";
import type { ObservedPolicy, ObservedProvider, ObservedRole } from "./observed.ts";
import { createdTag, ownershipOf } from "./ownership.ts";
import { asData, strayPermissionChanges } from "./role.ts";

/**
 * The changes that take away what an environment left behind, role first, so that nobody gets in
 * while the rest goes. What does not carry the environment's own tags stays.
 */
export function planRemoval(input: {
  readonly environment: string;
  readonly prefix: string;
  readonly role: ObservedRole | null;
  readonly policy: ObservedPolicy | null;
}): readonly Change[] {
  const { environment, prefix, role, policy } = input;
  const changes: Change[] = [];
  const isOurs = (tags: ObservedRole["tags"] | null): boolean =>
    tags !== null && ownershipOf({ tags, prefix, environment }).kind === "ours";
  const ourPolicy = policy !== null && isOurs(policy.tags) ? policy : null;
  let attachments = ourPolicy?.attachmentCount ?? 0;
  if (role !== null && isOurs(role.tags)) {
    if (ourPolicy !== null && role.attached.includes(ourPolicy.arn)) attachments -= 1;
    changes.push(...removeRole(role));
  }
  // Attached elsewhere it is somebody's working permission; it stays.
  if (ourPolicy !== null && attachments <= 0) changes.push(...removePolicy(ourPolicy));
  return changes;
}

function removeRole(role: ObservedRole): readonly Change[] {
  const reason = "the environment is gone and its onRemove is delete";
  const stray = strayPermissionChanges(role, null).map((change) => ({ ...change, reason }));
  return [
    ...stray,
    {
      action: "delete",
      resource: "role",
      id: role.arn,
      reason,
      before: { ...role, trustPolicy: asData(role.trustPolicy) },
      after: null,
      effect: "closes",
      step: { do: "delete-role", name: role.name },
    },
  ];
}

function removePolicy(policy: ObservedPolicy): readonly Change[] {
  const reason = "the environment is gone and its onRemove is delete";
  const old = (policy.versions ?? []).filter((version) => !version.isDefault);
  return [
    ...old.map((version): Change => {
      return {
        action: "delete",
        resource: "policy",
        id: `${policy.arn}:${version.id}`,
        reason,
        before: { version: version.id, createdAt: version.createdAt },
        after: null,
        effect: "closes",
        step: { do: "delete-policy-version", arn: policy.arn, version: version.id },
      };
    }),
    {
      action: "delete",
      resource: "policy",
      id: policy.arn,
      reason,
      before: { version: policy.defaultVersion, document: asData(policy.document) },
      after: null,
      effect: "closes",
      step: { do: "delete-policy", arn: policy.arn },
    },
  ];
}

/** Roles that carry the environment's tags under names that it neither has nor is known to have had. */
export function strayRoles(input: {
  readonly roles: readonly ObservedRole[];
  readonly environment: string;
  readonly prefix: string;
  readonly known: readonly string[];
}): readonly ObservedRole[] {
  const known = new Set(input.known.map((name) => name.toLowerCase()));
  return input.roles.filter((role) => {
    const { environment, prefix } = input;
    const owner = ownershipOf({ tags: role.tags, prefix, environment });
    return owner.kind === "ours" && !known.has(role.name.toLowerCase());
  });
}

/**
 * Removes a provider that we created and that nobody uses any more.
 *
 * @param usedBy ARNs of the account's roles whose trust policy names it
 */
export function planProviderRemoval(input: {
  readonly provider: ObservedProvider;
  readonly prefix: string;
  readonly usedBy: readonly string[];
}): readonly Change[] {
  const { provider, prefix, usedBy } = input;
  const ours = ownershipOf({ tags: provider.tags, prefix, environment: null }).kind === "ours";
  if (!ours || provider.tags[createdTag] !== "true" || usedBy.length > 0) return [];
  return [
    {
      action: "delete",
      resource: "oidc-provider",
      id: provider.arn,
      reason: "we created it and nobody uses it any more",
      before: provider,
      after: null,
      effect: "closes",
      step: { do: "delete-provider", arn: provider.arn },
    },
  ];
}
