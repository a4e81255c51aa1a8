import type { Tags } from "./observed.ts";

export const environmentTag = "oidc-reconciler:environment";
export const prefixTag = "oidc-reconciler:prefix";
/** Set on a provider that a run created, so that `onRemove: delete` never deletes an adopted one. */
export const createdTag = "oidc-reconciler:created";

export type Ownership =
  | { readonly kind: "ours" }
  /** Nobody's tag: it may be adopted. */
  | { readonly kind: "untagged" }
  | { readonly kind: "foreign"; readonly owner: string };

/**
 * Whose a resource is, by its tags: ours with the same values; somebody else's with ours of other
 * values, any `aws:` tag, or `managed-by` (any case and dash) with another value; else untagged.
 *
 * @param environment the environment that wants it, or `null` for a provider, which its
 *   organisation's environments share
 */
export function ownershipOf(input: {
  readonly tags: Tags;
  readonly prefix: string;
  readonly environment: string | null;
}): Ownership {
  const { tags, prefix, environment } = input;
  for (const [key, value] of Object.entries(tags)) {
    const owner = foreignOwner(key, value);
    if (owner !== null) return { kind: "foreign", owner };
  }
  const taggedPrefix = tags[prefixTag];
  const taggedEnvironment = tags[environmentTag];
  if (taggedPrefix !== undefined && taggedPrefix !== prefix) {
    return { kind: "foreign", owner: `the reconciler with prefix ${taggedPrefix}` };
  }
  if (environment === null) return { kind: taggedPrefix === undefined ? "untagged" : "ours" };
  if (taggedEnvironment !== undefined && taggedEnvironment !== environment) {
    return { kind: "foreign", owner: `environment ${taggedEnvironment}` };
  }
  const complete = taggedPrefix !== undefined && taggedEnvironment !== undefined;
  return { kind: complete ? "ours" : "untagged" };
}

function foreignOwner(key: string, value: string): string | null {
  const folded = key.toLowerCase();
  if (folded.startsWith("aws:")) {
    return folded.startsWith("aws:cloudformation:")
      ? `CloudFormation (${key} = ${value})`
      : `an AWS service (${key} = ${value})`;
  }
  const managedBy = folded.replaceAll(/[-_ ]/g, "") === "managedby";
  if (managedBy && value !== "oidc-reconciler") return `${value} (tag ${key})`;
  return null;
}

/** The tags that say whose a role or policy is. */
export function ownershipTags(input: {
  readonly prefix: string;
  readonly environment: string;
}): Tags {
  return { [environmentTag]: input.environment, [prefixTag]: input.prefix };
}
