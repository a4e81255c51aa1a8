import type { Fault } from "../aws/reading.ts";
import {
  environmentNameOf,
  type Installation,
  parseEnvironment,
  underInstallation,
} from "../document/index.ts";
import type { Clients } from "../edge/clients.ts";
import { faultOf } from "../edge/faults.ts";
import {
  keyOf,
  readAndTake,
  readLabelled,
  readNamed,
  readVersions,
  type StoredParameter,
} from "../edge/parameters.ts";
import {
  type ControlEntry,
  type DocumentVersion,
  isQuiet,
  type KnownRecord,
} from "../plan/control.ts";
import { digestOf } from "../plan/digest.ts";
import { parseStatus } from "../plan/status.ts";
import type { ReportedError } from "../report/report.ts";
import { knownRecord, readRecords, recordParameter } from "./records.ts";

/** The label that releases a held version. */
export const approvalLabel = "approved";

/** The versions that carry it, by the parameters of their environments. */
type Approvals = ReadonlyMap<string, StoredParameter>;

export function readApprovals(
  clients: Clients,
  prefix: string,
  environments: readonly string[],
): Promise<Approvals> {
  const parameters = environments.map((name) => `${prefix}/environments/${name}`);
  return readLabelled(clients, parameters, approvalLabel);
}

/** The control surface as one run reads it: documents, statuses, and of some environments more. */
export type ControlSurface = {
  readonly entries: readonly ControlEntry[];
  /** An ARN among the parameters, which names account and partition; `null` where none came. */
  readonly anyArn: string | null;
  /** Parameters that are not environments but look as if they were meant to be. */
  readonly errors: readonly ReportedError[];
};

/** A document that nobody has put yet, and the environment that it is for. */
export type Proposed = { readonly name: string; readonly text: string };

/**
 * Reads every document and status: enough to see which environments an event affects, if nothing has
 * changed. No record is among it.
 *
 * @param proposed is taken for the next version of its parameter, as Parameter Store would count it
 */
export async function listControl(
  clients: Clients,
  installation: Installation,
  proposed?: Proposed,
): Promise<ControlSurface> {
  const { prefix } = installation;
  const [stored, statuses] = await Promise.all([
    readAndTake(clients, `${prefix}/environments`, (each) => listedDocument(each, installation)),
    readAndTake(clients, `${prefix}/status`, (each) => listedStatus(each, prefix)),
  ]);
  const documents =
    proposed === undefined ? stored : [...stored, nextVersion(stored, proposed, installation)];
  const { entries, errors } = joined(documents, statuses, prefix);
  const anyArn = [...documents, ...statuses].find(({ arn }) => arn !== null)?.arn ?? null;
  return { entries, errors, anyArn };
}

/** What of two parameters with one name comes last counts. */
function nextVersion(
  stored: readonly ListedDocument[],
  { name: environment, text }: Proposed,
  installation: Installation,
): ListedDocument {
  const name = `${installation.prefix}/environments/${environment}`;
  const before = stored.find(({ parameter }) => parameter === name)?.newest?.version ?? 0;
  const next = { name, version: before + 1, value: text, type: "String", modifiedAt: null };
  return listedDocument({ ...next, arn: null }, installation);
}

/** What a listing keeps of a document's parameter: its name may be no environment's. */
type ListedDocument = Pick<StoredParameter, "arn"> & {
  readonly parameter: string;
  readonly environment: string | null;
  readonly newest: DocumentVersion | null;
};

function listedDocument(parameter: StoredParameter, installation: Installation): ListedDocument {
  const { name, arn } = parameter;
  const environment = environmentNameOf(name, installation.prefix);
  const newest = environment === null ? null : versionOf(parameter, installation);
  return { parameter: name, environment, newest, arn };
}

/** What it keeps of a status: not the text, which would be most of what a run holds. */
type ListedStatus = Pick<StoredParameter, "arn"> & {
  readonly environment: string | null;
} & Pick<ControlEntry, "status" | "statusDigest">;

function listedStatus({ name, value, arn }: StoredParameter, prefix: string): ListedStatus {
  const environment = statusNameOf(name, prefix);
  return { environment, status: parseStatus(value), statusDigest: digestOf(value), arn };
}

/**
 * Reads of each listed environment that is not simply as it was its record, its label, and the
 * version that was applied.
 *
 * @param given.touched environments of which somebody has just edited or labelled the parameter
 * @param given.records those that were read already
 */
export async function readFurther(
  clients: Clients,
  installation: Installation,
  listed: ControlSurface,
  given: {
    readonly touched?: (name: string) => boolean;
    readonly records?: ReadonlyMap<string, KnownRecord>;
    /** What carries the label, where it was read already. */
    readonly approvals?: Approvals | null;
  } = {},
): Promise<ControlSurface> {
  const errors: ReportedError[] = [];
  const entries = await withFurther(clients, installation, listed.entries, {
    touched: given.touched ?? (() => false),
    records: given.records ?? new Map(),
    approvals: given.approvals ?? null,
    refused: ({ code, message }) => void errors.push({ code, message }),
  });
  return { ...listed, entries, errors: [...listed.errors, ...errors] };
}

/** The control surface as a run over all environments wants it. */
export async function readControl(
  clients: Clients,
  installation: Installation,
): Promise<ControlSurface> {
  return readFurther(clients, installation, await listControl(clients, installation));
}

/**
 * Environments out of parameters that were read by their names, each with its record as it was read.
 *
 * @param read what Parameter Store has of the documents, statuses and records of `names`
 */
