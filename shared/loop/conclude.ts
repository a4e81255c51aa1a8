import type { Fault } from "../aws/reading.ts";
import { faultOf } from "../edge/faults.ts";
import { writeParameter } from "../edge/parameters.ts";
import type { AppliedPlan } from "../plan/applied.ts";
import type { ChangeResult } from "../plan/change.ts";
import { closingOf } from "../plan/closing-changes.ts";
import type { DriftWidening } from "../plan/widening.ts";
import { unknownAttribution } from "../report/attribution.ts";
import { type EnvironmentResult, reportEnvironment } from "../report/environment.ts";
import { heartbeatOf } from "../report/heartbeat.ts";
import { interruptedRuns } from "../report/journal.ts";
import {
  type Alert,
  type EnvironmentReport,
  type Report,
  type ReportedError,
  reportedError,
} from "../report/report.ts";
import { isEventful } from "../report/settled.ts";
import type { ShutDoor } from "../report/shut-doors.ts";
import { variablesOf } from "../settings.ts";
import type { Delivery } from "./announce.ts";
import type { WhyAgain } from "./attribute.ts";
import { isInterrupted, isUnreached, unreachedFault } from "./ending.ts";
import type { JournalKeeper } from "./journal.ts";
import { listedRecords } from "./listed-records.ts";
import type { RunNotes } from "./notes.ts";
import { lookAtOutputs, type OutputsWork } from "./outputs.ts";
import { persisting } from "./persist.ts";
import { rememberReported, withoutReported } from "./reported-states.ts";
import { functionTimeoutMs, type RunContext } from "./run-context.ts";
import { isFull, sourceOf } from "./run-kind.ts";
import { tamperedAlerts } from "./tampered.ts";
import { byName } from "./turn.ts";

/** Alerts wait this long, all together, for who did it. */
const attributionMs = 3_000;

/** The parts of a report that the run itself adds to what environments say. */
type Conclusion = Pick<Report, "account" | "environments" | "alerts" | "errors" | "ignored"> & {
  readonly undelivered: readonly Alert[];
  readonly heartbeat: boolean;
};

/** Reports, alerts, empties the journal, writes records and statuses, and beats. */
export async function conclude(
  run: RunContext,
  given: {
    readonly notes: RunNotes;
    readonly applied: readonly AppliedPlan[];
    /** The reports of environments for which nothing was to be done. */
    readonly settled: readonly EnvironmentReport[];
    readonly errors: readonly ReportedError[];
  },
): Promise<Conclusion> {
  const { notes, settled } = given;
  const unlisted = notes.unlisted();
  const errors = unlisted === null ? given.errors : [...given.errors, reportedError(unlisted)];
  const attributing = notes.attributing();
  const attribute = await (attributing?.settled(attributionMs) ??
    Promise.resolve(() => unknownAttribution));
  const undone = await (attributing?.undone() ??
    Promise.resolve(() => ({ kind: "unknown" }) as const));
  const shut = await shutSince(run, given.applied);
  const applied = given.applied.map((each) => withoutLate(each, undone));
  const ownSession = await ownSessionOf(run, applied, attribute);
  const { account, installation } = run;
  const results = applied.map((each) => {
    const shutHere = shut.get(each.entry.name) ?? [];
    const known = { attribute, undone, ownSession, shut: shutHere };
    return reportEnvironment({ ...each, ...known, account, installation, now: run.clock() });
  });
  const environments = [...settled, ...results.map((result) => result.report)].toSorted(byName);
  const base = { account: account.id, environments, heartbeat: false };
  if (run.wake.dryRun) return { ...base, alerts: [], errors, undelivered: [] };
  const outputs = await lookAtOutputs(run, results, notes.outputs());
  const found = await alertsToTell(run, {
    keeper: notes.journal,
    results,
    outputs: outputs.work,
  });
  const { interrupted } = found;
  const alerts = withoutReported(run.memory, found.alerts);
  const keeping = persisting(run, results, { alerts, settled: settled.length });
  // Once the journal has all of it, nothing goes unreported if the run ends between record and alert.
  if (notes.journal.hasNoted(withoutReported(run.memory, found.own)))
    keeping.records().catch(() => undefined);
  const delivery = await deliver(run, alerts, environments);
  // All is reported: what follows only remembers it, in any order.
  const [emptied, kept] = await Promise.all([
    settleJournal(notes.journal, interrupted, delivery.undelivered),
    keeping.all(outputs.work),
  ]);
  const { undelivered } = delivery;
  const isStored = kept.faults.length === 0 && kept.late.length === 0;
  rememberReported(run.memory, found.alerts, { environments, undelivered, isStored });
  const unfinished = unfinishedOf(results, kept.late);
  const before = [delivery.faults, outputs.faults, emptied, kept.faults, unfinished.faults];
  const faults = before.flat();
  // A run that was interrupted did not look after everything, which a heartbeat says.
  const beat =
    isFull(run) && !isInterrupted(run)
      ? await writeHeartbeat(run, environments, {
          next: unfinished.next,
          records: listedRecords(notes.recordsListed(), stillNamed(environments, results)),
        })
      : null;
  if (beat !== null && beat !== "written") faults.push(beat);
  const late = await attributeLate(run, notes, results);
  faults.push(...late.faults);
  return {
    ...base,
    environments: [...settled, ...late.environments].toSorted(byName),
    alerts,
    errors: [
      ...errors,
      ...faults.map(reportedError),
      ...undeliveredErrors(undelivered, emptied.length === 0 ? null : notes.journal),
    ],
    undelivered: delivery.undelivered,
    heartbeat: beat === "written",
  };
}

