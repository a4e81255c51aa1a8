import type { Fault } from "../aws/reading.ts";
import { readNamed, type StoredParameter } from "../edge/parameters.ts";
import { isRecord, parseJson } from "../json.ts";
import { type ControlEntry, isQuiet } from "../plan/control.ts";
import { outputsParameter } from "../trust/index.ts";
import type { Attributing } from "./attribute.ts";
import { type JournalKeeper, journalKeeper } from "./journal.ts";
import { listedIn, mayBeUnnamed } from "./listed-records.ts";
import { mayHaveOutputs, outputsIn, type ReadOutputs } from "./outputs.ts";
import { isIdle, type Plans } from "./planning.ts";
import { knownRecord, recordParameter } from "./records.ts";
import type { RunContext } from "./run-context.ts";
import { isFull, sourceOf } from "./run-kind.ts";
import { turnIn } from "./turn.ts";

/** What a run learns beside the environments, and what it notes before it writes. */
export type RunNotes = {
  readonly beside: () => Promise<Found>;
  readonly beforeWrites: (plans: Plans) => Promise<void>;
  /** Notes what these plans would have to report, and begins nothing else. */
  readonly noteAhead: (plans: Plans) => Promise<void>;
  readonly journal: JournalKeeper;
  readonly attributing: () => Attributing | null;
  /** When the last run over all environments ended; `null` where that is not known. */
  readonly lastRun: () => string | null;
  /** Where the time of the last run over all environments was over; `null` where it reached all. */
  readonly turn: () => string | null;
  /** What jobs can read, as far as it was read. */
  readonly outputs: () => ReadOutputs;
  /** From when on the day until they are listed again counts; `null` where that is not known, or they have to be again. */
  readonly recordsListed: () => string | null;
  /** Why the records could not be listed; `null` where they were, or did not have to be. */
  readonly unlisted: () => Fault | null;
};

/** What is found beside the environments that are listed. */
type Found = {
  readonly records: ReadonlyMap<string, ControlEntry["record"]>;
  /** Environments of which only the record is left. */
  readonly unnamed: readonly ControlEntry[];
};

/** So many records are looked at in turn in each run. */
const recordsInTurn = 8;

/** Parameters that were read, by their names. */
export type ReadParameters = ReadonlyMap<string, StoredParameter>;

/**
 * Begins what a run keeps beside its environments: the journal, and the look-up of who wrote what.
 *
 * @param given.all every environment that is listed; `null` where not all were read
 * @param given.ahead what `readBeside` reads, where it was read already
 */
export function beginNotes(
  run: RunContext,
  entries: readonly ControlEntry[],
  given: { readonly all: readonly ControlEntry[] | null; readonly ahead: ReadParameters | null },
): RunNotes {
  const { wake, installation } = run;
  const { all, ahead } = given;
  const journal = journalKeeper(run.clients, {
    parameter: `${installation.prefix}/journal`,
    runId: run.runId,
    source: sourceOf(run),
    clock: run.clock,
  });
  let attributing: Attributing | null = null;
  const asked = new Set<string>();
  let lastRun: string | null = null;
  let turn: string | null = null;
  let outputs: ReadOutputs = new Map();
  let recordsListed: string | null = null;
  let unlisted: Fault | null = null;
  const unnamedBy = async (found: ReadParameters): Promise<readonly ControlEntry[]> => {
    if (all === null || !mayBeUnnamed(run, found, all)) {
      const heartbeat = found.get(`${installation.prefix}/heartbeat`);
      // Of an installation without a heartbeat the day until they are listed begins now.
      recordsListed =
        heartbeat === undefined
          ? run.clock().toISOString()
          : (listedIn(heartbeat.value)?.at ?? null);
      return [];
    }
    // Hardly ever; a run that has nothing to report starts faster without it.
    const { readUnnamed } = await import("./unnamed.ts");
    const read = await readUnnamed(run, all);
    if (read.kind === "unreadable") unlisted = read.fault;
    else recordsListed = run.clock().toISOString();
    return read.kind === "unreadable" ? [] : read.value;
  };
  const note = async (plans: Plans): Promise<void> => {
    if (isIdle(plans)) return;
    const { expectedOf } = await import("./expected.ts");
    const { writes, alerts } = expectedOf(run, plans, { ...wake, steps: "all" });
    if (writes) await journal.note(alerts);
  };
  return {
    journal,
    attributing: () => attributing,
    lastRun: () => lastRun,
    turn: () => turn,
    outputs: () => outputs,
    recordsListed: () => recordsListed,
    unlisted: () => unlisted,
    beside: async () => {
      if (wake.dryRun) {
        const found = isFull(run) ? await readListed(run).catch(() => null) : null;
        const unnamed = isFull(run) ? await unnamedBy(found ?? new Map()) : [];
        return { records: new Map(), unnamed };
      }
      const found = ahead ?? (await readBeside(run, entries).catch(() => null));
      const read = found === null ? nothingBeside : keptBeside(run, entries, { found, journal });
      ({ lastRun, turn, outputs } = read);
      return { records: read.records, unnamed: await unnamedBy(found ?? new Map()) };
    },
    beforeWrites: async (plans) => {
      if (isIdle(plans) && !isAnyDoor(plans)) return;
      const { attributeMore } = await import("./attribute.ts");
      attributing = attributeMore(run, plans, { lastRun, asked, before: attributing });
      await note(plans);
    },
    noteAhead: note,
  };
}

