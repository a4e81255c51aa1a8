import { faultsOf } from "../plan/applied.ts";
import { versionOf } from "../plan/choice.ts";
import { newestValid } from "../plan/control.ts";
import type { ConditionName, StatusCondition } from "../plan/status.ts";
import type { Attribution } from "./attribution.ts";
import { describeExample } from "./describe.ts";
import type { EnvironmentResult } from "./environment.ts";
import type { AlertKind, ReportedWidening, Severity } from "./report.ts";
import { savedStatus } from "./status.ts";

export type Draft = {
  readonly kind: AlertKind;
  readonly severity: Severity;
  readonly title: string;
  /** In this order: what happened, the example, who, what was done, what to do next. */
  readonly parts: readonly string[];
};

/** A condition as it was saved last, and as it will be saved now. */
export function conditionChange(
  result: EnvironmentResult,
  condition: ConditionName,
): { readonly before: StatusCondition | undefined; readonly after: StatusCondition } {
  const before = result.entry.status?.conditions[condition];
  const full = result.report.conditions[condition];
  return { before, after: savedStatus(result.status).conditions[condition] ?? full };
}

/**
 * The name of the role that a result is about: in force, else in the newest version, else left
 * behind; "the role" if none is known.
 */
export function roleOf(result: EnvironmentResult): string {
  const at = versionOf(result.plan.choice) ?? newestValid(result.entry);
  return at?.document.role.name ?? result.orphans.roles[0]?.name ?? "the role";
}

/** What to do where not everything could be written. */
export function nextRun(result: EnvironmentResult): string {
  return isOvertaken(result)
    ? `The next run goes on from the newest version. If this comes again and again, find out who writes ${result.entry.parameter} or its record while runs are at work.`
    : "The next run tries again. If it fails again, check the permissions of the reconciler's own role.";
}

/** Has nothing failed, and somebody else written the document or the record meanwhile? */
export function isOvertaken({ faults, results, plan }: EnvironmentResult): boolean {
  const all = [...faults, ...faultsOf(results), ...plan.faults, ...plan.problems];
  return all.length > 0 && all.every(({ code }) => code === "Overtaken");
}

/** A clause as a sentence: a capital first, unless it begins with a name, and a full stop last. */
export function sentence(text: string): string {
  const first = /^[a-z]+[ ,]/.test(text) ? text.charAt(0).toUpperCase() : text.charAt(0);
  return `${first}${text.slice(1)}${/[.?!]$/.test(text) ? "" : "."}`;
}

/**
 * The example of a widening as a sentence for an alert. If there is none, it says what could not be
 * decided, and why; an empty text if the widening has a reason of its own.
 */
export function exampleSentence(
  result: EnvironmentResult,
  widening: ReportedWidening,
  role = roleOf(result),
): string {
  if (widening.admitted !== null) {
    return sentence(describeExample(widening, role));
  }
  if (widening.reason !== undefined) return "";
  const why = widening.undecided.map((reason) => ` ${sentence(reason)}`).join("");
  const what =
    widening.resource === "permissions"
      ? "the role can do more"
      : "anyone else can assume the role";
  return `There is no example: it could not be decided whether ${what}.${why} In doubt it counts as a widening.`;
}

/** Who did something and when, as a sentence. */
export function doneBy({ actor, openedAt }: Attribution): string {
  if (actor === null && openedAt === null) {
    return "It is not known who did it: CloudTrail shows no matching call yet.";
  }
  return `Done by ${actor ?? "an unknown caller"}${openedAt === null ? "" : ` at ${openedAt}`}.`;
}

/** How long a widening was open, in seconds; `null` if that is not known. */
export function openSeconds(
  widening: Pick<ReportedWidening, "openedAt" | "closedAt">,
): number | null {
  if (widening.openedAt === null || widening.closedAt === null) return null;
  const ms = Date.parse(widening.closedAt) - Date.parse(widening.openedAt);
  return Number.isNaN(ms) ? null : Math.max(0, Math.round(ms / 100) / 10);
}
