import type { Change } from "./change.ts";
import type { DesiredRole } from "./desired.ts";
import type { Difference } from "./difference.ts";
import type { ObservedRole, Tags } from "./observed.ts";

/** A document as data for a report, or its text where it is no JSON. */
export function asData(document: string): unknown {
  try {
    return JSON.parse(document);
  } catch {
    return document;
  }
}

export function createRole(desired: DesiredRole): Change {
  return {
    action: "create",
    resource: "role",
    id: desired.arn,
    reason: "the role does not exist",
    before: null,
    after: {
      trustPolicy: asData(desired.trustPolicy),
      maxSessionSeconds: desired.maxSessionSeconds,
      permissionsBoundary: desired.permissionsBoundary,
      description: desired.description,
      tags: desired.tags,
    },
    // It carries no permission until the policy is attached.
    effect: "neutral",
    step: {
      do: "create-role",
      name: desired.name,
      path: desired.path,
      trustPolicy: desired.trustPolicy,
      description: desired.description,
      maxSessionSeconds: desired.maxSessionSeconds,
      permissionsBoundary: desired.permissionsBoundary,
      tags: desired.tags,
    },
  };
}

export function trustPolicyChange(
  desired: DesiredRole,
  observed: ObservedRole,
  difference: Difference<unknown>,
): Change {
  return {
    action: "update",
    resource: "trust-policy",
    id: observed.arn,
    reason: reasonOf(difference),
    before: asData(observed.trustPolicy),
    after: asData(desired.trustPolicy),
    effect: difference.gains === false ? "closes" : "opens",
    step: { do: "update-trust-policy", name: observed.name, trustPolicy: desired.trustPolicy },
  };
}

function reasonOf(difference: Difference<unknown>): string {
  const { gains, loses } = difference;
  if (gains === null || loses === null) {
    return `the trust policy is not provably the desired one: ${difference.undecided.join("; ")}`;
  }
  if (gains && loses) return "the trust policy admits other requests than desired";
  return loses
    ? "the trust policy admits more than desired"
    : "the trust policy admits less than desired";
}

/** Description and maximum session go in one call, for IAM resets the session where it is left out. */
export function roleSettingsChange(desired: DesiredRole, observed: ObservedRole): Change | null {
  const session = desired.maxSessionSeconds !== observed.maxSessionSeconds;
  const description = desired.description !== observed.description;
  if (!session && !description) return null;
  const differs = [session ? "maximum session" : "", description ? "description" : ""];
  return {
    action: "update",
    resource: "role",
    id: observed.arn,
    reason: `${differs.filter((part) => part !== "").join(" and ")} not as desired`,
    before: {
      maxSessionSeconds: observed.maxSessionSeconds,
      description: observed.description,
    },
    after: { maxSessionSeconds: desired.maxSessionSeconds, description: desired.description },
    effect: sessionEffect(desired, observed),
    step: {
      do: "update-role",
      name: observed.name,
      description: desired.description,
      maxSessionSeconds: desired.maxSessionSeconds,
    },
  };
}

function sessionEffect(desired: DesiredRole, observed: ObservedRole): Change["effect"] {
  if (desired.maxSessionSeconds === observed.maxSessionSeconds) return "neutral";
  return desired.maxSessionSeconds > observed.maxSessionSeconds ? "opens" : "closes";
}

export function boundaryChange(desired: DesiredRole, observed: ObservedRole): Change | null {
  const wanted = desired.permissionsBoundary;
  if (wanted === observed.permissionsBoundary) return null;
  const common = {
    resource: "role",
    id: observed.arn,
    before: { permissionsBoundary: observed.permissionsBoundary },
    after: { permissionsBoundary: wanted },
  } as const;
  if (wanted === null) {
    return {
      ...common,
      action: "update",
      reason: "a permissions boundary that is not desired",
      effect: "opens",
      step: { do: "delete-boundary", name: observed.name },
    };
  }
  const missing = observed.permissionsBoundary === null;
  return {
    ...common,
    action: "update",
    reason: missing ? "the permissions boundary is missing" : "another permissions boundary",
    effect: missing ? "closes" : "opens",
    step: { do: "put-boundary", name: observed.name, boundary: wanted },
  };
}

/** Role tags are principal tags of every session, so a tag that nobody asked for may open a door. */
export function tagChanges(desired: DesiredRole, observed: ObservedRole): readonly Change[] {
  const wanted = missingTags(desired.tags, observed.tags);
  const extra = Object.keys(observed.tags).filter(
    (key) => !Object.hasOwn(desired.tags, key) && !key.toLowerCase().startsWith("aws:"),
  );
  const changes: Change[] = [];
  if (extra.length > 0) {
    changes.push({
      action: "tag",
      resource: "role",
      id: observed.arn,
      reason: "tags that are not desired",
      before: pick(observed.tags, extra),
      after: {},
      effect: "neutral",
      step: { do: "untag-role", name: observed.name, keys: extra },
    });
  }
  if (Object.keys(wanted).length > 0) {
    changes.push({
      action: "tag",
      resource: "role",
      id: observed.arn,
      reason: "tags missing or with another value",
      before: pick(observed.tags, Object.keys(wanted)),
      after: wanted,
      effect: "neutral",
      step: { do: "tag-role", name: observed.name, tags: wanted },
    });
  }
  return changes;
}

/** The tags of `desired` that `observed` lacks or has with another value. */
export function missingTags(desired: Tags, observed: Tags): Tags {
  return Object.fromEntries(
    Object.entries(desired).filter(([key, value]) => observed[key] !== value),
  );
}

export function pick(tags: Tags, keys: readonly string[]): Tags {
  return Object.fromEntries(Object.entries(tags).filter(([key]) => keys.includes(key)));
}

/** What is attached or written inline and is not ours goes; that closes, whatever it granted. */
export function strayPermissionChanges(
  observed: ObservedRole,
  policyArn: string | null,
): readonly Change[] {
  const detached = observed.attached
    .filter((arn) => arn !== policyArn)
    .map((arn): Change => detach(observed, arn, "an attached policy that is not desired"));
  const deleted = observed.inline.map((inline): Change => {
    return {
      action: "delete",
      resource: "inline-policy",
      id: `${observed.arn}/${inline.name}`,
      reason: "an inline policy that is not desired",
      before: { name: inline.name, document: asData(inline.document) },
      after: null,
      effect: "closes",
      step: { do: "delete-inline-policy", name: observed.name, policy: inline.name },
    };
  });
  return [...detached, ...deleted];
}

export function detach(role: ObservedRole, arn: string, reason: string): Change {
  return {
    action: "detach",
    resource: "attachment",
    id: arn,
    reason,
    before: { role: role.arn, policy: arn },
    after: null,
    effect: "closes",
    step: { do: "detach", name: role.name, arn },
  };
}

export function attach(role: { readonly name: string; readonly arn: string }, arn: string): Change {
  return {
    action: "attach",
    resource: "attachment",
    id: arn,
    reason: "the deploy policy is not attached",
    before: null,
    after: { role: role.arn, policy: arn },
    effect: "opens",
    step: { do: "attach", name: role.name, arn },
  };
}
