import type { PermissionWitness, Witness } from "../compare/index.ts";
import { safeText } from "../language/visible.ts";
import type { ChangeAction, ChangedResource } from "../plan/change.ts";
import type { Conditions } from "../plan/status.ts";
import type { Trigger } from "../wake/index.ts";

/** How a run ended for one environment. */
export type Outcome =
  | "in-sync"
  | "reconciled"
  /** Differs and was left so: observe mode or a dry run. */
  | "drifted"
  | "held"
  /** The rest was reconciled, something could not be. */
  | "degraded"
  | "invalid"
  | "conflict"
  | "orphaned"
  | "suspended"
  /** Nothing could be decided. */
  | "failed";

export type ReportedError = { readonly code: string; readonly message: string };

/**
 * What a report says of a fault or a problem: how it is sorted and where it was stays inside, and so
 * does what a stranger put into it to hide or turn round what is read.
 */
export function reportedError({ code, message }: ReportedError): ReportedError {
  return { code: safeText(code).slice(0, codeLengthMax), message: safeText(message) };
}

/** The longest name of an error of AWS has sixty letters; a code of an answer may be anything. */
const codeLengthMax = 100;

export type ReportedChange = {
  readonly action: ChangeAction;
  readonly resource: ChangedResource;
  readonly id: string;
  readonly reason: string;
  readonly before: unknown;
  readonly after: unknown;
  readonly applied: boolean;
};

/** A call of the role's own sessions, in the shape of every other witness. */
type RoleCall = PermissionWitness & { readonly principal: Witness["principal"] };

/** `admitted` is `null` where the widening is not proved: `undecided` says why. */
export type ReportedExample =
  | { readonly resource: "trust-policy" | "audience"; readonly admitted: Witness | null }
  | { readonly resource: "permissions"; readonly admitted: RoleCall | null };

export type ReportedWidening = ReportedExample & {
  readonly source: "drift" | "desired";
  readonly disposition: "reverted" | "held" | "applied" | "observed";
  readonly undecided: readonly string[];
  /** In words, where no request proves it: a longer session, a guard lowered. */
  readonly reason?: string;
  /** The whole of what an edit newly admits or grants, in the document's words. */
  readonly says?: readonly string[];
  readonly actor: string | null;
  readonly openedAt: string | null;
  readonly closedAt: string | null;
};

export type EnvironmentReport = {
  readonly name: string;
  /** The newest version of the parameter; `null` where it is gone. */
  readonly version: number | null;
  readonly appliedVersion: number | null;
  readonly outcome: Outcome;
  readonly changes: readonly ReportedChange[];
  readonly widenings: readonly ReportedWidening[];
  readonly conditions: Conditions;
  readonly outputs: Readonly<Record<string, string>>;
  readonly errors: readonly ReportedError[];
};

export const alertKinds = [
  "trust-widened",
  "trust-widening-held",
  "trust-widening-applied",
  "permissions-widened",
  "permissions-widening-held",
  "permissions-widening-applied",
  "audience-widened",
  "sessions-revoked",
  "mode-changed",
  "contended",
  "run-interrupted",
  "drift-corrected",
  "spec-invalid",
  "target-missing",
  "conflict",
  "orphaned",
  "adopted",
  "reconcile-failed",
  "unmanaged-trust",
  "job-refused",
] as const;

export type AlertKind = (typeof alertKinds)[number];

export type Severity = "critical" | "warning" | "info";

export type Alert = {
  readonly kind: AlertKind;
  readonly severity: Severity;
  readonly environment: string;
  readonly title: string;
  /** What happened, the example request in words, who, what was done, what to do next. */
  readonly text: string;
};

/** What a run returns, logs and prints with `--json`. */
export type Report = {
  readonly runId: string;
  readonly trigger: Trigger;
  readonly dryRun: boolean;
  readonly account: string | null;
  readonly startedAt: string;
  readonly durationMs: number;
  readonly environments: readonly EnvironmentReport[];
  readonly alerts: readonly Alert[];
  readonly errors: readonly ReportedError[];
  /** Why the run ignored its event, in one sentence; absent where it did not. */
  readonly ignored?: string;
  readonly calls: Readonly<Record<string, number>>;
};
