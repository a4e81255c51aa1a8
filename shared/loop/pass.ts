/**
 * Joins deciding code and edge for one reconcile run. A pass reads the account (`observe.ts`), plans
 * (`plans.ts`), applies (`apply.ts`) and clears orphans (`orphans.ts`); `notes.ts` is what a run notes
 * before it writes, `conclude.ts` how it ends.
 *
 * Imports `plan` and `report` for decisions and `edge` for AWS. Public: `runPasses` here, `beginNotes`,
 * `conclude`, the control surface (`control.ts`), and `RunContext`.
 */

import type { Fault } from "../aws/reading.ts";
import { within } from "../edge/time.ts";
import { standsAlone, touchesOthers } from "../plan/alone.ts";
import { type AppliedPlan, changesMade, isStale } from "../plan/applied.ts";
import { refusalOf } from "../plan/choice.ts";
import { type ControlEntry, isQuiet } from "../plan/control.ts";
import { isMadeAgain, lateMs, writeKey } from "../plan/last-writes.ts";
import { unseenMembers } from "../plan/opening.ts";
import { closingMeanwhile } from "../plan/order.ts";
import { mayHoldPolicy } from "../plan/orphans.ts";
import { fenceBefore } from "../plan/record-after.ts";
import type { WritePermission } from "../plan/writes.ts";
import { iamOperations, type RecordedCall } from "../wake/index.ts";
import { withAllRoles } from "./adoption.ts";
import { applyPlans } from "./apply.ts";
import { writersOf } from "./apply-providers.ts";
import { readAgain } from "./control.ts";
import { withDocuments, withPolicyDetails } from "./details.ts";
import type { RunNotes } from "./notes.ts";
import { type Look, look, type Snapshot, snapshotOf } from "./observe.ts";
import { clearOrphans } from "./orphans.ts";
import { isIdle, type Planned, type Planning, type Plans } from "./planning.ts";
import { makePlans } from "./plans.ts";
import { nothingAhead, type ReadAhead } from "./read-ahead.ts";
import { readRecords, withRecords } from "./records.ts";
import { unreadAndMoving } from "./records-needed.ts";
import type { RunContext } from "./run-context.ts";
import { isFull } from "./run-kind.ts";
import type { Certain } from "./second-look.ts";
import type { Others } from "./surface.ts";
import { isOnlyTaken, isTaken, refusedCreations, takenNames, withTaken } from "./taken-names.ts";
import { withTemplates } from "./templates.ts";
import { withTrustRoom } from "./trust-room.ts";
import { byName, inTurn } from "./turn.ts";

type PassInput = {
  readonly all: readonly ControlEntry[];
  readonly entries: readonly ControlEntry[];
  /** Environments that were not read; `null` where all were. */
  readonly others: Others | null;
  /** What is being read of the account already; the first look takes it. */
  readonly ahead: ReadAhead;
  readonly permission: Omit<WritePermission, "steps">;
  /** Reads what is kept beside the environments while the account is looked at. */
  readonly beside: RunNotes["beside"];
  /** The environment at which the last run's time was over; `null` where it reached all. */
  readonly turn: () => string | null;
  /** Called with the plans before anything is written. */
  readonly beforeWrites: (plans: Plans) => Promise<void>;
  /** Called with what most likely is among them, while the targets are waited for. */
  readonly noteAhead: (plans: Plans) => Promise<void>;
  /** What an earlier pass of the run has written, which a read may not show yet. */
  readonly certain?: Certain;
};

/** What a run did, and the reports of the environments for which there was nothing to do. */
type Passed = Pick<Plans, "settled"> & { readonly applied: readonly AppliedPlan[] };

/**
 * Observes, plans and applies once, and a second time for those environments whose account or
 * control surface moved between the read and the write: somebody else was at work too, or another
 * environment has just given up the name that they wait for.
 */
