import { type Evidence, hasName } from "./control.ts";
import type { Known } from "./drift.ts";
import type { RoleBaseline } from "./guard.ts";
import { type AppliedRecord, serializeRecord, type TakenOver } from "./record.ts";

/** What a version takes over that is not written as a whole yet; `null` where nobody remembers any. */
export function takenOverIn(evidence: Evidence): TakenOver | null {
  return evidence.kind === "record" ? evidence.record.takenOver : null;
}

/** The role of that name as it was before it was taken over. */
export function takenRole(evidence: Evidence, name: string): RoleBaseline | null {
  const role = takenOverIn(evidence)?.role ?? null;
  return role !== null && hasName([role.name], name) ? role : null;
}

/** What a role of that name admitted and granted when it was taken over, and no run has closed yet. */
export function takenAccess(
  evidence: Evidence,
  name: string,
): Required<Pick<Known, "trust" | "taken">> | null {
  const role = takenOverIn(evidence)?.role ?? null;
  if (role === null || !hasName([role.name], name)) return null;
  const texts = role.permissions.filter((text) => text !== null);
  return {
    trust: role.trustLeft ? [role.trustPolicy] : [],
    taken: role.permissionsLeft ? [{ permissions: texts, boundary: role.boundary }] : [],
  };
}

/** The record with what a run is about to take over beside what was before, as far as it has room. */
export function takingOver(record: AppliedRecord, now: TakenOver | null): AppliedRecord {
  const before = record.takenOver;
  if (before === null && now === null) return record;
  const all = [...(before?.adopted ?? []), ...(now?.adopted ?? [])];
  const taken = {
    role: now?.role ?? before?.role ?? null,
    provider: now?.provider ?? before?.provider ?? null,
    adopted: [...new Map(all.map((each) => [each.id, each])).values()],
  };
  const tries = [taken, { ...taken, role: null }].map((takenOver) => ({ ...record, takenOver }));
  return tries.find((each) => serializeRecord(each) !== null) ?? { ...record, takenOver: null };
}
