import { parseInstant } from "../shared/language/instant.ts";
import { CommandError } from "./command-error.ts";

const allowed =
  "allowed: a day (2026-10-01), an instant with its zone (2026-10-01T12:00:00Z), or how long ago (30d, 12h)";

/**
 * Reads the time from which something counts.
 *
 * @throws CommandError for what is not a time, or not in the past
 */
export function sinceOf(text: string, now: Date): Date {
  const since = agoOf(text, now) ?? instantOf(text);
  if (since === null)
    throw new CommandError(`--since is a time: "${text}" is not one; ${allowed}.`);
  if (since > now) throw new CommandError(`--since is a time in the past: "${text}" is not.`);
  return since;
}

function agoOf(text: string, now: Date): Date | null {
  const [, number = "", unit = ""] = /^(\d{1,5})([dh])$/.exec(text) ?? [];
  if (number === "") return null;
  const hours = Number(number) * (unit === "d" ? 24 : 1);
  return new Date(now.getTime() - hours * 60 * 60 * 1000);
}

function instantOf(text: string): Date | null {
  // A number alone would be seconds since 1970 to IAM, and a year to a person.
  const instant = /^\d+$/.test(text) ? null : parseInstant(text);
  return instant === null
    ? null
    : new Date((Number(instant.mantissa) / 10 ** instant.scale) * 1000);
}
