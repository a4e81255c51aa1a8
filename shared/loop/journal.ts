import type { Clients } from "../edge/clients.ts";
import { faultOf } from "../edge/faults.ts";
import { writeParameter } from "../edge/parameters.ts";
import { within } from "../edge/time.ts";
import type { Fault } from "../plan/observed.ts";
import { type Journal, journalWith, journalWithout, parseJournal } from "../report/journal.ts";
import type { Alert } from "../report/report.ts";

/** The journal as one run uses it: read once, written before the first correction, emptied at the end. */
export type JournalKeeper = {
  /** What was read, as soon as it was; empty before. */
  readonly journal: () => Journal;
  readonly read: (text: string | null) => void;
  /** Writes what the run has found, within three seconds; a fault stops nothing. */
  readonly note: (alerts: readonly Alert[]) => Promise<void>;
  /** Takes out what has been told, this run's own entry and others', and keeps what nobody took. */
  readonly settle: (after: {
    readonly told: readonly string[];
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
  const note = async (alerts: readonly Alert[]): Promise<void> => {
    const news = alerts.filter(
      (alert) => !noted.some(({ kind, title }) => kind === alert.kind && title === alert.title),
    );
    if (news.length === 0) return;
    noted = [...noted, ...news];
    const at = given.clock().toISOString();
    const text = journalWith(journal, given.runId, { at, source: given.source, alerts: noted });
    const write = writeParameter(clients, given.parameter, text).catch(() => 0);
    await within(write, noteMs, clients.time);
  };
  const settle: JournalKeeper["settle"] = async ({ told, keep }) => {
    if (noted.length + told.length + keep.length === 0 && !spoilt) return [];
    const left = parseJournal(journalWithout(journal, [given.runId, ...told])) ?? {};
    const at = given.clock().toISOString();
    const text =
      keep.length === 0
        ? journalWithout(left, [])
        : journalWith(left, given.runId, { at, source: given.source, alerts: keep });
    try {
      await writeParameter(clients, given.parameter, text);
      return [];
    } catch (thrown) {
      return [faultOf("settling the journal", thrown)];
    }
  };
  return {
    journal: () => journal,
    read: (text) => {
      const read = text === null ? {} : parseJournal(text);
      spoilt = read === null;
      journal = read ?? {};
    },
    note,
    settle,
  };
}