/** Doors that events report and that are shut again. Mostly there is none, and nothing to load. */
async function shutSince(
  run: RunContext,
  applied: readonly AppliedPlan[],
): Promise<ReadonlyMap<string, readonly ShutDoor[]>> {
  if (applied.every(({ plan }) => plan.shutAgain.length === 0)) return new Map();
  return (await import("./shut-due.ts")).shutDoors(run, applied);
}

/** A door that only an old answer of IAM shows was not open: what shuts it was written a moment ago. */
function withoutLate(applied: AppliedPlan, undone: WhyAgain): AppliedPlan {
  const isOpen = (widening: DriftWidening) => {
    const closing = closingOf(widening, applied);
    return closing.length === 0 || closing.some(({ change }) => undone(change).kind !== "late");
  };
  const { plan, orphans, audienceWidenings } = applied;
  return {
    ...applied,
    plan: { ...plan, widenings: plan.widenings.filter(isOpen) },
    orphans: { ...orphans, widenings: orphans.widenings.filter(isOpen) },
    audienceWidenings: audienceWidenings.filter(isOpen),
  };
}

/** What this run found, after what interrupted ones noted and did not report. */
async function alertsToTell(
  run: RunContext,
  given: {
    readonly keeper: JournalKeeper;
    readonly results: readonly EnvironmentResult[];
    readonly outputs: ReadonlyMap<string, OutputsWork>;
  },
): Promise<{
  readonly alerts: readonly Alert[];
  /** Those of them that no journal had before this run. */
  readonly own: readonly Alert[];
  readonly interrupted: ReturnType<typeof interruptedRuns>;
}> {
  const { keeper, results, outputs } = given;
  const journal = keeper.journal();
  const interrupted = interruptedRuns({
    journal,
    source: sourceOf(run),
    alive: run.alive,
    now: run.clock(),
    timeoutMs: functionTimeoutMs,
  });
  const own = [...(await alertsAbout(results)), ...(await tamperedAlerts(run, outputs))];
  if (interrupted.length === 0) return { alerts: own, own, interrupted };
  const { interruptedAlerts } = await import("../report/interrupted.ts");
  return { alerts: [...interruptedAlerts(journal, interrupted, own), ...own], own, interrupted };
}

/** The words of alerts are loaded only where there may be one. */
async function alertsAbout(results: readonly EnvironmentResult[]): Promise<readonly Alert[]> {
  if (!results.some(isEventful)) return [];
  const { alertsOf, takenOverAlert } = await import("../report/alerts.ts");
  return [...results.flatMap(alertsOf), ...takenOverAlert(results)];
}

/** @param stuck the journal, where it could not be written at the end: it keeps what it had by then */
function undeliveredErrors(
  undelivered: readonly Alert[],
  stuck: JournalKeeper | null,
): readonly ReportedError[] {
  if (undelivered.length === 0) return [];
  const titles = undelivered.map(({ title }) => title).join("; ");
  const own = undelivered.filter(({ kind }) => kind !== "run-interrupted");
  const keeps =
    stuck === null || stuck.hasNoted(own)
      ? "the journal keeps them for the next run"
      : "the journal could not be written: only this report has them";
  const message = `nobody took these alerts yet, and ${keeps}: ${titles}`;
  return [{ code: "AlertUndelivered", message }];
}

/** Whose session we are, asked only where somebody is named who may be ourselves. */
async function ownSessionOf(
  run: RunContext,
  applied: readonly AppliedPlan[],
  attribute: (widening: DriftWidening) => { readonly actor: string | null },
): Promise<string | null> {
  const actors = applied.flatMap(({ plan, audienceWidenings }) =>
    [...plan.widenings, ...audienceWidenings].map((each) => attribute(each).actor),
  );
  const session = actors.some((actor) => actor?.includes(":assumed-role/") === true);
  return session && run.functionArn !== null ? run.ownArn() : null;
}

