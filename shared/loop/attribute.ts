import { atMost } from "../edge/at-once.ts";
import type { Clients } from "../edge/clients.ts";
import { readTrail } from "../edge/trail.ts";
import type { Change } from "../plan/change.ts";
import type { ControlEntry } from "../plan/control.ts";
import { desiredIn } from "../plan/environment.ts";
import { isMadeAgain, writeKey } from "../plan/last-writes.ts";
import { isQuarrelled } from "../plan/quarrel.ts";
import type { DriftWidening } from "../plan/widening.ts";
import { type Attribution, unknownAttribution } from "../report/attribution.ts";
import { denyWidening } from "../report/found-drift.ts";
import { trailNameOfChange, trailNameOfTrace } from "../report/trail-name.ts";
import { isUndoneSince, type Undone, undoneBy } from "../report/undone.ts";
import { attributionOf } from "../report/who-opened.ts";
import type { RecordedCall } from "../wake/index.ts";
import type { Plans } from "./planning.ts";
import { functionTimeoutMs, type RunContext } from "./run-context.ts";

/** Who opened a door, as far as it is known. */
export type Attribute = (widening: DriftWidening) => Attribution;

/** Why a correction that was made before is due again, as far as it is known. */
export type WhyAgain = (change: Change) => Undone;

export type Attributing = {
  /**
   * What is known when all look-ups have ended, or after so many milliseconds; who is not known
   * then is `unknownAttribution`. May be asked again later, for what came meanwhile.
   */
  settled(withinMs: number): Promise<Attribute>;
  /** What is known by now of corrections that are due again. */
  undone(): Promise<WhyAgain>;
};

/** Look-ups that take longer are given up. */
const deadlineMs = 45_000;

/** LookupEvents takes two calls a second, each of some seconds. */
const lookUpsAtOnce = 2;

/** Asks about environments that were not asked about so far: a later pass may look at more. */
export function attributeMore(
  run: RunContext,
  plans: Plans,
  given: {
    readonly lastRun: string | null;
    /** Environments of which it was asked; these are added. */
    readonly asked: Set<string>;
    readonly before: Attributing | null;
  },
): Attributing {
  const { lastRun, asked, before } = given;
  const environments = plans.environments.filter(({ entry }) => !asked.has(entry.name));
  for (const { entry } of environments) asked.add(entry.name);
  if (before === null) return attributeAll(run, plans, lastRun);
  if (environments.length === 0) return before;
  const more = attributeAll(run, { ...plans, environments, organisations: [] }, lastRun);
  return {
    settled: async (withinMs) => {
      const [known, further] = await Promise.all([
        before.settled(withinMs),
        more.settled(withinMs),
      ]);
      return (widening) => {
        const found = known(widening);
        return found.openedAt === null ? further(widening) : found;
      };
    },
    undone: async () => {
      const [known, further] = await Promise.all([before.undone(), more.undone()]);
      return (change) => {
        const found = known(change);
        return found.kind === "unknown" ? further(change) : found;
      };
    },
  };
}

/**
 * Begins to ask who opened what plans have found open, and who undid what is corrected again.
 *
 * @param lastRun when the last run over all environments ended; `null` where nobody knows
 */
function attributeAll(run: RunContext, plans: Plans, lastRun: string | null): Attributing {
  const byWidening = new Map<DriftWidening, readonly (ControlEntry | undefined)[]>();
  for (const { entry, plan, orphans } of plans.environments) {
    const role = desiredIn(plan)?.role.name ?? "";
    const found = [
      ...plan.widenings,
      ...orphans.widenings,
      ...plan.kept.map((deny) => denyWidening(deny, role)),
    ];
    for (const widening of found) byWidening.set(widening, [entry]);
  }
  const entryOf = new Map(plans.environments.map(({ entry }) => [entry.name, entry] as const));
  for (const { members, widenings } of plans.organisations) {
    const entries = members.map((name) => entryOf.get(name));
    for (const widening of widenings) byWidening.set(widening, entries);
  }
  return startAttribution(run.clients, [...byWidening.keys()], run.wake.calls, {
    deadlineMs,
    again: dueAgain(plans, run.wake.calls, run.clock()),
    notBefore: (widening) => lastRight(byWidening.get(widening) ?? [], lastRun),
  });
}

/**
 * Begins to ask CloudTrail who opened the doors that were found: one look-up for each role, policy
 * or provider, none where nothing was open or the event that woke the run says it already. Never
 * throws, and goes on by itself until the deadline.
 *
 * @param woken the events that woke this run, which CloudTrail's history may show only minutes later
 * @param options `notBefore` is the last time that a run saw the door shut: nothing older opened
 *   it, however much alike it looks; `null` where no run did
 */
