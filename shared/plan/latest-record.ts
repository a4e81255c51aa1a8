import { canonical } from "./canonical.ts";
import type { KnownRecord } from "./control.ts";
import { type AppliedRecord, parseRecord } from "./record.ts";

type Versioned = { readonly version: number; readonly value: string };

type Written = { readonly version: number; readonly record: AppliedRecord };

/**
 * A record of which no status says how new it is, as the history of its parameter shows it: what is not what was
 * written last was put back by somebody.
 *
 * @param given.history of the parameter, in any order, as far as it goes back
 * @param given.environment whose record it is
 * @param given.above no record has this serial, or a higher one
 * @returns `null` where the history does not go as far as what was read: it is an old answer
 */
export function asHistoryShows(
  known: Extract<KnownRecord, { readonly kind: "found" | "misfit" }>,
  given: {
    readonly history: readonly Versioned[];
    readonly environment: string;
    readonly above: number;
  },
): Extract<KnownRecord, { readonly kind: "found" | "misfit" }> | null {
  const { history, environment, above } = given;
  const { parameterVersion } = known;
  const before = history.filter(({ version }) => version < parameterVersion);
  const newest = before.reduce((most, { version }) => Math.max(most, version), 0);
  if (newest !== parameterVersion - 1) return null;
  const records = recordsIn(before, environment);
  if (known.kind === "misfit") {
    const once = lastOf(records, before)?.record;
    return once === undefined
      ? { ...known, serialMin: above }
      : { ...known, serialMin: once.serial, once };
  }
  const { record } = known;
  const last = lastOf([...records, { version: parameterVersion, record }], before)?.record;
  if (last !== undefined && canonical(last) === canonical(record)) return known;
  // What was written last fits the next status, also where it is one of two runs at once that restores the other's.
  const serialMin = last?.serial ?? Math.max(above, record.serial + 1);
  return {
    kind: "misfit",
    why: "it was put back",
    parameterVersion,
    serialMin,
    once: last ?? record,
  };
}

/**
 * The text of the record that was written last, by the history of its parameter; `null` where none of it shows.
 *
 * @param history in any order, as far as it goes back
 */
export function lastRecordIn(history: readonly Versioned[], environment: string): string | null {
  const last = lastOf(recordsIn(history, environment), history);
  return history.find(({ version }) => version === last?.version)?.value ?? null;
}

/** The records of the environment in the order of their versions. */
function recordsIn(history: readonly Versioned[], environment: string): readonly Written[] {
  return history
    .toSorted((one, other) => one.version - other.version)
    .flatMap(({ version, value }) => {
      const read = parseRecord(value, environment);
      return read.kind === "fits" ? [{ version, record: read.record }] : [];
    });
}

/** What was written last, of records in the order of their versions. */
function lastOf(records: readonly Written[], history: readonly Versioned[]): Written | null {
  const texts = new Map(history.map(({ version, value }) => [version, value]));
  let last: Written | null = null;
  for (const each of records) if (isOurs(each, last, texts)) last = each;
  return last;
}

/**
 * Did a run write this, and not somebody put it back? A run says which version of the parameter its record follows. One
 * that does not follow it is put back, sent twice, or of one of two runs at once, which restores the other's: whose next
 * one then follows the same text under a later version. Release 0.1.0 did not say: its records count one on. Of the first
 * that the history shows nobody knows from which, so that one counts if it does not lag its parameter; where the history
 * is whole, if it is the very first.
 */
function isOurs(
  { version, record: { serial, after } }: Written,
  last: Written | null,
  texts: ReadonlyMap<number, string>,
): boolean {
  if (after === undefined) {
    if (last !== null) return serial > last.record.serial;
    return version === 1 ? serial === 1 : !texts.has(1) && serial >= version;
  }
  if (version === after + 1) return true;
  const followed = texts.get(after);
  return (
    last !== null && followed === texts.get(last.version) && followed === texts.get(version - 1)
  );
}
