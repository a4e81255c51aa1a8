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

function parseSix(text: string): bigint | null {
  const halves = text.split("::");
  if (halves.length > 2) return null;
  const [before, after] = halves.map((half, at) => groupsOf(half, at === halves.length - 1));
  if (before === undefined || before === null || after === null) return null;
  const given = before.length + (after?.length ?? 0);
  if (after === undefined ? given !== 8 : given > 7) return null;
  const groups = [...before, ...Array<bigint>(8 - given).fill(0n), ...(after ?? [])];
  return groups.reduce((bits, group) => bits * 65536n + group, 0n);
}

/** An IPv4 address may stand for the last two groups of all, and nowhere else. */
function groupsOf(half: string, isLast: boolean): bigint[] | null {
  if (half === "") return [];
  const groups: bigint[] = [];
  const parts = half.split(":");
  for (const [at, part] of parts.entries()) {
    const four = isLast && at === parts.length - 1 ? parseFour(part) : null;
    if (four !== null) groups.push(four / 65536n, four % 65536n);
    else if (/^[0-9A-Fa-f]{1,4}$/.test(part)) groups.push(BigInt(`0x${part}`));
    else return null;
  }
  return groups;
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
  return compress(groups);
}

/** The longest run of zero groups becomes `::` (RFC 5952). */
function compress(groups: readonly string[]): string {
  let best = { at: -1, length: 1 };
  for (let at = 0; at < groups.length; at += 1) {
    let length = 0;
    while (groups[at + length] === "0") length += 1;
    if (length > best.length) best = { at, length };
  }
  if (best.at < 0) return groups.join(":");
  return `${groups.slice(0, best.at).join(":")}::${groups.slice(best.at + best.length).join(":")}`;
}
