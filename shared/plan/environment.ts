import type { Fault, Reading } from "../aws/reading.ts";
import {
  type Account,
  policyArn,
  type ResolvedTargets,
  readableOutputs,
  writeDeployPolicy,
  writeTrustPolicy,
} from "../trust/index.ts";
import { type Change, writesPolicy } from "./change.ts";
import { type Choice, holdOf, type VersionChoice } from "./choice.ts";
import {
  type ControlEntry,
  type Evidence,
  hasName,
  knownVersions,
  newestValid,
  type ValidVersion,
  writtenNames,
} from "./control.ts";
import { deniesOf, type KeptDeny } from "./denies.ts";
import { type DesiredIdentity, type DesiredResult, desiredOf } from "./desired.ts";
import { closingMeanwhile, planIdentity } from "./identity.ts";
import {
  nothingObserved,
  type ObservedPolicy,
  type ObservedProvider,
  type ObservedRole,
  type ObservedTargets,
  type ProviderSetting,
} from "./observed.ts";
import { foreignOwner, type Owner, ownershipOf } from "./ownership.ts";
import { type Resolution, resolveTargets } from "./resolve.ts";
import { type Adopted, adoptedOf, type Blocked, resourceClaims } from "./resource-claims.ts";
import { type DriftWidening, driftWidenings } from "./widening.ts";

/** What a plan may say whether a version is in force or not. */
type PlanBase = {
  readonly evidence: Evidence;
  readonly changes: readonly Change[];
  /** Policies that only deny and stay for now: somebody revoked sessions. */
  readonly kept: readonly KeptDeny[];
  readonly blocked: readonly Blocked[];
  readonly adopted: readonly Adopted[];
  readonly widenings: readonly DriftWidening[];
  /** What a role that would be adopted admits or grants beyond the document: no drift yet. */
  readonly excess: readonly DriftWidening[];
  /** Tags by which another owner claims what is ours, and which nobody may take off. */
  readonly foreignTags: readonly string[];
  /** What is set on its provider that nobody asks for and no run takes off. */
  readonly settings: readonly ProviderSetting[];
  /** What could not be read, so that nothing could be decided. */
  readonly faults: readonly Fault[];
  /** What keeps a part of the document from being written: only what closes is planned. */
  readonly problems: readonly Fault[];
};

/** What a run means to do for one environment, before anything is written. */
export type EnvironmentPlan = PlanBase &
  (
    | {
        /** No version is in force: what stands open is found all the same. */
        readonly kind: "nothing";
        readonly choice: Exclude<Choice, VersionChoice>;
      }
    | {
        /** IAM has no room for what the version in force asks for. */
        readonly kind: "unwritable";
        readonly choice: VersionChoice;
        readonly resolution: Resolution;
      }
    | {
        /** Compared with what is desired; without changes where `faults` says what was not read. */
        readonly kind: "planned";
        readonly choice: VersionChoice;
        readonly resolution: Resolution;
        readonly desired: DesiredIdentity;
        /** The deploy policy as it was found; `null` where there is none, or it was not read. */
        readonly policy: ObservedPolicy | null;
        /** Does it not say what the version in force means, whether this run may write it or not? */
        readonly policyDue: boolean;
        readonly harmlessVersions: readonly string[];
      }
  );

/** What is desired; `null` where nothing is in force, or IAM cannot hold it. */
export function desiredIn(plan: EnvironmentPlan): DesiredIdentity | null {
  return plan.kind === "planned" ? plan.desired : null;
}

/** The default version of the deploy policy as it was found; `null` where none was. */
export function policyVersionOf(plan: EnvironmentPlan): string | null {
  return plan.kind === "planned" ? (plan.policy?.defaultVersion ?? null) : null;
}

/** What was observed of the account, as far as environments ask for it. */
export type Observation = {
  role(name: string): Reading<ObservedRole>;
  policy(arn: string): Reading<ObservedPolicy>;
  targets(region: string): ObservedTargets;
  /** Texts of attached policies that are not ours and of boundaries, by ARN; absent: not readable. */
  readonly documents: ReadonlyMap<string, string>;
};

