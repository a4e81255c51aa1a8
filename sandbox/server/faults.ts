import type { RecordedCall } from "./record.ts";

/** A fault that a test asks for. */
export type Fault = {
  readonly when: (call: RecordedCall) => boolean;
  /** `before`: nothing happens, then it fails. `after`: it happened, and the answer is lost. */
  readonly at: "before" | "after";
  readonly how: { readonly error: string; readonly httpStatus: number } | "hang-up";
  /** How often, counted in matching calls; without it, until the faults are cleared. */
  readonly times?: number;
};

export type Faults = {
  add(fault: Fault): void;
  clear(): void;
};

/** The faults in force, and the one (each is used up as it is taken) that strikes a call. */
export function faultList(): Faults & { take(call: RecordedCall): Fault | null } {
  let faults: { readonly fault: Fault; readonly left: number }[] = [];
  return {
    add: (fault) => {
      faults.push({ fault, left: fault.times ?? Number.POSITIVE_INFINITY });
    },
    clear: () => {
      faults = [];
    },
    take: (call) => {
      const struck = faults.find(({ fault, left }) => left > 0 && fault.when(call));
      if (struck === undefined) return null;
      faults = faults.map((one) => (one === struck ? { ...one, left: one.left - 1 } : one));
      return struck.fault;
    },
  };
}
