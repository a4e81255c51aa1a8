import type { Clients } from "../edge/clients.ts";
import {
  keyOf,
  readLabelled,
  readParameters,
  readVersions,
  type StoredParameter,
} from "../edge/parameters.ts";
import {
  appliedOf,
  type ControlEntry,
  type DocumentVersion,
  digestOf,
  versionsNeeded,
} from "../plan/control.ts";
import { parseStatus, type Status } from "../plan/status.ts";
import type { ReportedError } from "../report/report.ts";
import { environmentNameOf, parseEnvironment } from "../spec/index.ts";

/** The label that releases a held version. */
export const approvalLabel = "approved";

/** The control surface as one run reads it: everything below the prefix, once. */
export type ControlSurface = {
  readonly entries: readonly ControlEntry[];
  /** An ARN among the parameters, which tells account and partition; `null` where none came. */
  readonly anyArn: string | null;
  /** Parameters that are no environment and look as if they were meant to be one. */
  readonly errors: readonly ReportedError[];
  /** What the last audit remembered; `null` where there was none. */
  readonly auditMemory: string | null;
};

type Found = {
  readonly name: string;
  readonly parameter: string;
  readonly newest: DocumentVersion | null;
  readonly status: Status | null;
  readonly statusText: string | null;
};

/** Reads every document and status, and of each the further versions that deciding needs. */
export async function readControl(
  clients: Clients,
  input: { readonly prefix: string; readonly region: string; readonly touched?: boolean },
): Promise<ControlSurface> {
  const { prefix, region } = input;
  const parameters = await readParameters(clients, prefix);
  const { found, errors } = sortParameters(parameters, prefix, region);
  const further = await readFurther(clients, found, input.touched ?? false);
  const entries = found.map((each) => entryOf(each, further, region));
  return {
    entries,
    errors,
    anyArn: parameters.find(({ arn }) => arn !== null)?.arn ?? null,
    auditMemory: parameters.find(({ name }) => name === `${prefix}/audit`)?.value ?? null,
  };
}

function sortParameters(
  parameters: readonly StoredParameter[],
  prefix: string,
  region: string,
): { readonly found: readonly Found[]; readonly errors: readonly ReportedError[] } {
  const folder = `${prefix}/environments/`;
  const documents = new Map<string, StoredParameter>();
  const statuses = new Map<string, StoredParameter>();
  const errors: ReportedError[] = [];
  for (const parameter of parameters) {
    const name = environmentNameOf(parameter.name, prefix);
    const statusOf = statusNameOf(parameter.name, prefix);
    if (name !== null) documents.set(name, parameter);
    else if (statusOf !== null) statuses.set(statusOf, parameter);
    else if (parameter.name.startsWith(folder)) errors.push(badName(parameter.name, folder));
  }
  const names = [...new Set([...documents.keys(), ...statuses.keys()])].toSorted();
  const found = names.map((name): Found => {
    const document = documents.get(name);
    const statusText = statuses.get(name)?.value ?? null;
    return {
      name,
      parameter: `${folder}${name}`,
      newest: document === undefined ? null : versionOf(document, region),
      status: statusText === null ? null : parseStatus(statusText),
      statusText,
    };
  });
  return {
    found: found.filter(({ newest, status }) => newest !== null || status !== null),
    errors,
  };
}

function statusNameOf(parameter: string, prefix: string): string | null {
  const folder = `${prefix}/status/`;
  if (!parameter.startsWith(folder)) return null;
  return environmentNameOf(`${prefix}/environments/${parameter.slice(folder.length)}`, prefix);
}

function badName(parameter: string, folder: string): ReportedError {
  return {
    code: "BadEnvironmentName",
    message: `${parameter} is no environment: below ${folder} comes one level of A-Z a-z 0-9 _ . -, at most 64 characters. It is ignored; put the document under such a name`,
  };
}

function versionOf(parameter: StoredParameter, region: string): DocumentVersion {
  const { name, version, value: text } = parameter;
  const parsed =
    parameter.type === "String"
      ? parseEnvironment({ parameter: name, version, text, region })
      : wrongType(parameter);
  return { version, digest: digestOf(text), parsed };
}

/** A document is no secret, and an encrypted one could not be read with the rights we ask for. */
function wrongType({ name, version, type }: StoredParameter): DocumentVersion["parsed"] {
  const allowed = "a parameter of type String";
  const message = `${name}, version ${version}, is a ${type}; allowed: ${allowed}. Delete it and put the document with --type String.`;
  return {
    kind: "invalid",
    problems: [{ code: "wrong-type", message, parameter: name, version, path: "", allowed }],
  };
}

type Further = {
  readonly versions: ReadonlyMap<string, StoredParameter>;
  readonly approvals: ReadonlyMap<string, number>;
};

/** Only where an edit is pending is there anything more to read. */
async function readFurther(
  clients: Clients,
  found: readonly Found[],
  touched: boolean,
): Promise<Further> {
  const needed = found.map(({ parameter, newest, status }) => ({
    name: parameter,
    ...versionsNeeded(newest, status, touched),
  }));
  const [versions, approvals] = await Promise.all([
    readVersions(
      clients,
      needed.flatMap(({ name, applied }) => (applied === null ? [] : [{ name, version: applied }])),
    ),
    readLabelled(
      clients,
      needed.flatMap(({ name, approved }) => (approved ? [name] : [])),
      approvalLabel,
    ),
  ]);
  return { versions, approvals };
}

function entryOf(found: Found, further: Further, region: string): ControlEntry {
  const { parameter, newest, status } = found;
  const { applied } = versionsNeeded(newest, status, false);
  const older =
    applied === null
      ? undefined
      : further.versions.get(keyOf({ name: parameter, version: applied }));
  return {
    ...found,
    applied: appliedOf(newest, status, older === undefined ? null : versionOf(older, region)),
    approvedVersion: further.approvals.get(parameter) ?? null,
  };
}
