import { comparePermissions, mayWiden } from "../compare/index.ts";
import type { Change } from "./change.ts";
import type { DesiredPolicy } from "./desired.ts";
import type { ObservedPolicy, ObservedPolicyVersion } from "./observed.ts";
import { asData } from "./role.ts";
import { fitting, missingTags, pick } from "./tags.ts";

/** IAM keeps at most five versions of a managed policy (IAM quotas page). */
const versionsMax = 5;

/** The deploy policy, attached to nothing yet. */
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
  /** By the two documents alone; `withEffects` looks at the role's other policies as well. */
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
  const why = `IAM keeps ${versionsMax} versions: the oldest that is not the default goes`;
  const prune = versionDeletion(observed.arn, pruned, why);
  return [prune, write];
}

/**
 * Deletes the versions that grant more than is desired, for somebody could make one of them the
 * default again with a single call. They go once the new default is written, and the one that it
 * replaces goes with them.
 *
 * @param written does a write of this plan replace the default version?
 */
export function wideVersionChanges(input: {
  readonly observed: ObservedPolicy;
  readonly document: string;
  readonly written: boolean;
}): readonly Change[] {
  const { observed, document, written } = input;
  const { defaultVersion: id, versions } = observed;
  const createdAt = versions?.find((version) => version.id === id)?.createdAt ?? "";
  const replaced = { id, createdAt, document: observed.document };
  const others = (versions ?? []).filter((version) => !version.isDefault && version.id !== id);
  const wide = (text: string | null) =>
    text === null || mayWiden(comparePermissions({ before: [document], after: [text] }).widening);
  const deletion = (version: Pick<ObservedPolicyVersion, "id" | "createdAt" | "document">) =>
    versionDeletion(observed.arn, version, "a version that grants more than is desired");
  return [
    ...others.filter((version) => !version.knownSafe && wide(version.document)).map(deletion),
    // Where the write failed it is still the default, which IAM deletes for nobody.
    ...(written && wide(observed.document)
      ? [{ ...deletion(replaced), follows: "create-policy-version" } as const]
      : []),
  ];
}

/** Deletes one version that is not the default, which alone grants anything. */
export function versionDeletion(
  arn: string,
  version: Pick<ObservedPolicyVersion, "id" | "createdAt" | "document">,
  reason: string,
): Change {
  const { id, createdAt, document } = version;
  return {
    action: "delete",
    resource: "policy",
    id: `${arn}:${id}`,
    reason,
    before: { version: id, createdAt, document: document === null ? null : asData(document) },
    after: null,
    effect: "closes",
    step: { do: "delete-policy-version", arn, version: id },
  };
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

/** Puts the ownership tags on, if they were read and are not all there, as far as there is room. */
export function policyTagChanges(
  desired: DesiredPolicy,
  observed: ObservedPolicy,
): readonly Change[] {
  if (observed.tags === null) return [];
  const { tags: wanted } = fitting(missingTags(desired.tags, observed.tags), observed.tags);
  if (Object.keys(wanted).length === 0) return [];
  return [
    {
      action: "tag",
      resource: "policy",
      id: observed.arn,
      reason: "ownership tags missing or with another value",
      before: pick(observed.tags, Object.keys(wanted)),
      after: wanted,
      // Ownership only; a policy's tags are not principal tags.
      effect: "neutral",
      step: { do: "tag-policy", arn: observed.arn, tags: wanted },
    },
  ];
}

/** Is there no room for a tag that marks it as ours? */
export function isUnmarkable(
  desired: Pick<DesiredPolicy, "tags">,
  observed: ObservedPolicy,
): boolean {
  const { tags } = observed;
  return tags !== null && fitting(missingTags(desired.tags, tags), tags).left.length > 0;
}
