import { randomUUID } from "node:crypto";
import { makeClients } from "../shared/edge/clients.ts";
import { regionOfProfile } from "../shared/edge/profile.ts";
import type { Invocation } from "../shared/runs/envelope.ts";
import { type FunctionSettings, settingsOf } from "../shared/settings.ts";
import { CommandError } from "./command-error.ts";
import type { Io } from "./io.ts";

/**
 * The settings in the environment's variables.
 *
 * @throws CommandError where one of them cannot be used
 */
export async function settingsIn({ environment }: Io): Promise<FunctionSettings> {
  try {
    const settings = settingsOf(environment);
    const { AWS_PROFILE, AWS_REGION, AWS_DEFAULT_REGION } = environment;
    if (!AWS_PROFILE || AWS_REGION || AWS_DEFAULT_REGION) return settings;
    const region = await regionOfProfile();
    return region === null ? settings : settingsOf({ ...environment, AWS_REGION: region });
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    throw new CommandError(`${message}.`, { where: "environment" });
  }
}

/** What a run by hand begins with. */
export function invocation(io: Io, { region }: FunctionSettings): Invocation {
  return {
    clients: makeClients(region),
    functionArn: null,
    runId: randomUUID(),
    clock: io.clock,
  };
}
