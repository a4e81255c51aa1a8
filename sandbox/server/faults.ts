import type { RecordedCall } from "./record.ts";

/** A fault that a test asks for. */
export type Fault = {
  readonly when: (call: RecordedCall) => boolean;
  /**
   * `before`: nothing happens, then it fails. `after`: it happened, and the answer is lost. A delay
   * stands before the call is carried out or after it; to a stale read it makes no difference.
   */
  readonly at: "before" | "after";
  readonly how: FaultKind;
  /** How often, counted in matching calls; without it, until the faults are cleared. */
  readonly times?: number;
};

/**
 * What goes wrong: an error answer; `connection-reset`, the connection is cut; `no-response`, it stays
 * open and nothing is ever answered; `stale`, a read of IAM or Parameter Store is answered as before
 * the last write; a delay, the answer is the right one and comes later.
 */
export type FaultKind =
  | { readonly error: string; readonly httpStatus: number; readonly message?: string }
  | { readonly delayMs: number }
  | "connection-reset"
  | "no-response"
  | "stale";

export type Faults = {
  add(fault: Fault): void;
  clear(): void;
};

/** What a fault may do to a call: only a read of a service that knows its past can be stale. */
export type Exposure = { readonly canBeStale: boolean };

/** The faults in force, and the one (each is used up as it is taken) that strikes a call. */
export function faultList(): Faults & {
  take(call: RecordedCall, exposure: Exposure): Fault | null;
} {
  let faults: { readonly fault: Fault; readonly left: number }[] = [];
  return {
    add: (fault) => {
      faults.push({ fault, left: fault.times ?? Number.POSITIVE_INFINITY });
    },
    clear: () => {
      faults = [];
    },
    take: (call, { canBeStale }) => {
      const struck = faults.find(
        ({ fault, left }) => left > 0 && (fault.how !== "stale" || canBeStale) && fault.when(call),
      );
      if (struck === undefined) return null;
      faults = faults.map((one) => (one === struck ? { ...one, left: one.left - 1 } : one));
      return struck.fault;
    },
  };
}

/** How long a fault holds a call up on that side of it, in milliseconds; 0 where it does not. */
export function delayAt(fault: Fault | null, at: Fault["at"]): number {
  if (fault === null || fault.at !== at || typeof fault.how === "string") return 0;
  return "delayMs" in fault.how ? fault.how.delayMs : 0;
}
