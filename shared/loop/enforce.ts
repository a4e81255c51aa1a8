import { applyChanges } from "../edge/apply.ts";
import type { Clients } from "../edge/clients.ts";
import type { Change } from "../plan/change.ts";
import type { ControlEntry } from "../plan/control.ts";
import type { EnvironmentPlan } from "../plan/environment.ts";
import type { Fault } from "../plan/observed.ts";
import type { Organisation } from "../plan/organisation.ts";
import type { DriftWidening } from "../plan/widening.ts";
import type { Carriage, Carried } from "../report/outcome.ts";
import type { Plans } from "./plans.ts";

/** IAM is one global service with one set of rate limits, so only a few environments at a time. */
const environmentsAtOnce = 4;

export type Permission = { readonly dryRun: boolean; readonly force: boolean };

export type Enforced = {
  readonly entry: ControlEntry;
  readonly carriage: Carriage;
  /** Widenings of the provider that it shares, told in one of the sharing environments. */
  readonly audienceWidenings: readonly DriftWidening[];
};

/**
 * Carries all plans out: first what closes the shared providers, then the environments, then what
 * opens the providers. One environment's fault stops no other.
 */
export async function enforce(
  clients: Clients,
  plans: Plans,
  permission: Permission,
): Promise<readonly Enforced[]> {
  const owners = new Map(
    plans.organisations.map((each) => [each, ownerOf(each, plans, permission)]),
  );
  const early = await carryProviders(clients, plans, owners, "closing");
  const environments = await inTurns(plans.environments, environmentsAtOnce, async (each) => {
    const writes = writesOf(each.entry, each.plan, permission);
    return { ...each, writes, carried: await carry(clients, each.plan.changes, writes) };
  });
  const failed = new Set(
    environments.filter(({ carried }) => carried.some(hasFailed)).map(({ entry }) => entry.name),
  );
  const late = await carryProviders(clients, plans, owners, "opening", failed);
  return environments.map(({ entry, plan, writes, carried }) => {
    const organisation = plans.organisations.find(({ members }) => members.includes(entry.name));
    const before = early.get(entry.name) ?? [];
    const after = late.get(entry.name) ?? [];
    const faults =
      organisation === undefined ? [] : providerFaults(organisation, entry, early, late);
    const told = organisation !== undefined && tellsOf(organisation, owners) === entry.name;
    return {
      entry,
      audienceWidenings: told ? organisation.widenings : [],
      carriage: {
        plan,
        writes,
        faults,
        retained: [],
        forgotten: false,
        carried: [...before, ...carried, ...after],
      },
    };
  });
}

function hasFailed({ outcome }: Carried): boolean {
  return outcome === "failed" || outcome === "skipped";
}

/** What a run may write for an environment, from the mode of the version in force. */
export function writesOf(
  entry: ControlEntry,
  plan: EnvironmentPlan,
  permission: Permission,
): Carriage["writes"] {
  if (permission.dryRun) return "dry-run";
  const mode = plan.inForce?.document.mode ?? entry.status?.applied?.mode ?? "enforce";
  switch (mode) {
    case "enforce":
      return "allowed";
    case "observe":
      return permission.force ? "allowed" : "observe";
    case "suspend":
      return "suspend";
    default:
      return mode satisfies never;
  }
}

export async function carry(
  clients: Clients,
  changes: readonly Change[],
  writes: Carriage["writes"],
): Promise<readonly Carried[]> {
  if (writes !== "allowed") {
    return changes.map((change) => ({
      change,
      outcome: "left",
      fault: null,
      policyVersion: null,
    }));
  }
  const applied = await applyChanges(clients, changes);
  return applied.map((each) => ({
    change: each.change,
    outcome: each.outcome,
    fault: each.outcome === "failed" ? each.fault : null,
    policyVersion: each.outcome === "applied" ? each.policyVersion : null,
  }));
}

