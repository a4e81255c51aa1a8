import type { Account } from "../aws/account.ts";
import { diagnosisOf } from "../diagnose/cause.ts";
import { type QueueBatch, refusedCallsIn } from "../diagnose/queued-calls.ts";
import { refusalAlert } from "../diagnose/refusal-alert.ts";
import {
  afterAlerts,
  claimed,
  memoryText,
  type NewRefusal,
  parseMemory,
  type RefusalMemory,
} from "../diagnose/refusal-memory.ts";
import {
  type OwnCalls,
  type Refusals,
  refusalsOf,
  type Strangers,
  sortedCalls,
} from "../diagnose/refusals.ts";
import type { ManagedRoles } from "../diagnose/whose-call.ts";
import { accountBy } from "../edge/caller.ts";
import type { Clients } from "../edge/clients.ts";
import {
  keyOf,
  readNamed,
  readParameters,
  readVersions,
  writeParameter,
} from "../edge/parameters.ts";
import { announce, type Channels } from "../loop/announce.ts";
import { namesInRecord } from "../plan/record-names.ts";
import { type Alert, type ReportedError, reportedError } from "../report/report.ts";
import type { DiagnosisReport } from "./diagnose.ts";
import { envelope, type Invocation, type TaskResult } from "./envelope.ts";
import { faultsOf, readingOnce, sceneOf } from "./scene.ts";

/** What a batch of refused calls came to, in numbers. */
type RefusalCounts = {
  /** Calls of our own jobs, those that were reported before among them. */
  readonly ownCalls: number;
  /** Calls that nobody is woken for, by why. */
  readonly strangers: Strangers;
};

/** Of a batch `diagnosis` is the newest of our own jobs, and `others` the rest. */
export type RefusalReport = DiagnosisReport & { readonly refusals: RefusalCounts };

type RefusalRun = Invocation & {
  readonly batch: QueueBatch;
  readonly prefix: string;
  readonly channels: Channels;
};

type Own = Pick<RefusalReport, "refusals" | "diagnosis" | "others"> & Ending;

type Ending = {
  readonly undelivered: readonly Alert[];
  /** False where something stopped the run: the messages have to come again. */
  readonly isDone: boolean;
};

/** More than a person reads; a log line has its limit, and the alerts are all sent. */
const diagnosesMax = 20;

const done: Ending = { undelivered: [], isDone: true };

export const noRefusals: RefusalCounts = {
  ownCalls: 0,
  strangers: { "role-not-managed": 0, "not-a-job": 0, "other-organisation": 0, "not-verified": 0 },
};

const nobody = { diagnosis: null, refusals: noRefusals } as const;

/**
 * Diagnoses the refused calls that the queue brings, and alerts about those of our own jobs that
 * are new. Strangers are counted.
 *
 * @returns with the report the alerts that no channel took; they are forgotten again, so that the
 *   next delivery of the same messages sends them
 */
export async function reportRefusals(
  run: RefusalRun,
): Promise<Ending & { readonly report: RefusalReport }> {
  const { undelivered, isDone, ...report } = await envelope<Own>(run, {
    name: "the diagnosis",
    trigger: "iam",
    dryRun: false,
    run: (started) => look(run, started),
    failed: { ...nobody, undelivered: [], isDone: false, errors: [] },
  });
  return { report, undelivered, isDone };
}

async function look(run: RefusalRun, now: Date): Promise<TaskResult & Own> {
  const { clients, batch, prefix, functionArn } = run;
  const { calls, unreadable } = refusedCallsIn(batch);
  const account = await accountBy(clients, [functionArn]);
  const bad = unreadable.map(badMessage);
  if (calls.length === 0) {
    const ignored = "No message of the batch is about a refused AssumeRoleWithWebIdentity.";
    return { account: account.id, ignored, errors: bad, ...nobody, ...done };
  }
  const { own, strangers } = sortedCalls(calls, await managedRoles(clients, prefix), account);
  const { unread, ...refusals } = await diagnosed(own, strangers, { clients, account, now });
  const errors = [...bad, ...unread];
  const isDone = unread.length === 0;
  const counts = {
    ownCalls: refusals.refused.reduce((sum, { times }) => sum + times, 0),
    strangers: refusals.strangers,
  };
  const [diagnosis = null, ...others] = refusals.refused
    .toSorted((one, other) => (one.lastAt < other.lastAt ? 1 : -1))
    .map((refusal) => refusal.diagnosis)
    .slice(0, diagnosesMax);
  const base = {
    account: account.id,
    refusals: counts,
    diagnosis,
    ...(others.length === 0 ? {} : { others }),
  };
  if (refusals.refused.length === 0) {
    const ignored = "No refused call of the batch is a job of ours that asked for a managed role.";
    return { ...base, ...(isDone ? { ignored } : {}), errors, undelivered: [], isDone };
  }
  const { alerts, undelivered, faults } = await reported(run, refusals, { account, now, isDone });
  return { ...base, alerts, errors: [...errors, ...faults], undelivered, isDone };
}

