import type { Fault } from "../aws/reading.ts";
import { putEvents } from "../edge/alerts.ts";
import { readCaller } from "../edge/caller.ts";
import { faultOf } from "../edge/faults.ts";
import { readNamed, writeParameter } from "../edge/parameters.ts";
import { isRecord, parseJson } from "../json.ts";
import type { AppliedPlan } from "../plan/applied.ts";
import { type ControlEntry, isQuiet } from "../plan/control.ts";
import { desiredIn } from "../plan/environment.ts";
import type { DriftWidening } from "../plan/widening.ts";
import { alertsOf } from "../report/alerts.ts";
import { type EnvironmentResult, reportEnvironment } from "../report/environment.ts";
import { heartbeatOf } from "../report/heartbeat.ts";
import { interruptedAlerts, interruptedRuns } from "../report/journal.ts";
import { attributedLate, attributionEvent } from "../report/late-attribution.ts";
import { type Alert, type Report, type ReportedError, reportedError } from "../report/report.ts";
import { denyWidening } from "../report/report-widenings.ts";
import { takenOverAlert } from "../report/taken-over.ts";
import { tamperedAlert } from "../report/tampered.ts";
import { outputsParameter } from "../trust/index.ts";
import { isOwnSession, type StateWrite } from "../wake/index.ts";
import { announce } from "./announce.ts";
import { type Attributing, startAttribution } from "./attribute.ts";
import { knownRecord, recordParameter } from "./control.ts";
import { expectedOf } from "./expected.ts";
import { type JournalKeeper, journalKeeper } from "./journal.ts";
import {
  isTampered,
  lookAtOutputs,
  mayHaveOutputs,
  type OutputsWork,
  outputsIn,
  type ReadOutputs,
} from "./outputs.ts";
import { persist } from "./persist.ts";
import type { Plans } from "./planning.ts";
import { functionTimeoutMs, type RunContext } from "./run-context.ts";
import type { RunInput } from "./run-input.ts";

/** The parts of a report that the run itself adds to what environments say. */
export type Findings = Pick<
  Report,
  "account" | "environments" | "alerts" | "errors" | "ignored"
> & {
  readonly undelivered: readonly Alert[];
  readonly heartbeat: boolean;
};

/** What a run has to say that looked at no environment. */
export function nothingFound(account: string | null): Findings {
  return {
    account,
    environments: [],
    alerts: [],
    errors: [],
    undelivered: [],
    heartbeat: false,
  };
}

/** What a run learns beside the environments, and what it notes before it writes. */
export type Finding = {
  readonly beside: () => Promise<ReadonlyMap<string, ControlEntry["record"]>>;
  readonly beforeWrites: (plans: Plans) => Promise<void>;
  readonly journal: JournalKeeper;
  readonly attributing: () => Attributing | null;
  /** When the last run over all environments ended; `null` where that is not known. */
  readonly lastRun: () => string | null;
  /** What jobs can read, as far as it was read. */
  readonly outputs: () => ReadOutputs;
};

/** So many records are looked at in turn in each run over all environments. */
const recordsInTurn = 8;
/** Alerts wait this long, all together, for who did it. */
const attributionMs = 3_000;
/** Look-ups that take longer are given up. */
const attributionDeadlineMs = 45_000;
/** Begins what a run keeps beside its environments: the journal, and the look-up of who wrote what. */
export function beginFindings(
  input: RunInput,
  run: RunContext,
  entries: readonly ControlEntry[],
): Finding {
  const { wake, installation } = input;
  const journal = journalKeeper(run.clients, {
    parameter: `${installation.prefix}/journal`,
    runId: input.runId,
    source: sourceOf(input),
    clock: run.clock,
  });
  let attributing: Attributing | null = null;
  let lastRun: string | null = null;
  let outputs: ReadOutputs = new Map();
  return {
    journal,
    attributing: () => attributing,
    lastRun: () => lastRun,
    outputs: () => outputs,
    beside: async () => {
      if (wake.dryRun) return new Map();
      const read = await readBeside(input, run, entries, journal);
      ({ lastRun, outputs } = read);
      return read.records;
    },
    beforeWrites: async (plans) => {
      attributing ??= attributeAll(input, run, plans, lastRun);
      const { writes, alerts } = expectedOf(run, plans, { ...wake, steps: "all" });
      if (writes) await journal.note(alerts);
    },
  };
}

