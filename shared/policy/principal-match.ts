import { identityOf } from "./caller.ts";
import type { PolicyPrincipal } from "./document.ts";
import type { RequestPrincipal } from "./request.ts";

/**
 * Does a principal of a policy stand for this caller?
 *
 * An account stands for its root, users, roles and sessions, not for an identity provider that it
 * hosts; a role stands for its sessions; everything else stands for itself alone.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
 */
export function standsFor(principal: PolicyPrincipal, caller: RequestPrincipal): boolean {
  switch (principal.kind) {
    case "everybody":
      return true;
    case "any-federated":
      return caller.type === "Federated";
    case "account": {
      if (caller.type !== "AWS" || !caller.id.includes(principal.account)) return false;
      const identity = identityOf(caller.id);
      if (identity?.account.id !== principal.account) return false;
      return principal.partition === null || principal.partition === identity.account.partition;
    }
    case "exact":
      if (principal.type !== caller.type) return false;
      return (
        principal.id === caller.id ||
        (caller.type === "AWS" && isSessionOf(principal.id, caller.id))
      );
    default:
      return principal satisfies never;
  }
}

/**
 * Which of these callers do principals stand for? In the callers' order. They are looked up by account, or
 * the end of a name.
 */
export function amongCallers<Caller extends RequestPrincipal>(
  callers: readonly Caller[],
): (principals: readonly PolicyPrincipal[]) => readonly Caller[] {
  const byName = new Map<string, number[]>();
  for (const [at, { id }] of callers.entries()) {
    const role = id.split(ofSession)[1]?.split("/")[0];
    for (const name of new Set(["", id.split(":")[4] ?? "", endOf(id), role ?? ""])) {
      const known = byName.get(name);
      if (known === undefined) byName.set(name, [at]);
      else known.push(at);
    }
  }
  const known = new WeakMap<readonly PolicyPrincipal[], readonly Caller[]>();
  return (principals) => {
    const made = known.get(principals);
    if (made !== undefined) return made;
    const found = new Set<number>();
    for (const principal of principals) {
      const name = principal.kind === "exact" ? endOf(principal.id) : accountOf(principal);
      for (const at of byName.get(name) ?? []) {
        const caller = callers[at];
        if (caller !== undefined && standsFor(principal, caller)) found.add(at);
      }
    }
    const sorted = [...found].sort((one, other) => one - other);
    const named = sorted.flatMap((at) => callers[at] ?? []);
    known.set(principals, named);
    return named;
  };
}

/** The account that a principal is; empty for one that stands for more than that. */
const accountOf = (principal: PolicyPrincipal): string =>
  principal.kind === "account" ? principal.account : "";

const endOf = (id: string): string => id.slice(id.lastIndexOf("/") + 1);

const ofSession = ":assumed-role/";

function isSessionOf(role: string, session: string): boolean {
  const name = endOf(role);
  if (!session.includes(`${ofSession}${name}/`)) return false;
  const owner = identityOf(role);
  const identity = identityOf(session);
  if (owner === null || identity === null) return false;
  if (owner.account.id !== identity.account.id) return false;
  if (owner.account.partition !== identity.account.partition) return false;
  if (!owner.resource.startsWith("role/")) return false;
  // The ARN of a session has the role's name without its path.
  return identity.resource.startsWith(`assumed-role/${name}/`);
}
