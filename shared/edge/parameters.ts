import {
  DeleteParameterCommand,
  GetParameterCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  type Parameter,
  PutParameterCommand,
  UnlabelParameterVersionCommand,
} from "@aws-sdk/client-ssm";
import type { Clients } from "./clients.ts";
import { isNamed } from "./faults.ts";

/** A parameter as Parameter Store gave it. */
export type StoredParameter = {
  readonly name: string;
  readonly version: number;
  readonly value: string;
  /** `String`, `StringList` or `SecureString`, whose value comes encrypted. */
  readonly type: string;
  /** `null` where the answer has none; it tells account and partition. */
  readonly arn: string | null;
};

/** One version of a parameter, by its number. */
export type VersionOf = { readonly name: string; readonly version: number };

/** At most this many names in one GetParameters (SSM API reference). */
const namesPerCall = 10;

/** Everything below a path, all pages; short and empty pages are followed. */
export async function readParameters(
  clients: Clients,
  path: string,
): Promise<readonly StoredParameter[]> {
  const found: StoredParameter[] = [];
  let token: string | undefined;
  do {
    const page = await clients.ssm.send(
      new GetParametersByPathCommand({
        Path: path,
        Recursive: true,
        MaxResults: 10,
        ...(token === undefined ? {} : { NextToken: token }),
      }),
    );
    found.push(...(page.Parameters ?? []).flatMap(stored));
    token = page.NextToken;
  } while (token !== undefined && token !== "");
  return found;
}

function stored(parameter: Parameter): StoredParameter[] {
  const { Name, Version, Value, ARN, Type = "String" } = parameter;
  if (Name === undefined || Version === undefined || Value === undefined) return [];
  return [{ name: Name, version: Version, value: Value, type: Type, arn: ARN ?? null }];
}

/**
 * Reads versions by their numbers; what Parameter Store has no more is not in the answer. It is
 * matched by name and version, for not every answer repeats the selector.
 */
export async function readVersions(
  clients: Clients,
  versions: readonly VersionOf[],
): Promise<ReadonlyMap<string, StoredParameter>> {
  const names = versions.map(keyOf);
  const found = await readByName(clients, names);
  return new Map(found.map((parameter) => [keyOf(parameter), parameter]));
}

/** Which version of each parameter carries a label; parameters without it are not in the answer. */
export async function readLabelled(
  clients: Clients,
  names: readonly string[],
  label: string,
): Promise<ReadonlyMap<string, number>> {
  const found = await readByName(
    clients,
    names.map((name) => `${name}:${label}`),
  );
  return new Map(found.map(({ name, version }) => [name, version]));
}

export function keyOf({ name, version }: VersionOf): string {
  return `${name}:${version}`;
}

async function readByName(
  clients: Clients,
  names: readonly string[],
): Promise<readonly StoredParameter[]> {
  const chunks: string[][] = [];
  for (let at = 0; at < names.length; at += namesPerCall) {
    chunks.push(names.slice(at, at + namesPerCall));
  }
  const answers = await Promise.all(
    chunks.map((chunk) => clients.ssm.send(new GetParametersCommand({ Names: chunk }))),
  );
  return answers.flatMap((answer) => (answer.Parameters ?? []).flatMap(stored));
}

/** Does the parameter really not exist? A listing that lacks it may be stale. */
export async function isGone(clients: Clients, name: string): Promise<boolean> {
  try {
    await clients.ssm.send(new GetParameterCommand({ Name: name }));
    return false;
  } catch (thrown) {
    if (isNamed(thrown, "ParameterNotFound")) return true;
    throw thrown;
  }
}

export async function writeParameter(clients: Clients, name: string, value: string): Promise<void> {
  await clients.ssm.send(
    new PutParameterCommand({ Name: name, Value: value, Type: "String", Overwrite: true }),
  );
}

export async function deleteParameter(clients: Clients, name: string): Promise<void> {
  try {
    await clients.ssm.send(new DeleteParameterCommand({ Name: name }));
  } catch (thrown) {
    if (!isNamed(thrown, "ParameterNotFound")) throw thrown;
  }
}

/** Takes a label off a version, so that it never blocks the hundred-and-first edit. */
export async function removeLabel(
  clients: Clients,
  name: string,
  version: number,
  label: string,
): Promise<void> {
  await clients.ssm.send(
    new UnlabelParameterVersionCommand({ Name: name, ParameterVersion: version, Labels: [label] }),
  );
}