export function entriesIn(
  read: ReadonlyMap<string, StoredParameter>,
  names: readonly string[],
  installation: Installation,
): readonly ControlEntry[] {
  const { prefix } = installation;
  const of = (folder: string) =>
    names.flatMap((name) => read.get(`${prefix}/${folder}/${name}`) ?? []);
  const { entries } = sorted(of("environments"), of("status"), installation);
  return entries.map((entry) => ({
    ...entry,
    record: knownRecord(read.get(recordParameter(prefix, entry.name)), entry.name),
  }));
}

/**
 * Reads environments again by their names, with everything that belongs to them.
 *
 * @throws what AWS answers where not all of it can be read
 */
export async function readAgain(
  clients: Clients,
  installation: Installation,
  names: readonly string[],
): Promise<readonly ControlEntry[]> {
  const { prefix } = installation;
  const parameters = names.flatMap((name) => [
    `${prefix}/environments/${name}`,
    `${prefix}/status/${name}`,
  ]);
  const read = [...(await readNamed(clients, parameters)).values()];
  const of = (folder: string) => read.filter(({ name }) => name.startsWith(`${prefix}/${folder}/`));
  const { entries } = sorted(of("environments"), of("status"), installation);
  return withFurther(clients, installation, entries, {
    touched: () => true,
    records: new Map(),
    approvals: null,
    refused: (_, thrown) => {
      throw thrown;
    },
  });
}

function sorted(
  documents: readonly StoredParameter[],
  statuses: readonly StoredParameter[],
  installation: Installation,
): Pick<ControlSurface, "entries" | "errors"> {
  const { prefix } = installation;
  return joined(
    documents.map((each) => listedDocument(each, installation)),
    statuses.map((each) => listedStatus(each, prefix)),
    prefix,
  );
}

function joined(
  documents: readonly ListedDocument[],
  statuses: readonly ListedStatus[],
  prefix: string,
): Pick<ControlSurface, "entries" | "errors"> {
  const folder = `${prefix}/environments/`;
  const byName = new Map<string, DocumentVersion | null>();
  const statusByName = new Map<string, ListedStatus>();
  const errors: ReportedError[] = [];
  for (const { environment, parameter, newest } of documents) {
    if (environment !== null) byName.set(environment, newest);
    else if (parameter.startsWith(folder)) errors.push(badName(parameter, folder));
  }
  for (const listed of statuses) {
    if (listed.environment !== null) statusByName.set(listed.environment, listed);
  }
  const names = [...new Set([...byName.keys(), ...statusByName.keys()])].toSorted();
  const entries = names.map((name): ControlEntry => {
    const listed = statusByName.get(name);
    return {
      name,
      parameter: `${folder}${name}`,
      newest: byName.get(name) ?? null,
      status: listed?.status ?? null,
      statusDigest: listed?.statusDigest ?? null,
      record: { kind: "unread" },
      older: null,
      approvedVersion: null,
    };
  });
  return { entries, errors };
}

function statusNameOf(parameter: string, prefix: string): string | null {
  const folder = `${prefix}/status/`;
  if (!parameter.startsWith(folder)) return null;
  return environmentNameOf(`${prefix}/environments/${parameter.slice(folder.length)}`, prefix);
}

function badName(parameter: string, folder: string): ReportedError {
  return {
    code: "BadEnvironmentName",
    message: `${parameter} is not an environment: below ${folder} comes one level of A-Z a-z 0-9 _ . -, at most 64 characters. It is ignored; put the document under such a name`,
  };
}

/** A version as it is understood, or as what is wrong with it. */
export function versionOf(
  parameter: Omit<StoredParameter, "arn">,
  installation: Installation,
): DocumentVersion {
  const { name, version, value: text, modifiedAt } = parameter;
  const source = { parameter: name, version, text, region: installation.home };
  const parsed =
    parameter.type === "String"
      ? underInstallation(parseEnvironment(source), { ...source, installation })
      : wrongType(parameter);
  return { version, digest: digestOf(text), modifiedAt, text, parsed };
}

/** A document is not a secret, and an encrypted one could not be read with the rights we ask for. */
function wrongType({
  name,
  version,
  type,
}: Pick<StoredParameter, "name" | "version" | "type">): DocumentVersion["parsed"] {
  const allowed = "a parameter of type String";
  const message = `${name}, version ${version}, is a ${type}; allowed: ${allowed}. Delete it and put the document with --type String.`;
  return {
    kind: "invalid",
    problems: [{ code: "wrong-type", message, parameter: name, version, path: "", allowed }],
  };
}

async function withFurther(
  clients: Clients,
  installation: Installation,
  listed: readonly ControlEntry[],
  given: {
    readonly touched: (name: string) => boolean;
    readonly records: ReadonlyMap<string, KnownRecord>;
    readonly approvals: Approvals | null;
    readonly refused: Refused;
  },
): Promise<readonly ControlEntry[]> {
  const { touched, refused, records: known } = given;
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
    orRefused(
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
      ? orRefused(
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
  return withOlder(clients, installation, { entries, refused });
}

/** Is called where a part of the control surface could not be read. */
type Refused = (fault: Fault, thrown: unknown) => void;

/** What could be read, or why not: for what is not known of one environment no other one has to wait. */
type ReadOr<Value> =
  | { readonly kind: "found"; readonly value: Value }
  | { readonly kind: "unreadable"; readonly fault: Fault };

async function orRefused<Value>(
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
  return text === undefined ? null : versionOf(text, installation);
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
  const versions = await orRefused(
    "ssm:GetParameters of the versions in force",
    readVersions(clients, late),
    refused,
  );
  return entries.map((entry) => {
    const key = late.find(({ name }) => name === entry.parameter);
    if (key === undefined) return entry;
    if (versions.kind === "unreadable") return withoutOlder(entry, versions.fault);
    const text = versions.value.get(keyOf(key));
    return text === undefined ? entry : { ...entry, older: versionOf(text, installation) };
  });
}
