import type { PolicyPrincipal, TrustPolicy } from "../policy/document.ts";
import type { RequestPrincipal } from "./request.ts";

type Identity = { readonly partition: string; readonly account: string; readonly resource: string };

function identityOf(id: string): Identity | null {
  const [arn, partition, service, , account, ...rest] = id.split(":");
  if (arn !== "arn" || (service !== "iam" && service !== "sts")) return null;
  return { partition: partition ?? "", account: account ?? "", resource: rest.join(":") };
}

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
      const identity = caller.type === "AWS" ? identityOf(caller.id) : null;
      if (identity === null || identity.account !== principal.account) return false;
      return principal.partition === null || principal.partition === identity.partition;
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

function isSessionOf(role: string, session: string): boolean {
  const owner = identityOf(role);
  const identity = identityOf(session);
  if (owner === null || identity === null) return false;
  if (owner.account !== identity.account || owner.partition !== identity.partition) return false;
  if (!owner.resource.startsWith("role/")) return false;
  // The ARN of a session has the role's name without its path.
  const name = owner.resource.slice(owner.resource.lastIndexOf("/") + 1);
  return identity.resource.startsWith(`assumed-role/${name}/`);
}

/**
 * One caller for each way in which policies can tell callers apart: everyone they name, one more
 * identity of each account and one more session of each role they name, and strangers.
 */
export function callersOf(policies: readonly TrustPolicy[]): readonly RequestPrincipal[] {
  const named = policies.flatMap((policy) =>
    policy.statements.flatMap((statement) => statement.principals.principals),
  );
  const callers = new Map<string, RequestPrincipal>();
  const add = (type: RequestPrincipal["type"], id: string): void => {
    callers.set(`${type} ${id}`, { type, id });
  };
  const isNamed = (id: string): boolean =>
    named.some((principal) => principal.kind === "exact" && principal.id === id);
  for (const principal of named) if (principal.kind === "exact") addExact(principal, isNamed, add);
  for (const principal of named) {
    if (principal.kind !== "account") continue;
    for (const partition of partitionsOf(principal, named)) {
      const prefix = `arn:${partition}:iam::${principal.account}`;
      add("AWS", `${prefix}:${fresh("role/any-role", (id) => isNamed(`${prefix}:${id}`))}`);
      add("AWS", `${prefix}:root`);
    }
  }
  addStrangers(named, add);
  return [...callers.values()];
}

function addExact(
  principal: PolicyPrincipal & { readonly kind: "exact" },
  isNamed: (id: string) => boolean,
  add: (type: RequestPrincipal["type"], id: string) => void,
): void {
  const identity = principal.type === "AWS" ? identityOf(principal.id) : null;
  if (identity?.resource.startsWith("role/")) {
    const name = identity.resource.slice(identity.resource.lastIndexOf("/") + 1);
    const sessions = `arn:${identity.partition}:sts::${identity.account}:assumed-role/${name}`;
    add("AWS", `${sessions}/${fresh("any-session", (name) => isNamed(`${sessions}/${name}`))}`);
  }
  add(principal.type, principal.id);
}

/** A bare account id is in whichever partition the other principals put it, else in `aws`. */
function partitionsOf(
  principal: PolicyPrincipal & { readonly kind: "account" },
  named: readonly PolicyPrincipal[],
): readonly string[] {
  if (principal.partition !== null) return [principal.partition];
  const partitions = new Set<string>();
  for (const other of named) {
    if (
      other.kind === "account" &&
      other.account === principal.account &&
      other.partition !== null
    ) {
      partitions.add(other.partition);
    }
    const identity = other.kind === "exact" && other.type === "AWS" ? identityOf(other.id) : null;
    if (identity?.account === principal.account) partitions.add(identity.partition);
  }
  return partitions.size > 0 ? [...partitions] : ["aws"];
}

function addStrangers(
  named: readonly PolicyPrincipal[],
  add: (type: RequestPrincipal["type"], id: string) => void,
): void {
  const ids = named.map((principal) => (principal.kind === "exact" ? principal.id : ""));
  const accounts = new Set<string>();
  for (const principal of named) {
    if (principal.kind === "account") accounts.add(principal.account);
    const identity = principal.kind === "exact" ? identityOf(principal.id) : null;
    if (identity !== null) accounts.add(identity.account);
  }
  let account = 999_988_887_777;
  while (accounts.has(String(account))) account -= 1;
  add("AWS", `arn:aws:iam::${account}:role/any-role`);
  const provider = fresh("idp.example.com", (id) => ids.some((known) => known.endsWith(id)));
  add("Federated", `arn:aws:iam::${account}:oidc-provider/${provider}`);
  add(
    "Service",
    `${fresh("any-service", (id) => ids.includes(`${id}.amazonaws.com`))}.amazonaws.com`,
  );
  add(
    "CanonicalUser",
    fresh("7".repeat(64), (id) => ids.includes(id)),
  );
}

function fresh(wanted: string, isTaken: (name: string) => boolean): string {
  let name = wanted;
  for (let number = 2; isTaken(name); number += 1) name = `${wanted}-${number}`;
  return name;
}
