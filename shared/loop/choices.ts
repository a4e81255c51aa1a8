import { type Fault, foundIn, type Reading } from "../aws/reading.ts";
import type { EnvironmentDocument } from "../document/index.ts";
import type { Choice } from "../plan/choice.ts";
import { type ChoiceInput, chooseVersion } from "../plan/choose.ts";
import { ownerOf } from "../plan/context.ts";
import {
  type ControlEntry,
  type Evidence,
  knownVersions,
  newestValid,
  rememberedTargets,
  writtenNames,
} from "../plan/control.ts";
import { nameConflicts } from "../plan/name-conflicts.ts";
import type { ObservedPolicy, ObservedRole, Tags } from "../plan/observed.ts";
import { providerClaims } from "../plan/organisation.ts";
import { ownershipOf } from "../plan/ownership.ts";
import {
  type ProviderProblem,
  providerAudiencesMax,
  providerProblem,
} from "../plan/provider-room.ts";
import { resolveTargets } from "../plan/resolve.ts";
import { type Blocked, resourceClaims, rolesOnce } from "../plan/resource-claims.ts";
import { roleBaseline } from "../plan/role-baseline.ts";
import { rolesTagged } from "../plan/tagged-roles.ts";
import { outputsProblem } from "../report/kept-outputs.ts";
import { policyArn, providerArn, readableOutputs, writeDeployPolicy } from "../trust/index.ts";
import { adoptionOf, type ProviderUse, unreadUsersOf, usesOf } from "./adoption.ts";
import { evidenceIn, type KnownEvidence } from "./others.ts";
import type { Planning } from "./planning.ts";

/** Which version is in force, for each environment that this run looks at. */
export function choicesOf(known: KnownEvidence, planning: Planning): ReadonlyMap<string, Choice> {
  const { all, entries, snapshot } = planning;
  const conflicts = nameConflicts(all, known.evidence);
  return new Map(
    entries.map((entry) => {
      const choice = chooseVersion({
        ...planning,
        ...aboutNewest(entry, known, planning),
        entry,
        evidence: evidenceIn(known, entry),
        conflicts: conflicts.get(entry.name) ?? [],
        trustLengthMax: snapshot.trustLengthMax,
        targets: (region) => snapshot.targets(region),
        boundaries: snapshot.documents,
      });
      return [entry.name, choice] as const;
    }),
  );
}

/** What the account says of the newest document. */
type AboutNewest = Pick<
  ChoiceInput,
  | "claims"
  | "unreadUsers"
  | "unread"
  | "role"
  | "thumbprints"
  | "audiences"
  | "tagged"
  | "providerGuarded"
  | "policyProblem"
  | "providerProblem"
>;

/** Nothing is asked of a document that is gone or not valid. */
const nothingAsked: AboutNewest = {
  claims: [],
  unreadUsers: null,
  unread: { role: null, provider: null },
  role: null,
  thumbprints: null,
  audiences: null,
  tagged: false,
  providerGuarded: false,
  policyProblem: null,
  providerProblem: null,
};

