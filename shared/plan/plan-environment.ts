/**
 * Decides what a run means to do, from data alone: which version is in force (`choose.ts`), what it
 * desires (`desired.ts`), what is open (`found-open.ts`), and the ordered changes (`identity.ts`,
 * `order.ts`). docs/lifecycle.md names the forms.
 *
 * Imports `document`, `targets`, `trust`, and `compare` for every question about access. Public:
 * `planEnvironment` here, `chooseVersion`, `organisationsOf` (shared providers), `orphansOf`, the
 * record (`record-after.ts`), and what became of a plan (`applied.ts`).
 */

import { type Fault, foundIn, type Reading, seenIn } from "../aws/reading.ts";
import type { EnvironmentDocument } from "../document/index.ts";
import { policyArn } from "../trust/index.ts";
import { shutByBrackets } from "./brackets.ts";
import { type Change, writesPolicy } from "./change.ts";
import { type Choice, heldTwice, holdOf, type VersionChoice } from "./choice.ts";
import { opensNothing, ownerOf, type PlanContext, providerOwnerOf } from "./context.ts";
import {
  type ControlEntry,
  type Evidence,
  hasName,
  knownVersions,
  maybeInForce,
  rememberedTargets,
  versionsInForce,
  writtenNames,
} from "./control.ts";
import { type DesiredResult, desiredOf } from "./desired.ts";
import type { EnvironmentPlan, Observation, PlanBase } from "./environment.ts";
import {
  driftOf,
  excessOf,
  type Found,
  measureMeanwhile,
  revokedMeanwhile,
  widenedMeanwhile,
} from "./found-open.ts";
import { planIdentity } from "./identity.ts";
import type { ObservedPolicy, ObservedProvider, ObservedRole, Tags } from "./observed.ts";
import { closingMeanwhile } from "./order.ts";
import { foreignOwner, ownershipOf } from "./ownership.ts";
import { rememberedResolution } from "./policy-texts.ts";
import type { WrittenNames } from "./record.ts";
import { type Resolution, resolveTargets } from "./resolve.ts";
import {
  type Adopted,
  adoptedOf,
  type Blocked,
  resourceClaims,
  rolesOnce,
} from "./resource-claims.ts";
import { leavingTags } from "./tags.ts";

export type PlanInput = PlanContext & {
  readonly entry: ControlEntry;
  readonly evidence: Evidence;
  readonly choice: Choice;
  readonly observed: Observation;
  /** Claims of somebody else on the provider that the version in force needs. */
  readonly providerClaims: readonly Blocked[];
  /** The provider that the newest document takes over; `null` where it is ours, or nobody does. */
  readonly adopts: ObservedProvider | null;
};

