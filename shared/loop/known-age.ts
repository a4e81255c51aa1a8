import type { Installation } from "../document/index.ts";
import { atMost } from "../edge/at-once.ts";
import type { Clients } from "../edge/clients.ts";
import { faultOf } from "../edge/faults.ts";
import { readHistory } from "../edge/parameters.ts";
import { asksHistory, type ControlEntry, serialSeen } from "../plan/control.ts";
import { asHistoryShows } from "../plan/latest-record.ts";
import { recordParameter } from "./records.ts";

/** Where all statuses are lost each environment asks for one, in several pages. */
const historiesAtOnce = 8;

/** Environments with their records as the histories show them, where no status says how new a record is. */
export function withKnownAges(
  clients: Clients,
  installation: Installation,
  entries: readonly ControlEntry[],
): Promise<readonly ControlEntry[]> {
  return atMost(historiesAtOnce, entries, (each) => withKnownAge(clients, installation, each));
}

/**
 * Where no status says how new a record is, the history of its parameter does. What that cannot be asked is as good
 * as a record that cannot be read.
 */
async function withKnownAge(
  clients: Clients,
  { prefix }: Installation,
  entry: ControlEntry,
): Promise<ControlEntry> {
  const { record, name, status } = entry;
  if (!("parameterVersion" in record && asksHistory(entry))) return entry;
  const parameter = recordParameter(prefix, name);
  try {
    const history = await readHistory(clients, parameter);
    // Each write of a record counts one on: none has as many as there were seconds.
    const above = serialSeen(status) || Math.floor(clients.time.now() / 1000);
    const shown = asHistoryShows(record, { history, environment: name, above });
    const message = `the history of ${parameter} is not up to date`;
    const fault = { code: "StaleListing", message, kind: "transient" } as const;
    return { ...entry, record: shown ?? { kind: "unreadable", fault } };
  } catch (thrown) {
    const fault = faultOf(`ssm:GetParameterHistory ${parameter}`, thrown);
    return { ...entry, record: { kind: "unreadable", fault } };
  }
}
