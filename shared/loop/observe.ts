import { foundIn, type Reading } from "../aws/reading.ts";
import type { EnvironmentDocument } from "../document/index.ts";
import { type AccountListing, readAccount } from "../edge/account-listing.ts";
import { atMost } from "../edge/at-once.ts";
import type { Clients } from "../edge/clients.ts";
import {
  readPolicy,
  readPolicyTags,
  readPolicyText,
  readProvider,
  readRole,
} from "../edge/identity.ts";
import { readTargets, type TargetQuestion } from "../edge/targets/readers.ts";
import { candidatesOf } from "../plan/choice.ts";
import type { PlanContext } from "../plan/context.ts";
import {
  type ControlEntry,
  type Evidence,
  evidenceOf,
  hasName,
  isQuiet,
  onRemoveOf,
  rememberedTargets,
  unique,
  writtenNames,
} from "../plan/control.ts";
import type { Observation } from "../plan/environment.ts";
import { areOfPolicy } from "../plan/known-versions.ts";
import {
  nothingObserved,
  type ObservedPolicy,
  type ObservedProvider,
  type ObservedRole,
  type ObservedTargets,
  pending,
  type Tags,
} from "../plan/observed.ts";
import { isOwnershipTag } from "../plan/ownership.ts";
import type { WrittenNames } from "../plan/record.ts";
import { isIgnoredTag } from "../plan/tags.ts";
import { byKind, targetKinds } from "../targets/index.ts";
import { type Account, policyArn, providerArn } from "../trust/index.ts";
import { aheadOf, namedIn, newVersions, nothingAhead, type ReadAhead } from "./read-ahead.ts";

/** One look at the account: every reading that the environments at hand may need. */
export type Snapshot = Observation & {
  provider(arn: string): Reading<ObservedProvider>;
  /** Every role of the account where it was read whole; empty where roles were read by name. */
  readonly allRoles: readonly ObservedRole[];
  /** Was the account read whole, so that a role that is not in it does not exist? */
  readonly whole: boolean;
  /** Names of the instance profiles that hold a role, by its ARN; empty where roles were read by name. */
  readonly instanceProfiles: ReadonlyMap<string, readonly string[]>;
  /** How long a trust policy may be in this account; `null` where nobody asked, or could not. */
  readonly trustLengthMax: number | null;
};

/** What IAM holds, and the deploy targets, which nothing that closes waits for. */
export type Look = {
  readonly identities: Omit<Snapshot, "targets">;
  readonly targets: Promise<ReadonlyMap<string, ObservedTargets>>;
};

/**
 * Up to this many environments each is read by name, in six calls at once; above, the account is
 * read in pages, so that reads grow with pages and not with environments.
 */
export const readByNameMax = 4;

/** What a look goes by, beside the environments. */
type Looking = Pick<PlanContext, "account" | "installation" | "now">;

type Wanted = {
  readonly roles: ReadonlySet<string>;
  /** Policy ARNs with the default version they had last. */
  readonly policies: ReadonlyMap<string, PolicyHint>;
  readonly providers: ReadonlySet<string>;
};

type PolicyHint = { readonly version: string | null; readonly harmless: readonly string[] };

const absent = { kind: "absent" } as const;

/** Begins to read all at once what the given environments name, and nothing twice. */
export async function look(
  clients: Clients,
  environments: readonly ControlEntry[],
  given: Looking & {
    /** What has begun already; left out, nothing has. */
    readonly ahead?: ReadAhead;
  },
): Promise<Look> {
  const { account, installation, ahead = nothingAhead() } = given;
  const entries = environments.map(asListed);
  const wanted = wantedOf(entries, account);
  const whole =
    entries.length > readByNameMax ||
    entries.some((entry) => needsAllRoles(entry, installation.firstDocument));
  const targets = readAllTargets(clients, entries, account, ahead);
  // Awaited later; a fault in it is a reading of its own and never thrown.
  const [identities, providers, tags] = await Promise.all([
    whole ? fromAccount(clients, ahead) : byName(clients, wanted, ahead),
    readEach(wanted.providers, (arn) =>
      aheadOf(ahead.providers, [arn], () => readProvider(clients, arn)),
    ),
    readEach(whole ? policiesInTurn(entries, given) : [], (arn) =>
      aheadOf(ahead.tags, [arn], () => readPolicyTags(clients, arn)),
    ),
  ]);
  const documents = await readDocuments(clients, entries, { identities, account, ahead });
  return {
    identities: {
      role: identities.role,
      policy: (arn) => withTags(identities.policy(arn), tags.get(arn) ?? null),
      allRoles: identities.allRoles,
      whole: identities.whole,
      instanceProfiles: identities.instanceProfiles,
      trustLengthMax: null,
      provider: (arn) => providers.get(arn) ?? absent,
      documents,
    },
    targets,
  };
}

