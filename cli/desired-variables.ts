import { accountOfArn } from "../shared/aws/arn.ts";
import { readNamed } from "../shared/edge/parameters.ts";
import { knownRecord, recordParameter } from "../shared/loop/records.ts";
import { parseStatus } from "../shared/plan/status.ts";
import { foreignOutput } from "../shared/report/foreign-output.ts";
import { outputsOfTargets } from "../shared/report/outputs.ts";
import { restoredOutputs } from "../shared/report/status.ts";
import { failureOf } from "./aws-failure.ts";
import { CommandError } from "./command-error.ts";
import { unknownAmong } from "./environment-names.ts";
import { exitCodes } from "./exit-codes.ts";
import type { Ready } from "./settings.ts";

/** The variables that an environment's jobs need, and the role that they log in with. */
type DesiredVariables = {
  readonly values: Readonly<Record<string, string>>;
  readonly role: string;
};

/**
 * Reads the variables of step 5 from an environment's status; what the status had no room for, from
 * the record of what is in force.
 *
 * @throws CommandError where there is no such environment, nothing in force in it, or a status that no
 *   run wrote
 */
export async function readDesiredVariables(
  { settings: { prefix }, invocation: { clients } }: Ready,
  name: string,
): Promise<DesiredVariables> {
  const names = {
    document: `${prefix}/environments/${name}`,
    status: `${prefix}/status/${name}`,
    record: recordParameter(prefix, name),
  };
  const read = await readNamed(clients, Object.values(names)).catch((thrown: unknown) => {
    throw failureOf(thrown, "ssm:GetParameters");
  });
  const status = read.get(names.status);
  if (status === undefined && !read.has(names.document)) {
    throw await unknownAmong(clients, prefix, name);
  }
  const kept = parseStatus(status?.value ?? "")?.outputs ?? {};
  const values = restoredOutputs(kept, outputsInForce(read.get(names.record), name));
  const foreign = foreignOutput(values, accountOfArn(status?.arn ?? ""));
  if (foreign !== null) throw statusByOthers(names.status, foreign);
  const role = values["AWS_ROLE_ARN"]?.split("/").at(-1) ?? "";
  if (role === "") throw nothingInForce(name);
  return { values, role };
}

/** All outputs of the version in force; empty where the record does not show them. */
function outputsInForce(
  parameter: Parameters<typeof knownRecord>[0],
  name: string,
): DesiredVariables["values"] {
  const known = knownRecord(parameter, name);
  const account = accountOfArn(parameter?.arn ?? "");
  if (known.kind !== "found" || account === null) return {};
  const { begun, applied, targets } = known.record;
  const document = (begun ?? applied)?.document;
  if (document === undefined || targets === null) return {};
  return outputsOfTargets(document, targets, account);
}

/** A run writes it again. Until then its values would lead jobs to somebody else. */
function statusByOthers(parameter: string, foreign: string): CommandError {
  const message = `${parameter} ${foreign}: no run wrote that, so nothing is compared or set. See in CloudTrail who put it, and let a run write it again.`;
  return new CommandError(message, {
    exit: exitCodes.failed,
    code: "StatusByOthers",
    where: parameter,
  });
}

function nothingInForce(name: string): CommandError {
  const message = `Environment ${name} has no outputs yet, so there is nothing to compare. Look with oidc-reconciler status ${name}: its document may wait for an approval or for a first run.`;
  return new CommandError(message, {
    exit: exitCodes.failed,
    code: "NothingInForce",
    where: name,
  });
}
