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
  /** `null` where the answer has none; it tells account and partition. */
  readonly arn: string | null;
};

/** One version that is asked for by number or by label. */
export type Selection = { readonly name: string; readonly selector: string };

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
  const { Name, Version, Value, ARN } = parameter;
  if (Name === undefined || Version === undefined || Value === undefined) return [];
  return [{ name: Name, version: Version, value: Value, arn: ARN ?? null }];
}

/** Reads versions by number or label; what Parameter Store has not is not in the answer. */
export async function readSelections(
  clients: Clients,
  selections: readonly Selection[],
): Promise<ReadonlyMap<string, StoredParameter>> {
  const chunks: Selection[][] = [];
  for (let at = 0; at < selections.length; at += namesPerCall) {
    chunks.push(selections.slice(at, at + namesPerCall));
  }
  const answers = await Promise.all(chunks.map((chunk) => readChunk(clients, chunk)));
  return new Map(answers.flatMap((answer) => [...answer]));
}

async function readChunk(
  clients: Clients,
  chunk: readonly Selection[],
): Promise<ReadonlyMap<string, StoredParameter>> {
  const answer = await clients.ssm.send(new GetParametersCommand({ Names: chunk.map(keyOf) }));
  const found = new Map<string, StoredParameter>();
  for (const parameter of answer.Parameters ?? []) {
    const [read] = stored(parameter);
    const selector = parameter.Selector?.replace(/^:/, "");
    if (read === undefined || selector === undefined) continue;
    found.set(keyOf({ name: read.name, selector }), read);
  }
  return found;
}

export function keyOf(selection: Selection): string {
  return `${selection.name}:${selection.selector}`;
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
