import type { Fault } from "../aws/reading.ts";
import { readAccount } from "../edge/account-listing.ts";
import { atMost } from "../edge/at-once.ts";
import { faultOf } from "../edge/faults.ts";
import { type AppliedPlan, withFaults } from "../plan/applied.ts";
import type { Change, ChangeResult } from "../plan/change.ts";
import { ownerOf } from "../plan/context.ts";
import type { ObservedRole } from "../plan/observed.ts";
import {
  clearedRoles,
  detachedBy,
  made,
  orphanFate,
  withOrphansRemoved,
  withOrphansSettled,
  withRemovalAhead,
} from "../plan/orphan-fate.ts";
import { orphanRemoval, providerRemoval } from "../plan/orphan-removal.ts";
import { taggedRoles } from "../plan/orphans.ts";
import { type RemovalPlan, rolesTrusting } from "../plan/removal.ts";
import { applyInOrder } from "./apply-in-order.ts";
import { removalBegun } from "./begin-removal.ts";
import { isLate, rememberingMs, whyNotBegun, whyNotFinished } from "./ending.ts";
import { once } from "./once.ts";
import type { Planning } from "./planning.ts";
import type { RunContext } from "./run-context.ts";

/**
 * Removes what environments had and have no more. Providers go last: the role that still names one may
 * be another environment's that goes in this very run.
 */
export async function removeOrphans(
  run: RunContext,
  applied: readonly AppliedPlan[],
  planning: Planning,
  writing: Writing = { apply: applyRemoval, after: (roles) => roles },
): Promise<readonly AppliedPlan[]> {
  const account = once(() => readAccount(run.clients));
  const begun = applied.filter(({ results }) => results.some(isApplied));
  const owedMs = rememberingMs(begun.length);
  const cleared = await atMost(2, applied, (each) =>
    clearOne(run, each, { planning, account, writing, owedMs }),
  );
  const gone = new Set(cleared.flatMap(({ applied }) => clearedRoles(applied)));
  return atMost(1, cleared, async (each) =>
    each.kind === "settled"
      ? each.applied
      : clearProviders(run, each.applied, { planning, writing, all: each.all, gone }),
  );
}

/**
 * What a run would remove, beside what a dry run lists otherwise; nothing is written for it.
 *
 * @param applied as the dry run has left them
 * @param given.written the same as if all else was written; `null` where nothing is removed
 */
export async function removalsAhead(
  run: RunContext,
  applied: readonly AppliedPlan[],
  given: { readonly written: readonly (AppliedPlan | null)[]; readonly planning: Planning },
): Promise<readonly AppliedPlan[]> {
  const going = given.written.flatMap((each) => each ?? []);
  const steps = applied.flatMap(({ results }) => results.map(({ change }) => change.step));
  const gone = await removeOrphans(run, going, given.planning, {
    apply: async (_run, _applied, { changes }) => changes.map(made),
    after: (roles) => roles.map((role) => withTrustOf(role, steps)),
  });
  return applied.map((each) => {
    const index = going.findIndex(({ entry }) => entry.name === each.entry.name);
    const [before, after] = [going[index], gone[index]];
    if (before === undefined || after === undefined) return each;
    return withRemovalAhead(each, { before, after });
  });
}

function isApplied({ outcome }: ChangeResult): boolean {
  return outcome === "applied";
}

function withTrustOf(role: ObservedRole, steps: readonly Change["step"][]): ObservedRole {
  const write = steps.find((step) => step.do === "update-trust-policy" && step.name === role.name);
  return write?.do === "update-trust-policy" ? { ...role, trustPolicy: write.trustPolicy } : role;
}

/** An environment whose orphans are dealt with, or whose providers still have to go. */
type Cleared =
  | { readonly kind: "settled"; readonly applied: AppliedPlan }
  | {
      readonly kind: "removing";
      readonly applied: AppliedPlan;
      /** Every role of the account, as it was before the removal. */
      readonly all: readonly ObservedRole[];
    };

type Clearing = {
  readonly planning: Planning;
  /** Who else names a provider, and what merely carries our tags, only a listing shows. */
  readonly account: () => ReturnType<typeof readAccount>;
  readonly writing: Writing;
  /** How long it takes to remember what the run has begun by now. */
  readonly owedMs: number;
};

