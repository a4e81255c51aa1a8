import type { Fault } from "../aws/reading.ts";
import { environmentNameOf, type Installation } from "../document/index.ts";
import type { Clients } from "../edge/clients.ts";
import { readAndTake, readNamed, type StoredParameter } from "../edge/parameters.ts";
import {
  type ControlEntry,
  type DocumentVersion,
  isQuiet,
  type KnownRecord,
} from "../plan/control.ts";
import { digestOf } from "../plan/digest.ts";
import { parseStatus } from "../plan/status.ts";
import type { ReportedError } from "../report/report.ts";
import { type Approvals, orFault, withFurther } from "./further.ts";
import { knownRecord, readRecords, recordParameter } from "./records.ts";
import { documentVersionOf } from "./stored-version.ts";

/** The control surface as one run reads it: documents, statuses, and of some environments more. */
export type ControlSurface = {
  readonly entries: readonly ControlEntry[];
  /** An ARN among the parameters, which names account and partition; `null` where none came. */
  readonly anyArn: string | null;
  /** Parameters that are not environments but look as if they were meant to be. */
  readonly errors: readonly ReportedError[];
  /**
   * Why the statuses could not be listed: what only a status names is then not among the environments.
   * `null` where they could.
   */
  readonly unlisted: Fault | null;
};

/** A document that nobody has put yet, and the environment that it is for. */
export type Proposed = { readonly name: string; readonly text: string };

/**
 * Reads every document and status: enough to see which environments an event affects, if nothing has
 * changed. No record is among it.
 *
 * @param given.proposed is taken for the next version of its parameter, as Parameter Store would count it
 * @param given.insists a listing that is refused is thrown, also that of the statuses
 * @throws what AWS answers where documents cannot be listed, or statuses not even be read by their names:
 * what was reported is known from them alone
 */
export async function listControl(
  clients: Clients,
  installation: Installation,
  { proposed, insists }: { readonly proposed?: Proposed | undefined; readonly insists: boolean },
): Promise<ControlSurface> {
  const { prefix } = installation;
  const [stored, listed] = await Promise.all([
    readAndTake(clients, `${prefix}/environments`, (each) => listedDocument(each, installation)),
    orFault(
      `ssm:GetParametersByPath of ${prefix}/status`,
      readAndTake(clients, `${prefix}/status`, (each) => listedStatus(each, prefix)),
      (_, thrown) => {
        if (insists) throw thrown;
      },
    ),
  ]);
  const documents =
    proposed === undefined ? stored : [...stored, nextVersion(stored, proposed, installation)];
  const names = documents.flatMap(({ environment }) => environment ?? []);
  const unlisted = listed.kind === "found" ? null : listed.fault;
  const statuses =
    listed.kind === "found" ? listed.value : await statusesByName(clients, prefix, names);
  const { entries, errors } = joinedByName({ documents, statuses, kept: [] }, prefix);
  const anyArn = [...documents, ...statuses].find(({ arn }) => arn !== null)?.arn ?? null;
  const said = unlisted === null ? [] : [{ code: unlisted.code, message: unlisted.message }];
  return { entries, errors: [...errors, ...said], anyArn, unlisted };
}

/** The statuses of these environments, where a listing of all of them is refused. */
async function statusesByName(
  clients: Clients,
  prefix: string,
  names: readonly string[],
): Promise<readonly ListedStatus[]> {
  const read = await readNamed(
    clients,
    names.map((name) => `${prefix}/status/${name}`),
  );
  return [...read.values()].map((each) => listedStatus(each, prefix));
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
  const newest = environment === null ? null : documentVersionOf(parameter, installation);
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
    readonly ofAnyAge?: boolean;
  } = {},
): Promise<ControlSurface> {
  const errors: ReportedError[] = [];
  const entries = await withFurther(clients, installation, listed.entries, {
    touched: given.touched ?? (() => false),
    records: given.records ?? new Map(),
    approvals: given.approvals ?? null,
    ofAnyAge: given.ofAnyAge ?? false,
    refused: ({ code, message }) => void errors.push({ code, message }),
  });
  return { ...listed, entries, errors: [...listed.errors, ...errors] };
}

/** The control surface for who looks only for what its records name, which asks no history how old they are. */
export async function readControl(
  clients: Clients,
  installation: Installation,
): Promise<ControlSurface> {
  const listed = await listControl(clients, installation, { insists: true });
  return readFurther(clients, installation, listed, { ofAnyAge: true });
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
  const kept = of("applied").map(({ name }) => name.slice(recordParameter(prefix, "").length));
  const { entries } = entriesOfParameters(
    { documents: of("environments"), statuses: of("status"), kept },
    installation,
  );
  return entries.map((entry) => ({
    ...entry,
    record: knownRecord(read.get(recordParameter(prefix, entry.name)), entry.name),
  }));
}

/**
 * Reads environments again by their names, with everything that belongs to them. Of one whose document
 * and status are gone the record is left.
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
  const [read, records] = await Promise.all([
    readNamed(clients, parameters),
    readRecords(clients, installation, names),
  ]);
  const of = (folder: string) =>
    names.flatMap((name) => read.get(`${prefix}/${folder}/${name}`) ?? []);
  const kept = names.filter((name) => records.get(name)?.kind !== "absent");
  const found = { documents: of("environments"), statuses: of("status"), kept };
  const { entries } = entriesOfParameters(found, installation);
  // Of an environment that is quiet, one that cannot be read now is as good as not asked for.
  const isAsked = (entry: ControlEntry) =>
    !isQuiet(entry) || records.get(entry.name)?.kind !== "unreadable";
  const asked = new Map(
    entries.filter(isAsked).flatMap(({ name }) => {
      const record = records.get(name);
      return record === undefined ? [] : [[name, record] as const];
    }),
  );
  return withFurther(clients, installation, entries, {
    touched: () => true,
    records: asked,
    approvals: null,
    refused: (_, thrown) => {
      throw thrown;
    },
  });
}

function entriesOfParameters(
  found: {
    readonly documents: readonly StoredParameter[];
    readonly statuses: readonly StoredParameter[];
    /** Environments that have a record. */
    readonly kept: readonly string[];
  },
  installation: Installation,
): Pick<ControlSurface, "entries" | "errors"> {
  const { prefix } = installation;
  return joinedByName(
    {
      documents: found.documents.map((each) => listedDocument(each, installation)),
      statuses: found.statuses.map((each) => listedStatus(each, prefix)),
      kept: found.kept,
    },
    prefix,
  );
}

function joinedByName(
  found: {
    readonly documents: readonly ListedDocument[];
    readonly statuses: readonly ListedStatus[];
    readonly kept: readonly string[];
  },
  prefix: string,
): Pick<ControlSurface, "entries" | "errors"> {
  const { documents, statuses, kept } = found;
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
  const names = [...new Set([...byName.keys(), ...statusByName.keys(), ...kept])].toSorted();
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
