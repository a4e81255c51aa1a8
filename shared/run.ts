import { accountOfArn, readCaller } from "./edge/caller.ts";
import type { Clients } from "./edge/clients.ts";
import { faultOf } from "./edge/faults.ts";
import { writeParameter } from "./edge/parameters.ts";
import { announce, type Channels } from "./loop/announce.ts";
import { attributions } from "./loop/attribute.ts";
import { type ControlSurface, readControl } from "./loop/control.ts";
import type { Enforced } from "./loop/enforce.ts";
import { reconcile } from "./loop/pass.ts";
import { persist } from "./loop/persist.ts";
import { candidatesOf } from "./plan/choice.ts";
import { claimConflicts } from "./plan/claims.ts";
import type { ControlEntry } from "./plan/control.ts";
import type { Fault } from "./plan/observed.ts";
import { alertsOf } from "./report/alerts.ts";
import { type EnvironmentResult, reportEnvironment } from "./report/environment.ts";
import { heartbeatOf } from "./report/heartbeat.ts";
import type { Alert, Report, ReportedError } from "./report/report.ts";
import { statusTamperedAlert } from "./report/tampered.ts";
import type { Account } from "./trust/index.ts";
import { concerns, isOwnSession, type Wake } from "./wake/index.ts";

/** All that one run is given: where it looks, where it speaks, what time it is. */
export type RunInput = {
  readonly clients: Clients;
  readonly wake: Wake;
  readonly prefix: string;
  readonly channels: Channels;
  readonly runId: string;
  readonly clock: () => Date;
};

export type RunResult = {
  readonly report: Report;
  /** Alerts that no channel took: the caller fails loudly, now that the work is done. */
  readonly undelivered: readonly Alert[];
};

/** The parts of a report that the run itself adds to what environments say. */
type Findings = Pick<Report, "account" | "environments" | "alerts" | "errors"> & {
  readonly undelivered: readonly Alert[];
};

/**
 * One run of the loop: desired, observed, plan, applied, report, alerts. It never throws for what
 * AWS says: a fault is an environment's, a channel's, or, where nothing could be read at all, the
 * report's own error.
 */
export async function run(input: RunInput): Promise<RunResult> {
  const started = input.clock();
  const findings = await find(input, started).catch((thrown: unknown): Findings => {
    const { code, message } = faultOf("reading what is desired", thrown);
    return { ...nothingFound, errors: [{ code, message }] };
  });
  const { undelivered, ...found } = findings;
  const report: Report = {
    runId: input.runId,
    trigger: input.wake.trigger,
    dryRun: input.wake.dryRun,
    account: found.account,
    startedAt: started.toISOString(),
    durationMs: input.clock().getTime() - started.getTime(),
    environments: found.environments,
    alerts: found.alerts,
    errors: found.errors,
    calls: Object.fromEntries([...input.clients.count].toSorted(([a], [b]) => (a < b ? -1 : 1))),
  };
  return { report, undelivered };
}

const nothingFound: Findings = {
  account: null,
  environments: [],
  alerts: [],
  errors: [],
  undelivered: [],
};

async function find(input: RunInput, now: Date): Promise<Findings> {
  const { clients, wake, prefix } = input;
  if (wake.looksAt.kind === "nothing" && wake.statusWrittenBy === null) return nothingFound;
  const touched = wake.trigger === "parameter";
  const control = await readControl(clients, { prefix, region: clients.region, touched });
  const account = await accountOf(clients, control);
  const entries = control.entries.filter((entry) => isConcerned(entry, wake, account));
  const enforced = await reconcile(clients, {
    all: control.entries,
    entries,
    conflicts: claimConflicts(control.entries),
    permission: { dryRun: wake.dryRun, force: wake.force },
    account,
    prefix,
    now,
  });
  const results = await inWords(input, enforced, account);
  return conclude(input, control, account, results);
}

