/**
 * Turns what a run did into what people and the next run read, from data alone: outcome, conditions,
 * widenings, alerts, the next record and the next status.
 *
 * Imports `plan`, whose `AppliedPlan` it is made from. Public: `reportEnvironment` here, `alertsOf`,
 * the report's contract (`report.ts`), what is sent (`posts.ts`, `message.ts`), the journal, and the
 * text for a screen (`render.ts`, `layout.ts`).
 */

import { safeText } from "../language/visible.ts";
import type { AppliedPlan } from "../plan/applied.ts";
import { type ControlEntry, newestValid } from "../plan/control.ts";
import { digestOf } from "../plan/digest.ts";
import type { AppliedRecord, Quarrel, ValidVersion } from "../plan/record.ts";
import type { Status } from "../plan/status.ts";
import { roleArn } from "../trust/index.ts";
import { keysOfAdopted } from "./adopted-due.ts";
import { conditionsOf } from "./conditions.ts";
import { desiredWidenings, overtakenWidenings } from "./edit-widenings.ts";
import { errorsOf } from "./errors.ts";
import {
  type FoundDrift,
  foundDriftOf,
  type ReportedShutDoor,
  shutDoorsOf,
} from "./found-drift.ts";
import { nextRecord } from "./next-record.ts";
import { statusAfter, withKeys } from "./next-status.ts";
import { holdersKeys } from "./other-holders.ts";
import { outcomeOf } from "./outcome.ts";
import { quarrelsAfter } from "./quarrels.ts";
import type { EnvironmentReport, ReportedWidening } from "./report.ts";
import type { ReportInput } from "./report-input.ts";
import { shutKeys } from "./reported-doors.ts";
import { contendedKeys } from "./reported-quarrels.ts";
import type { ShutDoor } from "./shut-doors.ts";
import { serializeStatus } from "./status.ts";
import { keysOfWidenings } from "./widening-due.ts";

export type EnvironmentResult = AppliedPlan & {
  readonly report: EnvironmentReport;
  /** What the status parameter should hold; the one that was read where nothing changed. */
  readonly status: Status;
  /** What the record should say; `null` where it need not be written. */
  readonly record: AppliedRecord | null;
  /** The version that counts as applied after this run; `null` where none is known to. */
  readonly inForce: VersionInForce | null;
  /** Corrections of this run that somebody undoes again and again. */
  readonly contended: readonly Quarrel[];
  /** What was found open in the account, beside what is reported of it. */
  readonly drift: readonly FoundDrift[];
} & Pick<
    ReportInput,
    "account" | "installation" | "attribute" | "ownSession" | "undone" | "now"
  > & {
    /** Doors that were shut again before this run looked, beside what is reported of them. */
    readonly shut: readonly ReportedShutDoor[];
    /** What is reported of a version that was overtaken in this run. */
    readonly gaveBefore: readonly ReportedWidening[];
  };

/** A version that is in force, as far as what is made from it asks. */
export type VersionInForce = Pick<ValidVersion, "version" | "digest" | "document">;

/** Puts what a run did for one environment into a report, the next record and the next status. */
export function reportEnvironment(input: ReportInput): EnvironmentResult {
  const { entry, plan, now } = input;
  const before = entry.status;
  const conditions = conditionsOf(input, before?.conditions ?? {}, now);
  const { quarrels, contended } = quarrelsAfter(input);
  const known = plan.evidence.kind !== "status" || input.results.length > 0;
  const after = known ? nextRecord(input, quarrels) : null;
  const status = statusAfter(input, conditions, after);
  const drift = foundDriftOf(input, roleOf(input));
  // One object in the report and beside it: who opened a door may be found only later.
  const shown = drift.map((each) => ({ ...each, reported: inSafeWords(each.reported) }));
  const shut = shutDoorsOf(input, roleOf(input)).map((each) => ({
    ...each,
    reported: inSafeWords(each.reported),
  }));
  const desired = desiredWidenings(input, roleOf(input), now);
  const overtook = { role: roleOf(input), now, others: desired };
  const overtaken = overtakenWidenings(input, overtook).map(inSafeWords);
  const record = after?.changed === true ? after.record : null;
  const keys = [
    ...contendedKeys(input, contended, now),
    ...keysOfWidenings({ ...input, record }, desired),
    ...keysOfAdopted({ ...input, record }),
    ...holdersKeys(input, now),
    ...shutKeys({ ...input, open: seenOpen(input, drift) }),
  ];
  const next = asRead(entry, withKeys(status, input, drift, keys));
  const report: EnvironmentReport = {
    name: entry.name,
    version: entry.newest?.version ?? null,
    appliedVersion: status.appliedVersion,
    outcome: outcomeOf(input),
    changes: input.results.map(({ change, outcome }) => ({
      action: change.action,
      resource: change.resource,
      id: change.id,
      reason: safeText(change.reason),
      before: change.before,
      after: change.after,
      applied: outcome === "applied",
    })),
    widenings: [
      ...desired.map(inSafeWords),
      ...overtaken,
      ...[...shown, ...shut].map(({ reported }) => reported),
    ],
    // Of a status that stays as it was, the very ones that were read: nothing is held twice.
    conditions: { ...conditions, ...next.conditions },
    outputs: next.outputs,
    errors: errorsOf(input),
  };
  return {
    ...input,
    report,
    status: next,
    record,
    inForce: after === null ? newestValid(entry) : after.record.applied,
    contended,
    drift: shown,
    shut,
    gaveBefore: overtaken,
  };
}

/**
 * Each part of what is left open, as if it was shut by now: its event may come once more after it was
 * shut, when what else is open still is. On old roles nothing else says that it was seen.
 */
function seenOpen(
  { writes }: ReportInput,
  drift: readonly FoundDrift[],
): readonly Pick<ShutDoor, "found" | "openedAt">[] {
  return drift.flatMap(({ found, reported: { openedAt } }) => {
    const isLeft = writes !== "allowed" && found.traces.length > 1;
    if (openedAt === null || (found.former === undefined && !isLeft)) return [];
    return found.traces.map((trace) => ({ found: { ...found, traces: [trace] }, openedAt }));
  });
}

/** The status as it was read, where it would be the same text again: nothing is held twice. */
function asRead({ status, statusDigest }: ControlEntry, next: Status): Status {
  return status !== null && digestOf(serializeStatus(next)) === statusDigest ? status : next;
}

/** What is said of a widening repeats names and policies of anybody; its example stays as it is. */
function inSafeWords(widening: ReportedWidening): ReportedWidening {
  const { undecided, reason, says } = widening;
  return {
    ...widening,
    undecided: undecided.map(safeText),
    ...(reason === undefined ? {} : { reason: safeText(reason) }),
    ...(says === undefined ? {} : { says: says.map(safeText) }),
  };
}

/** The ARN of the role at hand: desired, else the newest document's. */
function roleOf({ plan, entry, account }: ReportInput): string {
  const document = newestValid(entry)?.document;
  if (plan.kind === "planned") return plan.desired.role.arn;
  return document === undefined ? "" : roleArn(account, document.role.path, document.role.name);
}
