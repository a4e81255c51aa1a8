import { type AppliedPlan, isPolicyAsResolved } from "../plan/applied.ts";
import { letThroughOf } from "../plan/choice.ts";
import type { AppliedRecord } from "../plan/record.ts";
import { isOpened } from "./edit-widenings.ts";
import type { ReportedWidening } from "./report.ts";
import { type FactKey, wasReported } from "./reported-key.ts";
import { appliedKey, givenKey, observedKey } from "./reported-keys.ts";

/** What is known when the alerts are made, and already when the next status is. */
type Due = AppliedPlan & { readonly record: AppliedRecord | null };

/**
 * Is a widening by an edit to be reported in this run? When a part of it is written or its version
 * comes into force, and once; where a mode keeps it from being written, once as well. A run that
 * ended before its version was applied may have reported it: its status says so.
 */
export function isWideningDue(result: Due, widening: ReportedWidening): boolean {
  const { record } = result;
  const { choice } = result.plan;
  if (result.writes !== "allowed") return !wasReported(result, observedKey(result));
  // What changed in AWS belongs to no version: it is not new any more once the record has it.
  if (!("at" in choice) || choice.letThrough === null) {
    return widening.disposition === "applied" && !wasReported(result, givenKey(result));
  }
  const becomesApplied = record?.applied?.digest === choice.at.digest;
  const due =
    becomesApplied ||
    isOpened(widening.resource, result) ||
    (widening.disposition === "applied" && isPartWritten(result, widening));
  return due && !wasReported(result, appliedKey(result, widening.resource));
}

function isPartWritten({ results }: Due, widening: ReportedWidening): boolean {
  return results.some(({ change, outcome }) => {
    const trust = change.resource === "trust-policy" || change.step.do === "create-role";
    const concerned =
      widening.resource === "permissions" ? change.resource !== "trust-policy" : trust;
    return concerned && outcome === "applied";
  });
}

/**
 * Keys of the widenings of the version at hand that are reported now, or were: remembered until it is
 * applied, for from then on it does not widen any more. Likewise of what changed in AWS, until the policy gives it.
 */
export function keysOfWidenings(
  result: Due,
  widenings: readonly ReportedWidening[],
): readonly FactKey[] {
  const { choice } = result.plan;
  if (result.writes !== "allowed") return [];
  const isOver =
    letThroughOf(choice) === null
      ? isPolicyAsResolved(result)
      : "at" in choice && result.record?.applied?.digest === choice.at.digest;
  if (isOver) return [];
  return widenings.flatMap((widening) => {
    if (widening.source !== "desired" || widening.disposition === "held") return [];
    const key = appliedKey(result, widening.resource) ?? givenKey(result);
    return wasReported(result, key) || isWideningDue(result, widening) ? [key] : [];
  });
}
