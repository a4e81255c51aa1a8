import { randomInt } from "node:crypto";

/** The first letters of an IAM id, which say what it names. */
export type IdPrefix = "AROA" | "AIPA" | "ANPA" | "AIDA" | "AKIA" | "ASIA";

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** An id like IAM's: the prefix and base-32 characters, 21 in all (20 for a key). */
export function newId(prefix: IdPrefix): string {
  const length = prefix === "AKIA" || prefix === "ASIA" ? 20 : 21;
  return prefix + randomText(alphabet, length - prefix.length);
}

/** The secret of an access key: 40 characters. */
export function newSecret(): string {
  return randomText(`${alphabet}abcdefghijklmnopqrstuvwxyz01/+`, 40);
}

/** A session token: opaque, long and unique. */
export function newSessionToken(): string {
  return `IQoJb3JpZ2luX2Vj${randomText(`${alphabet}abcdefghijklmnopqrstuvwxyz01`, 240)}`;
}

function randomText(characters: string, length: number): string {
  return Array.from({ length }, () => characters[randomInt(characters.length)]).join("");
}
