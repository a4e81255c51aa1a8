import fc from "fast-check";
import { expect, test } from "vitest";
import { ipAddress } from "../../sandbox/evaluate/operators/addresses.ts";
import { inRange, parseAddress, parseAddressRange } from "../../shared/language/address.ts";

const runs = Number(process.env["PROPERTY_RUNS"] ?? "2000");
const seed = Number(process.env["PROPERTY_SEED"] ?? "20261126");

const groups = fc.array(fc.constantFrom("0", "1", "ffff", "db8", "00a0"), { maxLength: 8 });

/** Groups with `::` somewhere between them, valid or not. */
const shortened = fc.tuple(groups, groups).map(([left, right]) => {
  return `${left.join(":")}::${right.join(":")}`;
});

/** Addresses that are often in the same block, and texts that are almost addresses. */
const address = fc.oneof(
  fc.tuple(fc.constantFrom("10.0.0.", "10.0.1."), fc.nat(255)).map((parts) => parts.join("")),
  fc.tuple(fc.constantFrom("::ffff:", "::", "64:ff9b::"), fc.ipV4()).map((parts) => parts.join("")),
  fc.ipV4(),
  fc.ipV6(),
  shortened,
  fc.constantFrom("", "1.2.3", "01.2.3.4", "1.2.3.256", ":::", "1.2.3.4::", "fe80::1%eth0", "::g"),
);

const prefix = fc.oneof(
  fc.nat(130).map((length) => `/${length}`),
  fc.constantFrom("", "/", "/08", "/-1", "/8/8"),
);

const block = fc.tuple(address, prefix);

function isInside(range: string, text: string): boolean {
  const read = parseAddressRange(range);
  const one = parseAddress(text);
  return read !== null && one !== null && inRange(read, one);
}

test("an address is in a range where Node's block list says so, which the sandbox asks", () => {
  const cases = block.chain(([base, length]) =>
    fc.tuple(fc.constant(`${base}${length}`), fc.oneof(fc.constant(base), address)),
  );
  fc.assert(
    fc.property(cases, ([range, text]) => {
      const context = { version: "2012-10-17", context: new Map() } as const;
      expect(isInside(range, text)).toBe(ipAddress(range, text, context));
    }),
    { numRuns: runs, seed },
  );
});
