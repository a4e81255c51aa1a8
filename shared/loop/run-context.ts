import type { Installation } from "../document/index.ts";
import type { Clients } from "../edge/clients.ts";
import type { Change } from "../plan/change.ts";
import type { Account } from "../trust/index.ts";

/** The time-out of the loop's function, as `serverless.yml` sets it: no run is at work for longer. */
export const functionTimeoutMs = 600_000;

/** What every step of a run is given: where it is, what it may still take, where it speaks. */
export type RunContext = {
  readonly clients: Clients;
  readonly installation: Installation;
  readonly account: Account;
  readonly runId: string;
  readonly clock: () => Date;
  /** Milliseconds until the function is stopped. */
  readonly remainingMs: () => number;
  /** With less than this left nothing new is begun. */
  readonly reserveMs: number;
  /** How long deploy targets are waited for before what closes is written without them. */
  readonly targetsGraceMs: number;
  /** Puts what a write is about to take away whole into the log. */
  readonly logRemoval: (environment: string, change: Change) => void;
};
