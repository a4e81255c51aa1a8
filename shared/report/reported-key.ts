import type { ControlEntry } from "../plan/control.ts";
import { digestOf } from "../plan/digest.ts";

/*
 * A short name for something that is open or differs, so that it is reported once. A status keeps each as a
 * text; everything else asks the parts that are named here.
 */

/** Nothing matters of it but whether it is the same. */
const factKinds = [
  "deny",
  "left",
  "version",
  "granted",
  "retained",
  "adopted",
  "stuck",
  "applied",
  "held",
] as const;

export type FactKey = { readonly kind: (typeof factKinds)[number]; readonly digest: string };

const doorKinds = ["trust-policy", "permissions", "audience"] as const;

/** Something that is open, at one place. */
export type DoorKey = {
  readonly kind: (typeof doorKinds)[number];
  /** Digest of the place; statuses of earlier releases have its first ten digits. */
  readonly place: string;
  /** What an attached policy there says; `null` where that was not read, or is a part of the place. */
  readonly content: string | null;
  /** Which boundary the role has; `null` where it has none. */
  readonly boundary: string | null;
  /** What that boundary says; `null` where it was not read. */
  readonly limit: string | null;
};

/** A correction that is fought over. */
export type QuarrelKey = {
  readonly kind: "quarrel";
  readonly digest: string;
  /** When its last round was, in minutes since 1970. */
  readonly minute: number;
  /** After how many hours without another round it is over. */
  readonly hours: number;
};

/** A door that was shut again before a run looked. */
export type ShutKey = {
  readonly kind: "shut";
  readonly digest: string;
  /** When it was opened, in minutes since 1970. */
  readonly minute: number;
};

/** How many others hold the deploy policy. */
export type HoldersKey = { readonly kind: "holders"; readonly count: number };

export type ReportedKey = FactKey | DoorKey | QuarrelKey | ShutKey | HoldersKey;

/** The minute of an instant, counted since 1970. */
export function minuteOf(instant: Date): number {
  return Math.floor(instant.getTime() / minuteMs);
}

export const minuteMs = 60_000;

/** The first digits of a digest; ten are enough where nobody who opens a door chooses the content. */
export function shortDigest(content: unknown, digits = 10): string {
  return digestOf(JSON.stringify(content)).slice(0, digits);
}

/** So many parts of one widening, or things left behind, a status remembers one by one; more as one. */
export const oneByOneMax = 20;

/** One digest for many keys, in any order: of these somebody may have chosen the content. */
export function digestOfAll(keys: readonly ReportedKey[]): string {
  return shortDigest(keys.map(textOfKey).toSorted(), 16);
}

/** A key as a status keeps it. */
export function textOfKey(key: ReportedKey): string {
  switch (key.kind) {
    case "trust-policy":
    case "permissions":
    case "audience": {
      const parts = [key.place, key.content, key.boundary, key.limit].map((part) => part ?? "");
      // Empty parts at its end are left out.
      const length = parts.findLastIndex((part) => part !== "") + 1;
      return `${key.kind}:${parts.slice(0, length).join(".")}`;
    }
    case "quarrel":
      return `${key.kind}:${key.digest}@${key.minute.toString(36)}@${key.hours}`;
    case "shut":
      return `${key.kind}:${key.digest}@${key.minute.toString(36)}`;
    case "holders":
      return `${key.kind}:${key.count}`;
    default:
      return `${key.kind}:${key.digest}`;
  }
}

/** A key out of a status; `null` where no release that we know of writes such a text. */
export function keyInText(text: string): ReportedKey | null {
  const [name = "", ...rest] = text.split(":");
  const content = rest.join(":");
  const fact = factKinds.find((kind) => kind === name);
  if (fact !== undefined) return { kind: fact, digest: content };
  const door = doorKinds.find((kind) => kind === name);
  if (door !== undefined) return doorKeyIn(door, content);
  const [digest = "", minuteText = "", hours = ""] = content.split("@");
  const minute = Number.parseInt(minuteText, 36);
  switch (name) {
    case "quarrel":
      // Statuses of earlier releases do not say after how many: a day.
      return Number.isNaN(minute)
        ? null
        : { kind: name, digest, minute, hours: Number(hours) || 24 };
    case "shut":
      return Number.isNaN(minute) ? null : { kind: name, digest, minute };
    case "holders":
      return { kind: name, count: Number(content) || 0 };
    default:
      return null;
  }
}

function doorKeyIn(kind: DoorKey["kind"], parts: string): DoorKey {
  const [place = "", ...known] = parts.split(".");
  const [content = null, boundary = null, limit = null] = known.map((part) => part || null);
  return { kind, place, content, boundary, limit };
}

/** Each key once. */
export function uniqueKeys<Key extends ReportedKey>(keys: readonly Key[]): readonly Key[] {
  return [...new Map(keys.map((key) => [textOfKey(key), key])).values()];
}

/** What runs before this one have reported, as their status remembers it. */
export function reportedBefore({
  entry,
}: {
  readonly entry: ControlEntry;
}): readonly ReportedKey[] {
  return textsIn(entry).flatMap((text) => keyInText(text) ?? []);
}

/** Was this reported already, and is it still the same? */
export function wasReported(
  { entry }: { readonly entry: ControlEntry },
  key: ReportedKey | null,
): boolean {
  return key !== null && textsIn(entry).includes(textOfKey(key));
}

function textsIn({ status }: ControlEntry): readonly string[] {
  return status?.seen?.told ?? [];
}
