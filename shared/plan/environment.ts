import type { Account, ResolvedTargets } from "../trust/index.ts";
import type { Change } from "./change.ts";
import type { Choice } from "./choice.ts";
import type { ControlEntry, ValidVersion } from "./control.ts";
import { type DesiredIdentity, desiredOf } from "./desired.ts";
import { planIdentity } from "./identity.ts";
import type { Fault, ObservedPolicy, ObservedRole, ObservedTargets, Reading } from "./observed.ts";
import { ownershipOf } from "./ownership.ts";
import { type Resolution, resolveTargets } from "./resolve.ts";
import { type DriftWidening, driftWidenings, type StrayDocuments } from "./widening.ts";

/** Somebody else's claim on a resource that the environment wants, or one that cannot be met. */
export type Blocked = {
  readonly code: "ForeignOwner" | "PathDiffers" | "NameDiffers" | "NameTaken" | "Refused";
  readonly resource: "role" | "policy" | "oidc-provider";
  readonly message: string;
};

export type Adopted = {
  readonly resource: "role" | "policy" | "oidc-provider";
  readonly id: string;
};

/** What a run means to do for one environment, before anything is written. */
export type EnvironmentPlan = {
  readonly name: string;
  readonly choice: Choice;
  readonly inForce: ValidVersion | null;
  readonly desired: DesiredIdentity | null;
  readonly resolution: Resolution | null;
  readonly changes: readonly Change[];
  readonly blocked: readonly Blocked[];
  readonly adopted: readonly Adopted[];
  readonly widenings: readonly DriftWidening[];
  /** What could not be read, so that nothing could be decided. */
  readonly faults: readonly Fault[];
  readonly policyVersion: string | null;
};

export type Observation = {
  readonly role: Reading<ObservedRole>;
  readonly policy: Reading<ObservedPolicy>;
  readonly targets: ObservedTargets;
  readonly strays: StrayDocuments;
};

/** Plans the role and policy of one environment from the version in force and what is there. */
export function planEnvironment(input: {
  readonly entry: ControlEntry;
  readonly choice: Choice;
  readonly observed: Observation;
  /** Somebody else's claim on the provider that the environment needs. */
  readonly providerClaim: Blocked | null;
  readonly account: Account;
  readonly prefix: string;
  readonly now: Date;
}): EnvironmentPlan {
  const { entry, choice, observed } = input;
  const inForce = choice.kind === "newest" || choice.kind === "applied" ? choice.at : null;
  const empty = emptyPlan(entry.name, choice);
  if (inForce === null) return empty;
  const resolution = resolveTargets({
    deploy: inForce.document.deploy,
    observed: observed.targets,
    lastResolved: lastResolved(entry, inForce),
  });
  const result = desiredOf({
    ...input,
    environment: entry.name,
    document: inForce.document,
    targets: resolution.targets,
  });
  const base = { ...empty, inForce, resolution };
  if (result.kind === "refused") {
    const blocked: Blocked = {
      code: "Refused",
      resource: "policy",
      message: result.problem.message,
    };
    return { ...base, blocked: [blocked] };
  }
  const faults = [observed.role, observed.policy].flatMap((reading) =>
    reading.kind === "unreadable" ? [reading.fault] : [],
  );
  if (faults.length > 0) return { ...base, desired: result.identity, faults };
  return planned(base, result.identity, input);
}

export function emptyPlan(name: string, choice: Choice): EnvironmentPlan {
  return {
    name,
    choice,
    inForce: null,
    desired: null,
    resolution: null,
    changes: [],
    blocked: [],
    adopted: [],
    widenings: [],
    faults: [],
    policyVersion: null,
  };
}

/** ARNs seen in another region say nothing about this one. */
function lastResolved(entry: ControlEntry, inForce: ValidVersion): ResolvedTargets | null {
  const region = entry.status?.outputs["AWS_REGION"];
  if (region !== inForce.document.deploy.region) return null;
  return entry.status?.applied?.targets ?? null;
}

export function foundIn<T>(reading: Reading<T>): T | null {
  return reading.kind === "found" ? reading.value : null;
}