/**
 * Of which policies the tags are read beside an account that is read whole: of all, if they are few;
 * else of as many in each period, all in turn. What differs by then is asked again until it does not.
 */
function policiesInTurn(
  entries: readonly ControlEntry[],
  { account, installation, now }: Looking,
): readonly string[] {
  const all = unique(
    entries.flatMap((entry) =>
      writtenNames(evidenceOf(entry), entry).policies.map((name) => policyArn(account, name)),
    ),
  );
  if (all.length <= readByNameMax) return all;
  const period = Math.floor(now.getTime() / (installation.periodMinutes * 60_000));
  const first = (period * readByNameMax) % all.length;
  return [...all, ...all].slice(first, first + readByNameMax);
}

function withTags(reading: Reading<ObservedPolicy>, tags: Tags | null): Reading<ObservedPolicy> {
  if (reading.kind !== "found" || tags === null) return reading;
  return { ...reading, value: { ...reading.value, tags } };
}

/**
 * A record that says no more than the status is set aside: so the same is asked of the same environment,
 * whether its record was read or not.
 */
function asListed(entry: ControlEntry): ControlEntry {
  if (entry.record.kind !== "found" || !isQuiet(entry)) return entry;
  const listed: ControlEntry = { ...entry, record: { kind: "unread" } };
  const [own, shown] = [entry, listed].map((each) => writtenNames(evidenceOf(each), each));
  const { begun, applied } = entry.record.record;
  const isSame = begun === null && applied?.digest === entry.newest?.digest && isShown(own, shown);
  return isSame ? listed : entry;
}

/** Is every name among those that are shown? */
function isShown(names: WrittenNames | undefined, shown: WrittenNames | undefined): boolean {
  if (names === undefined || shown === undefined) return false;
  return (["roles", "policies", "organizations"] as const).every((kind) =>
    names[kind].every((name) => hasName(shown[kind], name)),
  );
}

/** The look with what is known of the targets; those that were not waited for are unreadable. */
export function snapshotOf(
  look: Look,
  targets: ReadonlyMap<string, ObservedTargets> | "pending",
): Snapshot {
  return {
    ...look.identities,
    targets: (region) =>
      targets === "pending"
        ? nothingObserved(region, pending)
        : (targets.get(region) ?? nothingObserved(region)),
  };
}

async function readAllTargets(
  clients: Clients,
  entries: readonly ControlEntry[],
  account: Account,
  ahead: ReadAhead,
): Promise<ReadonlyMap<string, ObservedTargets>> {
  const read = questionsOf(entries).map((question) =>
    aheadOf(ahead.targets, [JSON.stringify(question)], () =>
      readTargets(clients, question, account),
    ),
  );
  return new Map((await Promise.all(read)).map((observed) => [observed.region, observed]));
}

/** More would be refused together where an account has many organisations. */
const keysAtOnce = 10;

async function readEach<T>(
  keys: Iterable<string>,
  read: (key: string) => Promise<T>,
): Promise<ReadonlyMap<string, T>> {
  return new Map(await atMost(keysAtOnce, [...keys], async (key) => [key, await read(key)]));
}

/**
 * Must every role of the account be seen? Where neither record nor status is left, only the tags of
 * all roles tell a first document from a lost one; and whether what is to be removed can be depends
 * on who else holds it.
 */
function needsAllRoles(entry: ControlEntry, firstDocument: "hold" | "apply"): boolean {
  const evidence = evidenceOf(entry);
  if (entry.newest === null) {
    return evidence.kind === "missing" || onRemoveOf(evidence, entry) === "delete";
  }
  if (evidence.kind === "missing" || hasLeftovers(entry, evidence)) return true;
  return evidence.kind === "none" && (firstDocument === "apply" || entry.newest.version > 1);
}

