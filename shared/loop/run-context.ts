import { readCaller } from "../edge/caller.ts";
import type { Account } from "../trust/index.ts";
import type { RecordedCall } from "../wake/index.ts";
import { once } from "./once.ts";
import type { RunInput } from "./run-input.ts";

/** The time-out of the loop's function, as `serverless.yml` sets it: no run is at work for longer. */
export const functionTimeoutMs = 600_000;

/** With less than this left nothing new is begun; of a shorter time a tenth. */
const reserveMaxMs = 60_000;
/** Deploy targets that answer later than this are not waited for by what closes. */
const targetsGraceMs = 1_500;

/** What every step of a run is given: its input, and what is known of it once it has begun. */
export type RunContext = RunInput & {
  readonly account: Account;
  /** With less than this left nothing new is begun. */
  readonly reserveMs: number;
  readonly targetsGraceMs: number;
  /** The ARN that the run's own calls are recorded with; `null` where STS does not say. Asked once. */
  readonly ownArn: () => Promise<string | null>;
  /** A second pass that made nothing: what IAM shows and a write does not find is worth a minute. */
  readonly insists?: boolean;
};

/** How much of the time that a run begins with is kept for its end. */
export function reserveOf({ remainingMs }: Pick<RunInput, "remainingMs">): number {
  return Math.min(reserveMaxMs, remainingMs() / 10);
}

/** @param reserveMs by the time that the run began with: reading what is desired may have taken most of it */
export function runContext(input: RunInput, account: Account, reserveMs: number): RunContext {
  const { wake } = input;
  // Another account may have a role of the same name, and forward its events to the same bus.
  const isHere = (call: RecordedCall) => call.account === null || call.account === account.id;
  const here = { ...wake, calls: wake.calls.filter(isHere) };
  const ownArn = once(() =>
    readCaller(input.clients).then(
      ({ arn }) => arn,
      () => null,
    ),
  );
  return { targetsGraceMs, ...input, wake: here, account, reserveMs, ownArn };
}
