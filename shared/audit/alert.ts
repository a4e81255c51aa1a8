import { alertOf } from "../report/alert.ts";
import type { Alert } from "../report/report.ts";
import type { AuditFinding } from "./findings.ts";

/** Audits speak for the account, not for one environment. */
const auditSubject = "account";

const linesMax = 40;

/** One alert for everything that is new since the last audit; none where nothing is. */
export function auditAlert(fresh: readonly AuditFinding[]): readonly Alert[] {
  const [first] = fresh;
  if (first === undefined) return [];
  const unmanaged = fresh.filter(({ code }) => code === "unmanaged-trust").length;
  const title =
    unmanaged > 0
      ? `audit: ${unmanaged} ${unmanaged === 1 ? "role admits" : "roles admit"} CircleCI and no environment manages ${unmanaged === 1 ? "it" : "them"}`
      : `audit: ${fresh.length} new ${fresh.length === 1 ? "finding" : "findings"}`;
  const lines = fresh
    .slice(0, linesMax)
    .map(({ severity, message, next }) => `${severity}: ${message}. ${next}`);
  const more = fresh.length > linesMax ? [`… and ${fresh.length - linesMax} more`] : [];
  return [
    alertOf({
      kind: "unmanaged-trust",
      severity: first.severity,
      environment: auditSubject,
      title,
      parts: [
        ...lines,
        ...more,
        "For the full report, run oidc-reconciler audit --json or see the function's log.",
      ],
    }),
  ];
}
