import type { Tags } from "./observed.ts";

export const environmentTag = "oidc-reconciler:environment";
export const prefixTag = "oidc-reconciler:prefix";
/** The home Region: IAM is global, so two homes with one prefix are two owners. */
export const homeTag = "oidc-reconciler:home";
/** Set on a provider that a run created, so that `onRemove: delete` never deletes an adopted one. */
export const createdTag = "oidc-reconciler:created";

type Ownership =
  | { readonly kind: "ours" }
  /** Nobody's tag: it may be adopted. */
  | { readonly kind: "untagged" }
  /** `home`: the same prefix and environment, kept from another Region. */
  | { readonly kind: "foreign"; readonly owner: string; readonly home: boolean };

export type Owner = {
  readonly prefix: string;
  /** The Region of the stack. */
  readonly home: string;
  /** The environment that wants it, or `null` for a provider, which environments share. */
  readonly environment: string | null;
};

/**
 * Whose a resource is, by its tags alone: ours with the same values; somebody else's with ours of
 * other values, any `aws:` tag, or `managed-by` (any case and dash) with another value; else
 * untagged. A release before this one set no home: a missing home is ours where the rest is.
 *
 * What a record names as ours stays ours whatever its tags say: ask the record first.
 */
export function ownershipOf(tags: Tags, owner: Owner): Ownership {
  const { prefix, home, environment } = owner;
  for (const [key, value] of Object.entries(tags)) {
    const other = foreignOwner(key, value);
    if (other !== null) return { kind: "foreign", owner: other, home: false };
  }
  const taggedPrefix = tags[prefixTag];
  const taggedHome = tags[homeTag];
  const taggedEnvironment = tags[environmentTag];
  if (taggedPrefix !== undefined && taggedPrefix !== prefix) {
    return foreign(`the reconciler with prefix ${taggedPrefix}`, false);
  }
  if (taggedHome !== undefined && taggedHome !== home) {
    return foreign(`the reconciler in Region ${taggedHome}`, true);
  }
  if (environment === null) return { kind: taggedPrefix === undefined ? "untagged" : "ours" };
  if (taggedEnvironment !== undefined && taggedEnvironment !== environment) {
    return foreign(`environment ${taggedEnvironment}`, false);
  }
  const complete = taggedPrefix !== undefined && taggedEnvironment !== undefined;
  return { kind: complete ? "ours" : "untagged" };
}

function foreign(owner: string, home: boolean): Ownership {
  return { kind: "foreign", owner, home };
}

/** Who else says in a tag that it keeps a resource; `null` where the tag says no such thing. */
export function foreignOwner(key: string, value: string): string | null {
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

/** Is this one of the tags by which we say that something is ours? */
export function isOwnershipTag(key: string): boolean {
  return key === environmentTag || key === prefixTag || key === homeTag;
}

/** The tags that say whose a role or policy is. */
export function ownershipTags(owner: {
  readonly prefix: string;
  readonly home: string;
  readonly environment: string;
}): Tags {
  return {
    [environmentTag]: owner.environment,
    [prefixTag]: owner.prefix,
    [homeTag]: owner.home,
  };
}

/** Is a provider ours, and did a run create it? One that was there before is never removed. */
export function isMadeBy(tags: Tags, owner: Owner): boolean {
  const { kind } = ownershipOf(tags, { ...owner, environment: null });
  return kind === "ours" && tags[createdTag] === "true";
}
