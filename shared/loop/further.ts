import type { Fault } from "../aws/reading.ts";
import type { Installation } from "../document/index.ts";
import type { Clients } from "../edge/clients.ts";
import { faultOf } from "../edge/faults.ts";
import { keyOf, readLabelled, readVersions, type StoredParameter } from "../edge/parameters.ts";
import {
  asksHistory,
  type ControlEntry,
  type DocumentVersion,
  isQuiet,
  type KnownRecord,
} from "../plan/control.ts";
import { readRecords } from "./records.ts";
import { documentVersionOf } from "./stored-version.ts";

/** The label that releases a held version. */
export const approvalLabel = "approved";

/** The versions that carry it, by the parameters of their environments. */
export type Approvals = ReadonlyMap<string, StoredParameter>;

/** Which of these environments have a version with the label. */
export function readApprovals(
  clients: Clients,
  prefix: string,
  environments: readonly string[],
): Promise<Approvals> {
  const parameters = environments.map((name) => `${prefix}/environments/${name}`);
  return readLabelled(clients, parameters, approvalLabel);
}

/**
 * Environments with what is read of each that is not simply as it was: its record, its label, and the version
 * that was applied.
 */
export async function withFurther(
  clients: Clients,
  installation: Installation,
  listed: readonly ControlEntry[],
  given: {
    readonly touched: (name: string) => boolean;
    readonly records: ReadonlyMap<string, KnownRecord>;
    readonly approvals: Approvals | null;
    readonly refused: Refused;
    /** Records as they are found, however old: for who looks only for what they name. */
    readonly ofAnyAge?: boolean;
  },
): Promise<readonly ControlEntry[]> {
  const { touched, refused, records: known, ofAnyAge = false } = given;
  const needed = listed.filter((each) => !isQuiet(each));
  const asked = new Set(needed.map(({ name }) => name));
  const labelled = listed.filter(
    ({ name, newest }) => newest !== null && (asked.has(name) || touched(name)),
  );
  const mayBeApproved = ({ parameter, newest }: ControlEntry) =>
    given.approvals === null || given.approvals.get(parameter)?.version === newest?.version;
  const [records, versions, approvals] = await Promise.all([
    readRecords(
      clients,
      installation,
      needed.map(({ name }) => name).filter((name) => !known.has(name)),
    ),
    orFault(
      "ssm:GetParameters of the versions in force",
      readVersions(
        clients,
        needed.flatMap((entry) =>
          known.get(entry.name)?.kind === "found" && !mayBeApproved(entry)
            ? []
            : olderOf(entry, known.get(entry.name)),
        ),
      ),
      refused,
    ),
    given.approvals === null
      ? orFault(
          `ssm:GetParameters of the labels ${approvalLabel}`,
          readApprovals(
            clients,
            installation.prefix,
            labelled.map(({ name }) => name),
          ),
          refused,
        )
      : ({ kind: "found", value: given.approvals } as const),
  ]);
  const isAsked = new Set(labelled);
  const entries = listed.map((each): ControlEntry => {
    const record = known.get(each.name) ?? records.get(each.name) ?? each.record;
    const read = { ...each, record, older: olderIn(versions, each, installation) };
    const approvedVersion = isAsked.has(each) ? labelIn(approvals, each) : null;
    const [older] = olderOf(each, undefined);
    return older !== undefined && asked.has(each.name) && versions.kind === "unreadable"
      ? withoutOlder({ ...read, approvedVersion }, versions.fault)
      : { ...read, approvedVersion };
  });
  const isDue = !ofAnyAge && entries.some(asksHistory);
  // It is rare that no status says how new a record is.
  const found = isDue
    ? await (await import("./known-age.ts")).withKnownAges(clients, installation, entries)
    : entries;
  return withOlder(clients, installation, { entries: found, refused });
}

/** Is called where a part of the control surface could not be read. */
type Refused = (fault: Fault, thrown: unknown) => void;

/** What could be read, or why not: for what is not known of one environment no other one has to wait. */
type ReadOr<Value> =
  | { readonly kind: "found"; readonly value: Value }
  | { readonly kind: "unreadable"; readonly fault: Fault };

/** What is read, or the fault that a read ends in. */
export async function orFault<Value>(
  call: string,
  reading: Promise<Value>,
  refused: Refused,
): Promise<ReadOr<Value>> {
  try {
    return { kind: "found", value: await reading };
  } catch (thrown) {
    const fault = faultOf(call, thrown);
    refused(fault, thrown);
    return { kind: "unreadable", fault };
  }
}

type Versions = ReadonlyMap<string, StoredParameter>;

function olderIn(
  versions: ReadOr<Versions>,
  entry: ControlEntry,
  installation: Installation,
): DocumentVersion | null {
  const [older] = olderOf(entry, undefined);
  if (older === undefined || versions.kind !== "found") return null;
  const text = versions.value.get(keyOf(older));
  return text === undefined ? null : documentVersionOf(text, installation);
}

function labelIn(
  approvals: ReadOr<Approvals>,
  { parameter }: ControlEntry,
): ControlEntry["approvedVersion"] {
  return approvals.kind === "found"
    ? (approvals.value.get(parameter)?.version ?? null)
    : "unreadable";
}

/**
 * An environment of which the history could not be asked for what is in force. What a label releases beside it is
 * not known then, and neither is what a status of the release before names, which had no record.
 */
function withoutOlder(entry: ControlEntry, fault: Fault): ControlEntry {
  return {
    ...entry,
    record: entry.record.kind === "absent" ? { kind: "unreadable", fault } : entry.record,
    approvedVersion: entry.approvedVersion === null ? null : "unreadable",
  };
}

/**
 * The version that the status says is applied, where the history may still have it. Beside a record it
 * is asked for only where the newest one carries the label and was not announced: else its approval goes
 * by what was announced.
 */
function olderOf(
  { parameter, newest, status }: ControlEntry,
  record: KnownRecord | undefined,
): readonly { name: string; version: number }[] {
  const version = status?.appliedVersion ?? null;
  if (newest === null || version === null || version >= newest.version) return [];
  if (record?.kind === "found" && isAnnounced({ newest, status })) return [];
  return [{ name: parameter, version }];
}

function isAnnounced({ newest, status }: Pick<ControlEntry, "newest" | "status">): boolean {
  return status?.heldVersion !== null && status?.heldVersion === newest?.version;
}

/** The record may name another applied version than a status that was not written in time. */
async function withOlder(
  clients: Clients,
  installation: Installation,
  given: { readonly entries: readonly ControlEntry[]; readonly refused: Refused },
): Promise<readonly ControlEntry[]> {
  const { entries, refused } = given;
  const late = entries.flatMap((entry) => {
    if (entry.record.kind !== "found" || entry.newest === null) return [];
    const version = entry.record.record.applied?.version ?? null;
    if (version === null || version >= entry.newest.version || isAnnounced(entry)) return [];
    if (entry.approvedVersion !== entry.newest.version) return [];
    return version === entry.older?.version ? [] : [{ name: entry.parameter, version }];
  });
  if (late.length === 0) return entries;
  const versions = await orFault(
    "ssm:GetParameters of the versions in force",
    readVersions(clients, late),
    refused,
  );
  return entries.map((entry) => {
    const key = late.find(({ name }) => name === entry.parameter);
    if (key === undefined) return entry;
    if (versions.kind === "unreadable") return withoutOlder(entry, versions.fault);
    const text = versions.value.get(keyOf(key));
    return text === undefined ? entry : { ...entry, older: documentVersionOf(text, installation) };
  });
}
