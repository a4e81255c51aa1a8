import type { Account } from "../aws/account.ts";
import type { Clients } from "../edge/clients.ts";
import { historyDays, historyPages, regionsOfSts } from "../edge/event-history.ts";
import { faultOf } from "../edge/faults.ts";
import type { Time } from "../edge/time.ts";
import type { Tags } from "../plan/observed.ts";
import type { TrustPolicy } from "../policy/document.ts";
import { type Replay, startReplay } from "../replay/replay.ts";
import type { CallRecord } from "../trail/records.ts";

const operation = "AssumeRoleWithWebIdentity";
const dayMs = 24 * 60 * 60 * 1000;

/** How far a Region's event history was read. */
export type HistoryRead = {
  readonly regions: readonly string[];
  /** Nothing older was looked at. */
  readonly from: Date;
  readonly to: Date;
  /** Why it was not read as far back as was asked; null where it was. */
  readonly stopped: HistoryStop | null;
};

type HistoryStop =
  | { readonly kind: "interrupted" }
  /** CloudTrail failed after it had given pages. */
  | { readonly kind: "failed"; readonly message: string };

/** What reading the event history needs. */
type HistoryWanted = {
  /** Where jobs work: STS's global endpoint is added. */
  readonly regions: readonly string[];
  /** Null: as far back as the history goes. */
  readonly since: Date | null;
  readonly now: Date;
  readonly signal: AbortSignal;
  readonly time: Time;
  /** Called after each page with how many events were read, and back to when. */
  readonly onPage: (events: number, oldest: Date) => void;
};

/**
 * Gives every AssumeRoleWithWebIdentity of the event history to `take`, all Regions at the same time.
 *
 * @throws what the SDK throws, where a Region gave nothing at all
 */
export async function readHistory(
  clients: Clients,
  wanted: HistoryWanted,
  take: (record: CallRecord) => void,
): Promise<HistoryRead> {
  const { now, since } = wanted;
  const regions = regionsOfSts(wanted.regions);
  const kept = new Date(now.getTime() - historyDays * dayMs);
  const from = since === null || since < kept ? kept : since;
  let events = 0;
  const reads = regions.map((region) =>
    readEventsOf(clients, { ...wanted, eventName: operation, region, from }, (page, oldest) => {
      events += page.length;
      for (const record of page) take(record);
      wanted.onPage(events, oldest);
    }),
  );
  const read = await Promise.all(reads);
  // What one Region did not say, nobody knows of the role.
  const reached = new Date(Math.max(...read.map((each) => each.reached.getTime())));
  const stopped = read.find((each) => each.stopped !== null)?.stopped ?? null;
  return { regions, from: reached, to: now, stopped };
}

type RegionRead = { readonly reached: Date; readonly stopped: HistoryStop | null };

/**
 * Reads the events of one name in a Region, as far back as asked or until the signal.
 *
 * @throws what the SDK throws, where there is no page at all
 */
export async function readEventsOf(
  clients: Clients,
  wanted: Pick<HistoryWanted, "now" | "signal" | "time"> & {
    readonly region: string;
    readonly eventName: string;
    readonly from: Date;
  },
  onPage: (records: readonly CallRecord[], oldest: Date) => void,
): Promise<RegionRead> {
  const { region, from, now, signal, time, eventName } = wanted;
  const question = { region, eventName, from, to: now, signal, time };
  let reached: Date | null = null;
  try {
    for await (const { records, oldest, isLast } of historyPages(clients, question)) {
      reached = isLast ? from : (oldest ?? reached ?? now);
      onPage(records, reached);
      if (isLast) return { reached, stopped: null };
    }
  } catch (thrown) {
    if (reached === null) throw thrown;
    const { message } = faultOf(`cloudtrail:LookupEvents in ${region}`, thrown);
    return { reached, stopped: { kind: "failed", message } };
  }
  return { reached: reached ?? now, stopped: { kind: "interrupted" } };
}

/** A role with its trust policy as it is, and one that is proposed. */
type ProposedTrust = {
  /** The role's own ARN. */
  readonly role: string;
  readonly account: Account;
  readonly tags: Tags;
  readonly current: TrustPolicy;
  readonly proposed: TrustPolicy;
  /** Where its jobs work. */
  readonly regions: readonly string[];
};

/**
 * Who was seen for the role in the last days, put to both policies: for a question such as whether a
 * held edit would refuse anybody. `sentences.ts` of the room `replay` says it in words.
 *
 * @param when the signal ends the reading: the answer is about what was read until then
 * @throws what the SDK throws where the event history cannot be read at all
 */
export async function replayRecentDays(
  clients: Clients,
  trust: ProposedTrust,
  when: Pick<HistoryWanted, "now" | "signal" | "time"> & { readonly days: number },
): Promise<{ readonly replay: Replay; readonly read: HistoryRead }> {
  const { now, days, signal, time } = when;
  const replay = startReplay({ ...trust, now, since: null });
  const wanted = {
    regions: trust.regions,
    since: new Date(now.getTime() - days * dayMs),
    now,
    signal,
    time,
    onPage: () => undefined,
  };
  const read = await readHistory(clients, wanted, replay.take);
  return { replay: replay.result(), read };
}
