/** An address as a number, of one of the two families. */
type Address = { readonly family: 4 | 6; readonly bits: bigint };
/** All addresses from `first` to `last`, both included, of one family. */
export type AddressRange = {
  readonly family: 4 | 6;
  readonly first: bigint;
  readonly last: bigint;
};

const widthOf = { 4: 32n, 6: 128n } as const;

/** Reads `192.0.2.7` or `2001:db8::7`; null for anything else. */
export function parseAddress(text: string): Address | null {
  const four = parseFour(text);
  if (four !== null) return { family: 4, bits: four };
  const six = parseSix(text);
  return six === null ? null : { family: 6, bits: six };
}

function parseFour(text: string): bigint | null {
  const parts = text.split(".");
  if (parts.length !== 4) return null;
  let bits = 0n;
  for (const part of parts) {
    if (!/^(?:0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return null;
    bits = bits * 256n + BigInt(part);
  }
  return bits;
}

/** A URL reads an address of this family, and writes it in lower case with no IPv4 address in it. */
function parseSix(text: string): bigint | null {
  if (!/^[\d:.A-Fa-f]+$/.test(text)) return null;
  const host = URL.parse(`http://[${text}]`)?.hostname.slice(1, -1);
  if (host === undefined) return null;
  const [before = [], after = []] = host.split("::").map((half) => half.match(/\w+/g) ?? []);
  const zeros = Array<string>(8 - before.length - after.length).fill("0");
  return [...before, ...zeros, ...after].reduce(
    (bits, group) => bits * 65536n + BigInt(`0x${group}`),
    0n,
  );
}

/** Reads an address with or without a prefix length (`10.0.0.0/8`); null for anything else. */
export function parseAddressRange(text: string): AddressRange | null {
  const [base, prefix, ...rest] = text.split("/");
  const address = parseAddress(base ?? "");
  if (address === null || rest.length > 0) return null;
  const { family, bits } = address;
  if (prefix === undefined) return { family, first: bits, last: bits };
  if (!/^(?:0|[1-9]\d{0,2})$/.test(prefix) || BigInt(prefix) > widthOf[family]) return null;
  const size = 1n << (widthOf[family] - BigInt(prefix));
  const first = bits - (bits % size);
  return { family, first, last: first + size - 1n };
}

export function inRange(range: AddressRange, address: Address): boolean {
  return (
    range.family === address.family && range.first <= address.bits && address.bits <= range.last
  );
}

/** One address for each way in which addresses can differ, given the ranges that conditions name. */
export function addressPlaces(ranges: readonly AddressRange[]): readonly Address[] {
  const places: Address[] = [];
  for (const family of [4, 6] as const) {
    const starts = new Set<bigint>();
    for (const range of ranges) {
      if (range.family !== family) continue;
      starts.add(range.first);
      starts.add(range.last + 1n);
    }
    // A documentation address reads better than 0.0.0.0; each place needs only one that is in it.
    const usual = family === 4 ? 3221225986n : 0x20010db8000000000000000000000001n;
    const edges = [0n, ...[...starts].sort((left, right) => (left < right ? -1 : 1))];
    for (const [at, edge] of edges.entries()) {
      const end = edges[at + 1] ?? 1n << widthOf[family];
      if (edge >= end) continue;
      const inside =
        edge <= usual && usual < end
          ? usual
          : edge + 1n < end && edge % 256n === 0n
            ? edge + 1n
            : edge;
      places.push({ family, bits: inside });
    }
  }
  return places;
}

export function addressText(address: Address): string {
  if (address.family === 4) {
    return [24n, 16n, 8n, 0n].map((shift) => ((address.bits >> shift) & 255n).toString()).join(".");
  }
  const groups: string[] = [];
  for (let shift = 112n; shift >= 0n; shift -= 16n)
    groups.push(((address.bits >> shift) & 65535n).toString(16));
  // The longest run of zero groups becomes `::` (RFC 5952), which is how a URL writes an address.
  return new URL(`http://[${groups.join(":")}]`).hostname.slice(1, -1);
}