/** A bare event comes from whoever put the function behind events himself: like the queue's. */
function sourceOf({ wake }: RunInput): "queue" | "hand" {
  return wake.source === "hand" ? "hand" : "queue";
}

function isFull({ wake }: RunInput): boolean {
  return wake.scopes.some(({ kind }) => kind === "every");
}

/**
 * The journal, the heartbeat, some records in turn and what jobs can read, ten in one call. A fault
 * costs only these.
 */
async function readBeside(
  input: RunInput,
  run: RunContext,
  entries: readonly ControlEntry[],
  journal: JournalKeeper,
): Promise<{
  readonly records: ReadonlyMap<string, ControlEntry["record"]>;
  readonly lastRun: string | null;
  readonly outputs: ReadOutputs;
}> {
  const { prefix } = input.installation;
  const names = isFull(input) ? inTurn(entries.filter(isQuiet), input.runId) : [];
  const parameters = names.map((name) => recordParameter(prefix, name));
  const written = new Set(input.wake.writes.map(({ parameter }) => parameter));
  const forJobs = entries.flatMap((entry) => {
    const parameter = outputsParameter({ prefix, environment: entry.name });
    return mayHaveOutputs(entry) || written.has(parameter) ? [parameter] : [];
  });
  try {
    const read = await readNamed(run.clients, [
      `${prefix}/journal`,
      `${prefix}/heartbeat`,
      ...parameters,
      ...forJobs,
    ]);
    journal.read(read.get(`${prefix}/journal`)?.value ?? null);
    const records = names.map((name) => {
      const parameter = read.get(recordParameter(prefix, name));
      return [name, knownRecord(parameter, name)] as const;
    });
    return {
      records: new Map(records),
      lastRun: instantOf(read.get(`${prefix}/heartbeat`)?.value),
      outputs: outputsIn(read, forJobs),
    };
  } catch {
    return { records: new Map(), lastRun: null, outputs: new Map() };
  }
}

/** Which records: those from a place on that the run's own id names, so that all have their turn. */
function inTurn(entries: readonly ControlEntry[], runId: string): readonly string[] {
  const names = entries.map(({ name }) => name);
  const start = Number.parseInt(runId.replaceAll("-", "").slice(0, 8), 16) % (names.length || 1);
  const from = Number.isNaN(start) ? 0 : start;
  return [...names.slice(from), ...names.slice(0, from)].slice(0, recordsInTurn);
}

function instantOf(heartbeat: string | undefined): string | null {
  const data = parseJson(heartbeat ?? "");
  const at = isRecord(data) ? data["at"] : null;
  return typeof at === "string" && !Number.isNaN(Date.parse(at)) ? at : null;
}

function attributeAll(
  input: RunInput,
  run: RunContext,
  plans: Plans,
  lastRun: string | null,
): Attributing {
  const byWidening = new Map<DriftWidening, ControlEntry>();
  for (const { entry, plan, orphans } of plans.environments) {
    const role = desiredIn(plan)?.role.name ?? "";
    const found = [
      ...plan.widenings,
      ...orphans.widenings,
      ...plan.kept.map((deny) => denyWidening(deny, role)),
    ];
    for (const widening of found) byWidening.set(widening, entry);
  }
  const shared = plans.organisations.flatMap(({ widenings }) => widenings);
  const { calls } = input.wake;
  return startAttribution(
    run.clients,
    [...byWidening.keys(), ...shared],
    calls.filter(({ account }) => account === null || account === run.account.id),
    {
      deadlineMs: attributionDeadlineMs,
      notBefore: (widening) => lastRight(byWidening.get(widening), lastRun),
    },
  );
}

/**
 * When the door was last seen shut, less the time that a run may take from its first read to its
 * heartbeat; `null` where no run saw it shut.
 */
function lastRight(entry: ControlEntry | undefined, lastRun: string | null): string | null {
  const conditions = entry?.status?.conditions;
  const right = conditions?.TrustAsIntended?.status === true && conditions.InSync?.status === true;
  if (!right || lastRun === null) return null;
  return new Date(Date.parse(lastRun) - functionTimeoutMs).toISOString();
}

