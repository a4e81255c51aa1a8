import { floorDecimal } from "../language/decimal.ts";
import { instantText, parseInstant } from "../language/instant.ts";

/** Stricter than IAM, which also takes a day alone: no reader should have to guess the zone. */
const zoned = /^(?!00)\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)$/;

/**
 * Reads an ISO 8601 instant that names its zone and writes it the one way that IAM compares:
 * UTC, whole seconds, `2026-12-31T00:00:00Z`. A fraction of a second is dropped, so that the
 * instant never moves later.
 *
 * @returns null where the text is not such an instant, or the day or hour does not exist.
 */
export function untilOf(text: string): string | null {
  if (!zoned.test(text)) return null;
  const instant = parseInstant(text.toUpperCase());
  if (instant === null) return null;
  const utc = instantText(floorDecimal(instant));
  return /^\d{4}-/.test(utc) ? utc : null;
}
