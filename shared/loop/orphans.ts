import type { Fault } from "../aws/reading.ts";
import { readAccount } from "../edge/account.ts";
import { faultOf } from "../edge/faults.ts";
import { isGone } from "../edge/parameters.ts";
import type { Change } from "../plan/change.ts";
import { type ControlEntry, onRemoveOf } from "../plan/control.ts";
import type { ObservedProvider, ObservedRole } from "../plan/observed.ts";
import {
  isAnythingLeft,
  type Orphans,
  orphanRemoval,
  providerRemoval,
  taggedRoles,
} from "../plan/orphans.ts";
import type { WrittenNames } from "../plan/record.ts";
import { type Carriage, type Carried, isComplete } from "../report/outcome.ts";
import { carry, type Enforced, inTurns } from "./enforce.ts";
import type { Snapshot } from "./observe.ts";
import { once } from "./once.ts";
import type { Planning } from "./plans.ts";
import type { RunContext } from "./run-context.ts";

/**
 * Deals with what environments had and have no more: as `onRemove` of what was applied says. Only
 * an environment that is right under its new names lets go of its old ones. Providers go last: the
 * role that still names one may be another environment's that goes in this very run.
 */
export async function clearOrphans(
  run: RunContext,
  enforced: readonly Enforced[],
  planning: Planning,
): Promise<readonly Enforced[]> {
  const account = once(() => readAccount(run.clients));
  const cleared = await inTurns(enforced, 2, (each) => clearOne(run, each, { planning, account }));
  const gone = new Set(cleared.flatMap(({ enforced: { carriage } }) => clearedRoles(carriage)));
  return inTurns(cleared, 1, async ({ enforced: each, all }) =>
    all === null ? each : clearProviders(run, each, { planning, all, gone }),
  );
}

/** The account's roles where something of this environment is being removed; `null` otherwise. */
type Cleared = { readonly enforced: Enforced; readonly all: readonly ObservedRole[] | null };

type Clearing = {
  readonly planning: Planning;
  /** Who else names a provider, and what merely carries our tags, only a listing shows. */
  readonly account: () => ReturnType<typeof readAccount>;
};

async function clearOne(run: RunContext, enforced: Enforced, clearing: Clearing): Promise<Cleared> {
  const { carriage, entry } = enforced;
  const { orphans, plan } = carriage;
  const orphaned = plan.choice.kind === "orphaned";
  const done = (after: Enforced): Cleared => ({ enforced: after, all: null });
  const fate = orphansFate(carriage, entry);
  if (fate === "not-yet") return done(enforced);
  if (fate === "unreadable") return done(withFaults(enforced, orphans.faults));
  if (fate === "kept") {
    const settled = orphaned && onRemoveOf(plan.evidence, entry) === "retain";
    return done(kept(enforced, settled, clearing.planning.snapshot));
  }
  if (fate === "gone") {
    const forgotten = orphaned && hasLetGo(carriage);
    return done({ ...enforced, carriage: { ...carriage, forgotten } });
  }
  try {
    if (orphaned && !(await isGone(run.clients, entry.parameter))) {
      return done(withFaults(enforced, [staleListing(entry.parameter)]));
    }
    return await remove(run, enforced, clearing);
  } catch (thrown) {
    return done(withFaults(enforced, [faultOf(`removing what ${entry.name} left`, thrown)]));
  }
}

/** Is it off the providers that others share? Until then its record says whose audiences those are. */
function hasLetGo({ carried, faults }: Carriage): boolean {
  return faults.length === 0 && carried.every(({ outcome }) => outcome === "applied");
}