/** How a removal is written: a dry run only takes it as written. */
type Writing = {
  readonly apply: typeof applyRemoval;
  /** The account's roles with what the run has written, where a listing does not show it. */
  readonly after: (roles: readonly ObservedRole[]) => readonly ObservedRole[];
};

async function clearOne(
  run: RunContext,
  applied: AppliedPlan,
  clearing: Clearing,
): Promise<Cleared> {
  const settled = (after: AppliedPlan): Cleared => ({ kind: "settled", applied: after });
  const fate = orphanFate(applied);
  if (fate !== "removed")
    return settled(withOrphansSettled(applied, fate, clearing.planning.snapshot));
  // After all else: had it to begin before the reserve does, a run that is full would never come to it.
  const neededMs = 0.75 * run.reserveMs + clearing.owedMs;
  const ending = whyNotBegun(run, applied.entry.name, neededMs);
  if (ending !== null) return settled(withFaults(applied, [ending]));
  return remove(run, applied, clearing).catch((thrown: unknown) => {
    const fault = faultOf(`removing what ${applied.entry.name} left`, thrown);
    return settled(withFaults(applied, [fault]));
  });
}

async function remove(run: RunContext, applied: AppliedPlan, clearing: Clearing): Promise<Cleared> {
  const { entry, plan, orphans, fence } = applied;
  const failed = (fault: Fault): Cleared => {
    return { kind: "settled", applied: withFaults(applied, [fault]) };
  };
  const account = await clearing.account();
  if (account.kind !== "found") {
    const message = `the account's roles could not be read: what ${entry.name} left stays for now`;
    return failed({ code: "AccountUnreadable", message, kind: "transient" });
  }
  const { roles, instanceProfiles } = account.value;
  const all = clearing.writing.after([...roles.values()]);
  const removal = orphanRemoval(orphans, {
    detached: detachedBy(applied),
    holders: { roles: all, instanceProfiles },
  });
  const isRole = removal.changes.length > 0;
  const isOrphaned = plan.choice.kind === "orphaned";
  const begun = isOrphaned ? await removalBegun(run, entry, { fence, isRole }) : null;
  if (begun?.kind === "broken") return failed(begun.fault);
  const results = await clearing.writing.apply(run, applied, removal);
  const removing = begun === null ? applied : { ...applied, fence: begun.fence };
  const isDone = results.every(({ outcome }) => outcome !== "skipped");
  const faults = isDone || !isLate(run) ? [] : [whyNotFinished(entry.name)];
  return {
    kind: "removing",
    applied: withFaults(withRemoval(removing, removal, results), faults),
    all,
  };
}

async function clearProviders(
  run: RunContext,
  applied: AppliedPlan,
  given: {
    readonly planning: Planning;
    readonly writing: Writing;
    readonly all: readonly ObservedRole[];
    /** ARNs of roles that this run has removed, or locked. */
    readonly gone: ReadonlySet<string>;
  },
): Promise<AppliedPlan> {
  const { entry, orphans, plan } = applied;
  const owner = ownerOf(run, entry);
  const standing = given.all.filter(({ arn }) => !given.gone.has(arn));
  const removal = providerRemoval(orphans, {
    owner,
    usedBy: ({ arn }) => rolesTrusting(standing, arn),
  });
  try {
    const results = await given.writing.apply(run, applied, removal);
    const tagged = taggedRoles(given.all, { entry, plan, installation: run.installation });
    return withOrphansRemoved(withRemoval(applied, removal, results), tagged);
  } catch (thrown) {
    return withFaults(applied, [faultOf(`removing the provider that ${entry.name} left`, thrown)]);
  }
}

function withRemoval(
  applied: AppliedPlan,
  { left }: RemovalPlan,
  results: readonly ChangeResult[],
): AppliedPlan {
  return {
    ...applied,
    results: [...applied.results, ...results],
    left: [...applied.left, ...left],
  };
}

function applyRemoval(
  run: RunContext,
  { entry }: AppliedPlan,
  { changes }: RemovalPlan,
): Promise<readonly ChangeResult[]> {
  return applyInOrder(run, changes, {
    environment: entry.name,
    mayOpen: () => Promise.resolve(true),
    noted: Promise.resolve(),
  });
}
