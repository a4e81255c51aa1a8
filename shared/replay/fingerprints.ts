import { hash } from "node:crypto";

/** Texts that were there before, remembered by their fingerprints. */
type Fingerprints = {
  /** Remembers a text; false where it was there before. */
  readonly add: (text: string) => boolean;
  readonly size: () => number;
  /** What it takes, for a test of the bound. */
  readonly bytes: () => number;
};

const slotsAtFirst = 1024;

/**
 * Remembers texts in 8 bytes each, the first half of their SHA-256, in a table that is at most half
 * full: a million texts of any length take 16 MB. Among a million, two share a fingerprint with a
 * chance of one in 37 million; the second would be taken for the first.
 */
export function fingerprints(): Fingerprints {
  let table = new Uint32Array(slotsAtFirst * 2);
  let size = 0;
  const grow = (): void => {
    const old = table;
    table = new Uint32Array(old.length * 2);
    for (let at = 0; at < old.length; at += 2) {
      const [high = 0, low = 0] = [old[at], old[at + 1]];
      if (high !== 0 || low !== 0) put(table, high, low);
    }
  };
  return {
    add: (text) => {
      const digest = hash("sha256", text, "buffer");
      const high = digest.readUInt32LE(0);
      // An empty slot holds two zeros.
      const low = digest.readUInt32LE(4) || 1;
      if (!put(table, high, low)) return false;
      size += 1;
      if (size * 4 > table.length) grow();
      return true;
    },
    size: () => size,
    bytes: () => table.byteLength,
  };
}

/** Puts a fingerprint into the first free slot from its own on; false where it is there. */
function put(table: Uint32Array, high: number, low: number): boolean {
  const mask = table.length - 1;
  let at = (high * 2) & mask;
  for (;;) {
    if (table[at] === 0 && table[at + 1] === 0) break;
    if (table[at] === high && table[at + 1] === low) return false;
    at = (at + 2) & mask;
  }
  table[at] = high;
  table[at + 1] = low;
  return true;
}
