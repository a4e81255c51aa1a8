import { onTestFinished, vi } from "vitest";
import type { Group } from "../../cli/command.ts";
import type { Scenario } from "../scenarios/harness.ts";
import { type Said, type Shell, say } from "./shell.ts";

type Keys = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
};

/**
 * Runs a command as a person at the account: with every right, or with the given keys. The SDK reads
 * the process's own variables, of which a run of the function takes all away.
 */
export async function asPerson(
  { sandbox }: Scenario,
  args: readonly string[],
  { keys, ...shell }: Shell & { readonly keys?: Keys } = {},
  table?: Group,
): Promise<Said> {
  for (const [name, value] of Object.entries(sandbox.environment)) vi.stubEnv(name, value);
  if (keys !== undefined) {
    vi.stubEnv("AWS_ACCESS_KEY_ID", keys.accessKeyId);
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", keys.secretAccessKey);
    vi.stubEnv("AWS_SESSION_TOKEN", keys.sessionToken);
  }
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  return say(args, { environment: process.env, ...shell }, table);
}
