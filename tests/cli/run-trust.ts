import { type Shell, say } from "./shell.ts";

export type Run = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** Runs `oidc-reconciler trust …` on files that exist for it alone. */
export async function runTrust(args: readonly string[], shell: Shell = {}): Promise<Run> {
  const { code, out, err } = await say(["trust", ...args], shell);
  return { code, stdout: out, stderr: err };
}
