import type { ConditionName, StatusCondition } from "../plan/status.ts";
import type { EnvironmentResult } from "./environment.ts";
import type { AlertKind, ReportedWidening, Severity } from "./report.ts";
import { savedStatus } from "./status.ts";
import { describeProof } from "./words.ts";

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

/** Was this told already, and does it stand as it did? */
export function wasTold(result: EnvironmentResult, key: string | null): boolean {
  return key !== null && (result.entry.status?.seen?.told ?? []).includes(key);
}

export function roleOf(result: EnvironmentResult): string {
  const { plan } = result.carriage;
  const known = plan.desired?.role.name ?? plan.inForce?.document.role.name;
  return known ?? result.carriage.orphans.roles[0]?.name ?? "the role";
}

export function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

export function exampleOf(result: EnvironmentResult, widening: ReportedWidening): string {
  if (widening.admitted !== null) {
    return sentence(describeProof(widening.admitted, roleOf(result)));
  }
  if (widening.reason !== undefined) return "";
  const why = widening.undecided.join("; ");
  return `It is not proved that nobody else gets in${why === "" ? "" : `: ${why}`}.`;
}

/** How long a door stood open, in seconds; `null` where it is not known. */
export function openSeconds(
  widening: Pick<ReportedWidening, "openedAt" | "closedAt">,
): number | null {
  if (widening.openedAt === null || widening.closedAt === null) return null;
  const ms = Date.parse(widening.closedAt) - Date.parse(widening.openedAt);
  return Number.isNaN(ms) ? null : Math.max(0, Math.round(ms / 100) / 10);
}