export async function runPasses(run: RunContext, input: PassInput): Promise<Passed> {
  const passed = await onePass(run, input, maySettle(run));
  if (input.permission.dryRun) return passed;
  const { settled } = passed;
  const { applied: released, waiting } = await withNamesReleased(run, passed.applied);
  const takenBy = takenNames(run);
  const first = await Promise.all(released.map(async (one) => withTaken(one, await takenBy(one))));
  // What was corrected at once may have kept the run from waiting for what an event reports beside it.
  const hidden = passed.isIdle ? [] : first.filter(({ plan }) => plan.shutAgain.length > 0);
  const unshown =
    hidden.length > 0 ? await (await import("./shut-again.ts")).mayYetShow(run, hidden) : [];
  const stale = first.filter((one) => isStale(one) && !isOnlyTaken(one));
  // What a removed one asked of a provider may be theirs once they have the name.
  const asked = first.filter(
    ({ entry, unreleased }) => waiting.length > 0 && unreleased && entry.newest === null,
  );
  const names = new Set(
    [...stale, ...waiting, ...unshown, ...asked].map(({ entry }) => entry.name),
  );
  const again = first.filter(({ entry }) => names.has(entry.name));
  if (again.length === 0) return { applied: first, settled };
  const entries = await readAgain(run.clients, run.installation, [...names]).catch(() => null);
  if (entries === null || entries.length === 0) return { applied: first, settled };
  const fresh = new Map(entries.map((entry) => [entry.name, entry]));
  const [{ afterRemovals }, { joined }] = await Promise.all([
    import("./freed.ts"),
    import("./join-passes.ts"),
  ]);
  const further = {
    ...input,
    certain: certainAfter(again),
    all: afterRemovals(passed.all, first).map((entry) => fresh.get(entry.name) ?? entry),
    entries,
    // What was corrected so far is remembered in the record, which was read again.
    ...nothingBeside(),
  };
  const insists = further.certain.size === 0;
  const second = await onePass({ ...run, insists }, further, false);
  const left = new Map(second.applied.map((each) => [each.entry.name, each]));
  const applied = await Promise.all(
    first.map(async (before) => {
      const after = left.get(before.entry.name);
      if (after === undefined) return before;
      left.delete(before.entry.name);
      const whole = joined(before, after);
      return withTaken(whole, await takenBy(whole));
    }),
  );
  // What is left are members of a shared provider that only the second pass has looked at.
  return {
    applied: [...applied, ...left.values()],
    settled: settled.filter(({ name }) => !left.has(name)),
  };
}

/** Only where a name is somebody else's does anybody wait for one. */
async function withNamesReleased(run: RunContext, applied: readonly AppliedPlan[]) {
  const isRefused = applied.some(
    ({ plan: { choice, blocked } }) => blocked.length > 0 || refusalOf(choice)?.kind === "conflict",
  );
  if (!isRefused) return { applied, waiting: [] };
  return (await import("./freed.ts")).releaseNames(run, applied);
}

/**
 * May environments settle in the first pass? A change that an event reports, and that the account does
 * not show yet or not any more, is looked for in what is planned.
 */
function maySettle({ wake }: RunContext): boolean {
  return wake.writes.length === 0 && wake.calls.length === 0;
}

/** What IAM has, whatever a read says: what was made, and what was refused because it is there. */
function certainAfter(applied: readonly AppliedPlan[]): Certain {
  const each = applied.map((one) => {
    const there = isTaken(one) ? [] : refusedCreations(one);
    return [one.entry.name, [...changesMade(one.results), ...there].map(writeKey)] as const;
  });
  return new Map(each.filter(([, keys]) => keys.length > 0));
}

async function onePass(
  run: RunContext,
  input: PassInput,
  settles: boolean,
  done: readonly (readonly AppliedPlan[])[] = [],
): Promise<Passed & { readonly isIdle: boolean; readonly all: PassInput["all"] }> {
  const { sides, early, targets, seen } = await firstLook(run, input, settles);
  const found = await targets;
  // What was closed meanwhile is read again: a plan is made from one look, never from two.
  const snapshot =
    seen ?? snapshotOf(await look(run.clients, sides.entries, lookingFor(run)), found);
  const touched = early.flatMap(({ entry, results }) => (results.length > 0 ? entry.name : []));
  const known = having(sides, written(early));
  const permission = { ...input.permission, steps: "all" } as const;
  const settling = settles ? { permission, except: new Set(touched) } : null;
  const planned = await plan(run, known, { snapshot, settling });
  const unseen = unseenOf(planned, permission);
  if (unseen.length > 0)
    return withMembers(run, known, { planned, unseen, done: [...done, early] });
  const plans = inTurn(planned.plans, input.turn());
  const noted = input.permission.dryRun ? Promise.resolve() : noting(input, plans);
  const late = await applyPlans(run, plans, permission, noted);
  await noted;
  // The last comes first: what an event reports is looked for in all that was found.
  let applied = await withEarly(late, early);
  for (const each of done.toReversed()) applied = await withEarly(applied, each);
  const whole = await withShut(run, planned, applied);
  return {
    applied: await clearOrphans(run, whole, planned.planning),
    settled: planned.plans.settled,
    isIdle: isIdle(planned.plans),
    all: sides.all,
  };
}

