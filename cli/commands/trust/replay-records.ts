import type { Clients } from "../../../shared/edge/clients.ts";
import { historyDays } from "../../../shared/edge/event-history.ts";
import type { startReplay } from "../../../shared/replay/replay.ts";
import { readHistory } from "../../../shared/runs/replay.ts";
import { failureOf } from "../../aws-failure.ts";
import type { Io } from "../../io.ts";
import { readTrailFiles } from "../../trail-files.ts";
import type { Replayed, ReplaySource } from "./replay-view.ts";

type Wanted = {
  /** Files of CloudTrail's events; empty: its event history. */
  readonly events: readonly string[];
  /** Where the role's jobs work. */
  readonly regions: readonly string[];
  readonly since: Date | null;
  readonly now: Date;
  readonly running: ReturnType<typeof startReplay>;
};

/**
 * Gives the records to the replay, and says how far it is.
 *
 * @throws CommandError where a file cannot be read, or the event history gives nothing
 */
export async function recordsFrom(io: Io, clients: Clients, wanted: Wanted): Promise<ReplaySource> {
  const { events, running } = wanted;
  const signal = io.interrupted();
  try {
    if (events.length === 0) return await fromHistory(io, clients, { ...wanted, signal });
    const isWhole = await readTrailFiles(io, events, { take: running.take, signal });
    return { kind: "files", files: events.length, isWhole };
  } finally {
    io.progress(null);
  }
}

async function fromHistory(
  io: Io,
  clients: Clients,
  { regions, since, now, running, signal }: Wanted & { readonly signal: AbortSignal },
): Promise<ReplaySource> {
  const time = { now: () => io.clock().getTime(), sleep: (ms: number) => io.wait(ms) };
  const onPage = (events: number, oldest: Date) => {
    const back = oldest.toISOString().slice(0, 16).replace("T", " ");
    const seen = `${events.toLocaleString("en")} events, ${running.records()} of the role`;
    io.progress(`reading the event history: ${seen}, back to ${back}; Ctrl-C ends it`);
  };
  const wanted = { regions, since, now, signal, time, onPage };
  const read = await readHistory(clients, wanted, running.take).catch((thrown: unknown) => {
    throw failureOf(thrown, "cloudtrail:LookupEvents");
  });
  return { kind: "event-history", read };
}

/** Is there more that was not read? */
export function isCutShort(source: ReplaySource): boolean {
  return source.kind === "files" ? !source.isWhole : source.read.stopped !== null;
}

const dayMs = 24 * 60 * 60 * 1000;

/** What a reader of the answer should know of the records that it is about. */
export function warningsOf(
  { source, replay }: Replayed,
  since: Date | null,
  now: Date,
): readonly string[] {
  if (source.kind === "files") {
    const so = `Interrupted: the answer is about the ${replay.records} records read until then.`;
    return source.isWhole ? [] : [so];
  }
  const { stopped, from } = source.read;
  const back = `the answer goes back to ${from.toISOString().slice(0, 19)}Z and no further`;
  const why = stopped?.kind === "failed" ? stopped.message : "Interrupted";
  const isOlder = since !== null && now.getTime() - since.getTime() > historyDays * dayMs;
  const older = `The event history goes back ${historyDays} days. For older records give the files of a trail with --events.`;
  return [...(stopped === null ? [] : [`${why}: ${back}.`]), ...(isOlder ? [older] : [])];
}
