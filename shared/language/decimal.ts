import { withoutEnd } from "./ends.ts";
/** An exact decimal number: `mantissa` × 10^-`scale`, with no trailing zero beyond the point. */
export type Decimal = { readonly mantissa: bigint; readonly scale: number };

const decimalGrammar = /^([+-]?)(\d{1,64})(?:\.(\d{1,64}))?$/;

/** Reads `12`, `-0.5`, `+3.10`; null for anything else, exponents included. */
export function parseDecimal(text: string): Decimal | null {
  const parts = decimalGrammar.exec(text);
  if (parts === null) return null;
  const fraction = withoutEnd(parts[3] ?? "", "0");
  const magnitude = BigInt(`${parts[2] ?? "0"}${fraction}`);
  return { mantissa: parts[1] === "-" ? -magnitude : magnitude, scale: fraction.length };
}

export function decimalOf(whole: bigint): Decimal {
  return { mantissa: whole, scale: 0 };
}

/** Negative, zero or positive, as `left` is less than, equal to or more than `right`. */
export function compareDecimals(left: Decimal, right: Decimal): number {
  const scale = Math.max(left.scale, right.scale);
  const [one, other] = [scaled(left, scale), scaled(right, scale)];
  return one < other ? -1 : one > other ? 1 : 0;
}

function scaled(decimal: Decimal, scale: number): bigint {
  return scale === decimal.scale
    ? decimal.mantissa
    : decimal.mantissa * 10n ** BigInt(scale - decimal.scale);
}

export function decimalText(decimal: Decimal): string {
  const negative = decimal.mantissa < 0n;
  const digits = (negative ? -decimal.mantissa : decimal.mantissa)
    .toString()
    .padStart(decimal.scale + 1, "0");
  const whole = digits.slice(0, digits.length - decimal.scale);
  const fraction = decimal.scale === 0 ? "" : `.${digits.slice(digits.length - decimal.scale)}`;
  return `${negative ? "-" : ""}${whole}${fraction}`;
}

/** The number rounded down to a whole one. */
export function floorDecimal(decimal: Decimal): bigint {
  const unit = 10n ** BigInt(decimal.scale);
  const quotient = decimal.mantissa / unit;
  return decimal.mantissa % unit < 0n ? quotient - 1n : quotient;
}

/** A short number strictly between two others; `low` must be less than `high`. */
export function decimalBetween(low: Decimal, high: Decimal): Decimal {
  const next = decimalOf(floorDecimal(low) + 1n);
  if (compareDecimals(next, high) < 0) return next;
  for (let scale = 1; ; scale += 1) {
    const unit = 10n ** BigInt(scale);
    const floor = floorDecimal({ mantissa: low.mantissa * unit, scale: low.scale });
    const candidate: Decimal = { mantissa: floor + 1n, scale };
    if (compareDecimals(candidate, high) < 0) return candidate;
  }
}
