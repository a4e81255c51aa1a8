import { parseRecord } from "./record.ts";

type Versioned = { readonly version: number; readonly value: string };

/**
 * Is this version of a record's parameter what was written last? A write of ours does not lag the version that it
 * makes, and no other does not: only a retried one, one of two runs at once, or what somebody puts back. So
 * the newest version that does not lag is the last one, and what is not its text is older.
 *
 * @param history of the parameter, newest first, as far as it goes back
 * @param environment whose record it is
 */
export function isLatestIn(
  history: readonly Versioned[],
  parameterVersion: number,
  environment: string,
): boolean {
  const last = history.find(({ version, value }) => {
    const read = parseRecord(value, environment);
    return read.kind === "fits" && read.record.serial >= version;
  });
  const now = history.find(({ version }) => version === parameterVersion);
  return last !== undefined && last.value === now?.value;
}
