import { readRole } from "../edge/identity.ts";
import type { ObservedRole, Reading } from "../plan/observed.ts";
import type { Planning } from "./plans.ts";
import type { RunContext } from "./run-context.ts";

/** Reads of IAM may be this old after a write of ours. */
const staleMs = 120_000;

/**
 * IAM may answer a read with what our own last write replaced. A role that shows just that, within
 * two minutes of the write, is read once more: no decision rests on one stale read.
 *
 * @returns the planning with what was read anew; `null` where nothing looked stale
 */
export async function withFreshRoles(
  run: RunContext,
  planning: Planning,
): Promise<Planning | null> {
  const { snapshot, entries, now } = planning;
  const suspects = entries.flatMap((entry) => {
    if (entry.record.kind !== "found") return [];
    const { replaced, applied, begun } = entry.record.record;
    const document = (begun ?? applied)?.document;
    if (document === undefined || replaced.trust === null) return [];
    if (now.getTime() - Date.parse(replaced.trust.at) > staleMs) return [];
    const role = snapshot.role(document.role.name);
    const shows = role.kind === "found" && role.value.trustPolicy === replaced.trust.document;
    return shows ? [document.role.name] : [];
  });
  if (suspects.length === 0) return null;
  const fresh = new Map<string, Reading<ObservedRole>>(
    await Promise.all(
      suspects.map(async (name) => [name, await readRole(run.clients, name)] as const),
    ),
  );
  return {
    ...planning,
    snapshot: { ...snapshot, role: (name) => fresh.get(name) ?? snapshot.role(name) },
  };
}
