import { readAccount } from "../edge/account.ts";
import type { Clients } from "../edge/clients.ts";
import { faultOf } from "../edge/faults.ts";
import { readPolicy, readPolicyVersions } from "../edge/identity.ts";
import { deleteParameter, isGone } from "../edge/parameters.ts";
import type { Change } from "../plan/change.ts";
import type { ControlEntry } from "../plan/control.ts";
import type { EnvironmentPlan } from "../plan/environment.ts";
import type {
  Fault,
  ObservedPolicy,
  ObservedProvider,
  ObservedRole,
  Reading,
} from "../plan/observed.ts";
import { planProviderRemoval, planRemoval, strayRoles } from "../plan/removal.ts";
import type { Carriage, Carried } from "../report/outcome.ts";
import { type Account, policyArn, providerArn } from "../trust/index.ts";
import { carry } from "./enforce.ts";
import type { Snapshot } from "./observe.ts";

/** What an environment left behind: all of it, or what it had under other names. */
export type Leftovers = {
  readonly role: ObservedRole | null;
  readonly policy: ObservedPolicy | null;
  readonly provider: ObservedProvider | null;
  /** Roles with the environment's tags under names that no status remembers. */
  readonly strays: readonly ObservedRole[];
  /** What may be left and could not be read: nothing is removed, and nothing forgotten, then. */
  readonly faults: readonly Fault[];
};

export type Cleared = {
  readonly carried: readonly Carried[];
  readonly faults: readonly Fault[];
  /** What stays because `onRemove` is retain, for the alert. */
  readonly retained: readonly string[];
  /** The environment's status is gone with all the rest. */
  readonly forgotten: boolean;
};

const nothingToClear: Cleared = { carried: [], faults: [], retained: [], forgotten: false };

/** What the last applied version had and the version in force does not name any more. */
export function leftoversOf(input: {
  readonly entry: ControlEntry;
  readonly plan: EnvironmentPlan;
  readonly all: readonly ControlEntry[];
  readonly snapshot: Snapshot;
  readonly account: Account;
  readonly prefix: string;
}): Leftovers | null {
  const { entry, plan, snapshot, account } = input;
  const memory = entry.status?.applied ?? null;
  const { choice } = plan;
  const strays = straysOf(input);
  if (memory === null) return strays.length === 0 ? null : { ...nothingLeft, strays };
  const gone = choice.kind === "orphaned";
  if (!gone && (choice.kind !== "newest" || choice.at.version === choice.previous?.version)) {
    return null;
  }
  const document = choice.kind === "newest" ? choice.at.document : null;
  const other = (kept: string | undefined, had: string) =>
    kept === undefined || kept.toLowerCase() !== had.toLowerCase();
  const role = other(document?.role.name, memory.role) ? snapshot.role(memory.role) : null;
  const arn = policyArn(account, memory.policy);
  const policy = other(document?.policy.name, memory.policy) ? snapshot.policy(arn) : null;
  const provider = isShared(
    input.all,
    entry,
    memory.organizationId,
    document?.circleci.organizationId,
  )
    ? null
    : snapshot.provider(providerArn(account, memory.organizationId));
  const readings = [role, policy, provider];
  const leftovers = {
    role: role?.kind === "found" ? role.value : null,
    policy: policy?.kind === "found" ? policy.value : null,
    provider: provider?.kind === "found" ? provider.value : null,
    strays,
    faults: readings.flatMap((reading) => (reading?.kind === "unreadable" ? [reading.fault] : [])),
  };
  const any = readings.some((reading) => reading !== null && reading.kind !== "absent");
  return any || gone || strays.length > 0 ? leftovers : null;
}

const nothingLeft: Leftovers = { role: null, policy: null, provider: null, strays: [], faults: [] };

/** Only where a version comes into force: one that stays has been through this. */
function straysOf(input: Parameters<typeof leftoversOf>[0]): readonly ObservedRole[] {
  const { entry, plan, snapshot, prefix } = input;
  const { choice } = plan;
  if (choice.kind !== "newest" || choice.at.version === choice.previous?.version) return [];
  const remembered = entry.status?.applied?.role;
  const known = [choice.at.document.role.name, ...(remembered === undefined ? [] : [remembered])];
  return strayRoles({ roles: snapshot.allRoles, environment: entry.name, prefix, known });
}

function isShared(
  all: readonly ControlEntry[],
  entry: ControlEntry,
  organizationId: string,
  kept: string | undefined,
): boolean {
  if (kept === organizationId) return true;
  return all.some((other) => {
    if (other.name === entry.name || other.newest === null) return false;
    const newest = other.newest.parsed.kind === "valid" ? other.newest.parsed.document : null;
    const memory = other.status?.applied?.organizationId;
    return newest?.circleci.organizationId === organizationId || memory === organizationId;
  });
}

