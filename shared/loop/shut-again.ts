import { foundIn } from "../aws/reading.ts";
import type { Clients } from "../edge/clients.ts";
import { readPolicyText } from "../edge/identity.ts";
import type { AppliedPlan, PlannedEnvironment } from "../plan/applied.ts";
import type { DriftWidening, ShutAgain, Trace } from "../plan/drift.ts";
import { lateMs, writeKey } from "../plan/last-writes.ts";
import { quarrelWindowMs } from "../plan/quarrel.ts";
import { attributionOf } from "../report/who-opened.ts";
import type { RecordedCall } from "../wake/index.ts";
import { reporterOf, writersOf } from "./apply-providers.ts";
import type { Snapshot } from "./observe.ts";
import {
  isOwnCall,
  isShown,
  isUndoing,
  mayOpen,
  textIn,
  type Watched,
  watchedFor,
} from "./opening-calls.ts";
import type { Planned, Plans } from "./planning.ts";
import { makePlans } from "./plans.ts";
import { snapshotAfter, withoutOpen } from "./played-call.ts";
import type { RunContext } from "./run-context.ts";
import { isAmong } from "./same-door.ts";

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
