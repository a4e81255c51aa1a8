import { type Fault, foundIn, type PartReading, type Reading, seenIn } from "../aws/reading.ts";
import type { EnvironmentDocument } from "../document/index.ts";
import { policyArn, providerArn } from "../trust/index.ts";
import { versionOf } from "./choice.ts";
import { ownerOf, type PlanContext } from "./context.ts";
import {
  type ControlEntry,
  type Evidence,
  emptied,
  hasName,
  isPolicyGone,
  knownVersions,
  maybeInForce,
  onRemoveOf,
  recordIn,
  watchedNames,
} from "./control.ts";
import type { EnvironmentPlan, Observation } from "./environment.ts";
import { measureOf, withoutUnread } from "./found-open.ts";
import { passiveMode } from "./mode.ts";
import {
  type ObservedPolicy,
  type ObservedProvider,
  type ObservedRole,
  pending,
} from "./observed.ts";
import { environmentTag, isMadeBy, ownershipOf } from "./ownership.ts";
import type { WrittenNames } from "./record.ts";
import { rolesTagged } from "./tagged-roles.ts";
import { type DriftWidening, driftWidenings } from "./widening.ts";

/** What was written for an environment under names that no version in force has any more. */
export type Orphans = {
  readonly roles: readonly ObservedRole[];
  readonly policies: readonly ObservedPolicy[];
  /** Those that we made; one that somebody else made is nobody's orphan. */
  readonly providers: readonly ObservedProvider[];
  /** Roles that only carry the environment's tags: reported, and never touched. */
  readonly tagged: readonly ObservedRole[];
  /** Names of what is not there any more, or that nobody calls ours any more. */
  readonly gone: WrittenNames;
  /** What the record has to say of a removed environment whose policy is not there any more. */
  readonly emptied: readonly string[];
  /** ARNs that a person took all our tags off: they are released. */
  readonly released: readonly string[];
  /** Roles that let in others than their document, as far as anybody knows it; released ones too. */
  readonly loose: readonly ObservedRole[];
  readonly widenings: readonly DriftWidening[];
  /** Why roles among them could not be read: nobody knows which policies each of them holds. */
  readonly unread: readonly Fault[];
  /** What may be left and could not be read: nothing is removed, and nothing forgotten, then. */
  readonly faults: readonly Fault[];
};

/** Code of a write that waits, because a role with an old name may hold the policy and cannot be read. */
export const oldRoleUnread = "OldRoleUnread";

export const noOrphans: Orphans = {
  roles: [],
  policies: [],
  providers: [],
  tagged: [],
  gone: { roles: [], policies: [], organizations: [] },
  emptied: [],
  released: [],
  loose: [],
  widenings: [],
  unread: [],
  faults: [],
};

export type OrphanInput = Pick<PlanContext, "account" | "installation" | "force"> & {
  readonly entry: ControlEntry;
  readonly plan: EnvironmentPlan;
  readonly observed: Observation & {
    provider(arn: string): Reading<ObservedProvider>;
    readonly allRoles: readonly ObservedRole[];
  };
  /** Was it said before that this was released? */
  readonly wasReleased: (arn: string) => boolean;
  /** Organisations that some other environment asks for, or takes the provider of away. */
  readonly sharedOrganizations: () => ReadonlySet<string>;
  /** Roles and policies of other environments that are not removed, by the name of each. */
  readonly others: () => readonly {
    readonly environment: string;
    readonly names: Pick<WrittenNames, "roles" | "policies">;
  }[];
};

