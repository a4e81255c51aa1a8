import type { DocumentVersion } from "../plan/control.ts";
import type { Status } from "../plan/status.ts";

/** Whether there is something to approve, and if not, why. */
export type Held =
  | { readonly kind: "held"; readonly version: DocumentVersion }
  | { readonly kind: "nothing" }
  /** Somebody has put another version since: a label on the held one would release nothing. */
  | { readonly kind: "overtaken"; readonly heldVersion: number; readonly newest: number }
  /** The version has the number and not the content that was announced. */
  | { readonly kind: "other-content"; readonly heldVersion: number };

/**
 * The version that a label would release: the newest, and with the content that a run announced. A
 * label on anything else is taken off by the next run.
 *
 * @param newest the newest version; `null` where the document is gone
 */
export function heldIn(
  newest: DocumentVersion | null,
  status: Pick<Status, "heldVersion" | "heldDigest"> | null,
): Held {
  const heldVersion = status?.heldVersion ?? null;
  if (newest === null || heldVersion === null) return { kind: "nothing" };
  if (newest.version > heldVersion) {
    return { kind: "overtaken", heldVersion, newest: newest.version };
  }
  const same = newest.version === heldVersion && newest.digest === status?.heldDigest;
  return same ? { kind: "held", version: newest } : { kind: "other-content", heldVersion };
}
