import { isCiUserName } from "../audit/findings.ts";
import type { Installation } from "../document/index.ts";
import { atMost } from "../edge/at-once.ts";
import { readAuditedAccount } from "../edge/audit.ts";
import { accountBy } from "../edge/caller.ts";
import type { Clients } from "../edge/clients.ts";
import { historyDays } from "../edge/event-history.ts";
import { faultOf, isNamed } from "../edge/faults.ts";
import { readHistory, readLabelled, readNamed } from "../edge/parameters.ts";
import { partitionOf } from "../edge/partition.ts";
import type { Time } from "../edge/time.ts";
import { recordedCallOf } from "../edge/trail.ts";
import { type Explanation, explainTrust } from "../explain/index.ts";
import { listControl } from "../loop/control.ts";
import { approvalLabel } from "../loop/further.ts";
import { readRecords } from "../loop/records.ts";
import { documentVersionOf } from "../loop/stored-version.ts";
import type { PageData, PageTrail } from "../page/data.ts";
import { approvalCall } from "../page/history.ts";
import { closingCalls } from "../page/openings.ts";
import {
  pageCalls,
  pageDataOf,
  type ReadEnvironment,
  type ReadForPage,
} from "../page/page-data.ts";
import type { ControlEntry } from "../plan/control.ts";
import { overviewOf } from "../report/overview.ts";
import type { RecordedCall } from "../wake/index.ts";
import { auditFindings } from "./audit.ts";
import { readEventsOf } from "./replay.ts";

type PageRun = {
  readonly clients: Clients;
  readonly installation: Installation;
  /** The environments to show; empty for all. */
  readonly names: readonly string[];
  readonly madeBy: string;
  readonly now: Date;
  readonly time: Time;
  /** Ends the reading of CloudTrail: the page says how far it came. */
  readonly signal: AbortSignal;
};

type PageResult =
  | { readonly kind: "made"; readonly data: PageData }
  /** One of the names is not that of an environment. */
  | { readonly kind: "unknown"; readonly name: string; readonly existing: readonly string[] };

const pauseMs = 500;

/** Histories are read so many at a time: Parameter Store allows forty reads a second. */
const historiesAtOnce = 8;

/**
 * Reads everything that a page shows. What only the page would lack (versions, CloudTrail, the
 * account's roles) is left out where it cannot be read, and the page says so.
 *
 * @throws what the SDK throws where the documents and statuses cannot be read
 */
export async function readPage(run: PageRun): Promise<PageResult> {
  const { clients, installation, names, now } = run;
  const { prefix, home, periodMinutes } = installation;
  const [listed, heartbeats] = await Promise.all([
    listControl(clients, installation, { insists: true }),
    readNamed(clients, [`${prefix}/heartbeat`]),
  ]);
  const existing = listed.entries.map(({ name }) => name);
  const unknown = names.find((name) => !existing.includes(name));
  if (unknown !== undefined) return { kind: "unknown", name: unknown, existing };
  const asked = listed.entries.filter(({ name }) => names.length === 0 || names.includes(name));
  const account = await accountBy(clients, [listed.anyArn]);
  const entries = await withRecords(run, asked);
  const [environments, seen, trail] = await Promise.all([
    atMost(historiesAtOnce, entries, (entry) => withVersions(run, entry)),
    readAuditedAccount(clients, isCiUserName),
    readTrailOf(run),
  ]);
  const heartbeat = heartbeats.get(`${prefix}/heartbeat`)?.value ?? null;
  const { overview, spoilt } = overviewOf({ prefix, documents: [], statuses: [], heartbeat, now });
  const roles = seen.roles.map(
    ({ name, trustPolicy }) => [name.toLowerCase(), trustPolicy] as const,
  );
  const explain = explainedOnce(now);
  const read: ReadForPage = {
    ...{ now, madeBy: run.madeBy, account, region: home, prefix, periodMinutes, environments },
    heartbeat: overview.heartbeat,
    spoilt: [...spoilt, ...spoiltStatuses(entries, prefix)],
    liveTrust: new Map(roles),
    explain,
    audit: {
      findings: auditFindings(seen, { entries: listed.entries, prefix, now }, explain),
      unread: seen.rolesFault?.message ?? null,
    },
    ...trail,
  };
  return { kind: "made", data: pageDataOf(read) };
}

