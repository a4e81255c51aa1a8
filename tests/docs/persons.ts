import type { Sandbox } from "../../sandbox/index.ts";
import { type Persona, policyOf, roleNames, sessionNames, trustOfAccount } from "./policies.ts";
import type { Variables } from "./stage.ts";

/**
 * What a shell needs to act as a person who has the reader's policy and those of these duties, in a
 * session that the alerts name.
 */
export async function sessionOf(
  sandbox: Sandbox,
  ...duties: readonly Persona[]
): Promise<Variables> {
  const role = duties.at(-1) ?? "reader";
  const arn = sandbox.createRole({
    name: roleNames[role],
    trust: trustOfAccount(sandbox.account),
    policies: Object.fromEntries(
      ["reader" as const, ...duties].map((duty) => [duty, policyOf(duty)]),
    ),
  });
  const keys = await sandbox.credentialsOf(arn, sessionNames[role]);
  return {
    ...sandbox.environment,
    AWS_ACCESS_KEY_ID: keys.accessKeyId,
    AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
    AWS_SESSION_TOKEN: keys.sessionToken,
  };
}

/** The account's administrator. */
export function administratorIn(sandbox: Sandbox): Variables {
  return { ...sandbox.environment, AWS_SESSION_TOKEN: "" };
}
