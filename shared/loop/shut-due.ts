import { readTrail } from "../edge/trail.ts";
import type { AppliedPlan } from "../plan/applied.ts";
import type { Change } from "../plan/change.ts";
import type { ControlEntry } from "../plan/control.ts";
import { correctionOf } from "../plan/correction.ts";
import type { ShutAgain } from "../plan/drift.ts";
import { writeKey } from "../plan/last-writes.ts";
import { shutKey } from "../report/reported-doors.ts";
import { wasReported } from "../report/reported-key.ts";
import type { ShutDoor } from "../report/shut-doors.ts";
import { trailNameOfCall } from "../report/trail-name.ts";
import type { RecordedCall } from "../wake/index.ts";
import { isOwnCall, isSince, isUndoing, textIn } from "./opening-calls.ts";
import { readRecords } from "./records.ts";
import type { RunContext } from "./run-context.ts";
import { isAmong } from "./same-door.ts";

/**
 * The doors that are to be reported: not what we wrote or corrected ourselves, and not again what was
 * reported before. Who shut them is in the events, or in CloudTrail's history.
 */
export async function shutDoors(
  run: RunContext,
  applied: readonly AppliedPlan[],
): Promise<ReadonlyMap<string, readonly ShutDoor[]>> {
  const each = applied
    .filter(({ plan }) => plan.shutAgain.length > 0)
    .map(async (one) => {
      // What an earlier look of this run has found open is reported as that.
      const { plan, orphans, audienceWidenings } = one;
      const open = [...plan.widenings, ...audienceWidenings, ...orphans.widenings];
      const hidden = one.plan.shutAgain.filter(
        (each) => !isAmong(open, each.found) && !isDeletedIn(one, each),
      );
      const doors = await Promise.all(hidden.map((each) => shutDoor(run, one, each)));
      return [one.entry.name, doors.filter((door) => door !== null)] as const;
    });
  return new Map(await Promise.all(each));
}

/** Has this very run deleted the version that nobody can read any more? It was read before. */
function isDeletedIn({ results }: AppliedPlan, { opened, corrections }: ShutAgain): boolean {
  const version = textIn(opened, "versionId");
  return results.some(({ change: { step }, outcome }) => {
    const isIt = step.do === "delete-policy-version" && step.version === version;
    return corrections === null && isIt && outcome === "applied";
  });
}

async function shutDoor(
  run: RunContext,
  applied: AppliedPlan,
  shut: ShutAgain,
): Promise<ShutDoor | null> {
  const { clients, installation } = run;
  const { name, record } = applied.entry;
  const { found, opened } = shut;
  if (opened.at === null) return null;
  const door = { found, actor: opened.actor, openedAt: opened.at };
  if (wasReported(applied, shutKey(door)) || (await isOwnCall(opened, clients))) return null;
  if (shut.corrections !== null) {
    const records =
      record.kind === "unread" ? await readRecords(clients, installation, [name]) : null;
    const known = records?.get(name) ?? record;
    if (wasCorrected(opened, shut.corrections, known)) return null;
  }
  const closed = await closingOf(run, opened);
  if (closed !== null && (await isOwnCall(closed, clients))) return null;
  // Where nothing is corrected, a condition that has changed since shows that it was seen and reported.
  const isKept = applied.writes !== "allowed" && found.former === undefined;
  if (isKept && wasSeen(applied.entry, shut, closed)) return null;
  return { ...door, closedBy: closed?.actor ?? null, closedAt: closed?.at ?? null };
}

/** Not so where something else began to differ after it was shut. */
function wasSeen(
  { status }: ControlEntry,
  { found, opened }: ShutAgain,
  closed: RecordedCall | null,
): boolean {
  const name = found.resource === "trust-policy" ? "TrustAsIntended" : "InSync";
  const condition = status?.conditions[name];
  if (condition === undefined || !isSince(condition.since, opened)) return false;
  return condition.status || closed === null || !isSince(condition.since, closed);
}

/** Has a run of ours found just that open, and corrected it? Somebody may have put another text between. */
function wasCorrected(
  opened: RecordedCall,
  corrections: readonly Change[],
  known: ControlEntry["record"],
): boolean {
  if (known.kind !== "found") return false;
  const { quarrels, last } = known.record;
  return corrections.some((change) => {
    const { resource, found } = correctionOf(change);
    const rounds = quarrels.filter((each) => each.resource === resource && each.found === found);
    return (
      rounds.some(({ at }) => at.some((instant) => isSince(instant, opened))) ||
      (last !== null && isSince(last.at, opened) && last.made.includes(writeKey(change)))
    );
  });
}

/** The first call that undid another one. A run of ours may have corrected what somebody put in its place. */
async function closingOf(run: RunContext, opened: RecordedCall): Promise<RecordedCall | null> {
  const { clients, wake } = run;
  const firstIn = (calls: readonly RecordedCall[]) =>
    calls
      .filter((call) => isUndoing(call, opened))
      .toSorted((one, other) => Date.parse(one.at ?? "") - Date.parse(other.at ?? ""))[0] ?? null;
  const reported = firstIn(wake.calls);
  if (reported !== null && !(await isOwnCall(reported, clients))) return reported;
  const history = await readTrail(clients, trailNameOfCall(opened), {
    notBefore: opened.at,
    signal: AbortSignal.timeout(3_000),
  });
  return firstIn([...wake.calls, ...history]);
}