/** Once all is read that is kept beside the environments. */
function nothingBeside(): Pick<PassInput, "ahead" | "beside"> {
  return { ahead: nothingAhead(), beside: async () => ({ records: new Map(), unnamed: [] }) };
}

/**
 * A pass over more members of a shared provider than the event is about. What closes is written before: it needs
 * none of them.
 */
async function withMembers(
  run: RunContext,
  input: PassInput,
  given: {
    readonly planned: Planned;
    readonly unseen: readonly ControlEntry[];
    /** What was closed so far. */
    readonly done: readonly (readonly AppliedPlan[])[];
  },
): Promise<Awaited<ReturnType<typeof onePass>>> {
  const { planned, unseen, done } = given;
  const closed = await applyClosing(run, input, planned.plans);
  const { all, entries } = planned.planning;
  const members = { ...nothingBeside(), all, entries: withMore(entries, unseen), others: null };
  const wider = having({ ...input, ...members }, written(closed));
  return onePass(run, wider, false, [...done, closed]);
}

/** Whose trust policy has to be looked at before a provider opens. A forced run forces nobody else: it waits. */
function unseenOf({ plans, planning }: Planned, permission: WritePermission) {
  if (permission.force) return [];
  const writers = writersOf(plans, permission);
  const names = unseenMembers(
    plans.organisations.filter((each) => writers.get(each)?.writes === "allowed"),
  );
  return planning.all.filter(({ name }) => names.has(name));
}

/** What was closed while the targets were waited for is this run's work too. */
async function withEarly(
  late: readonly AppliedPlan[],
  early: readonly AppliedPlan[],
): Promise<readonly AppliedPlan[]> {
  const closed = new Map(
    early.flatMap((each) =>
      changesMade(each.results).length > 0 ? [[each.entry.name, each] as const] : [],
    ),
  );
  if (closed.size === 0) return late;
  const { joined } = await import("./join-passes.ts");
  return late.map((each) => {
    const before = closed.get(each.entry.name);
    return before === undefined ? each : joined(before, each);
  });
}

type FirstLook = {
  /** The input with the records that came beside it. */
  readonly sides: PassInput;
  /** What was closed while the targets were waited for. */
  readonly early: readonly AppliedPlan[];
  readonly targets: Look["targets"];
  /** What was seen; `null` where the targets came late, and nothing that was seen is kept. */
  readonly seen: Snapshot | null;
};

async function firstLook(run: RunContext, input: PassInput, settles: boolean): Promise<FirstLook> {
  const { ahead } = input;
  const [looked, { records, unnamed }] = await Promise.all([
    look(run.clients, input.entries, { ...lookingFor(run), ahead }),
    input.beside(),
  ]);
  if (unnamed.length > 0) {
    // A plan is made from one look, which takes what this one has read.
    const wider = { all: withMore(input.all, unnamed), entries: withMore(input.entries, unnamed) };
    const beside = async () => ({ records, unnamed: [] });
    return firstLook(run, { ...input, ...wider, beside }, settles);
  }
  // The look has it, and lets go of it with all else.
  ahead.account.clear();
  const sides = having(input, records);
  const { targets } = looked;
  noteMeanwhile(run, sides, looked);
  const soon = await within(targets, run.targetsGraceMs, run.clients.time);
  if (soon !== null) return { sides, early: [], targets, seen: snapshotOf(looked, soon) };
  const early = await closeMeanwhile(run, sides, { looked, settles });
  return { sides, early, targets, seen: null };
}

/**
 * What closes in IAM is noted while the targets are waited for, so that it does not wait for the note
 * as well. Of what an event is about alone: that is little to plan twice.
 */
