import type { Account } from "../../../shared/aws/account.ts";
import { accountOfArn } from "../../../shared/aws/arn.ts";
import { askedRole } from "../../../shared/diagnose/role.ts";
import {
  type EnvironmentDocument,
  type EnvironmentReading,
  parseEnvironment,
} from "../../../shared/document/index.ts";
import type { Clients } from "../../../shared/edge/clients.ts";
import { readRoleAlone } from "../../../shared/edge/identity.ts";
import { readNamed, readVersions, type StoredParameter } from "../../../shared/edge/parameters.ts";
import { knownRecord, recordParameter } from "../../../shared/loop/control.ts";
import type { Tags } from "../../../shared/plan/observed.ts";
import type { TrustPolicy } from "../../../shared/policy/document.ts";
import { parseTrustPolicy } from "../../../shared/policy/parse.ts";
import { failureOf } from "../../aws-failure.ts";
import { CommandError } from "../../command-error.ts";
import { unknownAmong } from "../../environment-names.ts";
import { exitCodes } from "../../exit-codes.ts";

/** A role as IAM has it now. */
type Role = {
  readonly arn: string;
  readonly account: Account;
  readonly tags: Tags;
  readonly trust: TrustPolicy;
};

/**
 * Reads a role and its trust policy.
 *
 * @param asked its name, with its path or without, or its ARN
 * @throws CommandError where there is no such role, or it cannot be read
 */
export async function readRole(clients: Clients, asked: string): Promise<Role> {
  const named = askedRole(asked);
  if (named.kind === "malformed") {
    const message = `"${asked}" is not the name or the ARN of a role: ${named.why}.`;
    throw new CommandError(message, { code: "RoleNotFound", where: asked });
  }
  const reading = await readRoleAlone(clients, named.name);
  if (reading.kind === "unreadable") throw failureOf(reading.fault, "iam:GetRole");
  const found = reading.kind === "found" ? reading.value : null;
  const account = found === null ? null : accountOfArn(found.arn);
  if (found === null || account === null || !isMeant(asked, found.arn)) {
    const instead = found === null ? "" : ` The role of that name is ${found.arn}.`;
    const message = `There is no role ${asked} in this account.${instead}`;
    throw new CommandError(message, { code: "RoleNotFound", where: asked });
  }
  const parsed = parseTrustPolicy(found.trustPolicy);
  if (parsed.kind === "parsed") {
    return { arn: found.arn, account, tags: found.tags, trust: parsed.policy };
  }
  const { code, message } = parsed.problem;
  const sentence = `The trust policy of ${found.arn} cannot be read: ${message}`;
  throw new CommandError(sentence, { exit: exitCodes.failed, code, where: found.arn });
}

function isMeant(asked: string, arn: string): boolean {
  if (asked.startsWith("arn:")) return asked === arn;
  return arn.toLowerCase().endsWith(`/${asked.replace(/^\//, "")}`.toLowerCase());
}

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
  const more = others.length === 0 ? "" : ` There are ${others.length} more problems.`;
  throw new CommandError(`${first.message}${more}`, { code: first.code, where });
}
