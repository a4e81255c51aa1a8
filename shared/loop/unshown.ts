import { readTrail } from "../edge/trail.ts";
import { lateMs } from "../plan/last-writes.ts";
import { trailNameOfCall } from "../report/trail-name.ts";
import type { RecordedCall } from "../wake/index.ts";
import {
  isOwnCall,
  isShown,
  isSilent,
  isUndoing,
  mayOpen,
  wasCorrectedSince,
  watchedFor,
} from "./opening-calls.ts";
import { isIdle, type Planned } from "./planning.ts";
import { readRecords } from "./records.ts";
import type { RunContext } from "./run-context.ts";

/** Is a call so young that a read may not show it, and one that may open something? */
function mayBeUnshown(call: RecordedCall, now: Date): boolean {
  const { at } = call;
  const isOpening = mayOpen(call) && !isSilent(call);
  return at !== null && isOpening && now.getTime() - Date.parse(at) < lateMs;
}

/**
 * Environments for which an event has come before the change it reports: the account does not show it,
 * nobody has undone it by the next events or the history, and no run of ours has corrected it.
 *
 * @param explained calls of which it is known why they do not show; more are added
 */
export async function unshownIn(
  run: RunContext,
  { planning, plans }: Planned,
  explained: Set<RecordedCall>,
): Promise<readonly string[]> {
  // What is found is corrected at once, and not after a wait.
  if (!isIdle(plans)) return [];
  const now = run.clock();
  const young = run.wake.calls.filter((call) => mayBeUnshown(call, now) && !explained.has(call));
  const names: string[] = [];
  for (const call of young) {
    const environment = plans.environments.find((each) => watchedFor(call, each) !== null);
    const watched = environment === undefined ? null : watchedFor(call, environment);
    if (environment === undefined || watched === null) continue;
    if (isShown(call, planning.snapshot, watched)) continue;
    if (await isExplained(run, call, environment.entry.name)) explained.add(call);
    else names.push(environment.entry.name);
  }
  return names;
}

/** Our own call, one that was undone since, or one whose work we have corrected since. */
async function isExplained(
  run: RunContext,
  call: RecordedCall,
  environment: string,
): Promise<boolean> {
  const { clients, wake, installation } = run;
  if (wake.calls.some((other) => isUndoing(other, call))) return true;
  if (await isOwnCall(call, clients)) return true;
  const [records, history] = await Promise.all([
    readRecords(clients, installation, [environment]),
    readTrail(clients, trailNameOfCall(call), {
      notBefore: call.at,
      signal: AbortSignal.timeout(3_000),
    }),
  ]);
  if (history.some((other) => isUndoing(other, call))) return true;
  return wasCorrectedSince(call, records.get(environment));
}