/** Reports, alerts, empties the journal, writes records and statuses, and beats. */
export async function conclude(
  input: RunInput,
  run: RunContext,
  given: {
    readonly findings: Finding;
    readonly applied: readonly AppliedPlan[];
    readonly errors: readonly ReportedError[];
  },
): Promise<Findings> {
  const { findings, applied, errors } = given;
  const attribute = await (findings.attributing()?.settled(attributionMs) ??
    Promise.resolve(() => ({ actor: null, openedAt: null })));
  const ownSession = await ownSessionOf(input, run, applied, attribute);
  const report = (each: AppliedPlan) =>
    reportEnvironment({
      ...each,
      attribute,
      ownSession,
      account: run.account,
      periodMinutes: run.installation.periodMinutes,
      now: run.clock(),
    });
  const results = applied.map(report);
  const environments = results.map((result) => result.report);
  const base = { account: run.account.id, environments, heartbeat: false };
  if (input.wake.dryRun) return { ...base, alerts: [], errors, undelivered: [] };
  const outputs = await lookAtOutputs(run, results, findings.outputs());
  const { alerts, interrupted } = await alertsToTell(input, run, {
    keeper: findings.journal,
    results,
    outputs: outputs.work,
  });
  const delivery = await deliver(input, run, alerts, environments);
  // All is told: what follows only remembers it, in whatever order.
  const remembered = await Promise.all([
    settleJournal(findings.journal, interrupted, delivery.undelivered),
    persistAll(run, { applied, results, alerts, outputs: outputs.work }),
  ]);
  const faults = [...delivery.faults, ...outputs.faults, ...remembered.flat()];
  const beat = isFull(input) ? await writeHeartbeat(input, run, results) : null;
  if (beat !== null && beat !== "written") faults.push(beat);
  const late = await attributeLate(input, run, findings, results);
  faults.push(...late.faults);
  return {
    ...base,
    environments: late.environments,
    alerts,
    errors: [...errors, ...faults.map(reportedError), ...undeliveredErrors(delivery.undelivered)],
    undelivered: delivery.undelivered,
    heartbeat: beat === "written",
  };
}

/** What this run found, after what interrupted ones noted and did not come to tell. */
async function alertsToTell(
  input: RunInput,
  run: RunContext,
  given: {
    readonly keeper: JournalKeeper;
    readonly results: readonly EnvironmentResult[];
    readonly outputs: ReadonlyMap<string, OutputsWork>;
  },
): Promise<{
  readonly alerts: readonly Alert[];
  readonly interrupted: ReturnType<typeof interruptedRuns>;
}> {
  const { keeper, results, outputs } = given;
  const journal = keeper.journal();
  const interrupted = interruptedRuns({
    journal,
    source: sourceOf(input),
    alive: input.alive,
    now: run.clock(),
    timeoutMs: functionTimeoutMs,
  });
  const own = [
    ...results.flatMap(alertsOf),
    ...takenOverAlert(results),
    ...(await tamperedAlerts(input, run, outputs)),
  ];
  return { alerts: [...interruptedAlerts(journal, interrupted, own), ...own], interrupted };
}

function undeliveredErrors(undelivered: readonly Alert[]): readonly ReportedError[] {
  if (undelivered.length === 0) return [];
  const titles = undelivered.map(({ title }) => title).join("; ");
  const message = `nobody took ${undelivered.length === 1 ? "this alert" : "these alerts"} yet, and the journal keeps ${undelivered.length === 1 ? "it" : "them"} for the next run: ${titles}`;
  return [{ code: "AlertUndelivered", message }];
}

/** Whose session we are, asked only where somebody is named who may be ourselves. */
async function ownSessionOf(
  input: RunInput,
  run: RunContext,
  applied: readonly AppliedPlan[],
  attribute: (widening: DriftWidening) => { readonly actor: string | null },
): Promise<string | null> {
  const actors = applied.flatMap(({ plan, audienceWidenings }) =>
    [...plan.widenings, ...audienceWidenings].map((each) => attribute(each).actor),
  );
  const session = actors.some((actor) => actor?.includes(":assumed-role/") === true);
  if (!session || input.functionArn === null) return null;
  return readCaller(run.clients).then(
    ({ arn }) => arn,
    () => null,
  );
}

async function deliver(
  input: RunInput,
  run: RunContext,
  alerts: readonly Alert[],
  environments: Report["environments"],
): ReturnType<typeof announce> {
  const at = run.clock().toISOString();
  return announce(
    run.clients,
    input.channels,
    alerts.map((alert) => ({
      alert,
      context: {
        account: run.account.id,
        region: run.clients.region,
        runId: input.runId,
        at,
        widenings: environments.find(({ name }) => name === alert.environment)?.widenings ?? [],
      },
    })),
  );
}

