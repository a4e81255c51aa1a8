import { expect, onTestFinished, vi } from "vitest";
import { guide, type Written } from "../scenarios/documents.ts";
import { type Scenario, startScenario } from "../scenarios/harness.ts";
import { type Said, type Shell, say } from "./shell.ts";

export const organizationId = "11111111-2222-4333-8444-555555555555";
export const projectId = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee";
export const slug = "gh/acme/shop";
export const context = "cccccccc-dddd-4eee-8fff-000000000000";

/** An account in which a document is in force, and CircleCI as `npm run sandbox` has it. */
export async function applied(document: Written = guide): Promise<Scenario> {
  const account = await startScenario();
  await account.put(document, "production");
  const { environment } = await account.run();
  expect(environment.outcome).not.toBe("failed");
  return account;
}

/** Runs `circleci …` with a person's credentials, whose SDK reads the process's own variables. */
export async function circleci(
  { sandbox }: Pick<Scenario, "sandbox">,
  args: string,
  shell: Shell = {},
): Promise<Said> {
  for (const [name, value] of Object.entries(sandbox.environment)) vi.stubEnv(name, value);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  const environment = { ...process.env, ...shell.environment };
  const wait = async (milliseconds: number) => sandbox.clock.advance(milliseconds);
  return say(["circleci", ...args.split(" ")], {
    now: sandbox.clock.now(),
    wait,
    ...shell,
    environment,
  });
}

/** A job logs in with the role. */
export async function logIn({ sandbox }: Scenario, role: string): Promise<void> {
  const token = await sandbox.circleci.issueToken({
    organizationId,
    projectId,
    origin: "github.com/acme/shop",
    ref: "refs/heads/main",
  });
  const asked = new URLSearchParams({
    Action: "AssumeRoleWithWebIdentity",
    Version: "2011-06-15",
    RoleArn: role,
    RoleSessionName: "job",
    WebIdentityToken: token,
  });
  const answer = await fetch(sandbox.endpoint, { method: "POST", body: asked });
  expect(await answer.text()).toContain("SessionToken");
}