/** What becomes of what an environment had and has no more, as its changes have been carried out. */
export function orphansFate(
  carriage: Carriage,
  entry: ControlEntry,
): "not-yet" | "unreadable" | "kept" | "gone" | "removed" {
  const { orphans, plan, writes } = carriage;
  const orphaned = plan.choice.kind === "orphaned";
  if (!orphaned && (plan.choice.kind !== "newest" || !isComplete(carriage))) return "not-yet";
  if (orphans.faults.length > 0) return "unreadable";
  // A status only says where to look: what it names is removed only where the record names it.
  if (plan.evidence.kind === "status" && onRemoveOf(plan.evidence, entry) === "delete") {
    return "not-yet";
  }
  if (onRemoveOf(plan.evidence, entry) === "retain" || writes !== "allowed") return "kept";
  return isAnythingLeft(orphans) ? "removed" : "gone";
}

function staleListing(parameter: string): Fault {
  const message = `${parameter} was not listed and does exist: nothing is removed in this run`;
  return { code: "StaleListing", message, kind: "transient" };
}

function withFaults(enforced: Enforced, faults: readonly Fault[]): Enforced {
  const { carriage } = enforced;
  return { ...enforced, carriage: { ...carriage, faults: [...carriage.faults, ...faults] } };
}

/** What stays; where a person took everything over or away, nothing keeps the record any more. */
function kept(enforced: Enforced, orphaned: boolean, snapshot: Snapshot): Enforced {
  const { carriage } = enforced;
  const { roles, policies, tagged } = carriage.orphans;
  const retained = [...roles, ...policies, ...tagged].map(({ arn }) => arn);
  const left = roles.length + policies.length > 0;
  // Without the record nobody knows what there was to leave, unless the whole account has none of it.
  const known =
    carriage.plan.evidence.kind !== "missing" || isNowhere(enforced.entry, tagged, snapshot);
  const forgotten = orphaned && known && !left && hasLetGo(carriage);
  return { ...enforced, carriage: { ...carriage, retained, forgotten } };
}

/** Is neither the role that the status names nor anything with our tags in the whole account? */
function isNowhere(
  { status }: ControlEntry,
  tagged: readonly ObservedRole[],
  { whole, allRoles }: Snapshot,
): boolean {
  const named = status?.outputs["AWS_ROLE_ARN"] ?? null;
  return whole && tagged.length === 0 && allRoles.every(({ arn }) => arn !== named);
}

async function remove(run: RunContext, enforced: Enforced, clearing: Clearing): Promise<Cleared> {
  const { carriage, entry } = enforced;
  const { orphans } = carriage;
  const account = await clearing.account();
  if (account.kind !== "found") {
    const message = `the account's roles could not be read: what ${entry.name} left stays for now`;
    const fault = { code: "AccountUnreadable", message, kind: "transient" } as const;
    return { enforced: withFaults(enforced, [fault]), all: null };
  }
  const { roles, instanceProfiles } = account.value;
  const all = [...roles.values()];
  const removal = orphanRemoval(orphans, {
    detached: detachedBy(carriage),
    holders: { roles: all, instanceProfiles },
  });
  const carried = await carryRemoval(run, enforced, removal.changes);
  const after: Carriage = {
    ...carriage,
    carried: [...carriage.carried, ...carried],
    left: removal.left,
  };
  return { enforced: { ...enforced, carriage: after }, all };
}

async function clearProviders(
  run: RunContext,
  enforced: Enforced,
  given: {
    readonly planning: Planning;
    readonly all: readonly ObservedRole[];
    /** ARNs of roles that this run has removed, or locked. */
    readonly gone: ReadonlySet<string>;
  },
): Promise<Enforced> {
  const { carriage, entry } = enforced;
  const { orphans, plan } = carriage;
  const { prefix, home } = given.planning.installation;
  const owner = { prefix, home, environment: entry.name };
  const standing = given.all.filter(({ arn }) => !given.gone.has(arn));
  const usedBy = ({ arn }: ObservedProvider) => rolesTrusting(standing, arn);
  const removal = providerRemoval(orphans, { owner, usedBy });
  const carried = await carryRemoval(run, enforced, removal.changes).catch(
    (thrown: unknown): Fault => faultOf(`removing the provider that ${entry.name} left`, thrown),
  );
  if ("kind" in carried) return withFaults(enforced, [carried]);
  const after: Carriage = {
    ...carriage,
    carried: [...carriage.carried, ...carried],
    left: [...carriage.left, ...removal.left],
  };
  const gone = goneAfter(orphans, after.carried);
  const tagged = taggedRoles(given.all, { entry, plan, evidence: plan.evidence, owner });
  return {
    ...enforced,
    carriage: {
      ...after,
      orphans: { ...orphans, tagged, gone },
      retained: tagged.map(({ arn }) => arn),
      forgotten: plan.choice.kind === "orphaned" && !isLeft(orphans, gone) && hasLetGo(after),
    },
  };
}

