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
  const byName = new Map<string, Caller[]>([["", [...callers]]]);
  for (const caller of callers) {
    const { id } = caller;
    const role = id.includes(ofSession) ? id.split(ofSession)[1]?.split("/")[0] : undefined;
    for (const name of [id.split(":", 5)[4], endOf(id), role]) {
      if (name === undefined) continue;
      const others = byName.get(name);
      if (others === undefined) byName.set(name, [caller]);
      else others.push(caller);
    }
  }
  return (principals) => {
    const named = new Set<Caller>();
    for (const principal of principals) {
      const { kind } = principal;
      const name =
        kind === "exact" ? endOf(principal.id) : kind === "account" ? principal.account : "";
      for (const caller of byName.get(name) ?? [])
        if (standsFor(principal, caller)) named.add(caller);
    }
    return callers.filter((caller) => named.has(caller));
  };
}

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
