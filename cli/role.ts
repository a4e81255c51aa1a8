import type { Account } from "../shared/aws/account.ts";
import { accountOfArn } from "../shared/aws/arn.ts";
import { askedRole } from "../shared/diagnose/role.ts";
import type { EnvironmentDocument } from "../shared/document/index.ts";
import type { Clients } from "../shared/edge/clients.ts";
import { readRoleAlone } from "../shared/edge/identity.ts";
import type { Tags } from "../shared/plan/observed.ts";
import type { TrustPolicy } from "../shared/policy/document.ts";
import { parseTrustPolicy } from "../shared/policy/parse.ts";
import { writeTrustPolicy } from "../shared/trust/index.ts";
import { failureOf } from "./aws-failure.ts";
import { CommandError } from "./command-error.ts";
import { exitCodes } from "./exit-codes.ts";

/** A role as IAM has it now. */
type Role = {
  readonly arn: string;
  readonly account: Account;
  readonly tags: Tags;
  readonly trust: TrustPolicy;
};

/**
 * Reads a role and its trust policy.
 *
 * @param asked its name, with its path or without, or its ARN
 * @throws CommandError where there is no such role, or it cannot be read
 */
export async function readRole(clients: Clients, asked: string): Promise<Role> {
  const named = askedRole(asked);
  if (named.kind === "malformed") {
    const message = `"${asked}" is not the name or the ARN of a role: ${named.why}.`;
    throw new CommandError(message, { code: "RoleNotFound", where: asked });
  }
  const reading = await readRoleAlone(clients, named.name);
  if (reading.kind === "unreadable") throw failureOf(reading.fault, "iam:GetRole");
  const found = reading.kind === "found" ? reading.value : null;
  const account = found === null ? null : accountOfArn(found.arn);
  if (found === null || account === null || !isMeant(asked, found.arn)) {
    const instead = found === null ? "" : ` The role of that name is ${found.arn}.`;
    const message = `There is no role ${asked} in this account.${instead}`;
    throw new CommandError(message, { code: "RoleNotFound", where: asked });
  }
  const parsed = parseTrustPolicy(found.trustPolicy);
  if (parsed.kind === "parsed") {
    return { arn: found.arn, account, tags: found.tags, trust: parsed.policy };
  }
  const { code, message } = parsed.problem;
  const sentence = `The trust policy of ${found.arn} cannot be read: ${message}`;
  throw new CommandError(sentence, { exit: exitCodes.failed, code, where: found.arn });
}

function isMeant(asked: string, arn: string): boolean {
  if (asked.startsWith("arn:")) return asked === arn;
  return arn.toLowerCase().endsWith(`/${asked.replace(/^\//, "")}`.toLowerCase());
}

/**
 * The trust policy that a document asks for, as IAM would have it.
 *
 * @param account the role's, in which the provider is
 * @throws CommandError where IAM has no room for it
 */
export function trustOfDocument(
  document: EnvironmentDocument,
  account: Account,
  now: Date,
): TrustPolicy {
  const writing = writeTrustPolicy({ document, account, now });
  if (writing.kind === "refused") {
    const { code, message } = writing.problem;
    throw new CommandError(message, { code, where: "trust" });
  }
  const parsed = parseTrustPolicy(JSON.stringify(writing.policy));
  if (parsed.kind === "parsed") return parsed.policy;
  throw new Error(`IAM would refuse what we write: ${parsed.problem.message}`);
}
