import { type Decimal, decimalOf, parseDecimal } from "./decimal.ts";

const isoGrammar =
  /^(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(Z|[+-]\d{2}:\d{2}))?$/;

/** Seconds since 1970 of the first and the last instant that a four-digit year can write. */
export const instantBounds = { least: -62_135_596_800n, greatest: 253_402_300_799n };

/**
 * Reads an instant: ISO 8601 as the W3C note profiles it (a whole day, or day and time with a
 * zone), or seconds since 1970. Gives seconds since 1970, with a fraction where one was written;
 * null where the text is neither, or where it could be read in two ways (`2026` alone).
 */
export function parseInstant(text: string): Decimal | null {
  if (/^\d{4}$/.test(text)) return null;
  if (/^\d{1,12}$/.test(text)) return parseDecimal(text);
  const parts = isoGrammar.exec(text);
  if (parts === null) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts
    .slice(1, 7)
    .map((part: string | undefined) => Number(part ?? 0));
  if (!isCalendarDay(year, month, day)) return null;
  if (hour > 23 || minute > 59 || second > 59) return null;
  const midnight = new Date(0).setUTCFullYear(year, month - 1, day) / 1000;
  const offset = zoneSeconds(parts[8] ?? "Z");
  if (offset === null) return null;
  const seconds = midnight + hour * 3600 + minute * 60 + second - offset;
  const fraction = parts[7] ?? "";
  if (fraction === "") return decimalOf(BigInt(seconds));
  const scale = fraction.length;
  const mantissa = BigInt(seconds) * 10n ** BigInt(scale) + BigInt(fraction);
  return reduce({ mantissa, scale });
}

function reduce(decimal: Decimal): Decimal {
  let { mantissa, scale } = decimal;
  while (scale > 0 && mantissa % 10n === 0n) {
    mantissa /= 10n;
    scale -= 1;
  }
  return { mantissa, scale };
}

function isCalendarDay(year: number, month: number, day: number): boolean {
  if (month < 1 || month > 12 || day < 1 || year < 1) return false;
  const last = new Date(0);
  last.setUTCFullYear(year, month, 0);
  return day <= last.getUTCDate();
}

function zoneSeconds(zone: string): number | null {
  if (zone === "Z") return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(4, 6));
  if (hours > 14 || minutes > 59) return null;
  return (zone.startsWith("-") ? -1 : 1) * (hours * 3600 + minutes * 60);
}

/** Writes whole seconds since 1970 as `2026-01-31T12:00:00Z`. */
export function instantText(seconds: bigint): string {
  return new Date(Number(seconds) * 1000).toISOString().replace(".000Z", "Z");
}