/** Whoever was not known when the alerts went out goes to the bus and into the report. */
async function attributeLate(
  input: RunInput,
  run: RunContext,
  { attributing }: Finding,
  results: readonly EnvironmentResult[],
): Promise<{ readonly environments: Report["environments"]; readonly faults: readonly Fault[] }> {
  const attribute = await attributing()?.settled(0);
  if (attribute === undefined) {
    return { environments: results.map(({ report }) => report), faults: [] };
  }
  const attributed = results.map((result) => attributedLate(result, attribute));
  const context = { account: run.account.id, runId: input.runId };
  const events = attributed.flatMap(({ report, late }) =>
    late.map((widening) => attributionEvent(report.name, widening, context)),
  );
  const put = await putEvents(run.clients, input.channels.bus, events);
  return {
    environments: attributed.map(({ report }) => report),
    faults: [...new Set(put.filter((fault) => fault !== null))],
  };
}

/** What nobody took stays in the journal; what another run had left in it is told now. */
async function settleJournal(
  journal: JournalKeeper,
  interrupted: readonly string[],
  undelivered: readonly Alert[],
): Promise<readonly Fault[]> {
  const stuck = undelivered.some(({ kind }) => kind === "run-interrupted");
  return journal.settle({
    told: stuck ? [] : interrupted,
    keep: undelivered.filter(({ kind }) => kind !== "run-interrupted"),
  });
}

/** Alerted states first; what the time does not do, the next run does. */
async function persistAll(
  run: RunContext,
  given: {
    readonly applied: readonly AppliedPlan[];
    readonly results: readonly EnvironmentResult[];
    readonly alerts: readonly Alert[];
    readonly outputs: ReadonlyMap<string, OutputsWork>;
  },
): Promise<readonly Fault[]> {
  const { applied, results, alerts, outputs } = given;
  const alerted = new Set(alerts.map(({ environment }) => environment));
  const order = results
    .map((result, index) => ({ result, fence: applied[index]?.fence }))
    .toSorted((a, b) => rank(b.result, alerted) - rank(a.result, alerted));
  const faults: Fault[] = [];
  const late: string[] = [];
  for (const { result, fence } of order) {
    if (fence === undefined) continue;
    const { name } = result.entry;
    if (run.remainingMs() < run.reserveMs / 2) late.push(name);
    else faults.push(...(await persist(run, result, { fence, outputs: outputs.get(name) })));
  }
  if (late.length > 0) {
    const message = `the function's time is nearly over: the statuses of ${late.length} environments are written by the next run`;
    faults.push({ code: "TimeUp", message, kind: "transient" });
  }
  return faults;
}

function rank({ entry, record }: EnvironmentResult, alerted: ReadonlySet<string>): number {
  return (alerted.has(entry.name) ? 2 : 0) + (record === null ? 0 : 1);
}

/**
 * Whoever can write a status or a record could forge what counts as applied, and whoever can write
 * outputs where jobs deploy to. Outputs are told also where no event tells who wrote them.
 */
async function tamperedAlerts(
  input: RunInput,
  run: RunContext,
  outputs: ReadonlyMap<string, OutputsWork>,
): Promise<readonly Alert[]> {
  const told = await writesByOthers(input, run);
  const found = [...outputs].filter(
    ([, work]) => isTampered(work) && !told.some(({ parameter }) => parameter === work.parameter),
  );
  const unseen = found.map(([environment, { parameter }]): StateWrite => {
    return { state: "outputs", environment, parameter, account: null, actor: null, at: null };
  });
  return [...told, ...unseen].map(tamperedAlert);
}

async function writesByOthers(input: RunInput, run: RunContext): Promise<readonly StateWrite[]> {
  const writes = input.wake.writes.filter(
    ({ account }) => account === null || account === run.account.id,
  );
  if (writes.length === 0) return [];
  const caller = await readCaller(run.clients).catch(() => null);
  return writes.filter(({ actor }) => caller === null || !isOwnSession(actor, caller.arn));
}

async function writeHeartbeat(
  input: RunInput,
  run: RunContext,
  results: readonly EnvironmentResult[],
): Promise<"written" | Fault> {
  const heartbeat = heartbeatOf({
    at: run.clock(),
    runId: input.runId,
    trigger: input.wake.trigger,
    outcomes: results.map(({ report }) => report.outcome),
  });
  try {
    await writeParameter(run.clients, `${input.installation.prefix}/heartbeat`, heartbeat);
    return "written";
  } catch (thrown) {
    return faultOf("writing the heartbeat", thrown);
  }
}
