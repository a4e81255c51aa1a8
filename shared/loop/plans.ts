import type { EnvironmentDocument, Installation } from "../document/index.ts";
import { atMost } from "../edge/at-once.ts";
import type { Clients } from "../edge/clients.ts";
import { readPolicy } from "../edge/identity.ts";
import type { PlannedEnvironment } from "../plan/applied.ts";
import { type Choice, chooseVersion, versionOf } from "../plan/choice.ts";
import { claimConflicts } from "../plan/claims.ts";
import {
  type ControlEntry,
  type Evidence,
  evidenceOf,
  hasName,
  knownVersions,
  newestValid,
  onRemoveOf,
  unique,
  writtenNames,
} from "../plan/control.ts";
import {
  type EnvironmentPlan,
  foundIn,
  planEnvironment,
  rememberedTargets,
} from "../plan/environment.ts";
import { documentsNeeded } from "../plan/identity.ts";
import type { ObservedPolicy } from "../plan/observed.ts";
import { type Organisation, organisationsOf, providerClaim } from "../plan/organisation.ts";
import { noOrphans, orphansOf } from "../plan/orphans.ts";
import { ownershipOf } from "../plan/ownership.ts";
import {
  type ProviderProblem,
  providerAudiencesMax,
  providerProblem,
} from "../plan/provider-room.ts";
import type { Holders } from "../plan/removal.ts";
import { resolveTargets } from "../plan/resolve.ts";
import { type Blocked, resourceClaims } from "../plan/resource-claims.ts";
import { roleBaseline } from "../plan/role-baseline.ts";
import { settledEvidence } from "../plan/upgrade.ts";
import { outputsProblem } from "../report/kept-outputs.ts";
import {
  type Account,
  type ParameterPlace,
  policyArn,
  providerArn,
  readableOutputs,
  writeDeployPolicy,
} from "../trust/index.ts";
import {
  type Adoption,
  adoptionOf,
  claimInForce,
  type ProviderUse,
  providerUseOf,
  unreadUsersOf,
  usesOf,
} from "./adoption.ts";
import type { Snapshot } from "./observe.ts";
import { evidenceIn, type Known, namesOfOthers, organizationsOfOthers } from "./others.ts";

export type Planning = {
  /** Every environment of the prefix: they share names and providers. */
  readonly all: readonly ControlEntry[];
  /** Those that this run looks at. */
  readonly entries: readonly ControlEntry[];
  readonly snapshot: Snapshot;
  readonly account: Account;
  readonly installation: Installation;
  readonly force: boolean;
  readonly now: Date;
};

export type Plans = {
  readonly environments: readonly PlannedEnvironment[];
  readonly organisations: readonly Organisation[];
  /** The account's roles, where it was read whole; `null` where roles were read by name. */
  readonly holders: Holders | null;
};

/** Chooses a version for each environment and plans them all. Pure: it reads nothing. */
export function makePlans(planning: Planning): Plans {
  const { all, entries, snapshot, account, installation } = planning;
  const evidence = new Map(
    all.map((entry) => [entry.name, settledEvidence(evidenceOf(entry), entry, snapshot, planning)]),
  );
  const conflicts = claimConflicts(all, evidence);
  const known = (name: string): Evidence => evidence.get(name) ?? { kind: "none" };
  const use = providerUseOf(all, evidence);
  const choices = new Map(
    entries.map((entry) => {
      const given = {
        evidence: known(entry.name),
        conflicts: conflicts.get(entry.name) ?? [],
        providerGuarded: isProviderGuarded(entry, evidence, all),
        adoption: adoptionOf(entry, use, planning),
        providerProblem: roomAtProvider(entry, evidence, { all, use }),
      };
      return [entry.name, choiceOf(entry, given, planning)] as const;
    }),
  );
  const claims = new Map(
    entries.map((entry) => {
      const choice = choices.get(entry.name);
      const at = choice === undefined ? null : versionOf(choice);
      const claim = at === null ? null : claimInForce(entry, at.document, use, planning);
      return [entry.name, claim] as const;
    }),
  );
  const organisations = organisationsOf({
    entries: all,
    evidence,
    choices,
    untaken: new Set([...claims].flatMap(([name, claim]) => (claim === null ? [] : [name]))),
    force: planning.force,
    provider: (arn) => snapshot.provider(arn),
    account,
    owner: { prefix: installation.prefix, home: installation.home, environment: null },
  });
  // The installation's own settings cannot be read: nothing may open by them.
  const opensNothing = installation.organizations.kind === "malformed";
  const shared = opensNothing
    ? organisations.map((each) => ({ ...each, plan: { ...each.plan, opening: [] } }))
    : organisations;
  const environments = entries.map((entry) => {
    const choice = choices.get(entry.name) ?? { kind: "orphaned" as const };
    const organisation = organisations.find(({ members }) => members.includes(entry.name));
    const others = { evidence, choices, use };
    const claim = claims.get(entry.name) ?? null;
    const planned = planOne(entry, choice, { ...others, claim }, planning);
    const plan = { ...planned.plan, settings: organisation?.settings ?? [] };
    return { ...planned, plan, ownsProvider: organisation?.ours ?? true };
  });
  const { allRoles: roles, instanceProfiles } = snapshot;
  const holders = snapshot.whole ? { roles, instanceProfiles } : null;
  return { environments, organisations: shared, holders };
}

