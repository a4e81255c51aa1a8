import { type AccountListing, readAccount } from "../edge/account.ts";
import type { Clients } from "../edge/clients.ts";
import { readPolicy, readProvider, readRole } from "../edge/identity.ts";
import { readTargets, type TargetQuestion } from "../edge/targets.ts";
import { candidatesOf } from "../plan/choice.ts";
import type { ControlEntry } from "../plan/control.ts";
import type {
  ObservedPolicy,
  ObservedProvider,
  ObservedRole,
  ObservedTargets,
  Reading,
} from "../plan/observed.ts";
import { type Account, policyArn, providerArn } from "../trust/index.ts";

/** One look at the account: every reading that the environments at hand may need. */
export type Snapshot = {
  role(name: string): Reading<ObservedRole>;
  policy(arn: string): Reading<ObservedPolicy>;
  provider(arn: string): Reading<ObservedProvider>;
  targets(region: string): ObservedTargets;
  /** Every role of the account where it was read whole; empty where roles were read by name. */
  readonly allRoles: readonly ObservedRole[];
};

/**
 * Up to this many environments each is read by name, in six calls at once; above, the account is
 * read in pages, so that reads grow with pages and not with environments.
 */
export const readByNameMax = 4;

type Wanted = {
  readonly roles: ReadonlySet<string>;
  /** Policy ARNs with the default version they had last. */
  readonly policies: ReadonlyMap<string, string | null>;
  readonly providers: ReadonlySet<string>;
  readonly targets: readonly TargetQuestion[];
};

const absent = { kind: "absent" } as const;

/** Reads all at once what the given environments name, and nothing twice. */
export async function observe(
  clients: Clients,
  entries: readonly ControlEntry[],
  account: Account,
): Promise<Snapshot> {
  const wanted = wantedOf(entries, account);
  const whole = entries.length > readByNameMax || entries.some(mayHaveStrayRoles);
  const [identities, providers, targets] = await Promise.all([
    whole ? fromAccount(clients) : byName(clients, wanted),
    readEach(wanted.providers, (arn) => readProvider(clients, arn)),
    Promise.all(wanted.targets.map((question) => readTargets(clients, question, account))),
  ]);
  const byRegion = new Map(targets.map((observed) => [observed.region, observed]));
  return {
    ...identities,
    provider: (arn) => providers.get(arn) ?? absent,
    targets: (region) =>
      byRegion.get(region) ?? {
        region,
        ecr: absent,
        appRunner: absent,
        amplify: absent,
        ecsExpress: new Map(),
      },
  };
}

async function readEach<T>(
  keys: Iterable<string>,
  read: (key: string) => Promise<T>,
): Promise<ReadonlyMap<string, T>> {
  return new Map(await Promise.all([...keys].map(async (key) => [key, await read(key)] as const)));
}

/**
 * May a role carry this environment's tags under a name that no status remembers? A version with
 * another role name may have begun and not come to its end, and a status may be lost. Then only
 * the tags of all roles tell.
 */
function mayHaveStrayRoles(entry: ControlEntry): boolean {
  const { newest, status } = entry;
  if (newest === null || newest.parsed.kind === "invalid") return false;
  const memory = status?.applied ?? null;
  if (memory === null || status?.appliedVersion == null) return newest.version > 1;
  const renamed = memory.role.toLowerCase() !== newest.parsed.document.role.name.toLowerCase();
  return renamed || newest.version - status.appliedVersion > 1;
}

type Identities = Pick<Snapshot, "role" | "policy" | "allRoles">;

async function byName(clients: Clients, wanted: Wanted): Promise<Identities> {
  const [roles, policies] = await Promise.all([
    readEach(wanted.roles, (name) => readRole(clients, name)),
    readEach(wanted.policies.keys(), (arn) =>
      readPolicy(clients, arn, wanted.policies.get(arn) ?? null),
    ),
  ]);
  return {
    role: (name) => roles.get(name) ?? absent,
    policy: (arn) => policies.get(arn) ?? absent,
    allRoles: [],
  };
}

async function fromAccount(clients: Clients): Promise<Identities> {
  const listing = await readAccount(clients);
  const pick = <T>(find: (listing: AccountListing) => T | undefined): Reading<T> => {
    if (listing.kind !== "found") return listing;
    const value = find(listing.value);
    return value === undefined ? absent : { kind: "found", value };
  };
  return {
    role: (name) => pick(({ roles }) => roles.get(name.toLowerCase())),
    policy: (arn) => pick(({ policies }) => policies.get(arn)),
    allRoles: listing.kind === "found" ? [...listing.value.roles.values()] : [],
  };
}

function wantedOf(entries: readonly ControlEntry[], account: Account): Wanted {
  const roles = new Set<string>();
  const policies = new Map<string, string | null>();
  const providers = new Set<string>();
  for (const entry of entries) {
    const memory = entry.status?.applied ?? null;
    for (const document of candidatesOf(entry)) {
      roles.add(document.role.name);
      providers.add(providerArn(account, document.circleci.organizationId));
      const arn = policyArn(account, document.policy.name);
      policies.set(arn, memory?.policy === document.policy.name ? memory.policyVersion : null);
    }
    if (memory !== null && leavesSomethingBehind(entry)) {
      roles.add(memory.role);
      providers.add(providerArn(account, memory.organizationId));
      policies.set(policyArn(account, memory.policy), memory.policyVersion);
    }
  }
  return { roles, policies, providers, targets: questionsOf(entries) };
}

/** Is the parameter gone, or may it name other resources than those it had? */
function leavesSomethingBehind(entry: ControlEntry): boolean {
  if (entry.newest === null) return true;
  return entry.status?.appliedVersion !== entry.newest.version;
}

function questionsOf(entries: readonly ControlEntry[]): readonly TargetQuestion[] {
  const byRegion = new Map<string, TargetQuestion>();
  for (const entry of entries) {
    const last = entry.status?.applied?.targets?.amplify ?? [];
    for (const { deploy } of candidatesOf(entry)) {
      const known = byRegion.get(deploy.region) ?? {
        region: deploy.region,
        ecr: [],
        appRunner: [],
        ecsExpress: [],
        amplify: [],
      };
      const express = deploy.ecsExpress.filter(
        ({ cluster, service }) =>
          !known.ecsExpress.some((had) => had.cluster === cluster && had.service === service),
      );
      byRegion.set(deploy.region, {
        region: deploy.region,
        ecr: [...new Set([...known.ecr, ...deploy.ecr])],
        appRunner: [...new Set([...known.appRunner, ...deploy.appRunner])],
        ecsExpress: [...known.ecsExpress, ...express],
        amplify: [
          ...known.amplify,
          ...deploy.amplify.map(({ app, branches }) => ({
            app,
            namesBranches: branches.length > 0,
            likelyId: last.find((before) => before.app === app)?.appId ?? null,
          })),
        ],
      });
    }
  }
  return [...byRegion.values()];
}
