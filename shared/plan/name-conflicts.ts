import type { EnvironmentDocument } from "../document/index.ts";
import { type ControlEntry, type Evidence, knownVersions, newestValid } from "./control.ts";

/** Another environment's claim on the same role or policy. */
export type NameConflict = {
  readonly resource: "role" | "policy";
  readonly name: string;
  readonly others: readonly string[];
};

type Claim = { readonly environment: string; readonly name: string; readonly applied: boolean };

/**
 * The environments whose newest document claims a role or policy that another one has or claims
 * too (IAM ignores case in names). The environment that applied a name keeps it; where nobody or more than one
 * has, nobody gets it.
 */
export function nameConflicts(
  entries: readonly ControlEntry[],
  evidence: ReadonlyMap<string, Evidence>,
): ReadonlyMap<string, readonly NameConflict[]> {
  const conflicts = new Map<string, NameConflict[]>();
  for (const resource of ["role", "policy"] as const) {
    for (const claims of byName(entries, evidence, resource).values()) {
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
  evidence: ReadonlyMap<string, Evidence>,
  resource: "role" | "policy",
): ReadonlyMap<string, readonly Claim[]> {
  const claims = new Map<string, Claim[]>();
  for (const entry of entries) {
    const known = evidence.get(entry.name) ?? { kind: "none" };
    for (const claim of claimsOf(entry, known, resource)) {
      const key = claim.name.toLowerCase();
      claims.set(key, [...(claims.get(key) ?? []), claim]);
    }
  }
  return claims;
}

function claimsOf(
  entry: ControlEntry,
  evidence: Evidence,
  resource: "role" | "policy",
): readonly Claim[] {
  if (entry.newest === null) return [];
  const nameIn = (document: EnvironmentDocument) => document[resource].name;
  const claim = (document: EnvironmentDocument, applied: boolean): Claim => {
    return { environment: entry.name, name: nameIn(document), applied };
  };
  const newest = newestValid(entry);
  return [
    ...(newest === null ? [] : [claim(newest.document, false)]),
    ...knownVersions(evidence, entry).map(({ document }) => claim(document, true)),
  ];
}

/** A conflict over a name in one clause, without a full stop, with what to do about it. */
export function describeConflict(conflict: NameConflict): string {
  const others = conflict.others.join(", ");
  return `the ${conflict.resource} name ${conflict.name} is claimed by ${others} too (IAM ignores case in names); give each environment its own`;
}
