import type { EnvironmentDocument } from "../spec/index.ts";
import type { ControlEntry } from "./control.ts";

/** Another environment's claim on the same role or policy. */
export type ClaimConflict = {
  readonly resource: "role" | "policy";
  readonly name: string;
  readonly others: readonly string[];
};

type Claim = { readonly environment: string; readonly name: string; readonly applied: boolean };

/**
 * The environments whose newest document claims a role or policy that another one has or claims
 * too (IAM ignores case in names). Whoever applied a name keeps it; where nobody or more than one
 * has, nobody gets it.
 */
export function claimConflicts(
  entries: readonly ControlEntry[],
): ReadonlyMap<string, readonly ClaimConflict[]> {
  const conflicts = new Map<string, ClaimConflict[]>();
  for (const resource of ["role", "policy"] as const) {
    for (const claims of byName(entries, resource).values()) {
      const environments = new Set(claims.map((claim) => claim.environment));
      if (environments.size < 2) continue;
      const holders = new Set(claims.filter((claim) => claim.applied).map((c) => c.environment));
      for (const environment of environments) {
        if (holders.size === 1 && holders.has(environment)) continue;
        const name = claims.find((claim) => claim.environment === environment)?.name ?? "";
        const others = [...environments].filter((other) => other !== environment);
        const list = conflicts.get(environment) ?? [];
        list.push({ resource, name, others });
        conflicts.set(environment, list);
      }
    }
  }
  return conflicts;
}

function byName(
  entries: readonly ControlEntry[],
  resource: "role" | "policy",
): ReadonlyMap<string, readonly Claim[]> {
  const claims = new Map<string, Claim[]>();
  for (const entry of entries) {
    for (const claim of claimsOf(entry, resource)) {
      const key = claim.name.toLowerCase();
      claims.set(key, [...(claims.get(key) ?? []), claim]);
    }
  }
  return claims;
}

function claimsOf(entry: ControlEntry, resource: "role" | "policy"): readonly Claim[] {
  if (entry.newest === null) return [];
  const nameIn = (document: EnvironmentDocument) => document[resource].name;
  const claims: Claim[] = [];
  if (entry.newest.parsed.kind === "valid") {
    const name = nameIn(entry.newest.parsed.document);
    claims.push({ environment: entry.name, name, applied: false });
  }
  if (entry.applied.kind === "applied") {
    const name = nameIn(entry.applied.at.document);
    claims.push({ environment: entry.name, name, applied: true });
  }
  const memory = entry.applied.kind === "unreadable" ? entry.status?.applied : null;
  if (memory) claims.push({ environment: entry.name, name: memory[resource], applied: true });
  return claims;
}

export function describeConflict(conflict: ClaimConflict): string {
  const others = conflict.others.join(", ");
  return `the ${conflict.resource} name ${conflict.name} is claimed by ${others} too (IAM ignores case in names); give each environment its own`;
}
