import { canonical } from "./canonical.ts";
import type { IdleLabel } from "./choice.ts";
import {
  type ControlEntry,
  type Evidence,
  isParted,
  newestValid,
  versionsInForce,
} from "./control.ts";
import type { ValidVersion } from "./record.ts";

type Approving = { readonly entry: ControlEntry; readonly evidence: Evidence };

/** The version that is enforced while the newest is refused; `null` where none is known. */
export function inForceOf(evidence: Evidence, entry: ControlEntry): ValidVersion | null {
  return versionsInForce(evidence, entry)[0] ?? null;
}

/** The same, where all that it asks for is in force: of its provider too. */
export function whollyInForceOf(evidence: Evidence, entry: ControlEntry): ValidVersion | null {
  const inForce = inForceOf(evidence, entry);
  return inForce !== null && isParted(evidence, inForce) ? null : inForce;
}

/** The same content, understood the same way: a number alone says nothing. */
export function isSameVersion(one: ValidVersion, other: ValidVersion): boolean {
  return (
    one.version === other.version &&
    one.digest === other.digest &&
    canonical(one.document) === canonical(other.document)
  );
}

/**
 * Is the label on this very content? It must have been held and announced under this digest; a
 * version that nobody announced counts only where its number was never announced for another
 * content, and the history still shows the applied version beside it, so that the parameter is the
 * one that the approver knows.
 */
export function isApproved(newest: ValidVersion, input: Approving): boolean {
  const { entry, evidence } = input;
  const { status, older } = entry;
  if (entry.approvedVersion !== newest.version) return false;
  if (status !== null && status.heldVersion === newest.version) {
    return status.heldDigest === newest.digest;
  }
  if (evidence.kind !== "record" || older === null) return false;
  // A number that was announced before has another content now: the parameter was re-created.
  if (newest.version <= (status?.seen?.announced ?? Number.POSITIVE_INFINITY)) return false;
  const { applied } = evidence.record;
  return (
    applied !== null &&
    older.version === applied.version &&
    older.digest === applied.digest &&
    older.modifiedAt === applied.modifiedAt
  );
}

/** A label that has nothing to release: used, on another version, or on what nobody announced. */
export function idleLabel(input: Approving): IdleLabel | null {
  const { entry, evidence } = input;
  const version = entry.approvedVersion;
  const { newest, status } = entry;
  if (version === null || version === "unreadable" || newest === null) return null;
  if (version !== newest.version) return { version, because: "other-version" };
  const valid = newestValid(entry);
  if (valid === null) return null;
  const inForce = whollyInForceOf(evidence, entry);
  if (inForce !== null && isSameVersion(inForce, valid)) {
    const begun = evidence.kind === "record" && evidence.record.begun !== null;
    return begun ? null : { version, because: "used" };
  }
  if (isApproved(valid, input)) return null;
  // The release before kept no digest, so nobody knows which content it had announced.
  const announced = status !== null && status.heldVersion === version && status.heldDigest !== null;
  return { version, because: announced ? "other-content" : "not-announced" };
}