function badMessage(messageId: string): ReportedError {
  const message = `The message ${messageId.slice(0, 100)} has a body that is not a JSON object.`;
  return { code: "BadMessage", message };
}

/** Of each environment the roles that its record names, and its organisations. */
async function managedRoles(clients: Clients, prefix: string): Promise<readonly ManagedRoles[]> {
  const folder = `${prefix}/applied`;
  const records = await readParameters(clients, folder, { recursive: false });
  return records.flatMap(({ name, value }): readonly ManagedRoles[] => {
    const environment = name.slice(folder.length + 1);
    const names = namesInRecord(value, environment);
    return names === null ? [] : [{ environment, ...names }];
  });
}

/** A read that failed says nothing of its jobs, whose messages come again, and keeps nobody else's waiting. */
async function diagnosed(
  own: readonly OwnCalls[],
  strangers: Strangers,
  here: { readonly clients: Clients; readonly account: Account; readonly now: Date },
): Promise<Refusals & { readonly unread: readonly ReportedError[] }> {
  const { clients, account, now } = here;
  const reader = readingOnce(clients);
  const all = [];
  const unread = new Map<string, ReportedError>();
  // One after the other: most are about one role, and IAM takes few reads a second.
  for (const calls of own) {
    const scene = await sceneOf(calls.call, { account, reader, now });
    const faults = faultsOf(scene);
    for (const fault of faults) unread.set(fault.message, fault);
    if (faults.length === 0) all.push({ calls, diagnosis: diagnosisOf(scene) });
  }
  return { ...refusalsOf(all, strangers), unread: [...unread.values()] };
}

async function reported(
  run: RefusalRun,
  { refused }: Refusals,
  at: {
    readonly account: Account;
    readonly now: Date;
    /** False: the same messages come again, and count then. */
    readonly isDone: boolean;
  },
): Promise<{
  readonly alerts: readonly Alert[];
  readonly undelivered: readonly Alert[];
  readonly faults: readonly ReportedError[];
}> {
  const { clients, channels, prefix, runId } = run;
  const { account, now, isDone } = at;
  const name = `${prefix}/refusals`;
  let fresh: readonly NewRefusal[] = [];
  await changeMemory(clients, name, (memory) => {
    const claim = claimed(memory, refused, now, isDone);
    fresh = claim.fresh;
    return claim.memory;
  });
  if (fresh.length === 0) return { alerts: [], undelivered: [], faults: [] };
  const context = {
    account: account.id,
    region: clients.region,
    runId,
    at: now.toISOString(),
    widenings: [],
  };
  const sent = fresh.map((refusal) => ({ refusal, alert: refusalAlert(refusal) }));
  const delivery = await announce(
    clients,
    channels,
    sent.map(({ alert }) => ({ alert, context })),
  );
  const isLost = ({ alert }: { readonly alert: Alert }) => delivery.undelivered.includes(alert);
  await changeMemory(clients, name, (memory) =>
    afterAlerts(memory, {
      taken: sent.filter((one) => !isLost(one)).map(({ refusal }) => refusal),
      notTaken: sent.filter(isLost).map(({ refusal }) => refusal),
    }),
  );
  return {
    alerts: sent.map(({ alert }) => alert),
    undelivered: delivery.undelivered,
    faults: delivery.faults.map(reportedError),
  };
}

/** As many runs as Lambda may start at once would have to write in between. */
const triesMax = 5;

/**
 * Changes `PREFIX/refusals`. Parameter Store has no conditional write, but numbers its versions: if
 * the number skips one, another run wrote in between, and the change is made to what it wrote.
 */
async function changeMemory(
  clients: Clients,
  name: string,
  change: (memory: RefusalMemory) => RefusalMemory,
): Promise<void> {
  const newest = (await readNamed(clients, [name])).get(name);
  let text = newest?.value ?? "";
  let version = newest?.version ?? 0;
  for (let tries = 0; tries < triesMax; tries += 1) {
    const changed = memoryText(change(parseMemory(text)));
    if (changed === text) return;
    const written = await writeParameter(clients, name, changed);
    if (written === version + 1) return;
    const between = { name, version: written - 1 };
    text = (await readVersions(clients, [between])).get(keyOf(between))?.value ?? "";
    version = written;
  }
}
