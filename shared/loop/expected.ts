import type { Organisation } from "../plan/organisation.ts";
import { orphanRemoval, providerRemoval } from "../plan/orphans.ts";
import { alertsOf } from "../report/alerts.ts";
import { reportEnvironment } from "../report/environment.ts";
import type { Carriage, Carried } from "../report/outcome.ts";
import type { Alert } from "../report/report.ts";
import { ownerOf, type Permission, pausedIn, writesOf } from "./enforce.ts";
import { detachedBy, orphansFate, usersBefore } from "./orphans.ts";
import type { PlannedEnvironment, Plans } from "./plans.ts";
import type { RunContext } from "./run-context.ts";

/** What a run means to write, and what it will have to tell if everything goes as planned. */
export type Expected = {
  /** Does it write anything in IAM? What it only finds, the next run finds as well. */
  readonly writes: boolean;
  readonly alerts: readonly Alert[];
};

/** Plays the plans as if every write were made: providers and removals of orphans too. */
export function expectedOf(run: RunContext, plans: Plans, permission: Permission): Expected {
  const owners = new Map(
    plans.organisations.map((each) => [each, ownerOf(each, plans, permission)]),
  );
  const going = new Set(
    plans.environments.flatMap(({ orphans: { roles } }) => roles.map(({ arn }) => arn)),
  );
  const usedBy = usersBefore(plans.holders?.roles ?? null, going);
  const told = plans.environments.map((each) => {
    const own = plans.organisations.filter(
      (organisation) => owners.get(organisation)?.name === each.entry.name,
    );
    const carriage = asIfDone(run, each, { own, usedBy, holders: plans.holders, permission });
    const alerts = alertsOf(
      reportEnvironment({
        entry: each.entry,
        carriage,
        ownsProvider: each.ownsProvider,
        audienceWidenings: own.flatMap(({ widenings }) => widenings),
        attribute: () => ({ actor: null, openedAt: null }),
        ownSession: null,
        account: run.account,
        periodMinutes: run.installation.periodMinutes,
        now: run.clock(),
      }),
    );
    return { alerts, writes: carriage.carried.some(({ outcome }) => outcome === "applied") };
  });
  return {
    writes: told.some(({ writes }) => writes),
    alerts: told.flatMap(({ alerts }) => alerts),
  };
}

function asIfDone(
  run: RunContext,
  { entry, plan, orphans }: PlannedEnvironment,
  given: {
    readonly own: readonly Organisation[];
    readonly usedBy: ReturnType<typeof usersBefore>;
    readonly holders: Plans["holders"];
    readonly permission: Permission;
  },
): Carriage {
  const { own, usedBy, holders, permission } = given;
  const writes = writesOf(plan, permission);
  const outcome = writes === "allowed" ? "applied" : "left";
  const shared = own.flatMap((organisation) => [
    ...organisation.plan.closing,
    ...organisation.plan.opening,
  ]);
  const paused = pausedIn(run, plan);
  const carried = [...plan.changes, ...shared].map((change): Carried => {
    const ended = paused.includes(change) ? "left" : outcome;
    return { change, outcome: ended, fault: null, policyVersion: null };
  });
  const carriage: Carriage = {
    plan,
    orphans,
    carried,
    faults: [],
    retained: [],
    left: [],
    unreleased: false,
    forgotten: false,
    writes,
  };
  const { prefix, home } = run.installation;
  const owner = { prefix, home, environment: entry.name };
  const removals =
    orphansFate(carriage, entry) === "removed"
      ? [
          orphanRemoval(orphans, { detached: detachedBy(carriage), holders }),
          providerRemoval(orphans, { owner, usedBy }),
        ]
      : [];
  const changes = removals.flatMap((removal) => removal.changes);
  const removed = changes.map((change): Carried => {
    return { change, outcome: "applied", fault: null, policyVersion: null };
  });
  const left = removals.flatMap((removal) => removal.left);
  return { ...carriage, carried: [...carried, ...removed], left };
}