/** The parameters' ARNs name the account; only an empty control surface needs STS for it. */
async function accountOf(clients: Clients, control: ControlSurface): Promise<Account> {
  const told = control.anyArn === null ? null : accountOfArn(control.anyArn);
  return told ?? (await readCaller(clients)).account;
}

/** An environment that may go by either of two documents is concerned if either is. */
function isConcerned(entry: ControlEntry, wake: Wake, account: Account): boolean {
  const documents = candidatesOf(entry);
  const about = (document: (typeof documents)[number] | null) =>
    concerns(wake, { name: entry.name, account, document });
  return documents.length === 0 ? about(null) : documents.some(about);
}

async function inWords(
  input: RunInput,
  enforced: readonly Enforced[],
  account: Account,
): Promise<readonly EnvironmentResult[]> {
  const widenings = enforced.flatMap(({ carriage, audienceWidenings }) => [
    ...carriage.plan.widenings,
    ...audienceWidenings,
  ]);
  const attribute = await attributions(input.clients, widenings, input.wake.cause);
  const now = input.clock();
  return enforced.map((each) => reportEnvironment({ ...each, attribute, account, now }));
}

async function conclude(
  input: RunInput,
  control: ControlSurface,
  account: Account,
  results: readonly EnvironmentResult[],
): Promise<Findings> {
  const { clients, wake } = input;
  const errors = [...control.errors, ...unknownNames(wake, control.entries)];
  const environments = results.map(({ report }) => report);
  if (wake.dryRun) {
    return { account: account.id, environments, alerts: [], errors, undelivered: [] };
  }
  const tampered = await tamperedAlerts(input);
  const alerts = [...results.flatMap(alertsOf), ...tampered];
  const at = input.clock().toISOString();
  const context = (alert: Alert) => ({
    account: account.id,
    region: clients.region,
    runId: input.runId,
    at,
    widenings: environments.find(({ name }) => name === alert.environment)?.widenings ?? [],
  });
  const delivery = await announce(
    clients,
    input.channels,
    alerts.map((alert) => ({ alert, context: context(alert) })),
  );
  const faults = [...delivery.faults];
  // One after the other: Parameter Store takes three writes a second.
  for (const result of results) faults.push(...(await persist(clients, result, input.prefix)));
  faults.push(...(await beat(input, results)));
  return {
    account: account.id,
    environments,
    alerts,
    errors: [...errors, ...faults.map(({ code, message }) => ({ code, message }))],
    undelivered: delivery.undelivered,
  };
}

function unknownNames(wake: Wake, entries: readonly ControlEntry[]): readonly ReportedError[] {
  if (wake.looksAt.kind !== "named" || wake.trigger !== "manual") return [];
  const known = new Set(entries.map(({ name }) => name));
  return wake.looksAt.environments
    .filter((name) => !known.has(name))
    .map((name) => ({
      code: "EnvironmentNotFound",
      message: `there is no environment ${name}; there are: ${[...known].join(", ") || "none"}`,
    }));
}

/** Whoever can write a status could forge what counts as applied. */
async function tamperedAlerts(input: RunInput): Promise<readonly Alert[]> {
  const write = input.wake.statusWrittenBy;
  if (write === null) return [];
  const caller = await readCaller(input.clients);
  return isOwnSession(write.actor, caller.arn) ? [] : [statusTamperedAlert(write)];
}

async function beat(
  input: RunInput,
  results: readonly EnvironmentResult[],
): Promise<readonly Fault[]> {
  const heartbeat = heartbeatOf({
    at: input.clock(),
    runId: input.runId,
    trigger: input.wake.trigger,
    outcomes: results.map(({ report }) => report.outcome),
  });
  try {
    await writeParameter(input.clients, `${input.prefix}/heartbeat`, heartbeat);
    return [];
  } catch (thrown) {
    return [faultOf("writing the heartbeat", thrown)];
  }
}
