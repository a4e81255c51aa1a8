import { atMost } from "../edge/at-once.ts";
import {
  type AppliedPlan,
  notApplied,
  type PlannedEnvironment,
  withFaults,
} from "../plan/applied.ts";
import type { ChangeResult } from "../plan/change.ts";
import { isUnreleased } from "../plan/released.ts";
import { pausedIn, type WritePermission, writesOf } from "../plan/writes.ts";
import { applyInOrder, leftAll } from "./apply-in-order.ts";
import {
  applyProviders,
  type ByEnvironment,
  gateIn,
  type Pass,
  providerFaults,
  reporterOf,
  writersOf,
} from "./apply-providers.ts";
import { isLate, rememberingMs, whyNotBegun, whyNotFinished } from "./ending.ts";
import { type Gate, gateOf } from "./gate.ts";
import type { Plans } from "./planning.ts";
import type { RunContext } from "./run-context.ts";
import { closesAnything } from "./turn.ts";

/** IAM is one global service with one set of rate limits, so only a few environments at a time. */
const environmentsAtOnce = 4;

/**
 * Applies all plans: first what closes the shared providers, then the environments, then what
 * opens the providers. One environment's fault stops no other.
 *
 * @param noted the journal being written: no correction goes before it, and records meanwhile do
 */
export async function applyPlans(
  run: RunContext,
  plans: Plans,
  permission: WritePermission,
  noted: Promise<void>,
): Promise<readonly AppliedPlan[]> {
  const opens = permission.steps === "all" && !permission.dryRun;
  const pass: Pass = {
    run,
    plans,
    noted,
    writers: writersOf(plans, permission),
    gates: new Map(
      plans.environments.map((each) => [each.entry.name, gateOf(run, { ...each, opens })]),
    ),
    writing: plans.environments.filter(({ plan }) => writesOf(plan, permission) === "allowed"),
  };
  const early = await applyProviders(pass, "closing", []);
  let begun = 0;
  const owed = {
    ms: () => rememberingMs(begun),
    add: () => {
      begun += 1;
    },
  };
  const attempts = await atMost(environmentsAtOnce, plans.environments, (each) =>
    applyOne(run, each, gateIn(pass, each.entry.name), {
      permission,
      noted,
      owed,
      opensLater: plans.organisations.some(({ plan: { opening } }) => opening.length > 0),
    }),
  );
  // In a dry run they are listed and left.
  const late =
    permission.steps === "all"
      ? await applyProviders(pass, "opening", attempts)
      : new Map<string, readonly ChangeResult[]>();
  await Promise.all([...pass.gates.values()].map((gate) => gate.settle()));
  return attempts.map((attempt) => concluded(pass, attempt, early, late));
}

function concluded(
  pass: Pass,
  attempt: AppliedPlan,
  early: ByEnvironment,
  late: ByEnvironment,
): AppliedPlan {
  const { entry, plan } = attempt;
  const { plans } = pass;
  const gate = gateIn(pass, entry.name);
  const organisation = plans.organisations.find(({ members }) => members.includes(entry.name));
  const left = plans.organisations.filter(({ leavers }) => leavers.includes(entry.name));
  const before = early.get(entry.name) ?? [];
  const after = late.get(entry.name) ?? [];
  const all = new Set([...(organisation === undefined ? [] : [organisation]), ...left]);
  const faults = new Set([...all].flatMap((each) => providerFaults(each, attempt, early, late)));
  const reports = organisation !== undefined && reporterOf(organisation, pass) === entry.name;
  return {
    ...withFaults(attempt, [...gate.faults(), ...faults]),
    fence: gate.fence(),
    audienceWidenings: reports ? organisation.widenings : [],
    unreleased: isUnreleased(
      { entry, plan },
      {
        organisations: [...all],
        results: [...early.values(), ...late.values()].flat(),
        account: pass.run.account,
      },
    ),
    results: [...before, ...attempt.results, ...after],
  };
}

async function applyOne(
  run: RunContext,
  each: PlannedEnvironment,
  gate: Gate,
  given: {
    readonly permission: WritePermission;
    readonly noted: Promise<void>;
    /** Do providers open after the environments? */
    readonly opensLater: boolean;
    /** How long it takes to remember what was begun so far. */
    readonly owed: { readonly ms: () => number; readonly add: () => void };
  },
): Promise<AppliedPlan> {
  const { entry, plan } = each;
  const writes = writesOf(plan, given.permission);
  const start = notApplied(each, writes, gate.fence());
  // What closes waits for nothing; what opens is begun only if this run can also remember it.
  const owedMs = closesAnything(plan) ? 0 : given.owed.ms();
  const neededMs = run.reserveMs + owedMs;
  const ending = plan.changes.length === 0 ? null : whyNotBegun(run, entry.name, neededMs);
  const paused = pausedIn({ ...run, now: run.clock() }, plan);
  const due = plan.changes.filter((change) => !paused.includes(change));
  if (writes !== "allowed" || due.length === 0 || ending !== null) {
    const faults = ending === null ? [] : [ending];
    return {
      ...start,
      results: leftAll(plan.changes, ending === null ? "left" : "skipped"),
      faults,
    };
  }
  given.owed.add();
  // Where the first step opens and the record stays as it is, the look need not wait for the journal.
  if (due[0]?.effect !== "closes") gate.mayOpen().catch(() => undefined);
  await gate.begin();
  const results = await applyInOrder(run, due, {
    environment: entry.name,
    mayOpen: gate.mayOpen,
    noted: given.noted,
    opened: given.opensLater ? () => undefined : gate.settle,
  });
  const isDone = results.every(({ outcome }) => outcome !== "skipped");
  return {
    ...start,
    results: [...results, ...leftAll(paused, "left")],
    faults: isDone || !isLate(run) ? [] : [whyNotFinished(entry.name)],
  };
}
