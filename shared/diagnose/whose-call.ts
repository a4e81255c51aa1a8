import type { Account } from "../aws/account.ts";
import { parseSubject } from "../circleci/tokens.ts";
import type { WrittenNames } from "../plan/record.ts";
import type { AskedCall } from "./call.ts";
import type { CauseCode } from "./causes.ts";
import { askedRole } from "./role.ts";
import { isAfterTheToken } from "./sts-answer.ts";

/** An environment with the roles that were written for it, and whose tokens they are for. */
export type ManagedRoles = Pick<WrittenNames, "roles" | "organizations"> & {
  readonly environment: string;
};

/** Why a refused call is nobody's job of ours. */
export type StrangerKind =
  | "role-not-managed"
  | "not-a-job"
  | "other-organisation"
  /** STS could not verify that the issuer wrote the token, so anybody may have. */
  | "not-verified";

export type Whose =
  | {
      readonly kind: "ours";
      readonly environment: string;
      /** Did STS verify the token before it refused the call? Else it only says whose it is. */
      readonly isProven: boolean;
    }
  | { readonly kind: "stranger"; readonly why: StrangerKind };

/**
 * Is a refused call a job of an environment's organisation that asked for the environment's role?
 * Everybody can knock at a role with a token of his own; nobody is to be woken for that.
 */
export function whoseCall(
  call: AskedCall,
  managed: readonly ManagedRoles[],
  account: Account,
): Whose {
  const environment = managed.find(({ roles }) => isRoleOf(call.role, roles, account));
  if (environment === undefined) return stranger("role-not-managed");
  const { token, outcome } = call;
  const job = token === null ? null : parseSubject(token.subject);
  if (token === null || job?.kind !== "job") return stranger("not-a-job");
  const isOwn = environment.organizations.some(
    (id) => token.issuer === `https://oidc.circleci.com/org/${id}` && job.organizationId === id,
  );
  if (!isOwn) return stranger("other-organisation");
  const isProven = outcome.kind === "refused" && isAfterTheToken(outcome);
  return { kind: "ours", environment: environment.environment, isProven };
}

function stranger(why: StrangerKind): Whose {
  return { kind: "stranger", why };
}

/** IAM ignores case in names. An ARN with another path is meant for this role, and misses it. */
function isRoleOf(text: string | null, roles: readonly string[], account: Account): boolean {
  if (text === null) return false;
  const asked = askedRole(text);
  if (asked.name === null) return false;
  if (asked.kind === "arn" && asked.account !== account.id) return false;
  const name = asked.name.toLowerCase();
  return roles.some((role) => role.toLowerCase() === name);
}

const ofNobodyKnown: ReadonlySet<string> = new Set<CauseCode>([
  "token-unreadable",
  "issuer-unknown",
  "issuer-root",
  "issuer-other-organisation",
  "signature-invalid",
  "token-rejected",
]);

/** Can a token that was refused for this have been written by anybody? */
export function isAnybodys(cause: string): boolean {
  return ofNobodyKnown.has(cause);
}
