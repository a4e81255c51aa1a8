import type { TouchedTarget } from "../targets/index.ts";

/** Why a run was started, in the words of the report. */
export type Trigger = "schedule" | "parameter" | "iam" | "target" | "manual";

/**
 * A place where a run has to look. It says nothing of what is there: the run reads the world
 * itself. `account` is the account that the event comes from, null where nobody says.
 */
export type Scope =
  | { readonly kind: "every" }
  | {
      readonly kind: "named";
      readonly account: string | null;
      readonly environments: readonly string[];
    }
  | { readonly kind: "role"; readonly account: string | null; readonly name: string }
  | { readonly kind: "policy"; readonly account: string | null; readonly arn: string }
  | { readonly kind: "provider"; readonly account: string | null; readonly arn: string }
  | {
      readonly kind: "target";
      readonly account: string | null;
      readonly region: string;
      readonly target: TouchedTarget;
    };

/**
 * Who did what and when, as CloudTrail recorded it or an event says; null where it does not say,
 * never a guess. `actor` is the ARN of the caller's identity, for a role's session with its session
 * name. `at` is an ISO instant in UTC.
 */
export type RecordedCall = {
  readonly eventName: string;
  readonly actor: string | null;
  readonly at: string | null;
  readonly account: string | null;
  /** The call's own parameters, to be compared with what is found. */
  readonly parameters: Readonly<Record<string, unknown>>;
};

/**
 * A write to what only the reconciler may write, as CloudTrail recorded it. `isOwnSession` says
 * whether the reconciler wrote it itself.
 */
export type StateWrite = Pick<RecordedCall, "account" | "actor" | "at"> & {
  readonly state: "status" | "applied" | "outputs" | "journal";
  /** Whose status, record or outputs it is; null for the journal, which all share. */
  readonly environment: string | null;
  readonly parameter: string;
};

/**
 * Whether an event's actor is the session that `sts:GetCallerIdentity` shows to the run itself.
 * The whole ARN counts, session name included.
 */
export function isOwnSession(actor: string | null, callerArn: string): boolean {
  return actor !== null && actor === callerArn;
}

/** A sentence for people and a code for machines. */
export type WakeError = { readonly code: string; readonly message: string };

export type Wake = {
  readonly kind: "wake";
  /** How it came: a batch of messages, one bare event, or a payload that somebody wrote. */
  readonly source: "queue" | "event" | "hand";
  readonly trigger: Trigger;
  /** Only a payload by hand may ask for either. */
  readonly dryRun: boolean;
  readonly force: boolean;
  readonly scopes: readonly Scope[];
  /** Of the messages that have a scope or a write: a call that failed opened no door. */
  readonly calls: readonly RecordedCall[];
  readonly writes: readonly StateWrite[];
  /** Why there is nothing to do, in one sentence; null where there is a scope or a write. */
  readonly ignored: string | null;
  /** The messages of a batch that could not be read; the others count. */
  readonly errors: readonly WakeError[];
};

export type WakeRefused = {
  readonly kind: "refused";
  readonly error: WakeError;
};

/** What one event says: where it sends a run, or why it sends a run nowhere, in one sentence. */
export type Message =
  | (Pick<Wake, "trigger" | "scopes" | "calls" | "writes"> & { readonly kind: "sent" })
  | { readonly kind: "ignored"; readonly trigger: Trigger; readonly why: string };

/** An event that sends a run to one place. */
export function sentTo(trigger: Trigger, scope: Scope, calls: readonly RecordedCall[]): Message {
  return { kind: "sent", trigger, scopes: [scope], calls, writes: [] };
}

/** An event that sends a run nowhere. */
export function ignored(trigger: Trigger, why: string): Message {
  return { kind: "ignored", trigger, why };
}