export type PlanInput = {
  readonly entry: ControlEntry;
  readonly evidence: Evidence;
  readonly choice: Choice;
  readonly observed: Observation;
  /** Somebody else's claim on the provider that the environment needs. */
  readonly providerClaim: Blocked | null;
  /** The provider that would be taken over with the newest document; `null` where it is ours. */
  readonly untakenProvider: ObservedProvider | null;
  readonly account: Account;
  readonly owner: Owner & { readonly environment: string };
  readonly now: Date;
  readonly force: boolean;
  /** The installation's own settings cannot be read: nothing may open by them. */
  readonly opensNothing: boolean;
};

/** Plans the role and policy of one environment from the version in force and what is there. */
export function planEnvironment(input: PlanInput): EnvironmentPlan {
  const { choice, evidence } = input;
  const base = { ...emptyPlan, evidence };
  switch (choice.kind) {
    case "orphaned":
      return { ...base, kind: "nothing", choice };
    case "nothing": {
      const widenings = widenedMeanwhile(input);
      return { ...base, kind: "nothing", choice, widenings, kept: revokedMeanwhile(input) };
    }
    case "newest":
    case "applied":
      return planVersion(choice, base, input);
    default:
      return choice satisfies never;
  }
}

function planVersion(choice: VersionChoice, base: PlanBase, input: PlanInput): EnvironmentPlan {
  const { document } = choice.at;
  const readings = {
    role: input.observed.role(document.role.name),
    policy: input.observed.policy(policyArn(input.account, document.policy.name)),
  };
  const policy = foundIn(readings.policy);
  const resolved = resolveTargets({
    deploy: document.deploy,
    observed: input.observed.targets(document.deploy.region),
    remembered: rememberedTargets(input.evidence),
    inForce: policy?.document ?? null,
    account: input.account,
  });
  const wanted = desiredWith(resolved, document, input);
  const fits = wanted.kind === "desired" ? null : withRoom(resolved, document, policy, input);
  const resolution = fits?.resolution ?? resolved;
  const result = fits?.result ?? wanted;
  if (result.kind === "refused") {
    const { code, message } = result.problem;
    const problems = [{ code, message, kind: "refused" } as const];
    return { ...base, kind: "unwritable", choice, resolution, problems };
  }
  const desired = result.identity;
  const faults = [readings.role, readings.policy].flatMap((reading) =>
    reading.kind === "unreadable" ? [reading.fault] : [],
  );
  const unread = { policy: null, policyDue: false, harmlessVersions: [] };
  const found = { desired, role: foundIn(readings.role), policy };
  const compared = faults.length > 0 ? { ...unread, faults } : compare(choice, found, input);
  return { ...base, kind: "planned", choice, resolution, desired, ...compared };
}

function desiredWith(
  { targets }: Resolution,
  document: ValidVersion["document"],
  { entry, account, owner, now }: PlanInput,
): DesiredResult {
  return desiredOf({ environment: entry.name, document, targets, account, owner, now });
}

/**
 * What is in force where the targets of today have grown beyond IAM's room: the permissions on what
 * they were last, so that all else is still kept right. `null` where nobody remembers that.
 */
function withRoom(
  resolution: Resolution,
  document: ValidVersion["document"],
  policy: ObservedPolicy | null,
  input: PlanInput,
): { readonly resolution: Resolution; readonly result: DesiredResult } | null {
  const remembered = rememberedTargets(input.evidence);
  if (remembered === null) return null;
  const { targets } = resolveTargets({
    deploy: document.deploy,
    observed: nothingObserved(document.deploy.region),
    remembered,
    inForce: policy?.document ?? null,
    account: input.account,
  });
  const before = { ...resolution, targets };
  return { resolution: before, result: desiredWith(before, document, input) };
}

const emptyPlan: Omit<PlanBase, "evidence"> = {
  changes: [],
  kept: [],
  blocked: [],
  adopted: [],
  widenings: [],
  excess: [],
  foreignTags: [],
  settings: [],
  faults: [],
  problems: [],
};