export function startAttribution(
  clients: Clients,
  widenings: readonly DriftWidening[],
  woken: readonly RecordedCall[],
  options: {
    readonly deadlineMs: number;
    readonly notBefore: (widening: DriftWidening) => string | null;
    readonly again?: readonly DueAgain[];
  },
): Attributing {
  const { notBefore, again = [] } = options;
  const begun = new Date(clients.time.now());
  const attributed = (widening: DriftWidening, records: readonly RecordedCall[]) =>
    attributionOf(widening.traces, since(notBefore(widening), records), widening.admitted);
  const open = widenings.filter((widening) => attributed(widening, woken).openedAt === null);
  const records: RecordedCall[] = [];
  const done = new AbortController();
  const late = new AbortController();
  void clients.time.sleep(options.deadlineMs, done.signal).then(() => late.abort());
  const questions = new Map([
    ...questionsOf(open, notBefore),
    ...again.flatMap(({ change, isExplained }) =>
      isExplained ? [] : [[trailNameOfChange(change), null] as const],
    ),
  ]);
  const all = atMost(lookUpsAtOnce, [...questions], ([name, from]) =>
    readTrail(clients, name, {
      notBefore: from,
      signal: late.signal,
      onPage: (page) => records.push(...page),
    }),
  ).finally(() => done.abort());
  return {
    settled: async (withinMs) => {
      await Promise.race([all, clients.time.sleep(withinMs, done.signal)]);
      const known = [...records];
      return (widening) => {
        const first = attributed(widening, woken);
        if (first.openedAt !== null) return first;
        return known.length === 0 ? unknownAttribution : attributed(widening, known);
      };
    },
    undone: async () => {
      if (again.length === 0) return () => ({ kind: "unknown" });
      const known = [...woken, ...records];
      const now = new Date(clients.time.now());
      const keys = again.map(({ change }) => writeKey(change));
      return (change) =>
        keys.includes(writeKey(change))
          ? undoneBy(change, known, { begun, now })
          : { kind: "unknown" };
    },
  };
}

/** Each name to look up, with the earliest instant that any of its doors asks for. */
function questionsOf(
  open: readonly DriftWidening[],
  notBefore: (widening: DriftWidening) => string | null,
): readonly (readonly [name: string, notBefore: string | null])[] {
  const questions = new Map<string, string | null>();
  for (const widening of open) {
    const from = wholeSecond(notBefore(widening));
    for (const name of widening.traces.map(trailNameOfTrace)) {
      const known = questions.get(name);
      questions.set(name, known === undefined ? from : earlier(known, from));
    }
  }
  return [...questions];
}

/** The earlier of two instants; no instant is earlier than any. */
function earlier(left: string | null, right: string | null): string | null {
  if (left === null || right === null) return null;
  return left < right ? left : right;
}

/** CloudTrail's times are whole seconds, rounded down. */
function wholeSecond(instant: string | null): string | null {
  const at = instant === null ? Number.NaN : Date.parse(instant);
  return Number.isNaN(at) ? null : new Date(Math.floor(at / 1000) * 1000).toISOString();
}

function since(
  notBefore: string | null,
  records: readonly RecordedCall[],
): readonly RecordedCall[] {
  const from = wholeSecond(notBefore);
  if (from === null) return records;
  return records.filter(({ at }) => at !== null && Date.parse(at) >= Date.parse(from));
}

/** A correction that was made before, a moment ago or within a day; whether a call that woke the run says why. */
type DueAgain = { readonly change: Change; readonly isExplained: boolean };

function dueAgain(
  { environments, organisations }: Plans,
  woken: readonly RecordedCall[],
  now: Date,
): readonly DueAgain[] {
  return environments.flatMap(({ entry: { name, record }, plan }) => {
    if (record.kind !== "found") return [];
    const { last, quarrels } = record.record;
    const shared = organisations
      .filter(({ members }) => members.includes(name))
      .flatMap((each) => [...each.plan.closing, ...each.plan.opening]);
    const since = last?.at ?? "";
    return [...plan.changes, ...shared]
      .filter((change) => isMadeAgain(change, last, now) || isQuarrelled(change, quarrels, now))
      .map((change) => ({
        change,
        isExplained: isUndoneSince(change, woken, { since, now }),
      }));
  });
}

/**
 * When the door was last seen shut, less the time that a run may take from its first read to its
 * heartbeat; `null` where no run saw it shut.
 */
function lastRight(
  entries: readonly (ControlEntry | undefined)[],
  lastRun: string | null,
): string | null {
  const isRight = entries.every((entry) => {
    const conditions = entry?.status?.conditions;
    return conditions?.TrustAsIntended?.status === true && conditions.InSync?.status === true;
  });
  if (!isRight || entries.length === 0 || lastRun === null) return null;
  return new Date(Date.parse(lastRun) - functionTimeoutMs).toISOString();
}