function ownerOf(entry: ControlEntry, { prefix, home }: Installation) {
  return { prefix, home, environment: entry.name };
}

function choiceOf(
  entry: ControlEntry,
  given: Pick<
    Parameters<typeof chooseVersion>[0],
    "evidence" | "conflicts" | "providerGuarded" | "providerProblem"
  > & { readonly adoption: Adoption | null },
  planning: Planning,
): Choice {
  const { snapshot, account, installation, force, now } = planning;
  const document = newestValid(entry)?.document ?? null;
  const role = document === null ? null : foundIn(snapshot.role(document.role.name));
  const policy =
    document === null ? null : foundIn(snapshot.policy(policyArn(account, document.policy.name)));
  const owner = ownerOf(entry, installation);
  const isOurs = (tags: Readonly<Record<string, string>> | null) =>
    tags !== null && ownershipOf(tags, owner).kind === "ours";
  const tagged =
    isOurs(role?.tags ?? null) ||
    isOurs(policy?.tags ?? null) ||
    snapshot.allRoles.some(({ tags }) => isOurs(tags));
  return chooseVersion({
    entry,
    ...given,
    claims:
      document === null
        ? []
        : [
            ...claimsOn(entry, given.evidence, { document, role, policy }, planning),
            ...usesOf(given.adoption, document, planning),
          ],
    unreadUsers: unreadUsersOf(given.adoption, planning),
    role: role === null ? null : roleBaseline(role, policy, snapshot.documents),
    thumbprints:
      document === null
        ? null
        : (foundIn(snapshot.provider(providerArn(account, document.circleci.organizationId)))
            ?.thumbprints ?? null),
    tagged,
    policyProblem:
      document === null
        ? null
        : policyProblem({ document, policy, owner, evidence: given.evidence }, planning),
    trustLengthMax: snapshot.trustLengthMax,
    firstDocument: installation.firstDocument,
    force,
    targets: (region) => snapshot.targets(region),
    boundaries: snapshot.documents,
    account,
    place: owner,
    now,
  });
}

/** Does another environment in force share this one's provider, with a guard on its trust? */
function isProviderGuarded(
  entry: ControlEntry,
  evidence: ReadonlyMap<string, Evidence>,
  all: readonly ControlEntry[],
): boolean {
  const organization = newestValid(entry)?.document.circleci.organizationId;
  return all.some((other) => {
    if (other.name === entry.name) return false;
    const known = knownVersions(evidence.get(other.name) ?? { kind: "none" }, other);
    return known.some(
      ({ document: { circleci, onWiden } }) =>
        circleci.organizationId === organization && onWiden.trust === "hold",
    );
  });
}