/** The value that was read; `null` for what is absent as for what could not be read. */
export function foundIn<T>(reading: Reading<T>): T | null {
  return reading.kind === "found" ? reading.value : null;
}

/** What the targets resolved to last, as far as anything remembers it. */
export function rememberedTargets(evidence: Evidence): ResolvedTargets | null {
  switch (evidence.kind) {
    case "record":
      return evidence.record.targets;
    case "former":
      return evidence.status.applied?.targets ?? null;
    case "status":
    case "missing":
    case "none":
      return null;
    default:
      return evidence satisfies never;
  }
}

type Found = {
  readonly desired: DesiredIdentity;
  readonly role: ObservedRole | null;
  readonly policy: ObservedPolicy | null;
};

/** Compares what was found with what is desired. */
function compare({ at: { document } }: VersionChoice, found: Found, input: PlanInput) {
  const { entry, evidence, observed, account, now, force } = input;
  const { desired, role, policy } = found;
  const names = writtenNames(evidence, entry);
  const claimed = { document, names, role, policy, owner: input.owner, account };
  const blocked = [
    ...resourceClaims(claimed),
    ...(input.providerClaim === null ? [] : [input.providerClaim]),
  ];
  const wanted = planIdentity({
    desired,
    role,
    policy,
    documents: observed.documents,
    denies:
      evidence.kind === "record" ? new Map(Object.entries(evidence.record.denies)) : new Map(),
    now,
    force,
  });
  const known = knownVersions(evidence, entry);
  const kept = known.length > 0;
  const ours = kept && hasName(names.roles, desired.role.name);
  // Without a record the newest document is the measure of what somebody may have opened.
  const unknownDrift = evidence.kind === "missing" ? excessOf(desired, role, policy, observed) : [];
  const unread = entry.record.kind === "unreadable" ? entry.record.fault : null;
  const changes = allowed(wanted.changes, blocked, kept);
  return {
    // Before any step that is not proved closing the record must have been read.
    changes: unread === null && !input.opensNothing ? changes : closingMeanwhile(changes),
    kept: ours || evidence.kind === "missing" ? wanted.kept : [],
    blocked,
    adopted: blocked.length > 0 ? [] : [...adoptedOf(claimed), ...adoptedProvider(input)],
    widenings: ours ? driftOf(known, desired, role, policy, input) : unknownDrift,
    excess: kept ? [] : excessOf(desired, role, policy, observed),
    foreignTags: ours && role !== null ? foreignTagsOf(role) : [],
    problems: [
      ...wanted.problems.map((problem): Fault => ({ ...problem, kind: "refused" })),
      ...(unread === null ? [] : [unread]),
    ],
    policy,
    policyDue: wanted.changes.some(({ step }) => writesPolicy(step)),
    harmlessVersions: harmlessOf(policy, wanted.changes),
  };
}

/** A provider with our own tags was ours before, and is not taken over from anybody. */
function adoptedProvider({ untakenProvider, owner }: PlanInput): readonly Adopted[] {
  if (untakenProvider === null) return [];
  const { arn: id, tags } = untakenProvider;
  const { kind } = ownershipOf(tags, { ...owner, environment: null });
  return kind === "untagged" ? [{ resource: "oidc-provider", id }] : [];
}

/** Versions of the policy that a plan leaves, because they grant no more than is desired. */
function harmlessOf(policy: ObservedPolicy | null, changes: readonly Change[]): readonly string[] {
  const deleted = changes.flatMap(({ step }) =>
    step.do === "delete-policy-version" ? [step.version] : [],
  );
  return (policy?.versions ?? []).flatMap(({ id, isDefault }) =>
    isDefault || deleted.includes(id) ? [] : [id],
  );
}

/** Tags that begin with `aws:` are set by AWS and taken off by nobody. */
function foreignTagsOf(role: ObservedRole): readonly string[] {
  return Object.entries(role.tags).flatMap(([key, value]) =>
    key.toLowerCase().startsWith("aws:") ? (foreignOwner(key, value) ?? []) : [],
  );
}

