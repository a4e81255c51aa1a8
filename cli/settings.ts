import { randomUUID } from "node:crypto";
import { makeClients } from "../shared/edge/clients.ts";
import { readNamed, type StoredParameter } from "../shared/edge/parameters.ts";
import { regionOfProfile } from "../shared/edge/profile.ts";
import type { Invocation } from "../shared/runs/envelope.ts";
import {
  assumptionsOf,
  type FunctionSettings,
  settingsOf,
  variablesIn,
} from "../shared/settings.ts";
import { withoutCredentials } from "./aws-failure.ts";
import { CommandError } from "./command-error.ts";
import { checkConnection } from "./connection.ts";
import { exitCodes } from "./exit-codes.ts";
import type { Io } from "./io.ts";
import { callsLine, whileWorking } from "./while-working.ts";

/**
 * The settings in the environment's variables.
 *
 * @throws CommandError where one of them cannot be used
 */
export async function settingsIn(io: Io): Promise<FunctionSettings> {
  const region = await regionIn(io);
  try {
    return settingsOf({ ...io.environment, ...(region === null ? {} : { AWS_REGION: region }) });
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    throw new CommandError(`${message}.`, { where: "environment" });
  }
}

/** An account to ask, with everything that a run by hand begins with. */
export type Ready = { readonly settings: FunctionSettings; readonly invocation: Invocation };

/**
 * Checks what every command that asks AWS needs, before it asks: a Region and credentials.
 *
 * @throws CommandError with the code `RegionMissing`, `CredentialsMissing` or `LoginExpired`, or
 *   with 2 where a setting cannot be used, a Region or an endpoint among them
 */
export async function ready(io: Io): Promise<Ready> {
  const settings = await settingsIn(io);
  if ((await regionIn(io)) === null) throw regionMissing();
  checkConnection(settings.region, io.environment);
  const started = invocation(io, settings);
  await started.clients.ssm.config.credentials().catch((thrown: unknown) => {
    throw withoutCredentials(thrown, io.environment["AWS_PROFILE"] ?? "");
  });
  return { settings, invocation: started };
}

/** The same, and what a run from here takes for granted. */
type Installed = Ready & {
  /** A line for a person; null where there is nothing to say. */
  readonly assumed: string | null;
};

/**
 * The same for a command that judges documents: with what the heartbeat says of the installation. Where that cannot
 * be read, what a shell always assumed is assumed.
 */
export async function readyAsInstalled(io: Io): Promise<Installed> {
  const started = await ready(io);
  const { clients } = started.invocation;
  const parameter = `${started.settings.prefix}/heartbeat`;
  const says = callsLine(() => "reading the heartbeat", clients);
  const found = await whileWorking(io, says, () =>
    readNamed(clients, [parameter]).catch(() => new Map<string, StoredParameter>()),
  );
  const installed = await settingsAsInstalled(found.get(parameter)?.value ?? null, io);
  return {
    ...started,
    ...(installed === null ? {} : { settings: installed }),
    assumed: assumptionsOf(io.environment, { isInstalled: installed !== null }),
  };
}

/**
 * The settings in the environment's variables, and those that these leave open as the last run over all environments had
 * them: the deployed function's.
 *
 * @param heartbeat the text of `PREFIX/heartbeat`; `null` where there is none
 * @returns `null` where it says nothing, or nothing that can be used: somebody else may have written it
 */
export async function settingsAsInstalled(
  heartbeat: string | null,
  io: Io,
): Promise<FunctionSettings | null> {
  const said = variablesIn(heartbeat ?? undefined);
  if (said === null) return null;
  return settingsIn({ ...io, environment: { ...said, ...io.environment } }).catch(() => null);
}

/** The Region that the environment or AWS's shared files name; null where none does. */
async function regionIn({ environment }: Io): Promise<string | null> {
  return environment["AWS_REGION"] || environment["AWS_DEFAULT_REGION"] || regionOfProfile();
}

function regionMissing(): CommandError {
  const message =
    "There is no AWS Region. Name it with --region or AWS_REGION, or give the profile one: it is where the documents are.";
  return new CommandError(message, { exit: exitCodes.failed, code: "RegionMissing" });
}

/** What a run by hand begins with. */
function invocation(io: Io, { region }: FunctionSettings): Invocation {
  return {
    clients: makeClients(region),
    functionArn: null,
    runId: randomUUID(),
    clock: io.clock,
  };
}