/** Has the provider room for what the newest document asks for beside all others? */
function roomAtProvider(
  entry: ControlEntry,
  evidence: ReadonlyMap<string, Evidence>,
  { all, use }: { readonly all: readonly ControlEntry[]; readonly use: ProviderUse },
): ProviderProblem | null {
  const document = newestValid(entry)?.document;
  if (document === undefined || hasRoomForAll(document, use)) return null;
  const others = all.flatMap((other) => {
    if (other.name === entry.name || other.newest === null) return [];
    const known = knownVersions(evidence.get(other.name) ?? { kind: "none" }, other);
    const newest = newestValid(other);
    // Of two that come into force together, the first by name has its room before the other.
    const comes = newest !== null && other.name < entry.name && mayComeIntoForce(other);
    const versions = [...known, ...(comes ? [newest] : [])];
    return versions.map((version) => ({ name: other.name, document: version.document }));
  });
  return providerProblem(document, others);
}

/** Together they ask for no more than fits: mostly, and then nobody need be counted one by one. */
function hasRoomForAll({ circleci }: EnvironmentDocument, { asked }: ProviderUse): boolean {
  return (
    circleci.thumbprints.length === 0 &&
    (asked.get(circleci.organizationId)?.size ?? 0) <= providerAudiencesMax
  );
}

/** Not one that waits for its approval. */
function mayComeIntoForce({ newest, status, approvedVersion }: ControlEntry): boolean {
  return status?.heldVersion !== newest?.version || approvedVersion === newest?.version;
}

/** Would the deploy policy of what exists today be longer than IAM takes, or the outputs than SSM does? */
function policyProblem(
  given: {
    readonly document: EnvironmentDocument;
    readonly policy: ObservedPolicy | null;
    readonly evidence: Evidence;
    readonly owner: ParameterPlace;
  },
  { snapshot, account }: Planning,
): ProviderProblem | null {
  const { document, policy, evidence, owner } = given;
  const { targets } = resolveTargets({
    deploy: document.deploy,
    observed: snapshot.targets(document.deploy.region),
    remembered: rememberedTargets(evidence),
    inForce: policy?.document ?? null,
    account,
  });
  const outputs = readableOutputs(document, owner, account);
  const written = writeDeployPolicy({ targets, outputs });
  if (written.kind === "refused") return written.problem;
  return outputs === null ? null : outputsProblem(document, targets, account);
}

function claimsOn(
  entry: ControlEntry,
  evidence: Evidence,
  found: Pick<Parameters<typeof resourceClaims>[0], "document" | "role" | "policy">,
  { snapshot, account, installation }: Planning,
): readonly Blocked[] {
  const names = writtenNames(evidence, entry);
  const owner = ownerOf(entry, installation);
  const provider = providerClaim({
    document: found.document,
    observed: snapshot.provider(providerArn(account, found.document.circleci.organizationId)),
    written: names.organizations,
    owner,
  });
  return [
    ...resourceClaims({ ...found, names, owner, account }),
    ...(provider === null ? [] : [provider]),
  ];
}

function planOne(
  entry: ControlEntry,
  choice: Choice,
  known: Known & { readonly use: ProviderUse; readonly claim: Blocked | null },
  planning: Planning,
): Omit<PlannedEnvironment, "ownsProvider"> {
  const { snapshot, account, installation, now, force } = planning;
  const evidence = evidenceIn(known, entry);
  const owner = ownerOf(entry, installation);
  const inForce = versionOf(choice);
  const plan = planEnvironment({
    entry,
    evidence,
    choice,
    observed: snapshot,
    providerClaim:
      inForce === null
        ? null
        : (known.claim ??
          providerClaim({
            document: inForce.document,
            observed: snapshot.provider(
              providerArn(account, inForce.document.circleci.organizationId),
            ),
            written: writtenNames(evidence, entry).organizations,
            owner,
          })),
    untakenProvider:
      choice.kind === "newest" ? (adoptionOf(entry, known.use, planning)?.provider ?? null) : null,
    account,
    owner,
    now,
    force,
    opensNothing: installation.organizations.kind === "malformed",
  });
  const orphans = looksForOrphans(plan)
    ? orphansOf({
        entry,
        evidence,
        plan,
        observed: snapshot,
        sharedOrganizations: () => organizationsOfOthers(entry, known, planning),
        others: () => namesOfOthers(entry, known, planning),
        onRemove: onRemoveOf(evidence, entry),
        account,
        owner,
      })
    : noOrphans;
  return { entry, plan, orphans };
}

