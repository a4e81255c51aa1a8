import type { Fault } from "../aws/reading.ts";
import type { Clients } from "../edge/clients.ts";
import { faultOf } from "../edge/faults.ts";
import { deleteParameter, removeLabel, writeParameter } from "../edge/parameters.ts";
import { type ControlEntry, isQuiet } from "../plan/control.ts";
import { digestOf } from "../plan/digest.ts";
import type { ValidVersion } from "../plan/record.ts";
import type { EnvironmentResult } from "../report/environment.ts";
import type { Alert } from "../report/report.ts";
import { serializeStatus } from "../report/status.ts";
import { isInterrupted, isLate } from "./ending.ts";
import { keepRecord } from "./fence.ts";
import { approvalLabel } from "./further.ts";
import { rememberLeft } from "./memory.ts";
import { once } from "./once.ts";
import { mayHaveOutputs, type OutputsWork, type PutOutputs, putOutputs } from "./outputs.ts";
import { recordParameter } from "./records.ts";
import type { RunContext } from "./run-context.ts";
import { isFull } from "./run-kind.ts";
import { readByNameMax } from "./wanted.ts";

/** Why the record could not be kept, or its label not taken off; `null` where they were. */
type KeptRecord = { readonly fault: Fault | null; readonly unlabelled: boolean };

/** What became of each environment's record. */
type Kept = ReadonlyMap<string, KeptRecord>;

/** What became of the rest of one environment. */
type Persisted = {
  readonly faults: readonly Fault[];
  /** The environment as the next run may find it, if it is as it should be; else `null`. */
  readonly left: ControlEntry | null;
};

/** Statuses and what jobs read follow the records, which go first. */
type Persisting = {
  /** Writes the records; asked for a second time, it gives what it gave. */
  readonly records: () => Promise<Kept>;
  /** Writes the rest, once the records are written. */
  readonly all: (outputs: ReadonlyMap<string, OutputsWork>) => Promise<{
    readonly faults: readonly Fault[];
    /** Environments that the time was not enough for, in the order of the run. */
    readonly late: readonly string[];
  }>;
};

/**
 * Alerted states first; what the time does not do, the next run does. After Ctrl-C only what has to
 * be kept is written: what was alerted, and what is in force now.
 */
export function persisting(
  run: RunContext,
  results: readonly EnvironmentResult[],
  given: {
    readonly alerts: readonly Alert[];
    /** How many environments there are beside these, for which nothing was to be done. */
    readonly settled: number;
  },
): Persisting {
  const { alerts, settled } = given;
  const alerted = new Set(alerts.map(({ environment }) => environment));
  const order = results
    .toSorted((a, b) => rank(b, alerted) - rank(a, alerted))
    .filter((result) => !isInterrupted(run) || rank(result, alerted) > 0);
  const records = once(() => keepRecords(run, order));
  return {
    records,
    all: async (outputs) => {
      const kept = await records();
      const faults: Fault[] = [];
      const late: string[] = [];
      const left: ControlEntry[] = [];
      for (const result of order) {
        const { name } = result.entry;
        const record = kept.get(name);
        // The status then stays as it is, and the next run looks again.
        if (record === undefined) late.push(name);
        else if (record.fault !== null) faults.push(record.fault);
        else if (isLate(run)) late.push(name);
        else {
          const done = await persist(run, result, record, outputs.get(name));
          faults.push(...done.faults);
          if (done.left !== null && results.length <= readByNameMax) left.push(done.left);
        }
      }
      const isAll = left.length === results.length && !(isFull(run) && settled > 0);
      remember(run, isAll ? left : null);
      return { faults, late };
    },
  };
}

/** A record that the time does not do is left out. */
async function keepRecords(run: RunContext, results: readonly EnvironmentResult[]): Promise<Kept> {
  const kept = new Map<string, KeptRecord>();
  for (const result of results) {
    const { entry, record, writes, forgotten } = result;
    const late = isLate(run);
    if (writes === "dry-run" || forgotten || (late && record === null)) {
      kept.set(entry.name, nothingKept);
    } else if (!late) kept.set(entry.name, await keepOne(run, result));
  }
  return kept;
}

const nothingKept: KeptRecord = { fault: null, unlabelled: false };

/**
 * The label goes after the record, which must name its version first: a version that is neither begun
 * nor applied there is released by its label alone. Where it was named before, both go at once.
 */
async function keepOne(run: RunContext, result: EnvironmentResult): Promise<KeptRecord> {
  const { entry, fence, record } = result;
  const { clients, installation } = run;
  const unlabel = () =>
    takeLabelOff(clients, result).catch((thrown: unknown) =>
      faultOf(`keeping the status of ${entry.name}`, thrown),
    );
  const [written, ahead] = await Promise.all([
    record === null ? null : keepRecord(clients, installation.prefix, { ...fence, record }),
    [fence.record.begun, fence.record.applied].some((at) => isApproved(at, entry))
      ? unlabel()
      : null,
  ]);
  if (written?.kind === "broken") return { fault: written.fault, unlabelled: false };
  const label = ahead ?? (await unlabel());
  return typeof label === "boolean"
    ? { fault: null, unlabelled: label }
    : { fault: label, unlabelled: false };
}

