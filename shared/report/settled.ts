import { notApplied, type PlannedEnvironment } from "../plan/applied.ts";
import type { PlanContext } from "../plan/context.ts";
import { type ControlEntry, isQuiet } from "../plan/control.ts";
import type { EnvironmentPlan } from "../plan/environment.ts";
import type { Orphans } from "../plan/orphans.ts";
import { fenceBefore } from "../plan/record-after.ts";
import { type WritePermission, writesOf } from "../plan/writes.ts";
import { unknownAttribution } from "./attribution.ts";
import { reportEnvironment } from "./environment.ts";
import type { EnvironmentReport } from "./report.ts";

/**
 * The report of an environment that is in sync, as it was before, of which a run has nothing to read, to
 * write or to say any more: of thousands like it nothing else is held. `null` for any other.
 */
export function settledReport(
  planned: PlannedEnvironment,
  context: PlanContext,
  permission: WritePermission,
): EnvironmentReport | null {
  const { entry, plan, orphans } = planned;
  if (!isUntouched(entry) || !isNothingFound(plan) || isAnyOrphan(orphans)) return null;
  const writes = writesOf(plan, permission);
  const result = reportEnvironment({
    ...notApplied(planned, writes, fenceBefore(entry, plan.evidence)),
    ...context,
    attribute: () => unknownAttribution,
    ownSession: null,
    shut: [],
  });
  // While targets are waited for, nothing is said yet, and of them nothing is known.
  const isSaid = permission.steps === "all";
  return isSaid && isEventful(result) ? null : result.report;
}

/** Not so is what is in sync, as it was before, and did not have to be touched. */
export function isEventful({
  report,
  results,
  drift,
  shut,
  record,
  status,
  entry,
}: ReturnType<typeof reportEnvironment>): boolean {
  const isTouched =
    results.length + drift.length + shut.length + report.errors.length > 0 || record !== null;
  return isTouched || report.outcome !== "in-sync" || status !== entry.status;
}

/** Nothing but what a listing shows was read of it, and its jobs read no outputs. */
function isUntouched(entry: ControlEntry): boolean {
  const { newest, record, approvedVersion, status } = entry;
  return (
    isQuiet(entry) &&
    record.kind === "unread" &&
    approvedVersion === null &&
    status?.seen?.outputs === null &&
    newest?.parsed.kind === "valid" &&
    !newest.parsed.document.policy.readOutputs
  );
}

function isNothingFound(plan: EnvironmentPlan): boolean {
  const { changes, kept, blocked, adopted, widenings, excess, foreignTags, unmarked, settings } =
    plan;
  const found = [
    changes,
    kept,
    blocked,
    adopted,
    widenings,
    excess,
    foreignTags,
    unmarked,
    settings,
  ];
  const { choice, faults, problems } = plan;
  return (
    plan.kind === "planned" &&
    !plan.policyDue &&
    choice.kind === "newest" &&
    choice.letThrough === null &&
    choice.label === null &&
    [...found, faults, problems].every(({ length }) => length === 0)
  );
}

function isAnyOrphan({ gone, ...orphans }: Orphans): boolean {
  return [...Object.values(orphans), ...Object.values(gone)].some(({ length }) => length > 0);
}
