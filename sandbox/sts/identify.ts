import type { Directory } from "../iam/state.ts";
import { nameKey } from "../iam/state.ts";
import type { Caller, Service, ServiceError } from "../server/operation.ts";
import { protocolError } from "../server/protocol-errors.ts";
import type { Signature } from "../server/signature.ts";
import type { Sessions } from "./sessions.ts";

/** Operations that need no signature. */
const unsignedOperations: ReadonlySet<string> = new Set([
  "AssumeRoleWithWebIdentity",
  "AssumeRoleWithSAML",
]);

/**
 * Who signed a call: a session by its key and token, or a user by its key. The sandbox checks only
 * the access key and the token, not the signature. An unknown key acts as the account's root user,
 * or with `strict` gets the error that AWS would send.
 */
export function callerOf(
  account: {
    readonly directory: Directory;
    readonly sessions: Sessions;
    readonly strict: boolean;
    readonly now: Date;
  },
  request: {
    readonly service: Service;
    readonly signature: Signature | null;
    readonly operation: string;
  },
): Caller | ServiceError {
  const { signature, service, operation } = request;
  if (service.name === "sts" && unsignedOperations.has(operation)) return anonymous;
  if (signature === null) {
    if (!account.strict) return rootOf(account.directory, "");
    return protocolError(service, "missing-signature", "Request is missing Authentication Token");
  }
  const session = account.sessions.get(signature.accessKeyId);
  if (session !== undefined) {
    if (session.sessionToken !== signature.sessionToken) return unknownKey(service);
    if (session.expiresAt.getTime() <= account.now.getTime()) {
      const message = "The security token included in the request is expired";
      return protocolError(service, "expired-session", message);
    }
    return {
      kind: "assumed-role",
      arn: session.arn,
      userId: `${session.roleId}:${session.name}`,
      accessKeyId: signature.accessKeyId,
      role: session.roleName,
    };
  }
  return userWith(account, service, signature);
}

const anonymous: Caller = { kind: "anonymous", arn: "", userId: "", accessKeyId: "" };

function userWith(
  account: { readonly directory: Directory; readonly strict: boolean },
  service: Service,
  signature: Signature,
): Caller | ServiceError {
  const { directory } = account;
  const key = directory.accessKeys.get(signature.accessKeyId);
  if (key === undefined) {
    return account.strict ? unknownKey(service) : rootOf(directory, signature.accessKeyId);
  }
  const user = directory.users.get(nameKey(key.userName));
  if (user === undefined || key.status === "Inactive") return unknownKey(service);
  return { kind: "user", arn: user.arn, userId: user.id, accessKeyId: key.id };
}

function rootOf(directory: Directory, accessKeyId: string): Caller {
  const { account } = directory;
  return { kind: "root", arn: `arn:aws:iam::${account}:root`, userId: account, accessKeyId };
}

function unknownKey(service: Service): ServiceError {
  const message = "The security token included in the request is invalid.";
  return protocolError(service, "unknown-key", message);
}
