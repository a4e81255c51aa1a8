/**
 * AWS's forms as plain data, which every room above uses: here what a look at AWS gave; ARNs
 * (`arn.ts`), the account (`account.ts`), policies as we write them (`policy-document.ts`; what anybody
 * wrote is read in the room `policy`), and fields of an event (`event-fields.ts`).
 *
 * Imports no other room, and no AWS SDK.
 */

/** What a look at AWS gave: a value, its absence, or why nothing is known. Never a guess. */
export type Reading<T> =
  | { readonly kind: "found"; readonly value: T }
  | { readonly kind: "absent" }
  | { readonly kind: "unreadable"; readonly fault: Fault };

/**
 * The same of what has several parts. Where one could not be read, `seen` is the rest, with nothing in the
 * place of that part: enough to find and to close what is open in it, and for no other decision.
 */
export type PartReading<T> =
  | Reading<T>
  | { readonly kind: "unreadable"; readonly fault: Fault; readonly seen: T };

/** Why a call to AWS did not answer as hoped, sorted once at the edge. */
export type Fault = {
  /** AWS's own error name, `AccessDenied`, `ThrottlingException`, or `NetworkError`. */
  readonly code: string;
  /** One sentence: which call, on what, and what AWS said. */
  readonly message: string;
  /** `stale`: the account changed since it was read, look again; `transient`: worth another try later. */
  readonly kind: "denied" | "stale" | "transient" | "refused";
};

/** The value that was read; `null` for what is absent as for what could not be read. */
export function foundIn<T>(reading: Reading<T>): T | null {
  return reading.kind === "found" ? reading.value : null;
}

/** The value as far as it was read, though a part of it may be missing. */
export function seenIn<T>(reading: PartReading<T>): T | null {
  return "seen" in reading ? reading.seen : foundIn(reading);
}