/** The environment in whose report a shared provider's changes stand; null where none may write. */
function ownerOf(
  organisation: Organisation,
  plans: Plans,
  permission: Permission,
): { readonly name: string; readonly writes: Carriage["writes"] } | null {
  const members = plans.environments.filter(
    ({ entry, plan }) => organisation.members.includes(entry.name) && plan.faults.length === 0,
  );
  const ready = members.filter(
    ({ entry, plan }) => plan.blocked.length === 0 || entry.applied.kind === "applied",
  );
  const writing = ready.find(({ entry, plan }) => writesOf(entry, plan, permission) === "allowed");
  const owner = writing ?? ready[0];
  if (owner === undefined) return null;
  return { name: owner.entry.name, writes: writesOf(owner.entry, owner.plan, permission) };
}

function tellsOf(
  organisation: Organisation,
  owners: ReadonlyMap<Organisation, ReturnType<typeof ownerOf>>,
): string | undefined {
  return owners.get(organisation)?.name ?? organisation.members[0];
}

type ByEnvironment = ReadonlyMap<string, readonly Carried[]>;

async function carryProviders(
  clients: Clients,
  plans: Plans,
  owners: ReadonlyMap<Organisation, ReturnType<typeof ownerOf>>,
  phase: "closing" | "opening",
  failed: ReadonlySet<string> = new Set(),
): Promise<ByEnvironment> {
  const carried = new Map<string, readonly Carried[]>();
  for (const organisation of plans.organisations) {
    const owner = owners.get(organisation) ?? null;
    if (owner === null) continue;
    const changes = changesOf(organisation, plans, phase);
    // A door that could not be closed must not be joined by one that opens.
    const safe =
      !organisation.members.some((name) => failed.has(name)) &&
      !(creates(changes) && hasUnseenRole(organisation, plans));
    const outcome = safe
      ? await carry(clients, changes, owner.writes)
      : changes.map(
          (change): Carried => ({
            change,
            outcome: "skipped",
            fault: null,
            policyVersion: null,
          }),
        );
    if (outcome.length > 0)
      carried.set(owner.name, [...(carried.get(owner.name) ?? []), ...outcome]);
  }
  return carried;
}

/**
 * A provider that does not exist yet is made before the roles that name it, unless a role is
 * there already that is not right: it may name that very provider, and without it nobody got in.
 */
function changesOf(
  organisation: Organisation,
  plans: Plans,
  phase: "closing" | "opening",
): readonly Change[] {
  const { closing, opening } = organisation.plan;
  const loose = plans.environments.some(
    ({ entry, plan }) =>
      organisation.members.includes(entry.name) &&
      plan.changes.length > 0 &&
      !plan.changes.some(({ step }) => step.do === "create-role"),
  );
  if (creates(opening) && !loose) return phase === "closing" ? [...closing, ...opening] : [];
  return phase === "closing" ? closing : opening;
}

function creates(changes: readonly Change[]): boolean {
  return changes.some(({ step }) => step.do === "create-provider");
}

/** May a role stand here that waits for the provider, and that nobody could look at? */
function hasUnseenRole(organisation: Organisation, plans: Plans): boolean {
  return plans.environments.some(
    ({ entry, plan }) =>
      organisation.members.includes(entry.name) &&
      plan.faults.length > 0 &&
      entry.applied.kind !== "none",
  );
}

/** A provider's fault is every sharing environment's, and told in the owner's changes only once. */
function providerFaults(
  organisation: Organisation,
  entry: ControlEntry,
  ...phases: readonly ByEnvironment[]
): readonly Fault[] {
  if (organisation.observed.kind === "unreadable") return [organisation.observed.fault];
  return phases.flatMap((phase) =>
    [...phase]
      .filter(([name]) => organisation.members.includes(name) && name !== entry.name)
      .flatMap(([, carried]) => carried.flatMap(({ fault }) => fault ?? [])),
  );
}

/** Runs a task over items, a few at a time, keeping their order. */
export async function inTurns<Item, Result>(
  items: readonly Item[],
  atOnce: number,
  task: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  for (let at = 0; at < items.length; at += atOnce) {
    results.push(...(await Promise.all(items.slice(at, at + atOnce).map(task))));
  }
  return results;
}