/** Is anything open, or denied, that somebody has done? */
function isAnyDoor({ environments, organisations }: Plans): boolean {
  return (
    organisations.some(({ widenings }) => widenings.length > 0) ||
    environments.some(
      ({ plan, orphans }) =>
        plan.widenings.length + plan.kept.length + orphans.widenings.length > 0,
    )
  );
}

type Beside = {
  readonly records: ReadonlyMap<string, ControlEntry["record"]>;
  readonly lastRun: string | null;
  readonly turn: string | null;
  readonly outputs: ReadOutputs;
};

/** A fault costs only these. */
const nothingBeside: Beside = {
  records: new Map(),
  lastRun: null,
  turn: null,
  outputs: new Map(),
};

/** Reads what says whether records have to be listed. */
function readListed({ clients, installation: { prefix } }: RunContext): Promise<ReadParameters> {
  return readNamed(clients, [`${prefix}/journal`, `${prefix}/heartbeat`]);
}

/** Reads the journal, the heartbeat, some records in turn and what jobs can read. */
export function readBeside(
  run: Pick<RunContext, "clients" | "installation" | "wake" | "runId">,
  entries: readonly ControlEntry[],
): Promise<ReadParameters> {
  const { prefix } = run.installation;
  return readNamed(run.clients, [
    `${prefix}/journal`,
    `${prefix}/heartbeat`,
    ...turnOf(run, entries).map((name) => recordParameter(prefix, name)),
    ...forJobs(run, entries),
  ]);
}

function keptBeside(
  run: RunContext,
  entries: readonly ControlEntry[],
  { found, journal }: { readonly found: ReadParameters; readonly journal: JournalKeeper },
): Beside {
  const { prefix } = run.installation;
  journal.read(found.get(`${prefix}/journal`)?.value ?? null);
  const records = turnOf(run, entries).map((name) => {
    const parameter = found.get(recordParameter(prefix, name));
    return [name, knownRecord(parameter, name)] as const;
  });
  return {
    records: new Map(records),
    lastRun: instantOf(found.get(`${prefix}/heartbeat`)?.value),
    turn: isFull(run) ? turnIn(found.get(`${prefix}/heartbeat`)?.value) : null,
    outputs: outputsIn(found, forJobs(run, entries)),
  };
}

/** What jobs of these environments can read, and what somebody else has just written of it. */
function forJobs(
  { installation: { prefix }, wake }: Pick<RunContext, "installation" | "wake">,
  entries: readonly ControlEntry[],
): readonly string[] {
  const written = new Set(wake.writes.map(({ parameter }) => parameter));
  return entries.flatMap((entry) => {
    const parameter = outputsParameter({ prefix, environment: entry.name });
    return mayHaveOutputs(entry) || written.has(parameter) ? [parameter] : [];
  });
}

/**
 * Which records a run looks at although nothing asks for them: those from a place on that the run's
 * own id names, so that all have their turn.
 */
function turnOf(
  { runId }: Pick<RunContext, "runId">,
  entries: readonly ControlEntry[],
): readonly string[] {
  const names = entries.filter(isQuiet).map(({ name }) => name);
  const start = Number.parseInt(runId.replaceAll("-", "").slice(0, 8), 16) % (names.length || 1);
  const from = Number.isNaN(start) ? 0 : start;
  return [...names.slice(from), ...names.slice(0, from)].slice(0, recordsInTurn);
}

function instantOf(heartbeat: string | undefined): string | null {
  const data = parseJson(heartbeat ?? "");
  const at = isRecord(data) ? data["at"] : null;
  return typeof at === "string" && !Number.isNaN(Date.parse(at)) ? at : null;
}