/** Is anything left under other names that was to be removed, and could not be? */
function hasLeftovers(entry: ControlEntry, evidence: Evidence): boolean {
  if (onRemoveOf(evidence, entry) !== "delete") return false;
  const { roles, policies, organizations } = writtenNames(evidence, entry);
  const documents = candidatesOf(entry, evidence).map(({ document }) => document);
  return (
    roles.some((name) => !documents.some(({ role }) => hasName([role.name], name))) ||
    policies.some((name) => !documents.some(({ policy }) => hasName([policy.name], name))) ||
    organizations.some((id) => !documents.some(({ circleci }) => circleci.organizationId === id))
  );
}

type Identities = Pick<Snapshot, "role" | "policy" | "allRoles" | "whole" | "instanceProfiles"> & {
  /** Documents of customer managed policies that came with the account; empty where read by name. */
  readonly listed: ReadonlyMap<string, ObservedPolicy>;
};

async function byName(clients: Clients, wanted: Wanted, ahead: ReadAhead): Promise<Identities> {
  const [roles, policies] = await Promise.all([
    readEach(wanted.roles, (name) =>
      aheadOf(ahead.roles, [name.toLowerCase()], () => {
        const about = ["roleName", name] as const;
        const likely = namedIn(ahead, "PutRolePolicy", about, "policyName");
        for (const arn of namedIn(ahead, "AttachRolePolicy", about, "policyArn")) {
          if (!wanted.policies.has(arn)) void textOf(clients, arn, ahead);
        }
        return readRole(clients, name, { likely });
      }),
    ),
    readEach(wanted.policies.keys(), (arn) => {
      const hint = wanted.policies.get(arn) ?? { version: null, harmless: [] };
      return aheadOf(ahead.policies, [JSON.stringify([arn, hint]), arn], () => {
        const likely = [hint.version ?? [], newVersions(ahead, arn)].flat();
        const isNew = likely.length > 1;
        // Beside another text than desired, those that were harmless are looked at once more.
        const known = new Map(isNew ? [] : hint.harmless.map((id) => [id, "safe"] as const));
        return readPolicy(clients, arn, isNew ? [...likely, ...hint.harmless] : likely, {
          withVersions: true,
          known,
        });
      });
    }),
  ]);
  return {
    role: (name) => roles.get(name) ?? absent,
    policy: (arn) => policies.get(arn) ?? absent,
    allRoles: [],
    whole: false,
    instanceProfiles: new Map(),
    listed: new Map(),
  };
}

async function fromAccount(clients: Clients, ahead: ReadAhead): Promise<Identities> {
  const listing = await aheadOf(ahead.account, ["whole"], () => readAccount(clients));
  const pick = <T>(find: (listing: AccountListing) => T | undefined): Reading<T> => {
    if (listing.kind !== "found") return listing;
    const value = find(listing.value);
    return value === undefined ? absent : { kind: "found", value };
  };
  return {
    role: (name) => pick(({ roles }) => roles.get(name.toLowerCase())),
    policy: (arn) => pick(({ policies }) => policies.get(arn)),
    allRoles: listing.kind === "found" ? [...listing.value.roles.values()] : [],
    whole: listing.kind === "found",
    instanceProfiles: listing.kind === "found" ? listing.value.instanceProfiles : new Map(),
    listed: listing.kind === "found" ? listing.value.policies : new Map(),
  };
}

function wantedOf(entries: readonly ControlEntry[], account: Account): Wanted {
  const roles = new Set<string>();
  const policies = new Map<string, PolicyHint>();
  const providers = new Set<string>();
  for (const entry of entries) {
    const evidence = evidenceOf(entry);
    const names = writtenNames(evidence, entry);
    const documents = candidatesOf(entry, evidence).map(({ document }) => document);
    const { policyVersion: version = null, harmlessVersions: harmless = [] } =
      entry.status?.seen ?? {};
    for (const name of [...documents.map(({ role }) => role.name), ...names.roles]) {
      roles.add(name);
    }
    for (const name of [...documents.map(({ policy }) => policy.name), ...names.policies]) {
      const arn = policyArn(account, name);
      const isHinted = areOfPolicy(entry.status, arn);
      policies.set(arn, isHinted ? { version, harmless } : { version: null, harmless: [] });
    }
    for (const organization of [
      ...documents.map(({ circleci }) => circleci.organizationId),
      ...names.organizations,
    ]) {
      providers.add(providerArn(account, organization));
    }
  }
  return { roles, policies, providers };
}