/** What the account admits or grants beyond what is known and desired. An ended entry still counts. */
function driftOf(
  known: readonly ValidVersion[],
  desired: DesiredIdentity | null,
  role: ObservedRole | null,
  policy: ObservedPolicy | null,
  input: PlanInput,
): readonly DriftWidening[] {
  const { account, observed } = input;
  const first = known[0]?.document;
  if (first === undefined) return [];
  const grantsOf = (document: ValidVersion["document"]) => ({
    permissions: permissionsOf(document, policy, input),
    boundary: document.role.permissionsBoundary ?? null,
  });
  return driftWidenings({
    known: {
      trust: known.flatMap(({ document }) => trustOf(document, account)),
      ...grantsOf(first),
      earlier: known.slice(1).map(({ document }) => grantsOf(document)),
    },
    desired,
    role,
    policy,
    documents: observed.documents,
    policyArn: policyArn(account, first.policy.name),
  });
}

function excessOf(
  desired: DesiredIdentity,
  role: ObservedRole | null,
  policy: ObservedPolicy | null,
  { documents }: Observation,
): readonly DriftWidening[] {
  const known = { trust: [], permissions: [], boundary: desired.role.permissionsBoundary };
  return driftWidenings({ known, desired, role, policy, documents, policyArn: desired.policy.arn });
}

function trustOf(document: ValidVersion["document"], account: Account): readonly string[] {
  const written = writeTrustPolicy({ document, account, now: new Date(0) });
  return written.kind === "written" ? [JSON.stringify(written.policy)] : [];
}

/** What the targets that are remembered were granted: of the right shape, and in force. */
function permissionsOf(
  document: ValidVersion["document"],
  policy: ObservedPolicy | null,
  { evidence, account, owner }: Pick<PlanInput, "evidence" | "account" | "owner">,
): readonly string[] {
  const { targets } = resolveTargets({
    deploy: document.deploy,
    observed: nothingObserved(document.deploy.region),
    remembered: rememberedTargets(evidence),
    inForce: policy?.document ?? null,
    account,
  });
  const outputs = readableOutputs(document, owner, account);
  const written = writeDeployPolicy({ targets, outputs });
  return written.kind === "written" ? [JSON.stringify(written.policy)] : [];
}

/**
 * Nothing is in force for want of evidence: what the role admits beyond the newest document is told
 * all the same. Blocked is not unseen.
 */
function widenedMeanwhile(input: PlanInput): readonly DriftWidening[] {
  const { entry, account, observed } = input;
  const newest = newestValid(entry);
  if (newest === null || !lacksEvidence(input)) return [];
  const role = foundIn(observed.role(newest.document.role.name));
  const policy = foundIn(observed.policy(policyArn(account, newest.document.policy.name)));
  const { document } = newest;
  const resolution = resolveTargets({
    deploy: document.deploy,
    observed: observed.targets(document.deploy.region),
    remembered: null,
    inForce: policy?.document ?? null,
    account,
  });
  const outputs = readableOutputs(document, input.owner, account);
  const written = writeDeployPolicy({ targets: resolution.targets, outputs });
  return driftWidenings({
    known: {
      trust: trustOf(document, account),
      permissions: written.kind === "written" ? [JSON.stringify(written.policy)] : [],
      boundary: document.role.permissionsBoundary ?? null,
    },
    desired: null,
    role,
    policy,
    documents: observed.documents,
    policyArn: policyArn(account, document.policy.name),
  });
}

/** Is there something of this environment, and nothing that says what was in force? */
function lacksEvidence({ choice, evidence }: PlanInput): boolean {
  return evidence.kind === "missing" || holdOf(choice)?.because === "tags";
}

/** Sessions that somebody revoked while nothing is in force: told at once, like everywhere. */
function revokedMeanwhile(input: PlanInput): readonly KeptDeny[] {
  const newest = newestValid(input.entry);
  if (newest === null || !lacksEvidence(input)) return [];
  const { role: named, policy } = newest.document;
  const role = foundIn(input.observed.role(named.name));
  if (role === null) return [];
  return deniesOf({
    role,
    ours: policyArn(input.account, policy.name),
    documents: input.observed.documents,
    denies: new Map(),
    now: input.now,
    force: false,
  }).kept;
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