function planned(
  base: EnvironmentPlan,
  desired: DesiredIdentity,
  input: Parameters<typeof planEnvironment>[0],
): EnvironmentPlan {
  const { entry, observed, prefix, account } = input;
  const role = foundIn(observed.role);
  const policy = foundIn(observed.policy);
  const blocked = [
    ...claimsAgainst(desired, role, policy, prefix),
    ...(input.providerClaim === null ? [] : [input.providerClaim]),
  ];
  const wanted = planIdentity({ desired, role, policy });
  const changes = allowed(wanted, blocked, entry.applied.kind === "applied");
  const applied = entry.applied.kind === "applied" ? entry.applied.at.document : null;
  const widenings =
    applied === null || applied.role.name !== desired.role.name || isBlocked(blocked, "role")
      ? []
      : driftWidenings({
          applied,
          appliedTargets: entry.status?.applied?.targets ?? null,
          desired,
          role,
          policy,
          strays: observed.strays,
          account,
        });
  return {
    ...base,
    desired,
    changes,
    blocked,
    adopted: blocked.length > 0 ? [] : adoptedOf(desired, role, policy, prefix),
    widenings,
    policyVersion: policy?.defaultVersion ?? null,
  };
}

function isBlocked(blocked: readonly Blocked[], resource: Blocked["resource"]): boolean {
  return blocked.some((claim) => claim.resource === resource);
}

/**
 * What another owner claims stays untouched. An environment that was never applied then touches
 * nothing at all; one that was keeps right what is still its own.
 */
function allowed(
  changes: readonly Change[],
  blocked: readonly Blocked[],
  applied: boolean,
): readonly Change[] {
  if (blocked.length === 0) return changes;
  if (!applied) return [];
  return changes.filter((change) => {
    const ofPolicy = change.resource === "policy";
    return !isBlocked(blocked, ofPolicy ? "policy" : "role");
  });
}

function claimsAgainst(
  desired: DesiredIdentity,
  role: ObservedRole | null,
  policy: ObservedPolicy | null,
  prefix: string,
): readonly Blocked[] {
  const environment = desired.environment;
  const blocked: Blocked[] = [];
  if (role !== null) {
    const owner = ownershipOf({ tags: role.tags, prefix, environment });
    if (owner.kind === "foreign") blocked.push(foreign("role", role.arn, owner.owner));
    if (role.name !== desired.role.name) blocked.push(nameDiffers(role, desired));
    else if (role.path !== desired.role.path) blocked.push(pathDiffers(role, desired));
  }
  if (policy !== null && policy.tags !== null) {
    const owner = ownershipOf({ tags: policy.tags, prefix, environment });
    if (owner.kind === "foreign") blocked.push(foreign("policy", policy.arn, owner.owner));
  }
  return blocked;
}

export function foreign(resource: Blocked["resource"], arn: string, owner: string): Blocked {
  return {
    code: "ForeignOwner",
    resource,
    message: `${arn} belongs to ${owner}; it stays untouched. Choose another name in the document, or remove that owner's tag`,
  };
}

function pathDiffers(role: ObservedRole, desired: DesiredIdentity): Blocked {
  return {
    code: "PathDiffers",
    resource: "role",
    message: `role ${role.name} is at path ${role.path} and the document says ${desired.role.path}: IAM cannot move a role. Set role.path to ${role.path}, or choose another role.name`,
  };
}

function nameDiffers(role: ObservedRole, desired: DesiredIdentity): Blocked {
  return {
    code: "NameDiffers",
    resource: "role",
    message: `the account has a role ${role.name} and the document says ${desired.role.name}: IAM ignores case in names. Set role.name to ${role.name}, or choose another`,
  };
}

function adoptedOf(
  desired: DesiredIdentity,
  role: ObservedRole | null,
  policy: ObservedPolicy | null,
  prefix: string,
): readonly Adopted[] {
  const environment = desired.environment;
  const untagged = (tags: ObservedRole["tags"] | null): boolean =>
    tags !== null && ownershipOf({ tags, prefix, environment }).kind === "untagged";
  return [
    ...(role !== null && untagged(role.tags) ? [{ resource: "role", id: role.arn } as const] : []),
    ...(policy !== null && untagged(policy.tags)
      ? [{ resource: "policy", id: policy.arn } as const]
      : []),
  ];
}
