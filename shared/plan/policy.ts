import type { Change } from "./change.ts";
import type { DesiredPolicy } from "./desired.ts";
import type { ObservedPolicy, ObservedPolicyVersion } from "./observed.ts";
import { asData, missingTags, pick } from "./role.ts";

/** IAM keeps at most five versions of a managed policy (IAM quotas page). */
const versionsMax = 5;

export function createPolicy(desired: DesiredPolicy, document: string): Change {
  return {
    action: "create",
    resource: "policy",
    id: desired.arn,
    reason: "the deploy policy does not exist",
    before: null,
    after: { document: asData(document), tags: desired.tags },
    // It grants nothing until it is attached.
    effect: "neutral",
    step: {
      do: "create-policy",
      name: desired.name,
      arn: desired.arn,
      document,
      tags: desired.tags,
    },
  };
}

/**
 * The writes that make `document` the default version, with the oldest other version pruned first
 * where IAM has no room left.
 */
export function policyVersionChanges(input: {
  readonly observed: ObservedPolicy;
  readonly document: string;
  readonly reason: string;
  readonly opens: boolean;
}): readonly Change[] {
  const { observed, document } = input;
  const write: Change = {
    action: "update",
    resource: "policy",
    id: observed.arn,
    reason: input.reason,
    before: { version: observed.defaultVersion, document: asData(observed.document) },
    after: { document: asData(document) },
    effect: input.opens ? "opens" : "closes",
    step: { do: "create-policy-version", arn: observed.arn, document },
  };
  const pruned = versionToPrune(observed.versions ?? []);
  if (pruned === null) return [write];
  const prune: Change = {
    action: "delete",
    resource: "policy",
    id: `${observed.arn}:${pruned.id}`,
    reason: `IAM keeps ${versionsMax} versions: the oldest that is not the default goes`,
    before: { version: pruned.id, createdAt: pruned.createdAt },
    after: null,
    effect: "closes",
    step: { do: "delete-policy-version", arn: observed.arn, version: pruned.id },
  };
  return [prune, write];
}

function versionToPrune(versions: readonly ObservedPolicyVersion[]): ObservedPolicyVersion | null {
  if (versions.length < versionsMax) return null;
  const [oldest] = versions
    .filter((version) => !version.isDefault)
    .toSorted((left, right) => versionNumber(left.id) - versionNumber(right.id));
  return oldest ?? null;
}

/** Version ids are `v1`, `v2`, … and never reused, so their number is their age. */
function versionNumber(id: string): number {
  return Number(id.slice(1));
}

export function policyTagChange(desired: DesiredPolicy, observed: ObservedPolicy): Change | null {
  if (observed.tags === null) return null;
  const wanted = missingTags(desired.tags, observed.tags);
  if (Object.keys(wanted).length === 0) return null;
  return {
    action: "tag",
    resource: "policy",
    id: observed.arn,
    reason: "ownership tags missing or with another value",
    before: pick(observed.tags, Object.keys(wanted)),
    after: wanted,
    effect: "neutral",
    step: { do: "tag-policy", arn: observed.arn, tags: wanted },
  };
}