function noteMeanwhile(run: RunContext, input: PassInput, looked: Look): void {
  if (isFull(run) || input.permission.dryRun || input.others?.needed !== false) return;
  const snapshot = snapshotOf(looked, "pending");
  const given = { ...planningOf(run, input), snapshot, settling: null };
  const plans = closingIn(makePlans(given));
  const isRepeated = plans.environments.some(({ entry: { record }, plan }) =>
    plan.changes.some((change) =>
      isMadeAgain(change, record.kind === "found" ? record.record.last : null, given.now),
    ),
  );
  // Of an edit, what closes is nothing to report.
  const isOpen = plans.environments.some(
    ({ entry, plan: { changes, widenings } }) =>
      widenings.length > 0 || (isQuiet(entry) && changes.length > 0),
  );
  // What is repeated is most likely shown late, and not open.
  if (!isOpen || isRepeated || touchesOthers(plans)) return;
  input.noteAhead(plans).catch(() => undefined);
}

function lookingFor({ account, installation, memory, clock }: RunContext) {
  return { account, installation, memory, now: clock() };
}

function withMore(
  entries: readonly ControlEntry[],
  more: readonly ControlEntry[],
): readonly ControlEntry[] {
  return [...entries, ...more].toSorted(byName);
}

type Records = ReadonlyMap<string, ControlEntry["record"]>;

function having(input: PassInput, records: Records): PassInput {
  return {
    ...input,
    all: withRecords(input.all, records),
    entries: withRecords(input.entries, records),
  };
}

/**
 * The records as what was closed meanwhile has read or left them: what it did is noted in them. A version that has begun stays the one in force:
 * what it closed itself does not hold it.
 */
function written(early: readonly AppliedPlan[]): Records {
  return new Map(
    early.flatMap(({ entry, fence, plan: { evidence } }) => {
      const isWritten = fence.parameterVersion > fenceBefore(entry, evidence).parameterVersion;
      const record = isWritten ? ({ kind: "found", ...fence } as const) : entry.record;
      return record.kind === "unread" ? [] : [[entry.name, record] as const];
    }),
  );
}

/** Adds what events report and the look does not show. What is open now is closed by then. */
async function withShut(
  run: RunContext,
  planned: Planned,
  applied: readonly AppliedPlan[],
): Promise<readonly AppliedPlan[]> {
  if (!run.wake.calls.some(isOfIam)) return applied;
  const { withShutAgain } = await import("./shut-again.ts");
  return withShutAgain(run, planned, applied);
}

/** Other events may be in the same batch, whatever the run's trigger is. */
function isOfIam({ eventName }: RecordedCall): boolean {
  return iamOperations.some(({ changes, calls }) => changes !== null && calls.includes(eventName));
}

/** Begins to note what will be done. A failure is met where it is awaited, before the first write. */
function noting({ beforeWrites }: PassInput, plans: Plans): Promise<void> {
  const noted = beforeWrites(plans);
  noted.catch(() => undefined);
  return noted;
}

/** What closes in IAM waits for no deploy target. */
async function closeMeanwhile(
  run: RunContext,
  input: PassInput,
  { looked, settles }: { readonly looked: Look; readonly settles: boolean },
): Promise<readonly AppliedPlan[]> {
  if (input.permission.dryRun) return [];
  const permission = { ...input.permission, steps: "closing" } as const;
  const settling = settles ? { permission, except: new Set<string>() } : null;
  const snapshot = snapshotOf(looked, "pending");
  return applyClosing(run, input, (await plan(run, input, { snapshot, settling })).plans);
}

/** Of these plans what closes, alone. */
async function applyClosing(
  run: RunContext,
  input: PassInput,
  planned: Plans,
): Promise<readonly AppliedPlan[]> {
  if (input.permission.dryRun) return [];
  const plans = closingIn(inTurn(planned, input.turn()));
  const idle =
    plans.environments.every(({ plan: { changes } }) => changes.length === 0) &&
    plans.organisations.every(({ plan: { closing } }) => closing.length === 0);
  if (idle) return [];
  return applyPlans(run, plans, { ...input.permission, steps: "closing" }, noting(input, plans));
}

function planningOf(run: RunContext, input: PassInput) {
  return {
    all: input.all,
    entries: input.entries,
    unseen: input.others?.unseen ?? new Map(),
    account: run.account,
    installation: run.installation,
    force: input.permission.force,
    now: run.clock(),
  };
}

function closingIn(plans: Plans): Plans {
  return {
    ...plans,
    environments: plans.environments.map((each) => {
      const changes = closingMeanwhile(each.plan.changes);
      return { ...each, plan: { ...each.plan, changes } };
    }),
  };
}

