import type { Test } from "./test.ts";

/** A decimal as whole units of 10^-scale, which is exact where floating point is not. */
type Decimal = { readonly units: bigint; readonly scale: number };

function decimalOf(text: string): Decimal | null {
  const parts = /^([+-]?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,3}))?$/.exec(text.trim());
  if (parts === null) return null;
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = parts;
  const units = BigInt(`${whole}${fraction}`) * (sign === "-" ? -1n : 1n);
  const scale = fraction.length - Number(exponent);
  return scale >= 0 ? { units, scale } : { units: units * 10n ** BigInt(-scale), scale: 0 };
}

/** Below, at or above zero: the first is less than, equal to or greater than the second. */
function order(first: Decimal, second: Decimal): number {
  const scale = Math.max(first.scale, second.scale);
  const left = first.units * 10n ** BigInt(scale - first.scale);
  const right = second.units * 10n ** BigInt(scale - second.scale);
  return left < right ? -1 : left > right ? 1 : 0;
}

function numeric(holds: (order: number) => boolean): Test {
  return (listed, value) => {
    const limit = decimalOf(listed);
    const actual = decimalOf(value);
    return limit !== null && actual !== null && holds(order(actual, limit));
  };
}

export const numericEquals: Test = numeric((order) => order === 0);
export const numericLessThan: Test = numeric((order) => order < 0);
export const numericLessThanEquals: Test = numeric((order) => order <= 0);
export const numericGreaterThan: Test = numeric((order) => order > 0);
export const numericGreaterThanEquals: Test = numeric((order) => order >= 0);
