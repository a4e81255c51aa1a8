import type { HttpAnswer } from "./answer.ts";
import type { RecordedCall } from "./record.ts";

/** A fault that a test asks for. */
export type Fault = {
  readonly when: (call: RecordedCall) => boolean;
  /**
   * `before`: the call fails and does nothing. `after`: the call does its work and its answer is
   * lost. A delay comes before the work or after it. For a stale read it makes no difference.
   */
  readonly at: "before" | "after";
  readonly how: FaultKind;
  /** How many matching calls it hits. Without it, all of them until the faults are cleared. */
  readonly times?: number;
};

/**
 * What goes wrong. An error answer. `connection-reset`: the connection is closed without an answer.
 * `no-response`: it stays open without an answer. `stale`: a read of IAM or Parameter Store gets
 * the answer from before the last write. A delay: the right answer comes later. `garbled`: AWS's answer
 * comes back as something else, as through a broken proxy; `before`, something that is not AWS answers.
 */
export type FaultKind =
  | {
      readonly error: string;
      readonly httpStatus: number;
      readonly message?: string;
      /** CircleCI's API alone: headers of the answer, such as `retry-after` or `location`. */
      readonly headers?: Readonly<Record<string, string>>;
      /** CircleCI's API alone: the whole body, in place of one with the message. */
      readonly body?: string;
    }
  | { readonly delayMs: number }
  | { readonly garbled: (answer: HttpAnswer) => HttpAnswer }
  | "connection-reset"
  | "no-response"
  | "stale";

export type Faults = {
  add(fault: Fault): void;
  clear(): void;
};

/** Only a read of a service that keeps its past can be stale. */
export type Exposure = { readonly canBeStale: boolean };

/** The faults in force. `take` returns the one that hits a call, and counts it as used. */
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

/** How many milliseconds a fault delays a call before or after its work; 0 for no delay. */
export function delayAt(fault: Fault | null, at: Fault["at"]): number {
  if (fault === null || fault.at !== at || typeof fault.how === "string") return 0;
  return "delayMs" in fault.how ? fault.how.delayMs : 0;
}