async function deliver(
  run: RunContext,
  alerts: readonly Alert[],
  environments: Report["environments"],
): Promise<Delivery> {
  if (alerts.length === 0) return { faults: [], undelivered: [] };
  // A run that has nothing to report starts faster without it.
  const { announce } = await import("./announce.ts");
  const at = run.clock().toISOString();
  return announce(
    run.clients,
    run.channels,
    alerts.map((alert) => ({
      alert,
      context: {
        account: run.account.id,
        region: run.clients.region,
        runId: run.runId,
        at,
        widenings: environments.find(({ name }) => name === alert.environment)?.widenings ?? [],
      },
    })),
  );
}

/** Actors that were not known when the alerts went out go to the bus and into the report. */
async function attributeLate(
  run: RunContext,
  { attributing }: RunNotes,
  results: readonly EnvironmentResult[],
): Promise<{ readonly environments: Report["environments"]; readonly faults: readonly Fault[] }> {
  const attribute = await attributing()?.settled(0);
  if (attribute === undefined) {
    return { environments: results.map(({ report }) => report), faults: [] };
  }
  const { attributedLate, attributionEvent } = await import("../report/late-attribution.ts");
  const attributed = results.map((result) => attributedLate(result, attribute));
  const context = { account: run.account.id, runId: run.runId };
  const events = attributed.flatMap(({ report, late }) =>
    late.map((widening) => attributionEvent(report.name, widening, context)),
  );
  if (events.length === 0) {
    return { environments: attributed.map(({ report }) => report), faults: [] };
  }
  const { putEvents } = await import("../edge/alerts.ts");
  const put = await putEvents(run.clients, run.channels.bus, events);
  return {
    environments: attributed.map(({ report }) => report),
    faults: [...new Set(put.filter((fault) => fault !== null))],
  };
}

/** What nobody took stays in the journal; what another run had left in it is reported now. */
async function settleJournal(
  journal: JournalKeeper,
  interrupted: readonly string[],
  undelivered: readonly Alert[],
): Promise<readonly Fault[]> {
  const stuck = undelivered.some(({ kind }) => kind === "run-interrupted");
  return journal.settle({
    reported: stuck ? [] : interrupted,
    keep: undelivered.filter(({ kind }) => kind !== "run-interrupted"),
  });
}

/**
 * What the time was not enough for, and the environment with which the next run goes on: the first that
 * was not done, else the first that was done and not remembered.
 *
 * @param results in the order in which the run took them
 * @param late environments that were not remembered, likewise
 */
function unfinishedOf(
  results: readonly EnvironmentResult[],
  late: readonly string[],
): { readonly next: string | null; readonly faults: readonly Fault[] } {
  const unreached = results.filter(isUnreached);
  const left = unreached.map(({ entry }) => entry.name);
  // Removals come last in any order: one that waits must not make the others wait with it.
  const first = unreached.find((each) => each.results.some(isSkipped));
  return {
    next: first?.entry.name ?? left[0] ?? late[0] ?? null,
    faults: [
      ...(left.length === 0 ? [] : [unreachedFault("it leaves the changes", left)]),
      ...(late.length === 0 ? [] : [unreachedFault("it leaves the statuses", late)]),
    ],
  };
}

function isSkipped({ outcome }: ChangeResult): boolean {
  return outcome === "skipped";
}

/** The environments that the next run finds, unless somebody adds or takes away one. */
function stillNamed(
  environments: Report["environments"],
  results: readonly EnvironmentResult[],
): readonly string[] {
  const forgotten = results.flatMap(({ entry, forgotten: is }) => (is ? entry.name : []));
  return environments.flatMap(({ name }) => (forgotten.includes(name) ? [] : name));
}

async function writeHeartbeat(
  run: RunContext,
  environments: Report["environments"],
  rest: Pick<Parameters<typeof heartbeatOf>[0], "next" | "records">,
): Promise<"written" | Fault> {
  const heartbeat = heartbeatOf({
    at: run.clock(),
    runId: run.runId,
    trigger: run.wake.trigger,
    outcomes: environments.map(({ outcome }) => outcome),
    settings: variablesOf(run.installation),
    ...rest,
  });
  try {
    await writeParameter(run.clients, `${run.installation.prefix}/heartbeat`, heartbeat);
    return "written";
  } catch (thrown) {
    return faultOf("writing the heartbeat", thrown);
  }
}
