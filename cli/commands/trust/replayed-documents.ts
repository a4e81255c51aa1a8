import {
  type EnvironmentDocument,
  type EnvironmentReading,
  parseEnvironment,
} from "../../../shared/document/index.ts";
import type { Clients } from "../../../shared/edge/clients.ts";
import { readNamed, readVersions, type StoredParameter } from "../../../shared/edge/parameters.ts";
import { knownRecord, recordParameter } from "../../../shared/loop/records.ts";
import { failureOf } from "../../aws-failure.ts";
import { CommandError } from "../../command-error.ts";
import { unknownAmong } from "../../environment-names.ts";

/** Where documents are. */
export type Documents = {
  readonly clients: Clients;
  readonly prefix: string;
  /** The default of a document's `deploy.region`. */
  readonly region: string;
};

/**
 * Reads what is in force for an environment: the record of what was applied, or the newest version of
 * its document where there is none.
 *
 * @throws CommandError where there is no such environment, or its document is not valid
 */
export async function readEnvironment(
  documents: Documents,
  name: string,
): Promise<EnvironmentDocument> {
  const { clients, prefix } = documents;
  const [parameter, record] = [`${prefix}/environments/${name}`, recordParameter(prefix, name)];
  const read = await readNamed(clients, [parameter, record]).catch((thrown: unknown) => {
    throw failureOf(thrown, "ssm:GetParameters");
  });
  const known = knownRecord(read.get(record), name);
  const inForce = known.kind === "found" ? (known.record.begun ?? known.record.applied) : null;
  if (inForce !== null) return inForce.document;
  const newest = read.get(parameter);
  if (newest === undefined) throw await unknownAmong(clients, prefix, name);
  return documentIn(newest, documents.region);
}

/**
 * Reads one version of an environment's document.
 *
 * @throws CommandError where there is no such version, or it is not valid
 */
export async function readVersion(
  { clients, prefix, region }: Documents,
  environment: string,
  version: number,
): Promise<EnvironmentDocument> {
  const name = `${prefix}/environments/${environment}`;
  const read = await readVersions(clients, [{ name, version }]).catch((thrown: unknown) => {
    throw failureOf(thrown, "ssm:GetParameters");
  });
  const [found] = read.values();
  if (found !== undefined) return documentIn(found, region);
  const message = `${name} has no version ${version}. Parameter Store keeps the last hundred.`;
  throw new CommandError(message, { where: "--version" });
}

function documentIn({ name, version, value }: StoredParameter, region: string) {
  return validDocument(parseEnvironment({ parameter: name, version, text: value, region }), name);
}

/**
 * The document that was read.
 *
 * @throws CommandError with the first problem where it is not valid
 */
export function validDocument(reading: EnvironmentReading, where: string): EnvironmentDocument {
  if (reading.kind === "valid") return reading.document;
  const [first, ...others] = reading.problems;
  const count = others.length;
  const more =
    count === 0 ? "" : count === 1 ? " 1 more problem follows." : ` ${count} more problems follow.`;
  throw new CommandError(`${first.message}${more}`, { code: first.code, where });
}
