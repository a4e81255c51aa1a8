import { readAccount } from "../edge/account.ts";
import { hasCode } from "../edge/faults.ts";
import { within } from "../edge/time.ts";
import type { Choice } from "../plan/choice.ts";
import { type ControlEntry, isQuiet, onRemoveOf } from "../plan/control.ts";
import { closingMeanwhile } from "../plan/identity.ts";
import type { ObservedTargets } from "../plan/observed.ts";
import { isAnythingLeft } from "../plan/orphans.ts";
import { isOwnWork } from "../plan/own-work.ts";
import type { Blocked } from "../plan/resource-claims.ts";
import type { DriftWidening } from "../plan/widening.ts";
import { isUnwritable } from "../report/outcome.ts";
import { wideningKey } from "../report/told.ts";
import { withAllRoles } from "./adoption.ts";
import { readAgain, readRecords } from "./control.ts";
import { type Enforced, enforce, type Permission } from "./enforce.ts";
import { afterRemovals, releaseNames } from "./freed.ts";
import { look, type Snapshot, snapshotOf } from "./observe.ts";
import { clearOrphans } from "./orphans.ts";
import { makePlans, type Planning, type Plans, withDocuments, withPolicyDetails } from "./plans.ts";
import type { RunContext } from "./run-context.ts";
import { withSecondLook } from "./stale.ts";
import { withTemplates } from "./templates.ts";
import { withTrustRoom } from "./trust-room.ts";

export type PassInput = {
  readonly all: readonly ControlEntry[];
  readonly entries: readonly ControlEntry[];
  readonly permission: Omit<Permission, "steps">;
  /** Reads what stands beside the environments while the account is looked at. */
  readonly beside: () => Promise<ReadonlyMap<string, ControlEntry["record"]>>;
  /** Told of the plans before anything is written. */
  readonly beforeWrites: (plans: Plans) => Promise<void>;
};

/**
 * Observes, plans and applies once, and a second time for those environments whose account or
 * control surface moved between the read and the write: somebody else was at work too, or another
 * environment has just given up the name that they wait for.
 */
export async function runPasses(run: RunContext, input: PassInput): Promise<readonly Enforced[]> {
  const passed = await onePass(run, input);
  if (input.permission.dryRun) return passed;
  const { enforced: first, waiting } = await releaseNames(run, passed);
  const moved = [...new Set([...first.filter(hasMoved), ...waiting])];
  if (moved.length === 0) return first;
  const names = moved.map(({ entry }) => entry.name);
  const again = await readAgain(run.clients, run.installation, names).catch(() => null);
  if (again === null || again.length === 0) return first;
  const fresh = new Map(again.map((entry) => [entry.name, entry]));
  const second = await onePass(run, {
    ...input,
    all: afterRemovals(input.all, first).map((entry) => fresh.get(entry.name) ?? entry),
    entries: again,
    beside: () => Promise.resolve(new Map()),
  });
  return Promise.all(
    first.map((before) => {
      const after = second.find(({ entry }) => entry.name === before.entry.name);
      return after === undefined ? before : withTakenNames(run, joined(before, after));
    }),
  );
}

function hasMoved({ carriage }: Enforced): boolean {
  return [...carriage.faults, ...carriage.carried.flatMap(({ fault }) => fault ?? [])].some(
    ({ kind }) => kind === "moved",
  );
}

/** What the first pass found and did stays told; how it ended is the second's to say. */
function joined(before: Enforced, after: Enforced): Enforced {
  const done = before.carriage.carried.filter(({ outcome }) => outcome === "applied");
  const steps = done.map(({ change }) => change.step);
  const news = (widenings: readonly DriftWidening[]) =>
    widenings.filter((widening) => !isOwnWork(widening, steps));
  const plan = {
    ...after.carriage.plan,
    choice: sameChoice(before.carriage.plan.choice, after.carriage.plan.choice),
    widenings: unionOf(before.carriage.plan.widenings, news(after.carriage.plan.widenings)),
    adopted: [...before.carriage.plan.adopted, ...after.carriage.plan.adopted].filter(
      ({ id }, index, all) => all.findIndex((other) => other.id === id) === index,
    ),
  };
  return {
    ...after,
    audienceWidenings: unionOf(before.audienceWidenings, news(after.audienceWidenings)),
    carriage: { ...after.carriage, plan, carried: [...done, ...after.carriage.carried] },
  };
}

/** What either look found open, each door once: somebody may open another one between the two. */
function unionOf(
  before: readonly DriftWidening[],
  after: readonly DriftWidening[],
): readonly DriftWidening[] {
  const known = new Set(before.map(wideningKey));
  return [...before, ...after.filter((widening) => !known.has(wideningKey(widening)))];
}

/** A version that the first pass let through is no less let through where the second goes on with it. */
function sameChoice(before: Choice, after: Choice): Choice {
  if (before.kind !== "newest" || after.kind !== "newest") return after;
  const same = before.at.version === after.at.version && before.at.digest === after.at.digest;
  return same && before.letThrough !== null ? { ...after, letThrough: before.letThrough } : after;
}

/**
 * What still cannot be created because it exists, though it is not where it was looked for, may be
 * under that name at another path or in another case. Only a listing shows it.
 */
