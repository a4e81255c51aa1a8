/** A caller or a listed principal: AWS, Federated, Service or CanonicalUser, and an id. */
export type Principal = { readonly type: string; readonly id: string };

/** `"*"` alone; `{"AWS": "*"}` means the same. */
export const everybody: Principal = { type: "AWS", id: "*" };

/**
 * Whether a listed principal covers a caller.
 *
 * Everybody includes federated callers and services. An account, by number or root ARN, covers the
 * account's identities (users, roles, sessions), but not its OIDC providers. A role covers its
 * sessions, a session only itself. Everything else must be equal.
 * Source: IAM User Guide, "AWS JSON policy elements: Principal".
 */
export function covers(listed: Principal, caller: Principal): boolean {
  if (listed.type === "AWS" && listed.id === "*") return true;
  if (listed.type !== caller.type) return false;
  if (listed.type === "Federated" && listed.id === "*") return true;
  if (listed.id === caller.id) return true;
  if (listed.type !== "AWS") return false;
  const account = accountNamedBy(listed.id);
  if (account !== null) {
    const [one, other] = [partitionOf(listed.id), partitionOf(caller.id)];
    if (one !== null && other !== null && one !== other) return false;
    return accountOfIdentity(caller.id) === account;
  }
  const role = /^arn:([^:]+):iam::(\d{12}):role\/(?:.*\/)?([^/]+)$/.exec(listed.id);
  const session = /^arn:([^:]+):sts::(\d{12}):assumed-role\/([^/]+)\/[^/]+$/.exec(caller.id);
  if (role === null || session === null) return false;
  return role[1] === session[1] && role[2] === session[2] && role[3] === session[3];
}

/** The ARN of an account names its partition, its number does not. */
function partitionOf(id: string): string | null {
  return /^arn:([^:]+):/.exec(id)?.[1] ?? null;
}

function accountNamedBy(id: string): string | null {
  return /^(?:arn:[^:]+:iam::)?(\d{12})(?::root)?$/.exec(id)?.[1] ?? null;
}

function accountOfIdentity(id: string): string | null {
  const iam = /^arn:[^:]+:iam::(\d{12}):(?:root$|user\/|role\/)/.exec(id);
  const sts = /^arn:[^:]+:sts::(\d{12}):(?:assumed-role\/|federated-user\/)/.exec(id);
  return iam?.[1] ?? sts?.[1] ?? accountNamedBy(id);
}