function carryRemoval(
  run: RunContext,
  { entry }: Enforced,
  removals: readonly Change[],
): Promise<readonly Carried[]> {
  return carry(run, removals, {
    environment: entry.name,
    mayOpen: () => Promise.resolve(true),
    noted: Promise.resolve(),
  });
}

/** ARNs of the roles that went, or let nobody in any more, as their changes have been carried out. */
function clearedRoles({ carried, orphans }: Carriage): readonly string[] {
  return carried.flatMap(({ change: { step, id }, outcome }) => {
    const clears = step.do === "delete-role" || step.do === "update-trust-policy";
    const own = orphans.roles.some(({ arn }) => arn === id);
    return clears && own && outcome === "applied" ? [id] : [];
  });
}

/** ARNs of policies that roles of ours let go of, as their changes have been carried out. */
export function detachedBy({ carried }: Carriage): readonly string[] {
  return carried.flatMap(({ change: { step }, outcome }) =>
    step.do === "detach" && outcome === "applied" ? [step.arn] : [],
  );
}

/** Is anything of what the record names still there? */
function isLeft(orphans: Orphans, gone: WrittenNames): boolean {
  const { roles, policies, providers } = orphans;
  return (
    gone.roles.length < roles.length + orphans.gone.roles.length ||
    gone.policies.length < policies.length + orphans.gone.policies.length ||
    gone.organizations.length < providers.length + orphans.gone.organizations.length
  );
}

function goneAfter(orphans: Orphans, carried: readonly Carried[]): WrittenNames {
  const done = carried.filter(({ outcome }) => outcome === "applied").map(({ change }) => change);
  const deletedRoles = done.flatMap(({ step }) => (step.do === "delete-role" ? [step.name] : []));
  const deletedPolicies = done.flatMap(({ step }) =>
    step.do === "delete-policy" ? [step.arn] : [],
  );
  const deletedProviders = done.flatMap(({ step }) =>
    step.do === "delete-provider" ? [step.arn.slice(step.arn.lastIndexOf("/") + 1)] : [],
  );
  const { gone } = orphans;
  return {
    roles: [...gone.roles, ...deletedRoles],
    policies: [
      ...gone.policies,
      ...orphans.policies.flatMap(({ arn, name }) => (deletedPolicies.includes(arn) ? [name] : [])),
    ],
    organizations: [...gone.organizations, ...deletedProviders],
  };
}

/**
 * Who else names a provider that is to go, as it was before this run; nobody, where the account's
 * roles are not known: whoever notes what may be done must not note too little.
 *
 * @param going ARNs of the roles that this run means to remove
 */
export function usersBefore(
  roles: readonly ObservedRole[] | null,
  going: ReadonlySet<string>,
): (provider: ObservedProvider) => readonly ObservedRole[] {
  const standing = (roles ?? []).filter(({ arn }) => !going.has(arn));
  return ({ arn }) => rolesTrusting(standing, arn);
}

/** Whoever names the provider in a trust policy uses it. */
function rolesTrusting(all: readonly ObservedRole[], provider: string): readonly ObservedRole[] {
  return all.filter((role) => role.trustPolicy.includes(provider));
}
