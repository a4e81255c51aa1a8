import {
  type AppliedPlan,
  changesMade,
  notApplied,
  type PlannedEnvironment,
} from "../plan/applied.ts";
import type { Change, ChangeResult } from "../plan/change.ts";
import { ownerOf } from "../plan/context.ts";
import { onRemoveOf } from "../plan/control.ts";
import type { ObservedRole } from "../plan/observed.ts";
import type { Organisation } from "../plan/organisation.ts";
import { detachedBy, orphanFate } from "../plan/orphan-fate.ts";
import { orphanRemoval, providerRemoval } from "../plan/orphan-removal.ts";
import { fenceBefore } from "../plan/record-after.ts";
import { rolesTrusting } from "../plan/removal.ts";
import { pausedIn, type WritePermission, writesOf } from "../plan/writes.ts";
import { alertsOf } from "../report/alerts.ts";
import { unknownAttribution } from "../report/attribution.ts";
import { reportEnvironment } from "../report/environment.ts";
import type { Alert } from "../report/report.ts";
import { waitsForTrust, writersOf } from "./apply-providers.ts";
import type { Plans } from "./planning.ts";
import type { RunContext } from "./run-context.ts";

/** What a run means to write, and what it will have to report if everything goes as planned. */
type Expected = {
  /** Does it write anything in IAM? What it only finds, the next run finds as well. */
  readonly writes: boolean;
  readonly alerts: readonly Alert[];
};

/** Plays the plans as if every write were made: providers and removals of orphans too. */
export function expectedOf(run: RunContext, plans: Plans, permission: WritePermission): Expected {
  const writers = writersOf(plans, permission);
  const going = new Set(
    plans.environments.flatMap(({ entry, plan, orphans: { roles } }) => {
      const goes =
        onRemoveOf(plan.evidence, entry) === "delete" && writesOf(plan, permission) === "allowed";
      return goes ? roles.map(({ arn }) => arn) : [];
    }),
  );
  // Where the account's roles are not known, nobody uses a provider: better too much is noted.
  const standing = (plans.holders?.roles ?? []).filter(({ arn }) => !going.has(arn));
  const expected = plans.environments.map((each) => {
    const own = plans.organisations.filter(
      (organisation) => writers.get(organisation)?.name === each.entry.name,
    );
    const applied = asIfApplied(run, each, { own, standing, plans, permission });
    const alerts = alertsOf(
      reportEnvironment({
        ...applied,
        attribute: () => unknownAttribution,
        ownSession: null,
        shut: [],
        account: run.account,
        installation: run.installation,
        now: run.clock(),
      }),
    );
    return { alerts, writes: changesMade(applied.results).length > 0 };
  });
  return {
    writes: expected.some(({ writes }) => writes),
    alerts: expected.flatMap(({ alerts }) => alerts),
  };
}

function asIfApplied(
  run: RunContext,
  planned: PlannedEnvironment,
  given: {
    readonly own: readonly Organisation[];
    /** The account's roles that no run means to remove. */
    readonly standing: readonly ObservedRole[];
    readonly plans: Plans;
    readonly permission: WritePermission;
  },
): AppliedPlan {
  const { entry, plan, orphans } = planned;
  const { own, standing, plans, permission } = given;
  const isWritten = writtenIn(run, permission);
  const writes = writesOf(plan, permission);
  const shared = own.flatMap(({ plan: { closing, opening } }) => [...closing, ...opening]);
  const isUncorrected = (member: PlannedEnvironment) =>
    member.plan.changes.some(
      (change) => change.resource === "trust-policy" && !isWritten(member, change),
    );
  const waiting = own.flatMap((organisation) =>
    organisation.plan.opening.filter((change) =>
      waitsForTrust(organisation, plans, { change, isUncorrected }),
    ),
  );
  const applied: AppliedPlan = {
    ...notApplied(planned, writes, fenceBefore(entry, plan.evidence)),
    audienceWidenings: own.flatMap(({ widenings }) => widenings),
    results: [...plan.changes, ...shared].map((change): ChangeResult => {
      const isMade = isWritten(planned, change) && !waiting.includes(change);
      return isMade ? made(change) : { change, outcome: "left" };
    }),
  };
  if (orphanFate(applied) !== "removed") return applied;
  const removals = [
    orphanRemoval(orphans, { detached: detachedBy(applied), holders: plans.holders }),
    providerRemoval(orphans, {
      owner: ownerOf(run, entry),
      usedBy: ({ arn }) => rolesTrusting(standing, arn),
    }),
  ];
  return {
    ...applied,
    results: [...applied.results, ...removals.flatMap(({ changes }) => changes.map(made))],
    left: removals.flatMap(({ left }) => left),
  };
}

/** Does this run mean to write a change of an environment? */
function writtenIn(
  run: RunContext,
  permission: WritePermission,
): (planned: PlannedEnvironment, change: Change) => boolean {
  const now = run.clock();
  return ({ plan }, change) =>
    writesOf(plan, permission) === "allowed" && !pausedIn({ ...run, now }, plan).includes(change);
}

function made(change: ChangeResult["change"]): ChangeResult {
  return { change, outcome: "applied", policyVersion: null };
}
