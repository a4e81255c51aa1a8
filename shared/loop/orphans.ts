import { readAccount } from "../edge/account.ts";
import { faultOf } from "../edge/faults.ts";
import { isGone } from "../edge/parameters.ts";
import type { ControlEntry } from "../plan/control.ts";
import type { Fault, ObservedProvider, ObservedRole } from "../plan/observed.ts";
import { isAnythingLeft, type Orphans, orphanRemoval, taggedRoles } from "../plan/orphans.ts";
import type { WrittenNames } from "../plan/record.ts";
import { type Carriage, type Carried, isComplete } from "../report/outcome.ts";
import { carry, type Enforced } from "./enforce.ts";
import type { Snapshot } from "./observe.ts";
import { onRemoveOf, type Planning } from "./plans.ts";
import type { RunContext } from "./run-context.ts";

/**
 * Deals with what an environment had and has no more: as `onRemove` of what was applied says. Only
 * an environment that is right under its new names lets go of its old ones.
 */
export async function clearOrphans(
  run: RunContext,
  enforced: Enforced,
  planning: Planning,
): Promise<Enforced> {
  const { carriage } = enforced;
  const { orphans, plan } = carriage;
  const orphaned = plan.choice.kind === "orphaned";
  const fate = orphansFate(carriage, enforced.entry);
  if (fate === "not-yet") return enforced;
  if (fate === "unreadable") return withFaults(enforced, orphans.faults);
  if (fate === "kept") {
    const settled = orphaned && onRemoveOf(plan.evidence, enforced.entry) === "retain";
    return kept(enforced, settled, planning.snapshot);
  }
  if (fate === "gone") return { ...enforced, carriage: { ...carriage, forgotten: orphaned } };
  try {
    if (orphaned && !(await isGone(run.clients, enforced.entry.parameter))) {
      return withFaults(enforced, [staleListing(enforced.entry.parameter)]);
    }
    return await remove(run, enforced, planning);
  } catch (thrown) {
    return withFaults(enforced, [faultOf(`removing what ${enforced.entry.name} left`, thrown)]);
  }
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
  const forgotten = orphaned && known && !left;
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

async function remove(run: RunContext, enforced: Enforced, planning: Planning): Promise<Enforced> {
  const { carriage, entry } = enforced;
  const { orphans, plan } = carriage;
  // Who else names the provider, and what merely carries our tags, only a listing shows.
  const account = await readAccount(run.clients);
  if (account.kind !== "found") {
    const message = `the account's roles could not be read: what ${entry.name} left stays for now`;
    return withFaults(enforced, [{ code: "AccountUnreadable", message, kind: "transient" }]);
  }
  const all = [...account.value.roles.values()];
  const { prefix, home } = planning.installation;
  const owner = { prefix, home, environment: entry.name };
  const detached = detachedBy(carriage);
  const usedBy = ({ arn }: ObservedProvider) => rolesTrusting(all, arn, orphans);
  const carried = await carry(run, orphanRemoval(orphans, { owner, usedBy, detached }), {
    environment: entry.name,
    mayOpen: () => Promise.resolve(true),
    noted: Promise.resolve(),
  });
  const gone = goneAfter(orphans, carried);
  const tagged = taggedRoles(all, { entry, plan, evidence: plan.evidence, owner });
  const after: Carriage = {
    ...carriage,
    orphans: { ...orphans, tagged, gone },
    carried: [...carriage.carried, ...carried],
    retained: tagged.map(({ arn }) => arn),
    forgotten: plan.choice.kind === "orphaned" && !isLeft(orphans, gone, carried),
  };
  return { ...enforced, carriage: after };
}

/** ARNs of policies that roles of ours let go of, as their changes have been carried out. */
export function detachedBy({ carried }: Carriage): readonly string[] {
  return carried.flatMap(({ change: { step }, outcome }) =>
    step.do === "detach" && outcome === "applied" ? [step.arn] : [],
  );
}

/** Is anything of what the record names still there? */
function isLeft(orphans: Orphans, gone: WrittenNames, carried: readonly Carried[]): boolean {
  const { roles, policies, providers } = orphans;
  return (
    gone.roles.length < roles.length + orphans.gone.roles.length ||
    gone.policies.length < policies.length + orphans.gone.policies.length ||
    gone.organizations.length < providers.length + orphans.gone.organizations.length ||
    carried.some(({ outcome }) => outcome !== "applied")
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

/** Whoever names the provider in a trust policy uses it; what goes with it does not count. */
function rolesTrusting(
  all: readonly ObservedRole[],
  provider: string,
  { roles }: Orphans,
): readonly string[] {
  return all
    .filter((role) => !roles.some(({ arn }) => arn === role.arn))
    .filter((role) => role.trustPolicy.includes(provider))
    .map(({ arn }) => arn);
}
