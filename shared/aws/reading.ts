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