/** Looks at what the record names and the version in force does not, like at any other state. */
export function orphansOf(input: OrphanInput): Orphans {
  const { entry, plan, observed, account } = input;
  const names = watchedNames(plan.evidence, entry);
  const kept = keptNames(plan, entry);
  const old = (all: readonly string[], wanted: readonly string[]) =>
    all.filter((name) => !hasName(wanted, name));
  const roleNames = old(names.roles, kept.roles);
  const policyNames = old(names.policies, kept.policies);
  const organizations = old(names.organizations, keptOrganizations(kept, input));
  // Only what was left raises the question.
  const shared = organizations.length === 0 ? new Set<string>() : input.sharedOrganizations();
  const roles = roleNames.map((name) => [name, observed.role(name)] as const);
  const policies = policyNames.map(
    (name) => [name, observed.policy(policyArn(account, name))] as const,
  );
  const providers = organizations
    .filter((id) => !shared.has(id) && !isProviderGone(id, input))
    .map((id) => observed.provider(providerArn(account, id)));
  const found = {
    roles: roles
      .flatMap(([, reading]) => foundIn(reading) ?? [])
      .filter((role) => !isAnothers(role, "roles", input)),
    policies: policies
      .flatMap(([, reading]) => foundIn(reading) ?? [])
      .filter((policy) => !isAnothers(policy, "policies", input)),
  };
  const released = releasedOf(found, input);
  const left = ({ arn }: { readonly arn: string }) =>
    [...found.roles, ...found.policies].some((each) => each.arn === arn) && !released.includes(arn);
  const watched = watchedIn(roles, found.policies, input);
  const ours = [...policyNames, ...kept.policies].map((name) => policyArn(account, name));
  // A role that is released is forgotten once it grants nothing of ours any more.
  const holding = found.roles
    .filter(
      ({ arn, attached }) =>
        released.includes(arn) &&
        attached.some((each) => ours.includes(each) && !released.includes(each)),
    )
    .map(({ name }) => name);
  const isGone = (reading: Reading<{ readonly arn: string }>) =>
    reading.kind === "absent" || (reading.kind === "found" && !left(reading.value));
  const goneOf = (readings: readonly (readonly [string, Reading<{ readonly arn: string }>])[]) =>
    readings.flatMap(([name, reading]) => (isGone(reading) ? [name] : []));
  return {
    roles: found.roles.filter(left),
    policies: found.policies.filter(left),
    providers: providers.flatMap((reading) => foundIn(reading) ?? []),
    tagged: taggedRoles(input.observed.allRoles, input),
    gone: {
      roles: goneOf(roles).filter((name) => !hasName(holding, name)),
      policies: goneOf(policies),
      organizations: organizations.filter((id) => shared.has(id) || isProviderGone(id, input)),
    },
    emptied: emptiedOf(input),
    released,
    loose: watched
      .filter(({ role, isLoose }) => isLoose || released.includes(role.arn))
      .map(({ role }) => role),
    // Also of a role that is released in this run: nobody will look at it after that.
    widenings: watched.flatMap(({ role, widenings }) =>
      released.includes(role.arn) && input.wasReleased(role.arn) ? [] : widenings,
    ),
    unread: unreadIn(roles, input),
    faults: [...[...roles, ...policies].map(([, reading]) => reading), ...providers].flatMap(
      faultsIn,
    ),
  };
}

function emptiedOf({ plan, observed, account }: OrphanInput): readonly string[] {
  const isRemoved = plan.choice.kind === "orphaned";
  const read = (name: string) => observed.policy(policyArn(account, name));
  return isRemoved && isPolicyGone(plan.evidence, read) ? [emptied] : [];
}

/** Where the version that is chosen writes nothing, those before it too: their roles still trust them. */
function keptOrganizations(
  { organizations }: WrittenNames,
  { plan, entry, force }: Pick<OrphanInput, "plan" | "entry" | "force">,
): readonly string[] {
  if (plan.choice.kind === "orphaned" || passiveMode(plan, { force }) === null)
    return organizations;
  const known = knownVersions(plan.evidence, entry).map(({ document }) => document.circleci);
  return [...organizations, ...known.map(({ organizationId }) => organizationId)];
}

function unreadIn(
  roles: readonly (readonly [string, Reading<unknown>])[],
  input: OrphanInput,
): readonly Fault[] {
  const own = roles.filter(([name]) => !isAnothers({ name, tags: null }, "roles", input));
  return own.flatMap(([, reading]) => faultsIn(reading));
}

function faultsIn(reading: Reading<unknown>): readonly Fault[] {
  return reading.kind === "unreadable" ? [reading.fault] : [];
}

/** A provider that we did not make, or that is gone, is nobody's orphan. */
function isProviderGone(organization: string, input: OrphanInput): boolean {
  const { observed, account, entry } = input;
  const reading = observed.provider(providerArn(account, organization));
  if (reading.kind !== "found") return reading.kind === "absent";
  return !isMadeBy(reading.value.tags, ownerOf(input, entry));
}

/** Names of the version in force; where no record says that none is, of those that may be. */
function keptNames({ choice, evidence }: EnvironmentPlan, entry: ControlEntry): WrittenNames {
  const may = evidence.kind === "record" ? [] : maybeInForce(entry);
  const versions = choice.kind === "nothing" ? may : [versionOf(choice)];
  const documents = versions.flatMap((version) => version?.document ?? []);
  return {
    roles: documents.map(({ role }) => role.name),
    policies: documents.map(({ policy }) => policy.name),
    organizations: documents.map(({ circleci }) => circleci.organizationId),
  };
}

/**
 * Has another environment made the name its own since? It was free by then, and a run that ended
 * early has left it in this one's record. Tags alone do not say so, for anybody may set them.
 */
function isAnothers(
  { name, tags }: { readonly name: string; readonly tags: ObservedRole["tags"] | null },
  kind: "roles" | "policies",
  { others }: Pick<OrphanInput, "others">,
): boolean {
  return others().some(
    ({ environment, names }) =>
      hasName(names[kind], name) && (tags === null || tags[environmentTag] === environment),
  );
}

/**
 * ARNs of what `retain` left and somebody took all our tags off: it is theirs from now on. Until a
 * rename is written completely, the old names are those of the version in force, and their tags drift.
 */
