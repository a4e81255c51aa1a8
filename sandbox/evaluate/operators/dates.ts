import type { Test } from "./test.ts";

const iso =
  /^(\d{4})-(\d{2})(?:-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d+))?)?(Z|[+-]\d{2}:\d{2}))?)?$/;

/**
 * Seconds since 1970 of an ISO 8601 time in the W3C profile, or of an epoch number. A day or a
 * month alone means its first midnight in UTC. Null for anything else.
 */
export function secondsOf(text: string): number | null {
  if (/^-?\d+(\.\d+)?$/.test(text)) return Number(text);
  const parts = iso.exec(text);
  if (parts === null) return null;
  const [, year, month, day = "01", hour = "00", minute = "00", second = "00"] = parts;
  const [fraction = "0", zone = "Z"] = [parts[7], parts[8]];
  const daysInMonth = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
  if (Number(month) < 1 || Number(month) > 12) return null;
  if (Number(day) < 1 || Number(day) > daysInMonth) return null;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return null;
  const milliseconds = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}${zone}`);
  return Number.isNaN(milliseconds) ? null : milliseconds / 1000 + Number(`0.${fraction}`);
}

function date(holds: (difference: number) => boolean): Test {
  return (listed, value) => {
    const limit = secondsOf(listed);
    const actual = secondsOf(value);
    return limit !== null && actual !== null && holds(actual - limit);
  };
}

export const dateEquals: Test = date((difference) => difference === 0);
export const dateLessThan: Test = date((difference) => difference < 0);
export const dateLessThanEquals: Test = date((difference) => difference <= 0);
export const dateGreaterThan: Test = date((difference) => difference > 0);
export const dateGreaterThanEquals: Test = date((difference) => difference >= 0);