/** The page and the audit explain the same policies. */
function explainedOnce(now: Date): (trustPolicy: string) => Explanation {
  const known = new Map<string, Explanation>();
  return (trustPolicy) => {
    const explanation = known.get(trustPolicy) ?? explainTrust(trustPolicy, now);
    known.set(trustPolicy, explanation);
    return explanation;
  };
}

function spoiltStatuses(entries: readonly ControlEntry[], prefix: string): readonly string[] {
  return entries.flatMap(({ name, status, statusDigest }) =>
    status === null && statusDigest !== null ? [`${prefix}/status/${name}`] : [],
  );
}

/** Every record, and the label of those environments of which a version is held. */
async function withRecords(
  { clients, installation }: PageRun,
  entries: readonly ControlEntry[],
): Promise<readonly ControlEntry[]> {
  const held = entries.filter(({ status }) => (status?.heldVersion ?? null) !== null);
  const [records, labelled] = await Promise.all([
    readRecords(
      clients,
      installation,
      entries.map(({ name }) => name),
    ),
    readLabelled(
      clients,
      held.map(({ parameter }) => parameter),
      approvalLabel,
    ),
  ]);
  return entries.map((entry) => ({
    ...entry,
    record: records.get(entry.name) ?? entry.record,
    approvedVersion: labelled.get(entry.parameter)?.version ?? null,
  }));
}

async function withVersions(
  { clients, installation }: PageRun,
  entry: ControlEntry,
): Promise<ReadEnvironment> {
  const { parameter, newest } = entry;
  if (newest === null) return { entry, versions: [] };
  try {
    const kept = await readHistory(clients, parameter);
    const versions = kept.map(({ by, labels, ...version }) => ({
      read: documentVersionOf({ ...version, name: parameter }, installation),
      by,
      labels,
    }));
    return { entry, versions };
  } catch (thrown) {
    if (isNamed(thrown, "ParameterNotFound")) return { entry, versions: [] };
    return { entry, versions: { unread: faultOf("ssm:GetParameterHistory", thrown).message } };
  }
}

/** What CloudTrail has of the calls that a page shows, one name after the other: it is paced. */
async function readTrailOf(
  run: PageRun,
): Promise<{ readonly trail: PageTrail; readonly calls: readonly RecordedCall[] }> {
  const { clients, installation, now, signal, time } = run;
  const kept = new Date(now.getTime() - historyDays * 24 * 60 * 60 * 1000);
  const { iamRegion } = partitionOf(installation.home);
  const calls: RecordedCall[] = [];
  const readBackTo = new Map<string, Date>();
  let reached = kept;
  let stopped: string | null = null;
  try {
    for (const eventName of pageCalls) {
      // CloudTrail gives two answers a second, whatever it is asked for.
      if (eventName !== pageCalls[0]) await time.sleep(pauseMs, signal);
      const region = eventName === approvalCall ? installation.home : iamRegion;
      const wanted = { region, eventName, from: kept, now, signal, time };
      // Whether it was closed again is known only as far back as what closes it was read.
      const known = readBackTo.get(closingCalls[eventName] ?? "") ?? kept;
      const read = await readEventsOf(clients, wanted, (records) => {
        const found = records.flatMap((record) => recordedCallOf(record) ?? []);
        calls.push(...found.filter(({ at }) => Date.parse(at ?? "") >= known.getTime()));
      });
      readBackTo.set(eventName, read.reached);
      // What one kind of call did not say, nobody knows of the account.
      if (read.reached > reached) reached = read.reached;
      if (read.stopped !== null) stopped = whyStopped(read.stopped);
    }
  } catch (thrown) {
    const { message } = faultOf("cloudtrail:LookupEvents", thrown);
    return { trail: { from: null, stopped: message }, calls };
  }
  return { trail: { from: reached.toISOString(), stopped }, calls };
}

function whyStopped(
  stopped: NonNullable<Awaited<ReturnType<typeof readEventsOf>>["stopped"]>,
): string {
  return stopped.kind === "interrupted" ? "there was no time to read it whole" : stopped.message;
}
