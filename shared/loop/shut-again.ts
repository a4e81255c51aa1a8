import type { Account } from "../aws/account.ts";
import { foundIn, type Reading } from "../aws/reading.ts";
import type { Clients } from "../edge/clients.ts";
import { readPolicyText } from "../edge/identity.ts";
import { readTrail } from "../edge/trail.ts";
import { parseJson } from "../json.ts";
import type { AppliedPlan, PlannedEnvironment } from "../plan/applied.ts";
import { canonical } from "../plan/canonical.ts";
import type { ControlEntry } from "../plan/control.ts";
import type { DriftWidening, ShutAgain, Trace } from "../plan/drift.ts";
import { writeKey } from "../plan/last-writes.ts";
import { correctionOf, quarrelWindowMs } from "../plan/quarrel.ts";
import { shutKey, wasReported } from "../report/reported-keys.ts";
import type { ShutDoor } from "../report/shut-doors.ts";
import { trailNameOfCall } from "../report/trail-name.ts";
import { attributionOf, audiencesIn } from "../report/who-opened.ts";
import type { RecordedCall } from "../wake/index.ts";
import { reporterOf, writersOf } from "./apply-providers.ts";
import { readRecords } from "./control.ts";
import type { Snapshot } from "./observe.ts";
import {
  documentIn,
  isOwnCall,
  isShown,
  isSince,
  isUndoing,
  lateMs,
  mayOpen,
  textIn,
  type Watched,
  wasCorrectedSince,
  watchedFor,
} from "./opening-calls.ts";
import type { Planned, Plans } from "./planning.ts";
import { makePlans } from "./plans.ts";
import type { RunContext } from "./run-context.ts";

/**
 * What events of this run have opened and the account does not show: somebody shut it before anybody
 * looked. Each call is played onto the account as it is, and what that would open is found like any
 * other drift. What is open now in the same place is reported as that, and hides nothing else.
 */
export async function withShutAgain(
  run: RunContext,
  planned: Planned,
  applied: readonly AppliedPlan[],
): Promise<readonly AppliedPlan[]> {
  const hidden = hiddenIn(run, planned);
  if (hidden.length === 0) return applied;
  const { planning } = planned;
  const documents = await textsFor(run.clients, planning.snapshot, hidden);
  const shown = {
    ...planned,
    planning: { ...planning, snapshot: { ...planning.snapshot, documents } },
  };
  const writers = writersOf(planned.plans, { ...run.wake, steps: "all" });
  return applied.map((each): AppliedPlan => {
    const own = hidden.filter(({ name }) => name === each.entry.name);
    const reports = planned.plans.organisations.some(
      (one) =>
        one.members.includes(each.entry.name) && reporterOf(one, { writers }) === each.entry.name,
    );
    const shutAgain = own.flatMap((one) => openedBy(one, { ...each, reports }, shown));
    return shutAgain.length === 0 ? each : { ...each, plan: { ...each.plan, shutAgain } };
  });
}

/** A call whose work is not there. */
type Hidden = { readonly name: string; readonly call: RecordedCall; readonly watched: Watched };

function hiddenIn(run: RunContext, { plans, planning }: Planned): readonly Hidden[] {
  const from = run.clock().getTime() - quarrelWindowMs(run.installation.periodMinutes);
  const calls = run.wake.calls.filter((call) => mayOpen(call) && Date.parse(call.at ?? "") >= from);
  return plans.environments.flatMap((each) =>
    calls.flatMap((call) => {
      const watched = watchedFor(call, each);
      const isHidden = watched !== null && !isShown(call, planning.snapshot, watched);
      return isHidden ? [{ name: each.entry.name, call, watched }] : [];
    }),
  );
}

/**
 * Texts of policies that were attached for a time, and of boundaries on both sides of a change. What a policy
 * of the account says now may not be what it said while it was attached: nobody takes it for that.
 */
async function textsFor(
  clients: Clients,
  { documents }: Snapshot,
  hidden: readonly Hidden[],
): Promise<ReadonlyMap<string, string>> {
  const arns = hidden.flatMap(({ call, watched: { role } }) => {
    if (call.eventName === "AttachRolePolicy") return [textIn(call, "policyArn")].filter(isOfAws);
    const boundaries = [textIn(call, "permissionsBoundary"), role.permissionsBoundary];
    return /PermissionsBoundary$|^CreateRole$/.test(call.eventName) ? boundaries : [];
  });
  const read = [...new Set(arns)].flatMap((arn) =>
    arn === null || arn === "" || documents.has(arn)
      ? []
      : [readPolicyText(clients, arn).then((found) => [arn, foundIn(found)] as const)],
  );
  const texts = (await Promise.all(read)).flatMap(([arn, text]) =>
    text === null ? [] : [[arn, text] as const],
  );
  const unsure = hidden.flatMap(({ call }) =>
    call.eventName === "AttachRolePolicy" ? [textIn(call, "policyArn")] : [],
  );
  return new Map([...documents, ...texts].filter(([arn]) => isOfAws(arn) || !unsure.includes(arn)));
}

