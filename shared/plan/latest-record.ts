import { canonical } from "./canonical.ts";
import type { KnownRecord } from "./control.ts";
import { type AppliedRecord, parseRecord } from "./record.ts";

type Versioned = { readonly version: number; readonly value: string };

type Written = { readonly version: number; readonly record: AppliedRecord };

/**
 * A record of which no status says how new it is, as the history of its parameter shows it: what is not what was
 * written last was put back by somebody.
 *
 * @param history of the parameter, in any order, as far as it goes back
 * @param environment whose record it is
 * @returns `null` where the history does not go as far as what was read: it is an old answer
 */
export function asHistoryShows(
  known: Extract<KnownRecord, { readonly kind: "found" | "misfit" }>,
  history: readonly Versioned[],
  environment: string,
): Extract<KnownRecord, { readonly kind: "found" | "misfit" }> | null {
  const { parameterVersion } = known;
  const before = history
    .filter(({ version }) => version < parameterVersion)
    .toSorted((one, other) => one.version - other.version);
  if ((before.at(-1)?.version ?? 0) !== parameterVersion - 1) return null;
  const records = before.flatMap(({ version, value }) => {
    const read = parseRecord(value, environment);
    return read.kind === "fits" ? [{ version, record: read.record }] : [];
  });
  if (known.kind === "misfit") {
    return { ...known, serialMin: lastWritten(records)?.serial ?? parameterVersion };
  }
  const { record } = known;
  const last = lastWritten([...records, { version: parameterVersion, record }]);
  if (last !== null && canonical(last) === canonical(record)) return known;
  return {
    kind: "misfit",
    why: "it was put back",
    parameterVersion,
    serialMin: Math.max(last?.serial ?? parameterVersion, record.serial + 1),
  };
}

/** The record that was written last, of those in the order of their versions. */
function lastWritten(written: readonly Written[]): AppliedRecord | null {
  let last: AppliedRecord | null = null;
  for (const each of written) if (isOurs(each, last)) last = each.record;
  return last;
}

/**
 * Did a run write this, and not somebody put it back? A run says which version of the parameter its record follows. One
 * that does not follow it is put back, sent twice, or of one of two runs at once, which restores the other's. Release
 * 0.1.0 did not say: its records count one on. Of the first that the history shows nobody knows from which, so that
 * one counts if it does not lag its parameter.
 */
function isOurs(
  { version, record: { serial, after } }: Written,
  last: AppliedRecord | null,
): boolean {
  if (after !== undefined) return version === after + 1;
  return last === null ? serial >= version : serial > last.serial;
}
