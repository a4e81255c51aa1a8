import { foundIn, type Reading } from "../aws/reading.ts";
import type { Clients } from "../edge/clients.ts";
import { readPolicy } from "../edge/identity.ts";
import { readTrail } from "../edge/trail.ts";
import type { AppliedPlan, PlannedEnvironment } from "../plan/applied.ts";
import type { DriftWidening } from "../plan/drift.ts";
import { quarrelWindowMs } from "../plan/quarrel.ts";
import { shutKey, wasReported } from "../report/reported-keys.ts";
import type { ShutDoor } from "../report/shut-doors.ts";
import { attributionOf } from "../report/who-opened.ts";
import type { RecordedCall } from "../wake/index.ts";
import { readRecords } from "./control.ts";
import type { Snapshot } from "./observe.ts";
import {
  type Desired,
  desiredFor,
  isOwnCall,
  isShown,
  isSince,
  isUndoing,
  lateMs,
  mayOpen,
  textIn,
  thingIn,
  wasCorrected,
} from "./opening-calls.ts";
import type { Planned } from "./planning.ts";
import { makePlans } from "./plans.ts";
import type { RunContext } from "./run-context.ts";

/**
 * What events of this run have opened and the account does not show: somebody shut it before anybody
 * looked. Each call is played onto the account as it is, and what that would open is found like any
 * other drift. What is open now in the same half is reported as that.
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
  return applied.map((each): AppliedPlan => {
    const own = hidden.filter(({ name }) => name === each.entry.name);
    const shutAgain = own.flatMap((one) => openedBy(one, each, shown));
    return shutAgain.length === 0 ? each : { ...each, plan: { ...each.plan, shutAgain } };
  });
}

/** A call whose work is not there. */
type Hidden = { readonly name: string; readonly call: RecordedCall; readonly desired: Desired };

function hiddenIn(run: RunContext, { plans, planning }: Planned): readonly Hidden[] {
  const from = run.clock().getTime() - quarrelWindowMs(run.installation.periodMinutes);
  const calls = run.wake.calls.filter((call) => mayOpen(call) && Date.parse(call.at ?? "") >= from);
  return plans.environments.flatMap(({ entry: { name }, plan }) =>
    calls.flatMap((call) => {
      const desired = desiredFor(call, plan);
      const isHidden = desired !== null && !isShown(call, planning.snapshot, desired);
      return isHidden ? [{ name, call, desired }] : [];
    }),
  );
}

/** Texts of policies that were attached for a time, and of boundaries on both sides of a change. */
async function textsFor(
  clients: Clients,
  { documents }: Snapshot,
  hidden: readonly Hidden[],
): Promise<ReadonlyMap<string, string>> {
  const arns = hidden.flatMap(({ call, desired }) => {
    if (call.eventName === "AttachRolePolicy") return [textIn(call, "policyArn")];
    const boundaries = [textIn(call, "permissionsBoundary"), desired.role.permissionsBoundary];
    return call.eventName.endsWith("PermissionsBoundary") ? boundaries : [];
  });
  const read = [...new Set(arns)].flatMap((arn) =>
    arn === null || arn === "" || documents.has(arn)
      ? []
      : [readPolicy(clients, arn, null).then((found) => [arn, foundIn(found)?.document] as const)],
  );
  const texts = (await Promise.all(read)).flatMap(([arn, text]) =>
    text === undefined ? [] : [[arn, text] as const],
  );
  return new Map([...documents, ...texts]);
}

/** What a call opened, by itself, beside all that is as it is now. */
function openedBy(
  { call, desired }: Hidden,
  { entry, plan }: PlannedEnvironment,
  { planning, plans }: Planned,
): readonly DriftWidening[] {
  const snapshot = snapshotAfter(call, planning.snapshot, desired);
  const then = makePlans({ ...planning, entries: [entry], snapshot });
  const own = (organisations: typeof then.organisations) =>
    organisations
      .filter(({ members }) => members.includes(entry.name))
      .flatMap(({ widenings }) => widenings);
  const open = [...plan.widenings, ...own(plans.organisations)].map(({ resource }) => resource);
  const opened = [...(then.environments[0]?.plan.widenings ?? []), ...own(then.organisations)];
  return opened.filter(
    ({ resource, traces }) =>
      !open.includes(resource) && attributionOf(traces, [call]).openedAt !== null,
  );
}

/** The account as it is, with what a call did to it done once more. */
function snapshotAfter(call: RecordedCall, snapshot: Snapshot, desired: Desired): Snapshot {
  const text = (name: string) => textIn(call, name);
  const document = text("policyDocument");
  const { role, policy, provider } = desired;
  const withRole = (change: (found: Role) => Partial<Role>) => ({
    ...snapshot,
    role: changed(snapshot.role, (name) => name.toLowerCase() === role.name.toLowerCase(), change),
  });
  const withPolicy = (change: (found: Policy) => Partial<Policy>) => ({
    ...snapshot,
    policy: changed(snapshot.policy, (arn) => arn === policy.arn, change),
  });
  switch (call.eventName) {
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
          ({ audiences }) => ({ audiences: [...audiences, text("clientID")] }),
        ),
      };
  }
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
      const open = [...one.plan.widenings, ...one.audienceWidenings].map(
        ({ resource }) => resource,
      );
      const hidden = one.plan.shutAgain.filter(({ resource }) => !open.includes(resource));
      const doors = await Promise.all(hidden.map((found) => shutDoor(run, one, found)));
      return [one.entry.name, doors.filter((door) => door !== null)] as const;
    });
  return new Map(await Promise.all(each));
}

async function shutDoor(
  run: RunContext,
  applied: AppliedPlan,
  found: DriftWidening,
): Promise<ShutDoor | null> {
  const { clients, installation, wake } = run;
  const { name, record, status } = applied.entry;
  const opened = wake.calls.findLast(
    (call) => attributionOf(found.traces, [call]).openedAt !== null,
  );
  if (opened === undefined || opened.at === null) return null;
  const door = { found, actor: opened.actor, openedAt: opened.at };
  if (wasReported(applied, shutKey(door)) || (await isOwnCall(opened, clients))) return null;
  const condition = found.resource === "trust-policy" ? "TrustAsIntended" : "InSync";
  const seen = status?.conditions[condition]?.since ?? null;
  // Where nothing is corrected, a condition that has changed since shows that it was seen and reported.
  if (applied.writes !== "allowed" && isSince(seen, opened)) return null;
  const records =
    record.kind === "unread" ? await readRecords(clients, installation, [name]) : null;
  if (wasCorrected(opened, records?.get(name) ?? record)) return null;
  const closed =
    wake.calls.find((call) => isUndoing(call, opened)) ??
    (
      await readTrail(clients, thingIn(opened), {
        notBefore: opened.at,
        signal: AbortSignal.timeout(3_000),
      })
    ).findLast((call) => isUndoing(call, opened));
  const isYoung = run.clock().getTime() - Date.parse(opened.at) < lateMs;
  if (closed === undefined ? isYoung : await isOwnCall(closed, clients)) return null;
  return { ...door, closedBy: closed?.actor ?? null, closedAt: closed?.at ?? null };
}
