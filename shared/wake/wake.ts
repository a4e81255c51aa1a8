import type { TargetService } from "./watched.ts";

/** Why a run was started, in the words of the report. */
export type Trigger = "schedule" | "parameter" | "iam" | "target" | "manual";

/** Where a run has to look. It says nothing of what is there: the run reads the world itself. */
export type LooksAt =
  | { readonly kind: "every" }
  | { readonly kind: "named"; readonly environments: readonly string[] }
  | { readonly kind: "role"; readonly name: string }
  | { readonly kind: "policy"; readonly arn: string }
  | { readonly kind: "provider"; readonly arn: string }
  | { readonly kind: "region"; readonly region: string; readonly service: TargetService }
  | { readonly kind: "nothing"; readonly why: string };

/** The thing that an event tells of. */
export type Touched =
  | { readonly kind: "parameter"; readonly name: string }
  | { readonly kind: "role"; readonly name: string }
  | { readonly kind: "policy"; readonly arn: string }
  | { readonly kind: "provider"; readonly arn: string }
  | { readonly kind: "target"; readonly service: TargetService; readonly id: string | null };

/**
 * Who did what and when, as far as the event says; null where it does not, never a guess.
 * `actor` is the ARN of the CloudTrail record's identity, for a role's session with its session
 * name, `at` an ISO instant in UTC.
 */
export type Cause = {
  readonly eventName: string;
  readonly actor: string | null;
  readonly at: string | null;
  readonly account: string | null;
  readonly resource: Touched | null;
  /** The call's own parameters: what it says it did is compared with what is found. */
  readonly parameters: Readonly<Record<string, unknown>>;
};

/** A write to a status parameter that CloudTrail recorded; `isOwnSession` tells whose it was. */
export type StatusWrite = {
  readonly environment: string;
  readonly parameter: string;
  readonly actor: string | null;
  readonly at: string | null;
};

export type Wake = {
  readonly kind: "wake";
  readonly trigger: Trigger;
  readonly dryRun: boolean;
  readonly force: boolean;
  readonly looksAt: LooksAt;
  readonly cause: Cause | null;
  /** Not null when the event is a write to a status: only the reconciler's own may be trusted. */
  readonly statusWrittenBy: StatusWrite | null;
};

export type WakeRefused = {
  readonly kind: "refused";
  readonly error: { readonly code: string; readonly message: string };
};

/** A wake by an event: it never dry-runs, never forces; only a payload by hand may ask for that. */
export function wakeBy(
  trigger: Trigger,
  looksAt: LooksAt,
  cause: Cause | null = null,
  statusWrittenBy: StatusWrite | null = null,
): Wake {
  return { kind: "wake", trigger, dryRun: false, force: false, looksAt, cause, statusWrittenBy };
}

export function nothing(trigger: Trigger, why: string, cause: Cause | null = null): Wake {
  return wakeBy(trigger, { kind: "nothing", why }, cause);
}