async function withTakenNames(run: RunContext, enforced: Enforced): Promise<Enforced> {
  const { carriage } = enforced;
  const refused = carriage.carried.filter(
    ({ change, fault }) =>
      hasCode(fault, "EntityAlreadyExists") &&
      (change.step.do === "create-role" || change.step.do === "create-policy"),
  );
  if (refused.length === 0) return enforced;
  const account = await readAccount(run.clients);
  if (account.kind !== "found") return enforced;
  const held = [
    ...[...account.value.roles.values()].map(({ name, arn }) => ({ name, arn, kind: "role" })),
    ...[...account.value.policies.values()].map(({ name, arn }) => ({ name, arn, kind: "policy" })),
  ];
  const taken = refused.flatMap(({ change }): readonly Blocked[] => {
    if (change.resource !== "policy" && change.resource !== "role") return [];
    const { resource, id } = change;
    const name = id.slice(id.lastIndexOf("/") + 1).toLowerCase();
    const other = held.find((each) => each.kind === resource && each.name.toLowerCase() === name);
    if (other === undefined || other.arn === id) return [];
    const message = `${id} does not exist, and its name is taken by ${other.arn} (IAM ignores path and case in names). Choose another ${resource}.name in the document, or remove the other`;
    return [{ code: "NameTaken", resource, message }];
  });
  if (taken.length === 0) return enforced;
  const plan = { ...carriage.plan, blocked: [...carriage.plan.blocked, ...taken] };
  return { ...enforced, carriage: { ...carriage, plan } };
}

async function onePass(run: RunContext, input: PassInput): Promise<readonly Enforced[]> {
  const { account, installation } = run;
  const [seen, records] = await Promise.all([
    look(run.clients, input.entries, { account, firstDocument: installation.firstDocument }),
    input.beside(),
  ]);
  const withRecords = (entries: readonly ControlEntry[]) =>
    entries.map((entry) => {
      const record = records.get(entry.name);
      return record === undefined || record.kind === "unreadable" ? entry : { ...entry, record };
    });
  const sides = { ...input, all: withRecords(input.all), entries: withRecords(input.entries) };
  const soon = await within(seen.targets, run.targetsGraceMs, run.clients.time);
  const early = soon === null ? await closeMeanwhile(run, sides, snapshotOf(seen, "pending")) : [];
  const targets: ReadonlyMap<string, ObservedTargets> = soon ?? (await seen.targets);
  // What was closed meanwhile is read again: a plan is made from one look, never from two.
  const late =
    soon === null
      ? await look(run.clients, sides.entries, {
          account,
          firstDocument: installation.firstDocument,
        })
      : seen;
  const planned = await plan(run, sides, snapshotOf(late, targets));
  const noted = input.permission.dryRun ? Promise.resolve() : noting(input, planned.plans);
  const permission = { ...input.permission, steps: "all" } as const;
  const enforced = await enforce(run, planned.plans, permission, noted);
  await noted;
  const joinedUp = enforced.map((each) => withEarly(each, early));
  return clearOrphans(run, joinedUp, planned.planning);
}

/** What was closed while the targets were waited for is this run's work too. */
function withEarly(late: Enforced, early: readonly Enforced[]): Enforced {
  const before = early.find(({ entry }) => entry.name === late.entry.name);
  const closed = before?.carriage.carried.some(({ outcome }) => outcome === "applied") ?? false;
  return before === undefined || !closed ? late : joined(before, late);
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
  snapshot: Snapshot,
): Promise<readonly Enforced[]> {
  if (input.permission.dryRun) return [];
  const { plans: whole } = await plan(run, input, snapshot);
  const plans: Plans = {
    ...whole,
    environments: whole.environments.map((each) => {
      const changes = closingMeanwhile(each.plan.changes);
      return { ...each, plan: { ...each.plan, changes } };
    }),
  };
  const idle =
    plans.environments.every(({ plan: { changes } }) => changes.length === 0) &&
    plans.organisations.every(({ plan: { closing } }) => closing.length === 0);
  if (idle) return [];
  const noted = noting(input, plans);
  return enforce(run, plans, { ...input.permission, steps: "closing" }, noted);
}

/** Plans, and reads what only these plans need: policy tags, records of what is not simply right. */
async function plan(
  run: RunContext,
  input: PassInput,
  looked: Snapshot,
): Promise<{ readonly plans: Plans; readonly planning: Planning }> {
  const { installation, account } = run;
  const given: Planning = {
    all: input.all,
    entries: input.entries,
    snapshot: looked,
    account,
    installation,
    force: input.permission.force,
    now: run.clock(),
  };
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
  const fresh = await withSecondLook(run, seen);
  const settled = fresh ?? seen;
  const same = settled === known && records.size === 0 && known.snapshot === snapshot;
  return { plans: same ? plans : makePlans(settled), planning: settled };
}

/** Environments whose record was not needed so far, and that are not simply as they should be. */
function unreadAndMoving(plans: Plans): readonly string[] {
  return plans.environments
    .filter(({ entry, plan, orphans }) => {
      const moving =
        plan.changes.length > 0 ||
        plan.widenings.length > 0 ||
        plan.kept.length > 0 ||
        // What has grown beyond IAM's room stays as the record remembers it.
        isUnwritable(plan) ||
        // What is left under other names is compared with what the record says of it.
        orphans.roles.length + orphans.policies.length > 0 ||
        (onRemoveOf(plan.evidence, entry) === "delete" && isAnythingLeft(orphans));
      const organisation = plans.organisations.find(({ members }) => members.includes(entry.name));
      const shared =
        organisation !== undefined &&
        organisation.plan.closing.length + organisation.plan.opening.length > 0;
      return entry.record.kind === "unread" && isQuiet(entry) && (moving || shared);
    })
    .map(({ entry }) => entry.name);
}
