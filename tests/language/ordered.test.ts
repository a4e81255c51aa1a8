import { describe, expect, test } from "vitest";
import {
  addressPlaces,
  addressText,
  inRange,
  parseAddress,
  parseAddressRange,
} from "../../shared/language/address.ts";
import {
  compareDecimals,
  decimalBetween,
  decimalText,
  parseDecimal,
} from "../../shared/language/decimal.ts";
import { instantText, parseInstant } from "../../shared/language/instant.ts";
import { placesOf } from "../../shared/language/ordered.ts";

function decimal(text: string) {
  const parsed = parseDecimal(text);
  if (parsed === null) throw new Error(`${text} is not a number`);
  return parsed;
}

describe("a decimal number", () => {
  test.each(["1e3", "", ".5", "5.", "0x1", "NaN", " 1", "1,5", "--1"])("is not %j", (text) => {
    expect(parseDecimal(text)).toBeNull();
  });

  test.each([
    ["1", "1.0", 0],
    ["0.1", "0.10", 0],
    ["-1", "1", -1],
    ["2.5", "2.45", 1],
    ["9007199254740993", "9007199254740992", 1],
  ])("%s compared with %s is exact", (left, right, order) => {
    expect(compareDecimals(decimal(left), decimal(right))).toBe(order);
  });

  test("lies between any two others", () => {
    for (const [low, high] of [
      ["1", "2"],
      ["1", "1.0001"],
      ["-2", "-1.5"],
      ["-0.2", "-0.1"],
      ["0", "100"],
    ]) {
      const between = decimalBetween(decimal(low ?? ""), decimal(high ?? ""));
      expect(compareDecimals(decimal(low ?? ""), between), decimalText(between)).toBeLessThan(0);
      expect(compareDecimals(between, decimal(high ?? "")), decimalText(between)).toBeLessThan(0);
    }
  });
});

describe("the places of numbers", () => {
  const texts = (named: readonly string[], whole: boolean) =>
    placesOf({ named: named.map(decimal), whole }).map(decimalText);

  test("are each number, each gap and both ends", () => {
    expect(texts(["1", "2", "1.0"], false)).toEqual(["0", "1", "1.1", "2", "3"]);
  });

  test("of whole numbers have no gap between neighbours", () => {
    expect(texts(["1", "2"], true)).toEqual(["0", "1", "2", "3"]);
    expect(texts(["1", "3"], true)).toEqual(["0", "1", "2", "3", "4"]);
    expect(texts(["1.5"], true)).toEqual(["1", "2"]);
    expect(texts(["1.2", "1.4"], true)).toEqual(["1", "2"]);
  });
});

describe("an instant", () => {
  test.each([
    ["2026-01-01", "2026-01-01T00:00:00Z"],
    ["2026-01-01T02:00:00+02:00", "2026-01-01T00:00:00Z"],
    ["1767225600", "2026-01-01T00:00:00Z"],
    ["2024-02-29T23:59Z", "2024-02-29T23:59:00Z"],
  ])("%s is %s", (text, expected) => {
    const instant = parseInstant(text);
    expect(instant?.scale).toBe(0);
    expect(instantText(instant?.mantissa ?? 0n)).toBe(expected);
  });

  test.each([
    "2026",
    "2026-01",
    "2026-02-30",
    "2026-01-01T00:00:00",
    "2026-01-01T24:00:00Z",
    "tomorrow",
    "-5",
  ])("%s is not one, or can be read in two ways", (text) => {
    expect(parseInstant(text)).toBeNull();
  });
});

describe("an address", () => {
  test.each([
    "10.0.0",
    "256.1.1.1",
    "01.2.3.4",
    "1.2.3.4.5",
    ":::",
    "1::2::3",
    "12345::",
    "1.2.3.4::1",
    "::g",
    "",
  ])("is not %j", (text) => {
    expect(parseAddress(text)).toBeNull();
  });

  test("of the sixth version is written as RFC 5952 has it", () => {
    for (const [text, expected] of [
      ["2001:DB8:0:0:0:0:0:1", "2001:db8::1"],
      ["::ffff:1.2.3.4", "::ffff:102:304"],
      ["0:0:0:0:0:0:0:0", "::"],
      ["1:0:2:0:0:3:0:0", "1:0:2::3:0:0"],
    ]) {
      const address = parseAddress(text ?? "");
      expect(address === null ? null : addressText(address)).toBe(expected);
    }
  });

  test("range begins at its network, whatever bits of the host are written", () => {
    const range = parseAddressRange("10.1.2.3/8");
    const inside = parseAddress("10.255.255.255");
    const outside = parseAddress("11.0.0.0");
    if (range === null || inside === null || outside === null) throw new Error("not read");
    expect(inRange(range, inside)).toBe(true);
    expect(inRange(range, outside)).toBe(false);
    expect(parseAddressRange("10.0.0.0/33")).toBeNull();
    expect(parseAddressRange("::/129")).toBeNull();
  });

  test("places of all IPv4 leave only IPv6", () => {
    const all = parseAddressRange("0.0.0.0/0");
    if (all === null) throw new Error("not read");
    const outside = addressPlaces([all]).filter((address) => !inRange(all, address));
    expect(outside.map(({ family }) => family)).toEqual([6]);
  });
});