/** Nobody in the account changes a policy that AWS keeps. */
function isOfAws(arn: string): boolean {
  return arn.split(":")[4] === "aws";
}

/**
 * What a call opened, by itself, beside all that is as it is now. What was open on a shared provider is in
 * one report.
 */
function openedBy(
  { call, watched }: Hidden,
  { entry, plan, orphans, reports }: PlannedEnvironment & { readonly reports: boolean },
  { planning, plans }: Planned,
): readonly ShutAgain[] {
  const shared = ({ organisations }: Plans) =>
    organisations.filter(({ members }) => members.includes(entry.name));
  const openHere = (each: Pick<PlannedEnvironment, "plan" | "orphans">, all: Plans) =>
    watched.isOld
      ? each.orphans.widenings
      : [...each.plan.widenings, ...shared(all).flatMap(({ widenings }) => widenings)];
  const open = openHere({ plan, orphans }, plans);
  const snapshot = snapshotAfter(call, withoutOpen(planning.snapshot, open), {
    ...watched,
    partition: planning.account.partition,
  });
  const then = makePlans({ ...planning, entries: [entry], snapshot });
  const [one] = then.environments;
  const opened = one === undefined ? [] : openHere(one, then);
  const found = isUnknown(call, planning.snapshot, watched) ? [unknownVersion(call)] : opened;
  const corrections = [
    ...(one?.plan.changes ?? []),
    ...shared(then).flatMap((each) => each.plan.closing),
  ].filter((change) => !plan.changes.some((now) => writeKey(now) === writeKey(change)));
  return found
    .map((each) => ({ ...each, traces: tracesOf(each, call) }))
    .filter(({ traces }) => traces.length > 0)
    .filter((each) => !isAmong(open, each) && (reports || each.resource !== "audience"))
    .map((each) => ({
      found: each,
      opened: call,
      corrections: found === opened ? corrections : null,
    }));
}

/** What is open by the call itself: what else a role holds may be gone when the event comes once more. */
function tracesOf({ traces }: DriftWidening, call: RecordedCall): readonly Trace[] {
  return traces.filter((trace) => attributionOf([trace], [call]).openedAt !== null);
}

/**
 * Is the very thing that a call opened open now as well? Then that is what is reported. Another text in the
 * same place may be the milder one, and says nothing of what was open for a moment.
 */
function isAmong(open: readonly DriftWidening[], found: DriftWidening): boolean {
  const doors = open
    .filter(({ resource }) => resource === found.resource)
    .flatMap(({ traces }) => traces.map(doorOf));
  return found.traces.every((trace) => doors.includes(doorOf(trace)));
}

/** A slot and what it says. Nobody knows any more what an attached policy said. */
function doorOf(trace: Trace): string {
  const text = "document" in trace ? (trace.document ?? "") : null;
  const says = text === null ? trace : canonical(parseJson(text) ?? text);
  return JSON.stringify([slotOf(trace), trace.kind === "attachment" ? null : says]);
}

/** Where a door is: the place that can hold one text at a time. A role has one trust policy and one boundary. */
function slotOf(trace: Trace): string {
  if ("audience" in trace) return trace.audience;
  if ("policyArn" in trace) return `${trace.kind} ${trace.policyArn}`;
  return trace.kind === "inline-policy" ? `${trace.kind} ${trace.name}` : trace.kind;
}

/** Without the policies that open something now: each is reported by itself. */
function withoutOpen(snapshot: Snapshot, open: readonly DriftWidening[]): Snapshot {
  const slots = open.flatMap(({ traces }) => traces.map(slotOf));
  const role: Snapshot["role"] = changed(
    snapshot.role,
    () => true,
    ({ inline, attached }) => ({
      inline: inline.filter(({ name }) => !slots.includes(`inline-policy ${name}`)),
      attached: attached.filter((arn) => !slots.includes(`attachment ${arn}`)),
    }),
  );
  return { ...snapshot, role };
}

