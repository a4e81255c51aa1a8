import { environmentNameOf } from "../shared/document/index.ts";
import type { Clients } from "../shared/edge/clients.ts";
import { readNamed, readParameters } from "../shared/edge/parameters.ts";
import { failureOf, unknownEnvironment } from "./aws-failure.ts";
import { CommandError } from "./command-error.ts";

/**
 * Checks names before anything is asked of AWS.
 *
 * @throws CommandError for the first that no environment can have
 */
export function checkNames(names: readonly string[]): void {
  const wrong = names.find((name) => environmentNameOf(`/environments/${name}`, "") !== name);
  if (wrong === undefined) return;
  const message = `"${wrong}" cannot be an environment: a name has 1 to 64 of the characters A-Z a-z 0-9 _ . -`;
  throw new CommandError(message, { code: "bad-environment-name" });
}

/**
 * Checks that each environment has a document or a status, so that a name with a slip of the finger
 * ends the command before it has done anything for the others. One call for five names.
 *
 * @throws CommandError for the first that has neither, with those that there are
 */
export async function checkExist(
  clients: Clients,
  prefix: string,
  names: readonly string[],
): Promise<void> {
  const folders = [`${prefix}/environments/`, `${prefix}/status/`];
  const parameters = names.flatMap((name) => folders.map((folder) => `${folder}${name}`));
  const found = await readNamed(clients, parameters).catch((thrown: unknown) => {
    throw failureOf(thrown, "ssm:GetParameters");
  });
  const unknown = names.find((name) => !folders.some((folder) => found.has(`${folder}${name}`)));
  if (unknown !== undefined) throw await unknownAmong(clients, prefix, unknown);
}

/** The error for a name that no environment has; lists those that there are. */
export async function unknownAmong(
  clients: Clients,
  prefix: string,
  name: string,
): Promise<CommandError> {
  const folder = `${prefix}/environments`;
  const listed = await readParameters(clients, folder).catch((thrown: unknown) => {
    throw failureOf(thrown, "ssm:GetParametersByPath");
  });
  const existing = listed.flatMap((parameter) => environmentNameOf(parameter.name, prefix) ?? []);
  return unknownEnvironment(name, existing);
}
