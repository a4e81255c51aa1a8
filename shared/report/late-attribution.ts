import { safeJson } from "../language/visible.ts";
import type { Attribution } from "./attribution.ts";
import type { EnvironmentResult } from "./environment.ts";
import type { AlertContext, BusEvent } from "./message.ts";
import type { EnvironmentReport, ReportedWidening } from "./report.ts";

/** An environment's report, and those of its widenings that were alerted before it was known who. */
type Attributed = {
  readonly report: EnvironmentReport;
  readonly late: readonly ReportedWidening[];
};

/** Adds who opened a door, and when, to what was reported before CloudTrail had answered. */
export function attributedLate(
  { report, drift }: Pick<EnvironmentResult, "report" | "drift">,
  attribute: (widening: EnvironmentResult["drift"][number]["found"]) => Attribution,
): Attributed {
  const known = new Map<ReportedWidening, ReportedWidening>();
  for (const { found, reported } of drift) {
    if (reported.openedAt !== null) continue;
    const attribution = attribute(found);
    if (attribution.openedAt !== null) known.set(reported, { ...reported, ...attribution });
  }
  if (known.size === 0) return { report, late: [] };
  const widenings = report.widenings.map((widening) => known.get(widening) ?? widening);
  return { report: { ...report, widenings }, late: [...known.values()] };
}

/** Who opened what an alert has reported already: not a second alert, and for tools alone. */
export function attributionEvent(
  environment: string,
  { resource, actor, openedAt }: ReportedWidening,
  { account, runId }: Pick<AlertContext, "account" | "runId">,
): BusEvent {
  return {
    source: "oidc-reconciler",
    detailType: "OIDC Reconciler Attribution",
    detail: safeJson(JSON.stringify({ environment, resource, actor, openedAt, runId, account })),
  };
}
