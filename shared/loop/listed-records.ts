import type { StoredParameter } from "../edge/parameters.ts";
import { isRecord, parseJson } from "../json.ts";
import type { ControlEntry } from "../plan/control.ts";
import { digestOf } from "../plan/digest.ts";
import { interruptedRuns, type Journal, parseJournal } from "../report/journal.ts";
import { functionTimeoutMs } from "./run-context.ts";
import type { RunInput } from "./run-input.ts";
import { isFull, sourceOf } from "./run-kind.ts";

/** When all records were listed last, how many environments there were, and a digest of their names. */
type ListedRecords = { readonly at: string; readonly count: number; readonly of: string };

/** A run over all environments lists the records at least this often. */
const listedMs = 24 * 3_600_000;

/**
 * What a heartbeat says of them.
 *
 * @param at when they were listed last; `null` where they have to be again
 * @param environments names of those that there are
 */
export function listedRecords(
  at: string | null,
  environments: readonly string[],
): ListedRecords | null {
  return at === null ? null : { at, count: environments.length, of: namesDigest(environments) };
}

/** The same as a heartbeat says it; `null` for one of an earlier release, or that nobody can read. */
export function listedIn(heartbeat: string | undefined): ListedRecords | null {
  const data = parseJson(heartbeat ?? "");
  const records = isRecord(data) ? data["records"] : null;
  const { at, count, of } = isRecord(records) ? records : {};
  return typeof at === "string" && typeof count === "number" && typeof of === "string"
    ? { at, count, of }
    : null;
}

function namesDigest(names: readonly string[]): string {
  return digestOf(names.toSorted().join("\n")).slice(0, 16);
}

/**
 * May there be an environment of which only the record is left? No listing of documents and statuses shows
 * it, and records are too many and too long to be listed in each run. A run that was stopped may have
 * left one; so may anyone who took an environment away since the last run over all of them; and what came
 * and went between two runs shows within a day. One that was added says nothing of others, and where there is
 * no heartbeat yet the day begins, unless nothing else is there: a look at one environment in sync has fifteen calls.
 *
 * @param found journal and heartbeat, as far as they are there
 * @param all every environment that has a document or a status
 */
export function mayBeUnnamed(
  run: Stopped,
  found: FoundParameters,
  all: readonly Pick<ControlEntry, "name">[],
): boolean {
  if (wasStopped(run, found)) return true;
  if (!isFull(run)) return false;
  const heartbeat = found.get(`${run.installation.prefix}/heartbeat`);
  if (heartbeat === undefined) return all.length === 0;
  const listed = listedIn(heartbeat.value);
  if (listed === null) return true;
  const isSame = listed.of === namesDigest(all.map(({ name }) => name));
  if (!isSame && all.length <= listed.count) return true;
  const age = run.clock().getTime() - Date.parse(listed.at);
  return !(age >= 0 && age < listedMs);
}

/** Journal and heartbeat among what was read, as far as they are there. */
export type FoundParameters = ReadonlyMap<string, Pick<StoredParameter, "value">>;

type Stopped = Pick<RunInput, "wake" | "alive" | "clock" | "installation">;

/** Does the journal name a run that was stopped before its end, or can nobody read it? */
export function wasStopped(run: Stopped, found: FoundParameters): boolean {
  const left = leftInJournal(run, found);
  return left === null || left.length > 0;
}

/** What runs that were stopped have left in the journal; `null`: nobody can read it. */
export function leftInJournal(
  run: Stopped,
  found: FoundParameters,
): readonly Journal[string][] | null {
  const journal = parseJournal(found.get(`${run.installation.prefix}/journal`)?.value ?? "{}");
  if (journal === null) return null;
  const runs = interruptedRuns({
    journal,
    source: sourceOf(run),
    alive: run.alive,
    now: run.clock(),
    timeoutMs: functionTimeoutMs,
  });
  return runs.flatMap((runId) => journal[runId] ?? []);
}
