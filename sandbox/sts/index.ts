/**
 * STS: GetCallerIdentity, AssumeRole and AssumeRoleWithWebIdentity. This folder also finds out who
 * signed a call and what the caller may do. Left out: session tags, source identities, MFA,
 * AssumeRoleWithSAML and GetSessionToken.
 */

import { refuseMember } from "../iam/refusals.ts";
import { membersOf } from "../input/members.ts";
import { keepMap } from "../input/operations.ts";
import type { AccessCheck, Call, Operation, Service } from "../server/operation.ts";
import { assumeRole } from "./assume-role.ts";
import { assumeRoleWithWebIdentity, type StsDependencies } from "./web-identity.ts";

/** The service, which checks tokens with `issuer`. */
export function sts(dependencies: StsDependencies): Service {
  const operations: ReadonlyMap<string, Operation> = new Map<string, Operation>([
    ["GetCallerIdentity", getCallerIdentity],
    [
      "AssumeRoleWithWebIdentity",
      (call) => assumeRoleWithWebIdentity(dependencies, membersOf(call.input, refuseMember), call),
    ],
    ["AssumeRole", (call) => assumeRole(dependencies, membersOf(call.input, refuseMember), call)],
  ]);
  return {
    name: "sts",
    protocol: "query",
    xmlNamespace: "https://sts.amazonaws.com/doc/2011-06-15/",
    operations,
    keep: () => keepMap(dependencies.sessions),
    authorize: () => noPermissionNeeded,
  };
}

/**
 * GetCallerIdentity needs no permission, and a web identity has its token. AssumeRole checks
 * permissions itself, because it also reads the trust policy.
 */
const noPermissionNeeded: readonly AccessCheck[] = [];

function getCallerIdentity(call: Call): object {
  return { UserId: call.caller.userId, Account: call.account, Arn: call.caller.arn };
}
