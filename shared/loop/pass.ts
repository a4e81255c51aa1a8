import type { Clients } from "../edge/clients.ts";
import type { ClaimConflict } from "../plan/claims.ts";
import type { ControlEntry } from "../plan/control.ts";
import type { Blocked } from "../plan/environment.ts";
import type { Account } from "../trust/index.ts";
import { type Enforced, enforce, inTurns, type Permission } from "./enforce.ts";
import { clearLeftovers, leftoversOf } from "./leftovers.ts";
import { observe, type Snapshot } from "./observe.ts";
import { makePlans } from "./plans.ts";

export type PassInput = {
  readonly all: readonly ControlEntry[];
  readonly entries: readonly ControlEntry[];
  readonly conflicts: ReadonlyMap<string, readonly ClaimConflict[]>;
  readonly permission: Permission;
  readonly account: Account;
  readonly prefix: string;
  readonly now: Date;
};

/**
 * Observes, plans and applies once, and a second time for those environments whose account moved
 * between the read and the write: somebody else made or removed what we were about to.
 */
export async function reconcile(clients: Clients, input: PassInput): Promise<readonly Enforced[]> {
  const first = await onePass(clients, input);
  const moved = first.filter(hasMoved);
  if (moved.length === 0) return first;
  const names = new Set(moved.map(({ entry }) => entry.name));
  const entries = input.entries.filter(({ name }) => names.has(name));
  const second = await onePass(clients, { ...input, entries });
  return first.map((before) => {
    const after = second.find(({ entry }) => entry.name === before.entry.name);
    return after === undefined ? before : withNameConflicts(joined(before, after));
  });
}

/**
 * What still cannot be created because it exists, though it is not where it was looked for, is
 * under that name at another path, or in another case.
 */
function withNameConflicts(enforced: Enforced): Enforced {
  const { carriage } = enforced;
  const taken = carriage.carried.flatMap(({ change, fault }): Blocked[] => {
    if (fault === null || !fault.code.startsWith("EntityAlreadyExists")) return [];
    if (change.resource !== "policy" && change.resource !== "role") return [];
    const message = `${change.id} does not exist, and IAM says that its name is taken: by one at another path or in another case. Choose another ${change.resource}.name in the document, or remove the other`;
    return [{ code: "NameTaken", resource: change.resource, message }];
  });
  if (taken.length === 0) return enforced;
  const plan = { ...carriage.plan, blocked: [...carriage.plan.blocked, ...taken] };
  return { ...enforced, carriage: { ...carriage, plan } };
}

function hasMoved({ carriage }: Enforced): boolean {
  return carriage.carried.some(({ fault }) => fault?.kind === "moved");
}

/** What the first pass found and did stays told; how it ended is the second's to say. */
function joined(before: Enforced, after: Enforced): Enforced {
  const done = before.carriage.carried.filter(({ outcome }) => outcome === "applied");
  const plan = {
    ...after.carriage.plan,
    widenings: before.carriage.plan.widenings,
    adopted: before.carriage.plan.adopted,
  };
  return {
    entry: after.entry,
    audienceWidenings: before.audienceWidenings,
    carriage: { ...after.carriage, plan, carried: [...done, ...after.carriage.carried] },
  };
}

async function onePass(clients: Clients, input: PassInput): Promise<readonly Enforced[]> {
  const snapshot = await observe(clients, input.entries, input.account);
  const plans = await makePlans(clients, { ...input, snapshot });
  const enforced = await enforce(clients, plans, input.permission);
  return inTurns(enforced, 2, (each) => withoutLeftovers(clients, each, snapshot, input));
}

/** Only an environment that is right under its new names lets go of its old ones. */
async function withoutLeftovers(
  clients: Clients,
  enforced: Enforced,
  snapshot: Snapshot,
  input: PassInput,
): Promise<Enforced> {
  const { entry, carriage } = enforced;
  const { plan } = carriage;
  const complete = carriage.carried.every(({ outcome }) => outcome === "applied");
  if (!complete || plan.blocked.length > 0 || plan.faults.length > 0) return enforced;
  const leftovers = leftoversOf({ ...input, entry, plan, snapshot });
  if (leftovers === null) return enforced;
  const { writes, carried } = carriage;
  const given = { ...input, entry, plan, leftovers, writes, carried };
  const cleared = await clearLeftovers(clients, given);
  return {
    ...enforced,
    carriage: {
      ...carriage,
      carried: [...carriage.carried, ...cleared.carried],
      faults: [...carriage.faults, ...cleared.faults],
      retained: cleared.retained,
      forgotten: cleared.forgotten,
    },
  };
}
