import { type Fault, type PartReading, type Reading, seenIn } from "../aws/reading.ts";
import { readAccount } from "../edge/account-listing.ts";
import { atMost } from "../edge/at-once.ts";
import type { Clients } from "../edge/clients.ts";
import { readPolicy, readPolicyTags, readProvider, readRole } from "../edge/identity.ts";
import { readTargets, type TargetQuestion } from "../edge/targets/readers.ts";
import type { PlanContext } from "../plan/context.ts";
import type { ControlEntry } from "../plan/control.ts";
import type { Observation } from "../plan/environment.ts";
import {
  nothingObserved,
  type ObservedPolicy,
  type ObservedProvider,
  type ObservedRole,
  type ObservedTargets,
  pending,
  type Tags,
} from "../plan/observed.ts";
import type { Account } from "../trust/index.ts";
import { readBoundariesAhead, readDocuments, readTextAhead } from "./look-documents.ts";
import { emptyMemory, type Memory } from "./memory.ts";
import { aheadOf, namedIn, newVersions, nothingAhead, type ReadAhead } from "./read-ahead.ts";
import {
  asListed,
  policiesInTurn,
  questionsOf,
  readsWhole,
  type Wanted,
  wantedOf,
  withoutListing,
} from "./wanted.ts";

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

/** What a look goes by, beside the environments. */
type Looking = Pick<PlanContext, "account" | "installation" | "now">;

const absent = { kind: "absent" } as const;

/** Begins to read all at once what the given environments name, and nothing twice. */
export async function look(
  clients: Clients,
  environments: readonly ControlEntry[],
  given: Looking & {
    /** What has begun already; left out, nothing has. */
    readonly ahead?: ReadAhead;
    readonly memory?: Memory | undefined;
  },
): Promise<Look> {
  const { account, installation, ahead = nothingAhead(), memory = emptyMemory() } = given;
  const entries = environments.map(asListed);
  const wanted = wantedOf(entries, account);
  const whole = readsWhole(entries, installation.firstDocument);
  const place = { account, definitions: memory.definitions };
  if (!whole) readBoundariesAhead(clients, entries, ahead);
  const targets = readAllTargets(clients, entries, place, ahead);
  // Awaited later; a fault in it is a reading of its own and never thrown.
  const [identities, providers, tags] = await Promise.all([
    whole ? fromAccount(clients, entries, { ...given, ahead }) : byName(clients, wanted, ahead),
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

function withTags(
  reading: PartReading<ObservedPolicy>,
  tags: Tags | null,
): PartReading<ObservedPolicy> {
  if (reading.kind !== "found" || tags === null) return reading;
  return { ...reading, value: { ...reading.value, tags } };
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
  place: { readonly account: Account } & Pick<Memory, "definitions">,
  ahead: ReadAhead,
): Promise<ReadonlyMap<string, ObservedTargets>> {
  const read = questionsOf(entries).map((question) =>
    aheadOf(ahead.targets, [withoutHints(question)], () => readTargets(clients, question, place)),
  );
  return new Map((await Promise.all(read)).map((observed) => [observed.region, observed]));
}

/** What is asked, whatever is most likely the answer: that only makes it come sooner. */
function withoutHints(question: TargetQuestion): string {
  return JSON.stringify(question, (member, value) =>
    member.startsWith("likely") ? undefined : value,
  );
}

/** More would be refused together where an account has many organisations. */
const keysAtOnce = 10;

async function readEach<T>(
  keys: Iterable<string>,
  read: (key: string) => Promise<T>,
): Promise<ReadonlyMap<string, T>> {
  return new Map(await atMost(keysAtOnce, [...keys], async (key) => [key, await read(key)]));
}

/** What was read of roles and policies, by whichever way. */
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
          if (!wanted.policies.has(arn)) void readTextAhead(clients, arn, ahead);
        }
        return readRole(clients, name, { likely });
      }),
    ),
    readEach(wanted.policies.keys(), (arn) => {
      const hint = wanted.policies.get(arn) ?? { version: null, harmless: [] };
      // Which version was in force last says only what to ask for first.
      return aheadOf(ahead.policies, [JSON.stringify([arn, hint.harmless]), arn], () => {
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

async function fromAccount(
  clients: Clients,
  entries: readonly ControlEntry[],
  given: Looking & { readonly ahead: ReadAhead },
): Promise<Identities> {
  const { ahead } = given;
  const listing = await aheadOf(ahead.account, ["whole"], () => readAccount(clients));
  if (listing.kind === "unreadable") {
    const wanted = wantedOf(withoutListing(entries, ahead.calls, given), given.account);
    return unlisted(listing.fault, await byName(clients, wanted, ahead));
  }
  const { roles, policies, instanceProfiles } = listing.value;
  const found = <T>(value: T | undefined): Reading<T> =>
    value === undefined ? absent : { kind: "found", value };
  return {
    role: (name) => found(roles.get(name.toLowerCase())),
    policy: (arn) => found(policies.get(arn)),
    allRoles: [...roles.values()],
    whole: true,
    instanceProfiles,
    listed: policies,
  };
}

/**
 * What was read by name instead of a listing is seen, and no more: who else there is in the account nobody can
 * say, and it would be another environment's turn in the next run.
 */
function unlisted(fault: Fault, named: Identities): Identities {
  const seen = <T>(reading: PartReading<T>): PartReading<T> => {
    const value = seenIn(reading);
    return value === null
      ? { kind: "unreadable", fault }
      : { kind: "unreadable", fault, seen: value };
  };
  return {
    ...named,
    role: (name) => seen(named.role(name)),
    policy: (arn) => seen(named.policy(arn)),
  };
}
