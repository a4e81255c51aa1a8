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

/** The deploy target that an event is about, by what the event says of it. */
export type TouchedTarget =
  | { readonly service: "ecr"; readonly repository: string }
  | { readonly service: "apprunner"; readonly name: string }
  | { readonly service: "ecs"; readonly cluster: string; readonly name: string }
  /** Most events know an app by its id; its name stands where it is made, changed or deleted. */
  | { readonly service: "amplify"; readonly id: string | null; readonly name: string | null };

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
  /** The call's own parameters: what it says it did is compared with what is found. */
  readonly parameters: Readonly<Record<string, unknown>>;
};

/**
 * A write to what only the reconciler may write, as CloudTrail recorded it. `isOwnSession` tells
 * whose it was.
 */
export type StateWrite = {
  readonly state: "status" | "applied" | "outputs" | "journal";
  /** Whose status, record or outputs it is; null for the journal, which all share. */
  readonly environment: string | null;
  readonly parameter: string;
  readonly account: string | null;
  readonly actor: string | null;
  readonly at: string | null;
};

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
  readonly causes: readonly Cause[];
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

/** What one event says. `ignored` is null exactly where there is a scope or a write. */
export type Message = Pick<Wake, "trigger" | "scopes" | "writes" | "ignored"> & {
  readonly cause: Cause | null;
};

/** An event that sends a run somewhere. */
export function sendsTo(
  trigger: Trigger,
  scopes: readonly Scope[],
  cause: Cause | null,
  writes: readonly StateWrite[] = [],
): Message {
  return { trigger, scopes, cause, writes, ignored: null };
}

/** An event that sends a run nowhere, and why: one sentence. */
export function ignores(trigger: Trigger, why: string): Message {
  return { trigger, scopes: [], cause: null, writes: [], ignored: why };
}
