import type { Installation } from "../document/index.ts";
import type { Clients } from "../edge/clients.ts";
import { faultOf } from "../edge/faults.ts";
import { readNamed, type StoredParameter } from "../edge/parameters.ts";
import type { ControlEntry, KnownRecord } from "../plan/control.ts";
import { parseRecord } from "../plan/record.ts";

/** Where a record is kept: outside of what is listed, so that a quiet run reads none. */
export function recordParameter(prefix: string, environment: string): string {
  return `${prefix}/applied/${environment}`;
}

/** Reads records by the names of their environments; a fault is each one's own reading. */
export async function readRecords(
  clients: Clients,
  { prefix }: Pick<Installation, "prefix">,
  environments: readonly string[],
): Promise<ReadonlyMap<string, KnownRecord>> {
  if (environments.length === 0) return new Map();
  const parameters = new Map(environments.map((name) => [name, recordParameter(prefix, name)]));
  try {
    const read = await readNamed(clients, [...parameters.values()]);
    return new Map(
      [...parameters].map(([name, parameter]) => [name, knownRecord(read.get(parameter), name)]),
    );
  } catch (thrown) {
    const fault = faultOf("ssm:GetParameters of the records", thrown);
    return new Map(environments.map((name) => [name, { kind: "unreadable", fault } as const]));
  }
}

/** The environments with their records, where those could be read. */
export function withRecords(
  entries: readonly ControlEntry[],
  records: ReadonlyMap<string, KnownRecord>,
): readonly ControlEntry[] {
  return entries.map((entry) => {
    const record = records.get(entry.name);
    return record === undefined || record.kind === "unreadable" ? entry : { ...entry, record };
  });
}

/**
 * A record's parameter as evidence: absent, found, or a misfit with the reason why it cannot be
 * believed. It never throws, whatever somebody has written there.
 *
 * @param parameter what was read; `undefined` where there is none
 * @param environment whose record it must be
 */
export function knownRecord(
  parameter: StoredParameter | undefined,
  environment: string,
): KnownRecord {
  if (parameter === undefined) return { kind: "absent" };
  const { version: parameterVersion } = parameter;
  const reading = parseRecord(parameter.value, environment);
  return reading.kind === "fits"
    ? { kind: "found", record: reading.record, parameterVersion }
    : { kind: "misfit", why: reading.why, parameterVersion };
}