/** A parameter that was deleted and made again counts from one: the content says which it is. */
function isApproved(
  at: ValidVersion | null,
  { approvedVersion, newest }: EnvironmentResult["entry"],
): boolean {
  return at !== null && at.version === approvedVersion && at.digest === newest?.digest;
}

function rank({ entry, record }: EnvironmentResult, alerted: ReadonlySet<string>): number {
  return (alerted.has(entry.name) ? 2 : 0) + (record === null ? 0 : 1);
}

/**
 * Writes what the next run and the next job must know, where it differs from what is there: what jobs
 * read, then the status, which never knows more than the record and its label.
 *
 * @param outputs what jobs read and should read; `undefined` where nothing is known of it
 */
async function persist(
  run: RunContext,
  result: EnvironmentResult,
  { unlabelled }: KeptRecord,
  outputs: OutputsWork | undefined,
): Promise<Persisted> {
  const { clients } = run;
  const { entry } = result;
  if (result.writes === "dry-run") return { faults: [], left: null };
  try {
    if (result.forgotten) return { faults: await forget(run, result, outputs), left: null };
    const read = outputs === undefined ? null : await putOutputs(clients, outputs);
    const { seen } = result.status;
    const status = {
      ...result.status,
      seen: seen && { ...seen, labelled: seen.labelled && !unlabelled },
    };
    const left = await writeStatus(run, entry, withOutputs(status, read));
    const faults = read?.faults ?? [];
    return { faults, left: faults.length === 0 && isRight(result) && isQuiet(left) ? left : null };
  } catch (thrown) {
    return { faults: [faultOf(`keeping the status of ${entry.name}`, thrown)], left: null };
  }
}

function isRight({ report: { outcome } }: EnvironmentResult): boolean {
  return outcome === "in-sync" || outcome === "reconciled";
}

function remember(run: RunContext, left: readonly ControlEntry[] | null): void {
  if (run.memory !== undefined) rememberLeft(run.memory, left, { isFull: isFull(run) });
}

/** Gives the environment as a run that lists it will find it. */
async function writeStatus(
  { clients, installation }: RunContext,
  entry: EnvironmentResult["entry"],
  status: EnvironmentResult["status"],
): Promise<ControlEntry> {
  const text = serializeStatus(status);
  const statusDigest = digestOf(text);
  if (statusDigest !== entry.statusDigest) {
    await writeParameter(clients, `${installation.prefix}/status/${entry.name}`, text);
  }
  const unread = { record: { kind: "unread" }, older: null, approvedVersion: null } as const;
  return { ...entry, status, statusDigest, ...unread };
}

/**
 * Nothing of a removed environment is left: what its jobs read goes first, so that something still
 * knows of it until it is gone; then the record, so that no status lacks one. What could not be
 * forgotten is remembered as reported, so that the next run tries again in silence.
 */
async function forget(
  run: RunContext,
  result: EnvironmentResult,
  outputs: OutputsWork | undefined,
): Promise<readonly Fault[]> {
  const { entry, status } = result;
  const read = outputs === undefined ? null : await putOutputs(run.clients, outputs);
  // Where they could not be read, that is reported.
  const isLeft = read === null ? mayHaveOutputs(entry) : read.faults.length > 0;
  const dropped = isLeft
    ? { faults: read?.faults ?? [], isGone: false }
    : await dropState(run, entry);
  if (!dropped.isGone) await writeStatus(run, entry, withOutputs(status, read));
  return dropped.faults;
}

/** `isGone`: nothing is left that this run has read. That it was not there to be deleted may be a stale answer. */
async function dropState(
  { clients, installation: { prefix } }: RunContext,
  { name, record, statusDigest }: EnvironmentResult["entry"],
): Promise<{ readonly faults: readonly Fault[]; readonly isGone: boolean }> {
  try {
    const isDeleted = await deleteParameter(clients, recordParameter(prefix, name));
    const isRecordGone = isDeleted || (record.kind !== "found" && record.kind !== "misfit");
    const isGone =
      isRecordGone &&
      (statusDigest === null || (await deleteParameter(clients, `${prefix}/status/${name}`)));
    return { faults: [], isGone };
  } catch (thrown) {
    return { faults: [faultOf(`forgetting ${name}`, thrown)], isGone: false };
  }
}

/** The status with what jobs can read now; as before, where nothing is known of it. */
function withOutputs(
  status: EnvironmentResult["status"],
  read: PutOutputs | null,
): EnvironmentResult["status"] {
  const { seen } = status;
  return read === null ? status : { ...status, seen: seen && { ...seen, outputs: read.last } };
}

/**
 * A label that has done its work, or releases nothing, is taken off: on what has become the oldest
 * of a hundred versions it would make Parameter Store refuse every further edit.
 */
async function takeLabelOff(clients: Clients, result: EnvironmentResult): Promise<boolean> {
  const { entry, record } = result;
  const { choice } = result.plan;
  const { approvedVersion } = entry;
  if (choice.kind === "orphaned" || typeof approvedVersion !== "number") return false;
  if (choice.label === null && !isApproved(record?.applied ?? null, entry)) return false;
  await removeLabel(clients, entry.parameter, approvedVersion, approvalLabel);
  return true;
}