/**
 * Clears leftovers as `onRemove` of the applied version says, after making sure that a parameter
 * which looks deleted really is.
 */
export async function clearLeftovers(
  clients: Clients,
  input: {
    readonly entry: ControlEntry;
    readonly plan: EnvironmentPlan;
    readonly leftovers: Leftovers;
    readonly writes: Carriage["writes"];
    /** What this run has already done for the environment. */
    readonly carried: readonly Carried[];
    readonly prefix: string;
    readonly account: Account;
  },
): Promise<Cleared> {
  const { entry, plan, leftovers, writes, prefix } = input;
  if (leftovers.faults.length > 0) return { ...nothingToClear, faults: leftovers.faults };
  if (onRemoveOf(entry) === "retain") {
    const { role, policy, provider, strays } = leftovers;
    const kept = [role?.arn, policy?.arn, provider?.arn, ...strays.map(({ arn }) => arn)];
    return { ...nothingToClear, retained: kept.flatMap((arn) => arn ?? []) };
  }
  const orphaned = plan.choice.kind === "orphaned";
  try {
    if (orphaned && !(await isGone(clients, entry.parameter))) {
      const message = `${entry.parameter} was not listed and does exist: nothing is removed in this run`;
      return { ...nothingToClear, faults: [{ code: "StaleListing", message, kind: "transient" }] };
    }
    const removal = await removalOf(clients, input);
    if (removal.kind === "unreadable") return { ...nothingToClear, faults: [removal.fault] };
    const { changes } = removal;
    const carried = await carry(clients, changes, writes);
    const done = carried.every(({ outcome }) => outcome === "applied");
    const forgotten = orphaned && done && writes === "allowed";
    if (forgotten) await deleteParameter(clients, `${prefix}/status/${entry.name}`);
    return { ...nothingToClear, carried, forgotten };
  } catch (thrown) {
    return { ...nothingToClear, faults: [faultOf(`removing what ${entry.name} left`, thrown)] };
  }
}

/**
 * The guard of the version that was applied, never of the one that it guards; where none is known,
 * the careful one.
 */
function onRemoveOf(entry: ControlEntry): "retain" | "delete" {
  if (entry.applied.kind === "applied") return entry.applied.at.document.onRemove;
  return entry.status?.applied?.onRemove ?? "retain";
}

type Removal =
  | { readonly kind: "known"; readonly changes: readonly Change[] }
  | { readonly kind: "unreadable"; readonly fault: Fault };

async function removalOf(
  clients: Clients,
  { entry, leftovers, prefix, carried }: Parameters<typeof clearLeftovers>[1],
): Promise<Removal> {
  const { role, provider } = leftovers;
  const policy = leftovers.policy === null ? null : await withVersions(clients, leftovers.policy);
  if (policy?.kind === "unreadable") return policy;
  const observed = policy?.kind === "found" ? withoutDetached(policy.value, carried) : null;
  const changes = [
    ...planRemoval({ environment: entry.name, prefix, role, policy: observed }),
    ...leftovers.strays.flatMap((stray) =>
      planRemoval({ environment: entry.name, prefix, role: stray, policy: null }),
    ),
  ];
  if (provider === null) return { kind: "known", changes };
  const account = await readAccount(clients);
  if (account.kind === "unreadable") return account;
  const roles = account.kind === "found" ? [...account.value.roles.values()] : [];
  const usedBy = rolesTrusting(roles, provider.arn, role?.arn ?? null);
  const ofProvider = planProviderRemoval({ provider, prefix, usedBy });
  return { kind: "known", changes: [...changes, ...ofProvider] };
}

async function withVersions(
  clients: Clients,
  policy: ObservedPolicy,
): Promise<Reading<ObservedPolicy>> {
  const [tagged, versions] = await Promise.all([
    policy.tags === null ? readPolicy(clients, policy.arn, policy.defaultVersion) : null,
    readPolicyVersions(clients, policy.arn),
  ]);
  if (tagged !== null && tagged.kind !== "found") return tagged;
  if (versions.kind !== "found") return versions;
  return { kind: "found", value: { ...(tagged?.value ?? policy), versions: versions.value } };
}

/** It was counted before this run took it off the role in force. */
function withoutDetached(policy: ObservedPolicy, carried: readonly Carried[]): ObservedPolicy {
  const detached = carried.filter(
    ({ change: { step }, outcome }) =>
      step.do === "detach" && step.arn === policy.arn && outcome === "applied",
  );
  return { ...policy, attachmentCount: policy.attachmentCount - detached.length };
}

/** Whoever names the provider in a trust policy uses it. */
function rolesTrusting(
  roles: readonly ObservedRole[],
  arn: string,
  except: string | null,
): readonly string[] {
  return roles
    .filter((role) => role.arn !== except && role.trustPolicy.includes(arn))
    .map((role) => role.arn);
}