function textOf(clients: Clients, arn: string, ahead: ReadAhead): Promise<Reading<string>> {
  return aheadOf(ahead.texts, [arn], () => readPolicyText(clients, arn));
}

/**
 * Texts of attached policies, and of boundaries that change. A version that names another policy than the
 * one before finds that one on the role.
 */
async function readDocuments(
  clients: Clients,
  entries: readonly ControlEntry[],
  {
    identities,
    account,
    ahead,
  }: {
    readonly identities: Identities;
    readonly account: Account;
    readonly ahead: ReadAhead;
  },
): Promise<ReadonlyMap<string, string>> {
  const wanted = new Set<string>();
  const known = new Map<string, string>();
  for (const entry of entries) {
    const evidence = evidenceOf(entry);
    const documents = candidatesOf(entry, evidence).map(({ document }) => document);
    const own = new Set(documents.map(({ policy }) => policyArn(account, policy.name)));
    const names = [
      ...documents.map(({ role }) => role.name),
      ...writtenNames(evidence, entry).roles,
    ];
    const boundaries = new Set(documents.map(({ role }) => role.permissionsBoundary ?? ""));
    let plain = true;
    for (const name of new Set(names)) {
      const role = identities.role(name);
      if (role.kind !== "found") plain = false;
      else {
        const unmanaged = role.value.attached.filter((arn) => !own.has(arn));
        for (const arn of unmanaged) wanted.add(arn);
        for (const arn of role.value.attached) {
          const policy = own.has(arn) ? foundIn(identities.policy(arn)) : null;
          if (policy !== null) known.set(arn, policy.document);
        }
        boundaries.add(role.value.permissionsBoundary ?? "");
        plain &&= unmanaged.length === 0 && !hasUnmanagedTags(role.value, documents);
      }
    }
    // One boundary on a role that is as it should be: nobody will ask what it grants.
    if (boundaries.size > 1 || !plain) {
      for (const arn of boundaries) if (arn !== "") wanted.add(arn);
    }
  }
  const texts = await Promise.all(
    [...wanted].map(async (arn) => {
      const whole = foundIn((await ahead.policies.get(arn)) ?? absent);
      const text =
        identities.listed.get(arn)?.document ??
        whole?.document ??
        foundIn(await textOf(clients, arn, ahead));
      return text === null ? [] : [[arn, text] as const];
    }),
  );
  return new Map([...known, ...texts.flat()]);
}

/** Tags that no document asks for are principal tags: what they open or close, policies say. */
function hasUnmanagedTags(role: ObservedRole, documents: readonly EnvironmentDocument[]): boolean {
  const asked = new Set(documents.flatMap(({ role: { tags } }) => Object.keys(tags)));
  const ignored = documents.map(({ role: { ignoreTags = [] } }) => ignoreTags);
  return Object.entries(role.tags).some(
    ([key, value]) =>
      !asked.has(key) &&
      !isOwnershipTag(key) &&
      !ignored.every((list) => isIgnoredTag(key, value, list)),
  );
}

/** What to look up, by Region: what all documents that may be in force there ask for. */
function questionsOf(entries: readonly ControlEntry[]): readonly TargetQuestion[] {
  const asked = entries.flatMap((entry) => {
    const evidence = evidenceOf(entry);
    const last = rememberedTargets(evidence);
    const outputs = entry.status?.outputs ?? {};
    return candidatesOf(entry, evidence).map(({ document: { deploy } }) => ({
      deploy,
      last,
      outputs,
    }));
  });
  return [...Map.groupBy(asked, ({ deploy }) => deploy.region)].map(([region, documents]) => ({
    region,
    ...byKind<"question">((name) =>
      targetKinds[name].ask(
        documents.map(({ deploy, last, outputs }) => ({
          entries: deploy[name],
          last: last?.[name] ?? [],
          outputs,
        })),
      ),
    ),
  }));
}