/** While a version is held, what is in force keeps its names: only what it lost is an orphan. */
function looksForOrphans({ choice }: EnvironmentPlan): boolean {
  return choice.kind !== "nothing";
}

/** Texts of boundaries and attached policies by which a plan's effects are decided, if not read yet. */
export async function withDocuments(
  clients: Clients,
  plans: Plans,
  { snapshot }: Planning,
): Promise<ReadonlyMap<string, string>> {
  const wanted = new Set(
    plans.environments.flatMap(({ plan }) => {
      if (plan.kind !== "planned" || plan.faults.length > 0) return [];
      const { desired } = plan;
      const role = foundIn(snapshot.role(desired.role.name));
      const policy = foundIn(snapshot.policy(desired.policy.arn));
      return documentsNeeded(desired, role, policy).filter((arn) => !snapshot.documents.has(arn));
    }),
  );
  if (wanted.size === 0) return snapshot.documents;
  const read = await Promise.all([...wanted].map((arn) => readPolicy(clients, arn, null)));
  const found = read.flatMap((reading) => foundIn(reading) ?? []);
  if (found.length === 0) return snapshot.documents;
  return new Map([
    ...snapshot.documents,
    ...found.map(({ arn, document }) => [arn, document] as const),
  ]);
}

/** More at once would wait for one another, and a call's time counts while it waits. */
const policiesAtOnce = 16;

/**
 * What was left out and only a plan that touches a policy, or an adoption, asks for: the policy's
 * tags, which page mode does not tell, and older versions that were harmless beside another text
 * than the one to be written. Gives the snapshot with what was read, or the same one.
 */
export async function withPolicyDetails(
  clients: Clients,
  plans: Plans,
  planning: Planning,
): Promise<Snapshot> {
  const { snapshot } = planning;
  const wanted = plans.environments.flatMap((each) => policyQuestions(each, planning));
  if (wanted.length === 0) return snapshot;
  // A document that is both newest and in force asks for one policy.
  const once = [...new Map(wanted.map((each) => [each.arn, each])).values()];
  const read = new Map(
    await atMost(policiesAtOnce, once, async ({ arn, withVersions }) => {
      const listed = foundIn(snapshot.policy(arn));
      const reading = await readPolicy(clients, arn, listed?.defaultVersion ?? null, {
        withVersions,
      });
      if (reading.kind !== "found" || listed === null) return [arn, reading] as const;
      // In page mode the versions came with the account; the tags come with the policy.
      const versions = withVersions ? reading.value.versions : listed.versions;
      const value = { ...listed, tags: reading.value.tags, versions };
      return [arn, { ...reading, value }] as const;
    }),
  );
  return { ...snapshot, policy: (arn) => read.get(arn) ?? snapshot.policy(arn) };
}

function policyQuestions(
  { entry, plan, orphans }: PlannedEnvironment,
  { snapshot, account }: Planning,
): readonly { readonly arn: string; readonly withVersions: boolean }[] {
  const documents = [newestValid(entry)?.document, versionOf(plan.choice)?.document];
  const { policies } = writtenNames(plan.evidence, entry);
  const names = unique(documents.flatMap((document) => document?.policy.name ?? []));
  // A policy that an orphan left is released by its tags, once its role is gone.
  const alone = orphans.roles.length > 0 ? [] : orphans.policies;
  const left = alone.flatMap(({ arn, tags }) =>
    tags === null ? [{ arn, withVersions: false }] : [],
  );
  const asked = names.flatMap((name) => {
    const arn = policyArn(account, name);
    const policy = foundIn(snapshot.policy(arn));
    if (policy === null) return [];
    const touches =
      !hasName(policies, policy.name) || plan.changes.some(({ resource }) => resource === "policy");
    const writes = plan.changes.some(({ step }) => step.do === "create-policy-version");
    const withVersions = writes && (policy.versions ?? []).some(({ knownSafe }) => knownSafe);
    return withVersions || (touches && policy.tags === null) ? [{ arn, withVersions }] : [];
  });
  return [...asked, ...left];
}
