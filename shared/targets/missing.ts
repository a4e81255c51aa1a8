import type { Reading } from "../aws/reading.ts";

/** A name of a document that AWS does not show. */
export type MissingName = Absence & {
  /** As the document writes it, and what of it is missing where it is not the whole target. */
  readonly name: string;
  /** What the policy in force grants on it is kept. */
  readonly kept: boolean;
};

/** Why a target is not shown: it exists for certain not, or nothing is known of it. */
export type Absence = {
  readonly why: "absent" | "unreadable" | "ambiguous";
  /** Finishes a sentence whose subject is the target. */
  readonly detail: string;
};

/** What the names of one kind became: targets, and names that AWS does not show. */
export type Collected<T> = {
  readonly found: readonly T[];
  readonly missing: readonly MissingName[];
};

/** Puts the parts of one kind together, in their order. */
export function collect<T>(parts: readonly Collected<T>[]): Collected<T> {
  return {
    found: parts.flatMap((part) => part.found),
    missing: parts.flatMap((part) => part.missing),
  };
}

/**
 * Why a reading does not show a target; `null` and whatever is neither found nor absent was not
 * read, and says nothing of what exists.
 */
export function absenceIn(reading: Reading<unknown> | null): Absence {
  if (reading !== null && (reading.kind === "absent" || reading.kind === "found")) {
    return { why: "absent", detail: "does not exist" };
  }
  const because = reading !== null && "fault" in reading ? ` (${reading.fault.message})` : "";
  return { why: "unreadable", detail: `could not be read${because}` };
}
