import { type ControlEntry, evidenceOf, knownVersions } from "../plan/control.ts";
import { audiencesOf, type DesiredProvider } from "../plan/desired.ts";
import { unionOf } from "../plan/provider.ts";
import { type Account, providerArn, providerUrl } from "../trust/index.ts";
import { type WatchedEntry, watchedEntry } from "./affected.ts";

/**
 * What a process remembers of the runs before it: hints where to look first. Each is read and checked
 * before anything rests on it, and a run without them only reads more. Nothing here outlives the
 * process, and nobody else can write it.
 */
export type Memory = {
  /** Environments as they were read last, the latest last; at most `entriesMax`. */
  readonly entries: Map<string, ControlEntry>;
  /** What the last listing of all environments showed; `null` where they are few, or none was read. */
  listing: Listing | null;
  /**
   * All environments as the last run left them, if they are few and each is as it should be; empty
   * otherwise, and before the first run over all of them.
   */
  left: readonly ControlEntry[];
  /** Which task definition each ECS service ran when it was read last, by the service's ARN. */
  readonly definitions: Map<string, string>;
  /** Alerts about states that were reported while no status could be written. */
  readonly reported: Set<string>;
};

/** All environments, as far as an event needs them. */
export type Listing = {
  readonly at: number;
  /** Environments by what they have or ask for: `role/NAME` and `policy/NAME`, in small letters. */
  readonly owners: Map<string, readonly string[]>;
  /** What all together ask of each provider, by ARN. */
  readonly asked: ReadonlyMap<string, DesiredProvider>;
  /** By name. */
  readonly watched: Map<string, WatchedEntry>;
};

const entriesMax = 50;
/** Up to this many parameters come in one page, and a listing costs no more than a memory saves. */
const pageSize = 10;
/** A listing counts this long: somewhat longer than the schedule takes to make the next one. */
const listingMs = 20 * 60_000;

export function emptyMemory(): Memory {
  return {
    entries: new Map(),
    listing: null,
    left: [],
    definitions: new Map(),
    reported: new Set(),
  };
}

/**
 * Remembers how a run has left its environments.
 *
 * @param left those that are as they should be, as the next run may find them; `null` where not all
 * of the run are, or they are many
 */
export function rememberLeft(
  memory: Memory,
  left: readonly ControlEntry[] | null,
  { isFull }: { readonly isFull: boolean },
): void {
  if (left === null || isFull) {
    memory.left = left ?? [];
    return;
  }
  const fresh = new Map(left.map((entry) => [entry.name, entry]));
  memory.left = memory.left.map((entry) => fresh.get(entry.name) ?? entry);
}

/** Remembers environments that a run has read, as the next run may find them again. */
export function rememberEntries(memory: Memory, entries: readonly ControlEntry[]): void {
  for (const entry of entries.slice(0, entriesMax)) {
    memory.entries.delete(entry.name);
    memory.entries.set(entry.name, entry);
    if (memory.listing !== null) watch(memory.listing, entry);
  }
  for (const name of memory.entries.keys()) {
    if (memory.entries.size <= entriesMax) return;
    memory.entries.delete(name);
  }
}

function watch(
  { watched, owners }: Pick<Listing, "watched" | "owners">,
  entry: ControlEntry,
): void {
  const each = watchedEntry(entry);
  watched.set(entry.name, each);
  for (const [key] of ownedBy(each)) {
    const known = owners.get(key) ?? [];
    if (!known.includes(entry.name)) owners.set(key, [...known, entry.name]);
  }
}

/** Remembers a listing of all environments with the records of those that changed. */
export function rememberListing(
  memory: Memory,
  all: readonly ControlEntry[],
  { account, at }: { readonly account: Account; readonly at: number },
): void {
  if (all.length <= pageSize) {
    memory.listing = null;
    return;
  }
  const listing = { watched: new Map(), owners: new Map() };
  const asked = new Map<string, DesiredProvider[]>();
  for (const entry of all) {
    watch(listing, entry);
    for (const { document } of knownVersions(evidenceOf(entry), entry)) {
      const { organizationId, thumbprints } = document.circleci;
      const arn = providerArn(account, organizationId);
      const url = providerUrl(organizationId);
      const one = { arn, url, audiences: audiencesOf(document), thumbprints };
      asked.set(arn, [...(asked.get(arn) ?? []), one]);
    }
  }
  memory.listing = {
    at,
    ...listing,
    asked: new Map([...asked].flatMap(([arn, each]) => unionsOf(arn, each))),
  };
}

function ownedBy({ name, documents, names }: WatchedEntry): readonly (readonly [string, string])[] {
  const found = documents.flatMap((document) => document ?? []);
  return [
    ...[...found.map(({ role }) => role.name), ...names.roles].map((role) => keyOf("role", role)),
    ...[...found.map(({ policy }) => policy.name), ...names.policies].map((policy) =>
      keyOf("policy", policy),
    ),
  ].map((key) => [key, name] as const);
}

function keyOf(kind: "role" | "policy", name: string): string {
  return `${kind}/${name.toLowerCase()}`;
}

/**
 * The environments that had, or asked for, a role or policy of this name when they were read last.
 * Who only claims it must not hide the owner.
 */
export function ownersIn(
  { entries, listing }: Memory,
  kind: "role" | "policy",
  name: string,
): readonly string[] {
  const key = keyOf(kind, name);
  const listed = listing?.owners.get(key);
  if (listed !== undefined) return listed;
  const owned = [...entries.values()].map(watchedEntry).flatMap(ownedBy);
  return [...new Set(owned.flatMap(([each, owner]) => (each === key ? owner : [])))];
}

function unionsOf(
  arn: string,
  asked: readonly DesiredProvider[],
): readonly (readonly [string, DesiredProvider])[] {
  const union = unionOf(asked);
  return union === null ? [] : [[arn, union]];
}

/** The last listing, if it is not too old to go by. */
export function listingAt(memory: Memory | undefined, now: number): Listing | null {
  const listing = memory?.listing ?? null;
  return listing !== null && now - listing.at <= listingMs ? listing : null;
}
