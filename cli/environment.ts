import { accountBy } from "../shared/edge/caller.ts";
import { readNamed, type StoredParameter } from "../shared/edge/parameters.ts";
import { knownRecord, recordParameter } from "../shared/loop/records.ts";
import { documentVersionOf } from "../shared/loop/stored-version.ts";
import type { DocumentVersion } from "../shared/plan/control.ts";
import { parseStatus, type Status } from "../shared/plan/status.ts";
import type { Account, ParameterPlace } from "../shared/trust/index.ts";
import { failureOf } from "./aws-failure.ts";
import { unknownAmong } from "./environment-names.ts";
import type { Ready } from "./settings.ts";

/** One environment as its parameters show it to a person. */
export type EnvironmentAtHand = {
  readonly name: string;
  /** The parameter of its document. */
  readonly parameter: string;
  /** The newest version; `null` where the document is gone and a status is left. */
  readonly newest: DocumentVersion | null;
  readonly status: Status | null;
  readonly account: Account;
  readonly place: ParameterPlace;
};

/**
 * Reads an environment's document and status, in one call.
 *
 * @throws CommandError where it has neither, or they cannot be read
 */
export async function environmentAtHand(name: string, at: Ready): Promise<EnvironmentAtHand> {
  const { invocation, settings } = at;
  const { prefix, installation, region } = settings;
  const parameter = `${prefix}/environments/${name}`;
  const found = await read(at, [parameter, `${prefix}/status/${name}`]);
  const document = found.get(parameter);
  const status = found.get(`${prefix}/status/${name}`);
  if (document === undefined && status === undefined) {
    throw await unknownAmong(invocation.clients, prefix, name);
  }
  const arns = [document?.arn ?? null, status?.arn ?? null];
  const account = await accountBy(invocation.clients, arns).catch((thrown: unknown) => {
    throw failureOf(thrown, "sts:GetCallerIdentity");
  });
  return {
    name,
    parameter,
    newest: document === undefined ? null : documentVersionOf(document, installation),
    status: status === undefined ? null : parseStatus(status.value),
    account,
    place: { prefix, home: region, environment: name },
  };
}

/**
 * What is applied, from the record that the reconciler keeps of it.
 *
 * @returns `null` where there is no record, or it does not say
 */
export async function appliedInRecord(name: string, at: Ready): Promise<DocumentVersion | null> {
  const parameter = recordParameter(at.settings.prefix, name);
  const known = knownRecord((await read(at, [parameter])).get(parameter), name);
  if (known.kind !== "found" || known.record.applied === null) return null;
  const { document, ...version } = known.record.applied;
  return { ...version, parsed: { kind: "valid", document } };
}

async function read(
  { invocation }: Ready,
  names: readonly string[],
): Promise<ReadonlyMap<string, StoredParameter>> {
  return readNamed(invocation.clients, names).catch((thrown: unknown) => {
    throw failureOf(thrown, "ssm:GetParameters");
  });
}
