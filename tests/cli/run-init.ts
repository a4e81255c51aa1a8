import { onTestFinished, vi } from "vitest";
import { type EnvironmentDocument, parseEnvironment } from "../../shared/document/index.ts";
import type { Scenario } from "../scenarios/harness.ts";
import { type Said, type Shell, say } from "./shell.ts";

/** Runs init with a person's credentials. */
export async function init(
  { sandbox }: Scenario,
  args: readonly string[],
  shell: Shell = {},
): Promise<Said> {
  for (const [name, value] of Object.entries(sandbox.environment)) vi.stubEnv(name, value);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  return say(["init", ...args], { environment: process.env, ...shell });
}

/** Its answer as JSON. */
export async function initJson(scenario: Scenario, args: readonly string[], shell: Shell = {}) {
  const { code, out } = await init(scenario, [...args, "--json"], shell);
  return { code, json: JSON.parse(out) };
}

/** What a document's text says. */
export function documentIn(text: string): EnvironmentDocument {
  const region = "us-east-1";
  const reading = parseEnvironment({ parameter: "p", version: 1, text, region });
  if (reading.kind === "invalid") throw new Error(reading.problems[0].message);
  return reading.document;
}
