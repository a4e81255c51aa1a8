import * as z from "zod/mini";
import { visibleJson } from "../language/visible.ts";
import { type Alert, type AlertKind, alertKinds } from "./report.ts";

/** What one run has found and not yet reported, as `PREFIX/journal` keeps it. */
type JournalEntry = {
  /** ISO instant of the write. */
  readonly at: string;
  /** A run from the queue is never beside another; one by hand may be. */
  readonly source: "queue" | "hand";
  readonly alerts: readonly JournalAlert[];
  /** Alerts that had no room, by kind. */
  readonly more: Readonly<Record<string, number>>;
};

export type JournalAlert = {
  readonly kind: AlertKind;
  readonly environment: string;
  readonly title: string;
};

/** Entries by run id; `{}` in the parameter if nothing waits. */
export type Journal = Readonly<Record<string, JournalEntry>>;

const schema = z.record(
  z.string(),
  z.object({
    at: z.string(),
    source: z.enum(["queue", "hand"]),
    alerts: z.array(z.object({ kind: z.string(), environment: z.string(), title: z.string() })),
    more: z._default(z.record(z.string(), z.number()), {}),
  }),
);

/** Reads a journal; `null` if someone has spoilt it. */
export function parseJournal(text: string): Journal | null {
  try {
    const result = z.safeParse(schema, JSON.parse(text));
    if (!result.success) return null;
    const entries = Object.entries(result.data);
    return Object.fromEntries(entries.map(([runId, entry]) => [runId, readEntry(entry)]));
  } catch {
    return null;
  }
}

/** What a newer release has found, before somebody went back to this one, is counted by its kind. */
function readEntry({ at, source, alerts, more }: z.output<typeof schema>[string]): JournalEntry {
  const known = alerts.flatMap(({ kind, ...rest }) => {
    const own = alertKinds.find((each) => each === kind);
    return own === undefined ? [] : [{ kind: own, ...rest }];
  });
  const others = alerts.filter(({ kind }) => !alertKinds.some((each) => each === kind));
  return { at, source, alerts: known, more: added(countsOf(others), more) };
}

/** A standard parameter holds 4 KB; the entries of other runs need room too. */
const journalBytesMax = 4096;
/** What of an alert's title the journal keeps. */
export const titleLengthMax = 160;

/**
 * The journal with this run's entry, as far as the alerts fit, and counts of the rest. Where there
 * is not room enough beside what other runs left, theirs is counted too, and never dropped.
 */
export function journalWith(
  journal: Journal,
  runId: string,
  entry: Pick<JournalEntry, "at" | "source"> & { readonly alerts: readonly Alert[] },
): string {
  const alerts = entry.alerts.map(({ kind, environment, title }) => {
    return { kind, environment, title: title.slice(0, titleLengthMax) };
  });
  for (let kept = alerts.length; kept > 0; kept = Math.floor(kept * 0.8)) {
    const text = textOf({ ...journal, [runId]: entryOf(entry, alerts, kept) });
    if (Buffer.byteLength(text) <= journalBytesMax) return text;
  }
  const counted = entryOf(entry, alerts, 0);
  const others = Object.entries(journal).filter(([id]) => id !== runId);
  const short = others.map(([id, other]) => [id, countsOnly(other)] as const);
  const all = short.reduce((sum, [, other]) => added(sum, other.more), counted.more);
  return (
    [
      textOf({ ...journal, [runId]: counted }),
      textOf({ ...Object.fromEntries(short), [runId]: counted }),
    ].find((text) => Buffer.byteLength(text) <= journalBytesMax) ??
    textOf({ [runId]: { ...counted, more: all } })
  );
}

/** An entry of which only the kinds are left, and how many of each. */
function countsOnly(entry: JournalEntry): JournalEntry {
  return { ...entryOf(entry, entry.alerts, 0), more: added(countsOf(entry.alerts), entry.more) };
}

function countsOf(alerts: readonly { readonly kind: string }[]): JournalEntry["more"] {
  const kinds = Map.groupBy(alerts, ({ kind }) => kind);
  return Object.fromEntries([...kinds].map(([kind, all]) => [kind, all.length]));
}

function added(left: JournalEntry["more"], right: JournalEntry["more"]): JournalEntry["more"] {
  // A kind may have the name of something that every object has.
  const before = new Map(Object.entries(left));
  const sums = Object.entries(right).map(([kind, count]) => [
    kind,
    count + (before.get(kind) ?? 0),
  ]);
  return { ...left, ...Object.fromEntries(sums) };
}

function entryOf(
  { at, source }: Pick<JournalEntry, "at" | "source">,
  alerts: readonly JournalAlert[],
  kept: number,
): JournalEntry {
  return { at, source, alerts: alerts.slice(0, kept), more: countsOf(alerts.slice(kept)) };
}

/** The journal's text without the entries of some runs; `{}` where none is left. */
export function journalWithout(journal: Journal, runIds: readonly string[]): string {
  return textOf(Object.fromEntries(Object.entries(journal).filter(([id]) => !runIds.includes(id))));
}

/** Parameter Store takes no `{{`. */
function textOf(journal: Journal): string {
  return visibleJson(JSON.stringify(journal)).replaceAll("{{", "{\\u007b");
}

/** Runs that did not come to their end: their time is over, and they alerted nobody. */
export function interruptedRuns(input: {
  readonly journal: Journal;
  readonly source: JournalEntry["source"];
  /** Runs that are at work in this very process. */
  readonly alive: ReadonlySet<string>;
  readonly now: Date;
  /** The function's time-out, after which no run is at work any more. */
  readonly timeoutMs: number;
}): readonly string[] {
  return Object.entries(input.journal).flatMap(([runId, entry]) => {
    if (input.alive.has(runId)) return [];
    const past = input.now.getTime() - Date.parse(entry.at) > input.timeoutMs;
    const alone = input.source === "queue" && entry.source === "queue";
    return alone || past || Number.isNaN(Date.parse(entry.at)) ? [runId] : [];
  });
}