/** Was a version the default for a time whose text nobody can read any more? */
function isUnknown(call: RecordedCall, snapshot: Snapshot, { policy }: Watched): boolean {
  if (call.eventName !== "SetDefaultPolicyVersion") return false;
  const versions = foundIn(snapshot.policy(policy.arn))?.versions ?? [];
  const version = versions.find(({ id }) => id === textIn(call, "versionId"));
  return version === undefined || (version.document === null && !version.knownSafe);
}

function unknownVersion(call: RecordedCall): DriftWidening {
  return {
    resource: "permissions",
    admitted: null,
    undecided: [`nobody can read any more what version ${textIn(call, "versionId")} granted`],
    isImpossible: false,
    traces: [{ kind: "policy-version", policyArn: textIn(call, "policyArn"), document: "" }],
  };
}

/** The account as it is, with what a call did to it done once more. */
function snapshotAfter(
  call: RecordedCall,
  snapshot: Snapshot,
  watched: Watched & Pick<Account, "partition">,
): Snapshot {
  const text = (name: string) => textIn(call, name);
  const { role, policy, provider, partition } = watched;
  const document = asShown(documentIn(call), partition);
  const withRole = (change: (found: Role) => Partial<Role>) => ({
    ...snapshot,
    role: changed(snapshot.role, (name) => name.toLowerCase() === role.name.toLowerCase(), change),
  });
  const withPolicy = (change: (found: Policy) => Partial<Policy>) => ({
    ...snapshot,
    policy: changed(snapshot.policy, (arn) => arn === policy.arn, change),
  });
  switch (call.eventName) {
    case "CreateRole":
      return withRole(() => ({
        trustPolicy: document,
        permissionsBoundary: text("permissionsBoundary") || null,
      }));
    case "UpdateAssumeRolePolicy":
      return withRole(() => ({ trustPolicy: document }));
    case "AttachRolePolicy":
      return withRole(({ attached }) => ({ attached: [...attached, text("policyArn")] }));
    case "PutRolePolicy": {
      const name = text("policyName");
      return withRole(({ inline }) => ({
        inline: [...inline.filter((each) => each.name !== name), { name, document }],
      }));
    }
    case "PutRolePermissionsBoundary":
    case "DeleteRolePermissionsBoundary":
      return withRole(() => ({ permissionsBoundary: text("permissionsBoundary") || null }));
    case "CreatePolicy":
    case "CreatePolicyVersion":
      return withPolicy(() => ({ document }));
    case "SetDefaultPolicyVersion":
      return withPolicy(({ versions, document: now }) => ({
        document: versions?.find(({ id }) => id === text("versionId"))?.document ?? now,
      }));
    default:
      return {
        ...snapshot,
        provider: changed(
          snapshot.provider,
          (arn) => arn === provider.arn,
          ({ audiences }) => ({ audiences: [...new Set([...audiences, ...audiencesIn(call)])] }),
        ),
      };
  }
}

/** IAM shows an account that a policy names as a principal by its root's ARN. */
function asShown(document: string, partition: string): string {
  const shown = (id: unknown): unknown => {
    if (Array.isArray(id)) return id.map(shown);
    const isAccount = typeof id === "string" && /^\d{12}$/.test(id);
    return isAccount ? `arn:${partition}:iam::${id}:root` : id;
  };
  if (parseJson(document) === undefined) return document;
  return JSON.stringify(
    JSON.parse(document, (key, value) => (key === "AWS" ? shown(value) : value)),
  );
}

type Found<Read> = Read extends (key: string) => Reading<infer Value> ? Value : never;
type Role = Found<Snapshot["role"]>;
type Policy = Found<Snapshot["policy"]>;

/** A read that shows one thing changed. */
function changed<Value extends object>(
  read: (key: string) => Reading<Value>,
  isIt: (key: string) => boolean,
  change: (found: Value) => Partial<Value>,
): (key: string) => Reading<Value> {
  return (key) => {
    const reading = read(key);
    if (reading.kind !== "found" || !isIt(key)) return reading;
    return { kind: "found", value: { ...reading.value, ...change(reading.value) } };
  };
}

/**
 * The doors that are to be reported: not what we wrote or corrected ourselves, and not again what was
 * reported before. Who shut them is in the events, or in CloudTrail's history.
 */
export async function shutDoors(
  run: RunContext,
  applied: readonly AppliedPlan[],
): Promise<ReadonlyMap<string, readonly ShutDoor[]>> {
  const each = applied
    .filter(({ plan }) => plan.shutAgain.length > 0)
    .map(async (one) => {
      // What an earlier look of this run has found open is reported as that.
      const { plan, orphans, audienceWidenings } = one;
      const open = [...plan.widenings, ...audienceWidenings, ...orphans.widenings];
      const hidden = one.plan.shutAgain.filter(
        (each) => !isAmong(open, each.found) && !isDeletedIn(one, each),
      );
      const doors = await Promise.all(hidden.map((each) => shutDoor(run, one, each)));
      return [one.entry.name, doors.filter((door) => door !== null)] as const;
    });
  return new Map(await Promise.all(each));
}

