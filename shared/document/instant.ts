const instantPattern =
  /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.\d{1,9})?(?:[Zz]|([+-])(\d{2}):(\d{2}))$/;

/**
 * Reads an ISO 8601 instant that names its zone and writes it the one way that IAM compares:
 * UTC, whole seconds, `2026-12-31T00:00:00Z`. A fraction of a second is dropped, so that the
 * instant never moves later.
 *
 * @returns null where the text is no such instant, or the day or hour does not exist.
 */
export function instantOf(text: string): string | null {
  const match = instantPattern.exec(text);
  if (match === null) return null;
  const [, year, month, day, hour, minute, second, sign, offsetHours, offsetMinutes] = match;
  const local = Date.UTC(
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
  );
  // Date.UTC rolls 30 February over into March; what was written must come back unchanged.
  const written = `${year}-${month}-${day}T${hour}:${minute}:${second}`;
  if (!Number.isFinite(local) || wholeSeconds(local) !== `${written}Z`) return null;
  if (sign === undefined) return `${written}Z`;

  const hours = Number(offsetHours);
  const minutes = Number(offsetMinutes);
  if (hours > 14 || minutes > 59) return null;
  const offset = (hours * 60 + minutes) * 60_000 * (sign === "-" ? -1 : 1);
  const utc = wholeSeconds(local - offset);
  return /^\d{4}-/.test(utc) ? utc : null;
}

function wholeSeconds(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d{3}Z$/, "Z");
}