function releasedOf(
  found: Pick<Orphans, "roles" | "policies">,
  { entry, plan, wasReleased }: Pick<OrphanInput, "entry" | "plan" | "wasReleased">,
): readonly string[] {
  const isRetained = onRemoveOf(plan.evidence, entry) === "retain";
  const known = plan.choice.kind === "orphaned" ? [] : knownVersions(plan.evidence, entry);
  const names = known.map(({ document: { role, policy } }) => ({ role, policy }));
  const before = recordIn(plan.evidence)?.released ?? [];
  return [
    ...found.roles.filter(({ name }) => !names.some(({ role }) => hasName([role.name], name))),
    ...found.policies.filter(
      ({ name }) => !names.some(({ policy }) => hasName([policy.name], name)),
    ),
  ].flatMap(({ arn, tags }) => {
    const isOurs =
      tags === null || Object.keys(tags).some((key) => key.startsWith("oidc-reconciler:"));
    // What was released stays so, though a later version says onRemove: delete and the status is lost.
    return !isOurs && (isRetained || before.includes(arn) || wasReleased(arn)) ? [arn] : [];
  });
}

/**
 * Roles that only carry the environment's tags: neither the record nor the version in force names
 * them.
 *
 * @param all every role of the account
 */
export function taggedRoles(
  all: readonly ObservedRole[],
  input: Pick<OrphanInput, "entry" | "plan" | "installation">,
): readonly ObservedRole[] {
  const { entry, plan } = input;
  const owner = ownerOf(input, entry);
  const known = [...keptNames(plan, entry).roles, ...watchedNames(plan.evidence, entry).roles];
  return rolesTagged(all, entry.name).filter(
    (role) => !hasName(known, role.name) && ownershipOf(role.tags, owner).kind === "ours",
  );
}

/** Of a role that could not be read whole, what was read is watched all the same. */
function watchedIn(
  roles: readonly (readonly [string, PartReading<ObservedRole>])[],
  policies: readonly ObservedPolicy[],
  input: OrphanInput,
) {
  return roles
    .flatMap(([, reading]) => seenIn(reading) ?? [])
    .filter((role) => !isAnothers(role, "roles", input))
    .map((role) => ({ role, ...watch(role, policies, input) }));
}

/** The documents that are, or may have been, in force for a role with this name. */
export function documentsOf(
  { name }: Pick<ObservedRole, "name">,
  evidence: Evidence,
  entry: ControlEntry,
): readonly EnvironmentDocument[] {
  const former = evidence.kind === "record" ? evidence.record.former : [];
  const versions = knownVersions(evidence, entry).map(({ document }) => document);
  return [...former, ...versions].filter(({ role }) => hasName([role.name], name));
}

/** What an orphan admits or grants beyond what was in force while it was kept. */
function watch(
  role: ObservedRole,
  policies: readonly ObservedPolicy[],
  input: OrphanInput,
): { readonly widenings: readonly DriftWidening[]; readonly isLoose: boolean } {
  const { account, entry, observed } = input;
  const record = recordIn(input.plan.evidence);
  // What was in force once measures no version; for a role that no version names it is all that there is.
  const evidence = record === null ? input.plan.evidence : ({ kind: "record", record } as const);
  const documents = documentsOf(role, evidence, entry);
  // One that has begun and is not applied may be written in part: until then the one before is in force too.
  const measure = measureOf(documents, {
    ...input,
    evidence,
    // The record may remember the targets of a later version: then the policy has the ARNs itself.
    whyUnseen: () => pending,
    policyOf: (arn) => policies.find((policy) => policy.arn === arn) ?? null,
  });
  if (measure === null) return { widenings: [], isLoose: true };
  const widenings = driftWidenings({
    ...measure,
    desired: null,
    role: withoutUnread(
      role,
      documents.map(({ policy }) => policyArn(account, policy.name)),
      observed,
    ),
    documents: observed.documents,
  });
  return {
    widenings: widenings.map((each) => ({ ...each, former: role.arn })),
    isLoose: widenings.some(({ resource }) => resource === "trust-policy"),
  };
}

/** Is anything left that this environment once had? */
export function isAnythingLeft(orphans: Orphans): boolean {
  return (
    orphans.roles.length > 0 ||
    orphans.policies.length > 0 ||
    orphans.providers.length > 0 ||
    orphans.faults.length > 0
  );
}

/** May an old role hold the policy of the version in force, of which another version is to be written? */
export function mayHoldPolicy(planned: {
  readonly plan: EnvironmentPlan;
  readonly orphans: Orphans;
}): boolean {
  const { roles, loose, unread } = planned.orphans;
  return (
    roles.length + loose.length + unread.length > 0 &&
    planned.plan.changes.some(({ step }) => step.do === "create-policy-version")
  );
}