/** Has this very run deleted the version that nobody can read any more? It was read before. */
function isDeletedIn({ results }: AppliedPlan, { opened, corrections }: ShutAgain): boolean {
  const version = textIn(opened, "versionId");
  return results.some(({ change: { step }, outcome }) => {
    const isIt = step.do === "delete-policy-version" && step.version === version;
    return corrections === null && isIt && outcome === "applied";
  });
}

async function shutDoor(
  run: RunContext,
  applied: AppliedPlan,
  shut: ShutAgain,
): Promise<ShutDoor | null> {
  const { clients, installation } = run;
  const { name, record } = applied.entry;
  const { found, opened } = shut;
  if (opened.at === null) return null;
  const door = { found, actor: opened.actor, openedAt: opened.at };
  if (wasReported(applied, shutKey(door)) || (await isOwnCall(opened, clients))) return null;
  const records =
    record.kind === "unread" ? await readRecords(clients, installation, [name]) : null;
  const isKnown = shut.corrections !== null;
  if (isKnown && wasCorrected(shut, records?.get(name) ?? record)) return null;
  const closed = await closingOf(run, opened);
  if (closed !== null && (await isOwnCall(closed, clients))) return null;
  // Where nothing is corrected, a condition that has changed since shows that it was seen and reported.
  const isKept = applied.writes !== "allowed" && found.former === undefined;
  if (isKept && wasSeen(applied.entry, shut, closed)) return null;
  return { ...door, closedBy: closed?.actor ?? null, closedAt: closed?.at ?? null };
}

/** Not so where something else began to differ after it was shut. */
function wasSeen(
  { status }: ControlEntry,
  { found, opened }: ShutAgain,
  closed: RecordedCall | null,
): boolean {
  const name = found.resource === "trust-policy" ? "TrustAsIntended" : "InSync";
  const condition = status?.conditions[name];
  if (condition === undefined || !isSince(condition.since, opened)) return false;
  return condition.status || closed === null || !isSince(condition.since, closed);
}

/** Has a run of ours found just that open, and corrected it? Somebody may have put another text between. */
function wasCorrected(
  { opened, corrections }: ShutAgain,
  known: ControlEntry["record"] | undefined,
): boolean {
  if (corrections === null || known?.kind !== "found") return wasCorrectedSince(opened, known);
  const { quarrels, last } = known.record;
  return corrections.some((change) => {
    const { resource, found } = correctionOf(change);
    const rounds = quarrels.filter((each) => each.resource === resource && each.found === found);
    return (
      rounds.some(({ at }) => at.some((instant) => isSince(instant, opened))) ||
      (last !== null && isSince(last.at, opened) && last.made.includes(writeKey(change)))
    );
  });
}

/** The first call that undid another one. A run of ours may have corrected what somebody put in its place. */
async function closingOf(run: RunContext, opened: RecordedCall): Promise<RecordedCall | null> {
  const { clients, wake } = run;
  const firstIn = (calls: readonly RecordedCall[]) =>
    calls
      .filter((call) => isUndoing(call, opened))
      .toSorted((one, other) => Date.parse(one.at ?? "") - Date.parse(other.at ?? ""))[0] ?? null;
  const reported = firstIn(wake.calls);
  if (reported !== null && !(await isOwnCall(reported, clients))) return reported;
  const history = await readTrail(clients, trailNameOfCall(opened), {
    notBefore: opened.at,
    signal: AbortSignal.timeout(3_000),
  });
  return firstIn([...wake.calls, ...history]);
}

/**
 * Environments of which an event reports something that IAM may yet show, and that were not waited for,
 * because something else had to be corrected at once.
 */
export async function mayYetShow(
  run: RunContext,
  applied: readonly AppliedPlan[],
): Promise<readonly AppliedPlan[]> {
  const { wake, clients, clock } = run;
  const isYoung = ({ at }: RecordedCall) => clock().getTime() - Date.parse(at ?? "") < lateMs;
  const found: AppliedPlan[] = [];
  for (const each of applied) {
    const young = each.plan.shutAgain.filter(
      ({ opened }) => isYoung(opened) && !wake.calls.some((call) => isUndoing(call, opened)),
    );
    const own = await Promise.all(young.map(({ opened }) => isOwnCall(opened, clients)));
    if (own.includes(false)) found.push(each);
  }
  return found;
}
