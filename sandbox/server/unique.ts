import { createHash, randomBytes } from "node:crypto";

/** Bytes for the id of something new: others at each call, also where its name was used before. */
export type UniqueBytes = (name: string, length: number) => Buffer;

/** Random bytes; from a text, the same ones in each account that creates the same things. */
export function uniqueBytes(from?: string): UniqueBytes {
  if (from === undefined) return (_, length) => randomBytes(length);
  const made = new Map<string, number>();
  return (name, length) => {
    const count = (made.get(name) ?? 0) + 1;
    made.set(name, count);
    return createHash("sha256").update(`${from} ${name} ${count}`).digest().subarray(0, length);
  };
}
