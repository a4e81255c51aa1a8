import type { Fault } from "../aws/reading.ts";
import type { Clients } from "../edge/clients.ts";
import { faultOf } from "../edge/faults.ts";
import { readNamed, type StoredParameter } from "../edge/parameters.ts";
import { writeRecord } from "../edge/record.ts";
import type { ControlEntry } from "../plan/control.ts";
import { digestOf } from "../plan/digest.ts";
import { serializeRecord } from "../plan/record.ts";
import { type RecordFence, serialAfter } from "../plan/record-after.ts";
import { recordParameter } from "./records.ts";

type Fenced =
  | { readonly kind: "holds"; readonly fence: RecordFence }
  | { readonly kind: "broken"; readonly fault: Fault };

/** Writes the record with the next serial, and says whether this run is still the only one. */
export async function keepRecord(
  clients: Clients,
  prefix: string,
  fence: RecordFence,
): Promise<Fenced> {
  const { record, parameterVersion } = fence;
  const whole = { ...record, serial: serialAfter(fence), after: parameterVersion };
  // What somebody had written there may be as long as he likes, and decides nothing.
  const bare = { ...whole, replaced: { trust: null, policy: null } };
  const next = serializeRecord(whole) === null ? bare : whole;
  const text = serializeRecord(next);
  if (text === null) {
    const message = `the record of ${record.environment} is longer than a parameter can be: name fewer projects, refs or targets, or split the environment`;
    return { kind: "broken", fault: { code: "RecordTooLong", message, kind: "refused" } };
  }
  const parameter = recordParameter(prefix, record.environment);
  const lastOf = async (history: readonly Pick<StoredParameter, "version" | "value">[]) => {
    const { lastRecordIn } = await import("../plan/latest-record.ts");
    return lastRecordIn(history, record.environment);
  };
  const written = await writeRecord(clients, parameter, { text, after: parameterVersion, lastOf });
  return written.kind === "written"
    ? { kind: "holds", fence: { record: next, parameterVersion: written.version } }
    : { kind: "broken", fault: written.fault };
}

/**
 * Reads document and record again just before the first step that opens: what was read minutes ago
 * may be another's past.
 */
export async function stillHolds(
  clients: Clients,
  prefix: string,
  entry: ControlEntry,
  fence: RecordFence,
): Promise<Fault | null> {
  const parameter = recordParameter(prefix, entry.name);
  try {
    const read = await readNamed(clients, [entry.parameter, parameter]);
    const document = read.get(entry.parameter);
    const same =
      document === undefined
        ? entry.newest === null
        : document.version === entry.newest?.version &&
          digestOf(document.value) === entry.newest.digest;
    if (!same) return stale(`${entry.parameter} was edited while this run was at work`);
    const version = read.get(parameter)?.version ?? 0;
    if (version === fence.parameterVersion) return null;
    return stale(`${parameter} was written by another run meanwhile`);
  } catch (thrown) {
    return faultOf(`reading ${entry.parameter} again`, thrown);
  }
}

function stale(what: string): Fault {
  return { code: "Overtaken", message: `${what}: nothing more was opened`, kind: "stale" };
}
