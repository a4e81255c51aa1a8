import {
  compareDecimals,
  type Decimal,
  decimalBetween,
  decimalOf,
  floorDecimal,
} from "./decimal.ts";

/**
 * Where numbers can differ, given the numbers that conditions name: at each of them, between two
 * neighbours, and beyond both ends. One number stands for each such place.
 *
 * @param named the numbers that conditions compare with, in any order
 * @param whole whether only whole numbers exist (dates are whole seconds)
 * @param bounds the least and the greatest number there is, where there is one
 */
export function placesOf(input: {
  readonly named: readonly Decimal[];
  readonly whole: boolean;
  readonly bounds?: { readonly least: bigint; readonly greatest: bigint };
}): readonly Decimal[] {
  const sorted = [...input.named].sort(compareDecimals);
  const distinct = sorted.filter((number, at) => {
    const before = sorted[at - 1];
    return before === undefined || compareDecimals(before, number) !== 0;
  });
  const first = distinct[0];
  const last = distinct[distinct.length - 1];
  if (first === undefined || last === undefined) return [decimalOf(input.bounds?.least ?? 1n)];
  const places: Decimal[] = [decimalOf(ceiling(first) - 1n)];
  for (const [at, number] of distinct.entries()) {
    if (!input.whole || number.scale === 0) places.push(number);
    const next = distinct[at + 1];
    if (next === undefined) continue;
    if (!input.whole) places.push(decimalBetween(number, next));
    else if (floorDecimal(number) + 1n < ceiling(next))
      places.push(decimalOf(floorDecimal(number) + 1n));
  }
  places.push(decimalOf(floorDecimal(last) + 1n));
  const { bounds } = input;
  if (bounds === undefined) return places;
  return places.filter(
    (number) =>
      compareDecimals(number, decimalOf(bounds.least)) >= 0 &&
      compareDecimals(number, decimalOf(bounds.greatest)) <= 0,
  );
}

function ceiling(number: Decimal): bigint {
  const floor = floorDecimal(number);
  return number.scale === 0 ? floor : floor + 1n;
}
