import type { Fault } from "../aws/reading.ts";
import type { Clients } from "../edge/clients.ts";
import { faultOf } from "../edge/faults.ts";
import { readNamed, writeParameter } from "../edge/parameters.ts";
import { within } from "../edge/time.ts";
import { type Journal, journalWith, journalWithout, parseJournal } from "../report/journal.ts";
import type { Alert } from "../report/report.ts";

/**
 * The journal as one run uses it: read once, written before the first correction, emptied at the
 * end. One that could not be read is read again before a write, and never written over: it may hold
 * what other runs have not reported yet.
 */
export type JournalKeeper = {
  /** What was read, as soon as it was; empty before. */
  readonly journal: () => Journal;
  readonly read: (text: string | null) => void;
  /** Writes what the run has found, within three seconds; a fault stops nothing. */
  readonly note: (alerts: readonly Alert[]) => Promise<void>;
  /** Are these alerts in Parameter Store, every one of them? */
  readonly hasNoted: (alerts: readonly Alert[]) => boolean;
  /** Takes out what has been reported, this run's own entry and others', and keeps what nobody took. */
  readonly settle: (after: {
    readonly reported: readonly string[];
    readonly keep: readonly Alert[];
  }) => Promise<readonly Fault[]>;
};

/** A closing write waits this long for the journal. */
const noteMs = 3_000;

export function journalKeeper(
  clients: Clients,
  given: {
    readonly parameter: string;
    readonly runId: string;
    readonly source: "queue" | "hand";
    readonly clock: () => Date;
  },
): JournalKeeper {
  let journal: Journal = {};
  let noted: readonly Alert[] = [];
  let spoilt = false;
  let known = false;
  let over = false;
  let written: readonly Alert[] = [];
  let last: Promise<void> = Promise.resolve();
  const read = (text: string | null): void => {
    const parsed = text === null ? {} : parseJournal(text);
    spoilt = parsed === null;
    journal = parsed ?? {};
    known = true;
  };
  /** @throws what Parameter Store says, also where the journal cannot be read this time either */
  const write = async (textOf: () => string | null): Promise<void> => {
    if (!known) {
      const found = await readNamed(clients, [given.parameter]);
      read(found.get(given.parameter)?.value ?? null);
    }
    const text = textOf();
    const isDue = () => textOf() !== null;
    if (text !== null) await writeParameter(clients, given.parameter, text, { isDue });
  };
  const hasNoted = (alerts: readonly Alert[]) => alerts.every((alert) => isAmong(written, alert));
  const note = async (alerts: readonly Alert[]): Promise<void> => {
    noted = [...noted, ...alerts.filter((alert) => !isAmong(noted, alert))];
    if (noted.length === 0) return;
    const at = given.clock().toISOString();
    const noting = noted;
    const entry = { at, source: given.source, alerts: noting };
    // What is there already is not written again: an earlier note may still be on its way, or have
    // failed. A note that comes too late would repeat what was reported meanwhile.
    const text = () => (over || hasNoted(noting) ? null : journalWith(journal, given.runId, entry));
    last = last
      .then(() => write(text))
      .then(
        () => {
          if (!over) written = noting;
        },
        () => undefined,
      );
    await within(last, noteMs, clients.time);
  };
  const settle: JournalKeeper["settle"] = async ({ reported, keep }) => {
    over = true;
    const own = known ? noted : [];
    if (own.length + reported.length + keep.length === 0 && !spoilt) return [];
    const at = given.clock().toISOString();
    const entry = { at, source: given.source, alerts: keep };
    const settled = () => {
      const left = parseJournal(journalWithout(journal, [given.runId, ...reported])) ?? {};
      return keep.length === 0 ? journalWithout(left, []) : journalWith(left, given.runId, entry);
    };
    try {
      await write(settled);
      return [];
    } catch (thrown) {
      return [faultOf("settling the journal", thrown)];
    }
  };
  return { journal: () => journal, read, note, hasNoted, settle };
}

function isAmong(alerts: readonly Alert[], { kind, title }: Alert): boolean {
  return alerts.some((each) => each.kind === kind && each.title === title);
}
