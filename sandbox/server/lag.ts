import type { RecordedCall } from "./record.ts";

/**
 * Eventual consistency: by how many milliseconds of the account's clock the state is behind that a
 * call of IAM or Parameter Store sees. It is asked for each call, so that one place may lag more than
 * another, and one answer be older than the one before it.
 */
export type Lag = (call: RecordedCall) => number;

/** Former states are kept for so long while something lags. A greater lag sees the oldest of them. */
const keptMs = 600_000;

/** The lag of an account, which a test may change. */
export function lagOf(first: Lag | undefined): {
  set(lag: Lag | null): void;
  of(call: RecordedCall): number;
  /** For how many milliseconds former states are kept. */
  keepMs(): number;
} {
  let lag = first ?? null;
  return {
    set: (next) => {
      lag = next;
    },
    of: (call) => lag?.(call) ?? 0,
    keepMs: () => (lag === null ? 0 : keptMs),
  };
}