function aboutNewest(entry: ControlEntry, known: KnownEvidence, planning: Planning): AboutNewest {
  const document = newestValid(entry)?.document;
  if (document === undefined) return nothingAsked;
  const { snapshot, account } = planning;
  const evidence = evidenceIn(known, entry);
  const readings = {
    role: snapshot.role(document.role.name),
    policy: snapshot.policy(policyArn(account, document.policy.name)),
    provider: snapshot.provider(providerArn(account, document.circleci.organizationId)),
  };
  const role = foundIn(readings.role);
  const policy = foundIn(readings.policy);
  const provider = foundIn(readings.provider);
  const adoption = adoptionOf(entry, known.use, planning);
  const owner = ownerOf(planning, entry);
  const isOurs = (tags: Tags | null) => tags !== null && ownershipOf(tags, owner).kind === "ours";
  return {
    claims: [
      ...claimsOn(entry, evidence, { document, role, policy }, planning),
      ...usesOf(adoption, document, planning),
    ],
    unreadUsers: unreadUsersOf(adoption, planning),
    role: role === null ? null : roleBaseline(role, policy, snapshot.documents),
    unread: {
      role: [
        readings.role,
        readings.policy,
        ...rolesOnce(evidence, document, snapshot),
      ].reduce<Fault | null>((first, each) => first ?? faultIn(each), null),
      provider: faultIn(readings.provider),
    },
    thumbprints: provider?.thumbprints ?? null,
    audiences: readings.provider.kind === "absent" ? null : (provider?.audiences ?? []),
    tagged: [role, policy, ...rolesTagged(snapshot.allRoles, entry.name)].some((found) =>
      isOurs(found?.tags ?? null),
    ),
    providerGuarded: isProviderGuarded(entry, document, known),
    policyProblem: policyProblem(entry, evidence, { document, policy }, planning),
    providerProblem: roomAtProvider(entry, document, known, planning),
  };
}

function faultIn(reading: Reading<unknown>): Fault | null {
  return reading.kind === "unreadable" ? reading.fault : null;
}

/** Does another environment in force share this one's provider, with a guard on its trust? */
function isProviderGuarded(
  { name }: ControlEntry,
  document: EnvironmentDocument,
  { use }: KnownEvidence,
): boolean {
  const guards = use.guards.get(document.circleci.organizationId) ?? new Set();
  return guards.size > (guards.has(name) ? 1 : 0);
}

/** Has the provider room for what the newest document asks for beside all others? */
function roomAtProvider(
  entry: ControlEntry,
  document: EnvironmentDocument,
  known: KnownEvidence,
  { all }: Planning,
): ProviderProblem | null {
  if (hasRoomForAll(document, known.use)) return null;
  const others = all.flatMap((other) => {
    if (other.name === entry.name || other.newest === null) return [];
    const inForce = knownVersions(evidenceIn(known, other), other);
    const newest = newestValid(other);
    // Of two that come into force together, the first by name has its room before the other.
    const comes = newest !== null && other.name < entry.name && mayComeIntoForce(other);
    const versions = [...inForce, ...(comes ? [newest] : [])];
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
  entry: ControlEntry,
  evidence: Evidence,
  {
    document,
    policy,
  }: { readonly document: EnvironmentDocument; readonly policy: ObservedPolicy | null },
  planning: Planning,
): ProviderProblem | null {
  const { snapshot, account } = planning;
  const { targets } = resolveTargets({
    deploy: document.deploy,
    observed: snapshot.targets(document.deploy.region),
    remembered: rememberedTargets(evidence),
    inForce: policy?.document ?? null,
    account,
  });
  const outputs = readableOutputs(document, ownerOf(planning, entry), account);
  const written = writeDeployPolicy({ targets, outputs });
  if (written.kind === "refused") return written.problem;
  return outputs === null ? null : outputsProblem(document, targets, account);
}

function claimsOn(
  entry: ControlEntry,
  evidence: Evidence,
  found: {
    readonly document: EnvironmentDocument;
    readonly role: ObservedRole | null;
    readonly policy: ObservedPolicy | null;
  },
  planning: Planning,
): readonly Blocked[] {
  const { snapshot, account } = planning;
  const { document } = found;
  const before = rolesOnce(evidence, document, snapshot);
  const isRoleUnread = [snapshot.role(document.role.name), ...before].some(
    ({ kind }) => kind === "unreadable",
  );
  const once = before.flatMap((each) => foundIn(each) ?? []);
  const names = writtenNames(evidence, entry);
  const owner = ownerOf(planning, entry);
  const observed = snapshot.provider(providerArn(account, document.circleci.organizationId));
  return [
    ...resourceClaims({ ...found, names, owner, account, isRoleUnread, once }),
    ...providerClaims({ document, observed, written: names.organizations, owner }),
  ];
}