/** Plans the role and policy of one environment from the version in force and what is there. */
export function planEnvironment(input: PlanInput): EnvironmentPlan {
  const { choice, evidence } = input;
  const base = { ...emptyPlan, evidence };
  switch (choice.kind) {
    case "orphaned":
      return { ...base, kind: "nothing", choice };
    case "nothing": {
      const documents = maybeInForce(input.entry).map(({ document }) => document);
      if (!lacksEvidence(input)) return { ...base, kind: "nothing", choice };
      const widenings = widenedMeanwhile(documents, input);
      const kept = revokedMeanwhile(documents, input);
      return { ...base, kind: "nothing", choice, widenings, kept };
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
  const policy = seenIn(readings.policy);
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
  const faults = faultsIn([readings.role, readings.policy]);
  const isWhole = faults.length === 0;
  const seen = seenIn(readings.role);
  const isPart = readings.role.kind === "unreadable";
  const role = seen === null || !isPart ? seen : holding(seen, policy);
  const plan = { ...base, kind: "planned", choice, resolution, desired, faults } as const;
  const isTrustSeen = role !== null || readings.role.kind === "absent";
  if (!isTrustSeen) return { ...plan, ...nothingSeen };
  const compared = compare(choice, { desired, role, policy }, input, isWhole);
  return { ...plan, ...compared, isTrustSeen };
}

/** One listing that is refused says the same of both. */
function faultsIn(readings: readonly Reading<unknown>[]): readonly Fault[] {
  const faults = readings.flatMap((reading) =>
    reading.kind === "unreadable" ? [reading.fault] : [],
  );
  return [...new Map(faults.map((fault) => [fault.message, fault])).values()];
}

/** Where nobody can say what the role holds, it holds the deploy policy that somebody holds. */
function holding(role: ObservedRole, policy: ObservedPolicy | null): ObservedRole {
  if (policy === null || role.attached.length > 0) return role;
  const isHeld = policy.attachmentCount > 0 || policy.uncounted === true;
  return isHeld ? { ...role, attached: [policy.arn] } : role;
}

const nothingSeen = {
  isTrustSeen: false,
  policy: null,
  roleHolds: false,
  policyDue: false,
  harmlessVersions: [],
};

function desiredWith(
  { targets }: Resolution,
  document: EnvironmentDocument,
  input: PlanInput,
): DesiredResult {
  return desiredOf({ ...input, owner: ownerOf(input, input.entry), document, targets });
}

/**
 * What is in force where the targets of today have grown beyond IAM's room: the permissions on what
 * they were last, so that all else is still kept right. `null` where nobody remembers that.
 */
function withRoom(
  resolution: Resolution,
  document: EnvironmentDocument,
  policy: ObservedPolicy | null,
  input: PlanInput,
): { readonly resolution: Resolution; readonly result: DesiredResult } | null {
  if (rememberedTargets(input.evidence) === null) return null;
  const given = { ...input, whyUnseen: null };
  const before = { ...resolution, targets: rememberedResolution(document, policy, given) };
  return { resolution: before, result: desiredWith(before, document, input) };
}

const emptyPlan: Omit<PlanBase, "evidence"> = {
  changes: [],
  kept: [],
  blocked: [],
  adopted: [],
  widenings: [],
  shutAgain: [],
  excess: [],
  foreignTags: [],
  unmarked: [],
  settings: [],
  faults: [],
  problems: [],
};

/**
 * Compares what was found with what is desired.
 *
 * @param isWhole was all of it read? Where a part was not, what is ours is only closed, and nothing is said of
 *   claims or of a take-over that would need that part
 */
function compare(choice: VersionChoice, found: Found, input: PlanInput, isWhole: boolean) {
  const { document } = choice.at;
  const { entry, evidence, observed, account, now, force } = input;
  const { desired, role, policy } = found;
  const names = writtenNames(evidence, entry);
  const judged = isWhole ? policy : null;
  const isRoleUnread = observed.role(document.role.name).kind === "unreadable";
  const owner = ownerOf(input, entry);
  const once = rolesOnce(evidence, document, observed).flatMap((each) => foundIn(each) ?? []);
  const claimed = { document, names, role, policy: judged, owner, account, isRoleUnread, once };
  const blocked = [...resourceClaims(claimed), ...input.providerClaims];
  const leaving =
    role === null ? {} : leavingTags(desired.role, role, writtenTags(input, desired.role.name));
  const wanted = planIdentity({
    desired,
    role,
    policy,
    documents: observed.documents,
    denies:
      evidence.kind === "record" ? new Map(Object.entries(evidence.record.denies)) : new Map(),
    leaving,
    now,
    force,
    isWhole,
  });
  const known = versionsInForce(evidence, entry);
  const kept = known.length > 0;
  const isWritten = evidence.kind !== "missing" && hasName(names.roles, desired.role.name);
  const ours = kept && isWritten;
  // Without a record what may be in force is the measure of what somebody may have opened.
  const may = maybeInForce(entry).flatMap((each) =>
    each.digest === choice.at.digest ? [] : each.document,
  );
  const unknownDrift =
    evidence.kind === "missing" ? excessOf(found, observed, measureMeanwhile(may, input)) : [];
  const planned = isWhole
    ? wanted.changes
    : wanted.changes.filter((each) => isWritten && isOwn(each, names, found));
  const unread = entry.record.kind === "unreadable" ? entry.record.fault : null;
  // Nothing may be in force any more of what is still known, and its doors are shut all the same.
  const isKnown = kept || (choice.kind === "applied" && isWritten);
  // What is in force no more says still what its role was made with.
  const widenings = isWritten
    ? driftOf(kept ? known : knownVersions(evidence, entry), found, input)
    : unknownDrift;
  const allowedNow = allowed(planned, [...blocked, ...heldTwice(choice)], isKnown);
  const isBounded = input.installation.permissionsBoundary !== null;
  const changes = shutByBrackets(allowedNow, widenings, isBounded);
  return {
    // Before any step that is not proved closing the record must have been read.
    changes: unread === null && !opensNothing(input) ? changes : closingMeanwhile(changes),
    kept: ours || evidence.kind === "missing" || takesOver(blocked, document) ? wanted.kept : [],
    blocked,
    adopted: blocked.length > 0 || !isWhole ? [] : adoptedBy(claimed, input),
    widenings,
    excess: kept || !isWhole ? [] : excessOf(found, observed),
    unmarked: kept ? wanted.unmarked : [],
    foreignTags: ours && role !== null ? foreignTagsOf(role) : [],
    problems: [
      ...wanted.problems.map((problem): Fault => ({ ...problem, kind: "refused" })),
      ...(unread === null ? [] : [unread]),
    ],
    policy,
    roleHolds: policy !== null && role?.attached.includes(policy.arn) === true,
    policyDue: wanted.changes.some(({ step }) => writesPolicy(step)),
    harmlessVersions: harmlessOf(policy, wanted.changes),
  };
}

/** The tags that versions of before gave a role, also while it had been left for another name. */
function writtenTags({ evidence, entry }: PlanInput, name: string): readonly Tags[] {
  const former = evidence.kind === "record" ? evidence.record.former : [];
  const known = knownVersions(evidence, entry).map(({ document }) => document);
  const documents = [...former, ...known].filter(({ role }) => hasName([role.name], name));
  return documents.map(({ role }) => role.tags);
}

/** Was the policy of a change, if it is about one, written for this environment? */
function isOwn(change: Change, { policies }: WrittenNames, { desired }: Found): boolean {
  return change.resource !== "policy" || hasName(policies, desired.policy.name);
}

/**
 * Does a run make the role this environment's, where it is not yet? What stays on it then is said by
 * that run, and not by the next one. What is only watched, or somebody else's, is nobody's to keep.
 */
function takesOver(blocked: readonly Blocked[], { mode }: EnvironmentDocument): boolean {
  return blocked.length === 0 && mode === "enforce";
}

/**
 * What the version takes over. While no version is applied, a name in the record is one that a run only
 * meant to take over: nothing is ours before its tags say so.
 */
function adoptedBy(claimed: Parameters<typeof adoptedOf>[0], input: PlanInput): readonly Adopted[] {
  const { evidence } = input;
  const first = evidence.kind === "record" && evidence.record.applied === null;
  const names = first ? { roles: [], policies: [], organizations: [] } : claimed.names;
  return [...adoptedOf({ ...claimed, names }), ...adoptedProvider(input)];
}

/** A provider with our own tags was ours before, and is not taken over from anybody. */
function adoptedProvider(input: PlanInput): readonly Adopted[] {
  if (input.adopts === null) return [];
  const { arn: id, tags } = input.adopts;
  const { kind } = ownershipOf(tags, providerOwnerOf(input));
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

function isBlocked(
  blocked: readonly Pick<Blocked, "resource">[],
  resource: Blocked["resource"],
): boolean {
  return blocked.some((claim) => claim.resource === resource);
}

/**
 * What another owner claims stays untouched. An environment that was never applied then touches
 * nothing at all; one that was keeps right what is still its own.
 */
function allowed(
  changes: readonly Change[],
  blocked: readonly Pick<Blocked, "resource">[],
  applied: boolean,
): readonly Change[] {
  if (blocked.length === 0) return changes;
  if (!applied) return [];
  return changes.filter((change) => {
    const ofPolicy = change.resource === "policy";
    return !isBlocked(blocked, ofPolicy ? "policy" : "role");
  });
}

/** Is there something of this environment, and nothing that says what was in force? */
function lacksEvidence({ choice, evidence }: PlanInput): boolean {
  return evidence.kind === "missing" || holdOf(choice)?.because === "tags";
}