/** Plans without the environments that were not read, and with them where that is not enough. */
async function plan(
  run: RunContext,
  input: PassInput,
  looked: Pick<Planning, "snapshot" | "settling">,
): Promise<Planned> {
  const { others } = input;
  const given: Planning = { ...planningOf(run, input), ...looked };
  const certain = input.certain ?? new Map();
  if (others === null) return planWith(run, given, certain);
  const near = others.needed ? null : await planWith(run, given, certain);
  if (near !== null && !touchesOthers(near.plans)) return near;
  const listed = await others.all();
  if (listed.kind === "unreadable")
    return planWith(run, withoutOthers(given, listed.fault), certain);
  const fresh = new Map(input.all.map((entry) => [entry.name, entry]));
  const all = listed.value.map((entry) => fresh.get(entry.name) ?? entry);
  return planWith(run, { ...given, all, unseen: new Map() }, certain);
}

/**
 * What needs no other environment is done even where they cannot be read. Their provider then stays
 * as it is, as where it could not be read itself; all else is the next run's.
 */
function withoutOthers(given: Planning, fault: Fault): Planning {
  const entries = given.entries.filter(standsAlone);
  const provider = () => ({ kind: "unreadable", fault }) as const;
  return { ...given, all: entries, entries, snapshot: { ...given.snapshot, provider } };
}

async function planWith(run: RunContext, given: Planning, certain: Certain): Promise<Planned> {
  return withPoliciesLetGo(await planWhole(run, given, certain));
}

/** Plans, and reads what only these plans need: policy tags, records of what is not simply right. */
async function planWhole(run: RunContext, given: Planning, certain: Certain): Promise<Planned> {
  const { installation } = run;
  const looked = given.snapshot;
  const [whole, { trustLengthMax }] = await Promise.all([
    withAllRoles(run.clients, given),
    withTrustRoom(run.clients, given),
  ]);
  const snapshot: Snapshot =
    whole === looked && trustLengthMax === null ? looked : { ...whole, trustLengthMax };
  const planning = { ...given, snapshot };
  const plans = makePlans(planning);
  const [records, { policy }, { role }, documents] = await Promise.all([
    readRecords(run.clients, installation, unreadAndMoving(plans)),
    withPolicyDetails(run.clients, plans, planning),
    withTemplates(run.clients, plans, planning),
    withDocuments(run.clients, plans, planning),
  ]);
  const more = policy !== snapshot.policy || role !== snapshot.role;
  const withRecord = (entry: ControlEntry) => {
    const record = records.get(entry.name);
    return record === undefined ? entry : { ...entry, record };
  };
  const known: Planning = {
    ...planning,
    all: planning.all.map(withRecord),
    entries: planning.entries.map(withRecord),
    snapshot:
      more || documents !== snapshot.documents
        ? { ...snapshot, policy, role, documents }
        : snapshot,
  };
  // A record may say that a provider was never ours, which the status does not.
  const all = records.size === 0 ? known.snapshot : await withAllRoles(run.clients, known);
  const seen = all === known.snapshot ? known : { ...known, snapshot: all };
  const same = seen === known && records.size === 0 && known.snapshot === snapshot;
  const planned = { plans: same ? plans : makePlans(seen), planning: seen };
  if (isIdle(planned.plans) && !hasYoungCall(run)) return planned;
  const { withSecondLook } = await import("./second-look.ts");
  return withSecondLook(run, planned, certain);
}

/** Whether an old role may hold a policy that is to be written is seen at once; few runs need more. */
async function withPoliciesLetGo(planned: Planned): Promise<Planned> {
  const { plans, planning } = planned;
  if (!plans.environments.some(mayHoldPolicy)) return planned;
  const { withOrphansLetGo } = await import("../plan/shared-policy.ts");
  const given = { ...planning, observed: planning.snapshot };
  const environments = plans.environments.map((each) => withOrphansLetGo(each, given));
  return { planning, plans: { ...plans, environments } };
}

/** Has an event come so soon that IAM may not show the change it reports? */
function hasYoungCall({ wake, clock }: RunContext): boolean {
  const from = clock().getTime() - lateMs;
  return wake.calls.some((call) => isOfIam(call) && Date.parse(call.at ?? "") > from);
}
