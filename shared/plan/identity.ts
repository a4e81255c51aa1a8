import type { Change } from "./change.ts";
import type { DesiredIdentity } from "./desired.ts";
import { type Difference, isSame, permissionDifference, trustDifference } from "./difference.ts";
import type { ObservedPolicy, ObservedRole } from "./observed.ts";
import { inSafeOrder, type Parts } from "./order.ts";
import { createPolicy, policyTagChange, policyVersionChanges } from "./policy.ts";
import {
  attach,
  boundaryChange,
  createRole,
  detach,
  roleSettingsChange,
  strayPermissionChanges,
  tagChanges,
  trustPolicyChange,
} from "./role.ts";
import { sharedPermissions } from "./shrink.ts";

const unchanged: Difference<never> = { gains: false, loses: false, gained: null, undecided: [] };

/**
 * The changes that bring one environment's role and policy from what is observed to what is
 * desired, in an order in which no prefix opens a door (`inSafeOrder`). Empty where nothing
 * differs in meaning.
 *
 * @param role `null` where it does not exist; likewise `policy`
 */
export function planIdentity(input: {
  readonly desired: DesiredIdentity;
  readonly role: ObservedRole | null;
  readonly policy: ObservedPolicy | null;
}): readonly Change[] {
  const { desired, role, policy } = input;
  const document = desired.policy.document;
  if (role === null) {
    return [
      ...detachedPolicyChanges(desired, policy),
      createRole(desired.role),
      ...(document === null ? [] : [attach(desired.role, desired.policy.arn)]),
    ];
  }
  if (policy === null && document !== null) {
    return [createPolicy(desired.policy, document), ...existingRole(desired, role, null)];
  }
  return existingRole(desired, role, policy);
}

/** Does the plan write a policy version, so that the versions must be known first? */
export function needsVersions(desired: DesiredIdentity, policy: ObservedPolicy): boolean {
  const document = desired.policy.document;
  if (policy.versions !== null || document === null) return false;
  return !isSame(permissionDifference({ before: [policy.document], after: [document] }));
}

/** A policy that the role does not hold grants it nothing, whatever it says meanwhile. */
function detachedPolicyChanges(
  desired: DesiredIdentity,
  policy: ObservedPolicy | null,
): readonly Change[] {
  const document = desired.policy.document;
  if (document === null) return [];
  if (policy === null) return [createPolicy(desired.policy, document)];
  const difference = permissionDifference({ before: [policy.document], after: [document] });
  const tag = policyTagChange(desired.policy, policy);
  return [...policyWrites(policy, document, difference), ...(tag === null ? [] : [tag])];
}

function policyWrites(
  observed: ObservedPolicy,
  document: string,
  difference: Difference<unknown>,
): readonly Change[] {
  if (isSame(difference)) return [];
  const opens = difference.gains !== false;
  return policyVersionChanges({ observed, document, reason: reasonOf(difference), opens });
}

function reasonOf(difference: Difference<unknown>): string {
  if (difference.gains === null || difference.loses === null) {
    return `the policy is not provably the desired one: ${difference.undecided.join("; ")}`;
  }
  if (difference.gains && difference.loses) return "the policy grants other actions than desired";
  return difference.loses
    ? "the policy grants more than desired"
    : "the policy grants less than desired";
}

function existingRole(
  desired: DesiredIdentity,
  role: ObservedRole,
  policy: ObservedPolicy | null,
): readonly Change[] {
  const document = desired.policy.document;
  const policyArn = desired.policy.arn;
  const attached = role.attached.includes(policyArn);
  const trust = trustDifference({
    before: role.trustPolicy,
    after: desired.role.trustPolicy,
  });
  const written =
    policy === null || document === null
      ? unchanged
      : permissionDifference({ before: [policy.document], after: [document] });
  const writes =
    policy === null || document === null ? [] : policyWrites(policy, document, written);
  const boundary = boundaryChange(desired.role, role);
  const tag = policy === null ? null : policyTagChange(desired.policy, policy);
  const parts: Parts = {
    stray: strayPermissionChanges(role, document === null ? null : policyArn),
    trust: isSame(trust) ? null : trustPolicyChange(desired.role, role, trust),
    trustDifference: trust,
    policy: writes,
    // Not attached, it may be rewritten at any time.
    policyDifference: attached ? written : unchanged,
    boundary,
    boundaryEffect: boundaryEffect(boundary, role),
    settings: roleSettingsChange(desired.role, role),
    attach: document !== null && !attached ? attach(role, policyArn) : null,
    tags: [...tagChanges(desired.role, role), ...(tag === null ? [] : [tag])],
    between: null,
    bracket: attached && document !== null ? bracketOf(role, policyArn) : null,
  };
  return inSafeOrder(withPolicyBetween(parts, policy, document));
}

function boundaryEffect(boundary: Change | null, role: ObservedRole): Parts["boundaryEffect"] {
  if (boundary === null) return "none";
  if (role.permissionsBoundary === null) return "set";
  return boundary.step.do === "delete-boundary" ? "removed" : "replaced";
}

function bracketOf(role: ObservedRole, policyArn: string): NonNullable<Parts["bracket"]> {
  const why = "trust and permissions both open and close: nothing may pass while they change";
  return {
    detach: detach(role, policyArn, why),
    attach: { ...attach(role, policyArn), reason: "back in place after both have changed" },
  };
}

/** Trust and policy that both gain and lose need a policy in between that both sides grant. */
function withPolicyBetween(
  parts: Parts,
  policy: ObservedPolicy | null,
  document: string | null,
): Parts {
  const mixed = (difference: Difference<unknown>) =>
    difference.gains !== false && difference.loses !== false;
  if (policy === null || document === null || parts.policy.length === 0) return parts;
  // Another boundary needs the policy off the role anyway.
  if (parts.boundaryEffect === "replaced") return parts;
  if (parts.trust === null || !mixed(parts.trustDifference)) return parts;
  if (!mixed(parts.policyDifference)) return parts;
  const shared = sharedPermissions(document, policy.document);
  if (shared === null) return parts;
  const between = policyVersionChanges({
    observed: policy,
    document: shared,
    reason: "what is there and desired alike, until the trust policy is right",
    opens: false,
  });
  const policyAfter = afterWrites(policy, between, shared);
  const last = policyVersionChanges({
    observed: policyAfter,
    document,
    reason: "the policy grants other actions than desired",
    opens: true,
  });
  return { ...parts, between, policy: last };
}

/** The policy as it will be once the writes are done, as far as its versions matter. */
function afterWrites(
  policy: ObservedPolicy,
  writes: readonly Change[],
  document: string,
): ObservedPolicy {
  const pruned = writes.flatMap((change) =>
    change.step.do === "delete-policy-version" ? [change.step.version] : [],
  );
  const left = (policy.versions ?? []).filter((version) => !pruned.includes(version.id));
  const newest = Math.max(0, ...left.map((version) => Number(version.id.slice(1))));
  const id = `v${newest + 1}`;
  return {
    ...policy,
    document,
    defaultVersion: id,
    versions: [
      ...left.map((version) => ({ ...version, isDefault: false })),
      { id, isDefault: true, createdAt: "" },
    ],
  };
}
