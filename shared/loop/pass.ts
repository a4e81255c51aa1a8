/**
 * Joins deciding code and edge for one reconcile run. A pass reads the account (`observe.ts`), plans
 * (`plans.ts`), applies (`apply.ts`) and clears orphans (`orphans.ts`); `notes.ts` is what a run notes
 * before it writes, `conclude.ts` how it ends.
 *
 * Imports `plan` and `report` for decisions and `edge` for AWS. Public: `runPasses` here, `beginNotes`,
 * `conclude`, the control surface (`control.ts`), and `RunContext`.
 */

import { readAccount } from "../edge/account-listing.ts";
import { hasCode } from "../edge/faults.ts";
import { within } from "../edge/time.ts";
import type { AppliedPlan } from "../plan/applied.ts";
import { type ControlEntry, isQuiet, onRemoveOf } from "../plan/control.ts";
import { closingMeanwhile } from "../plan/identity.ts";
import type { ObservedTargets } from "../plan/observed.ts";
import { isAnythingLeft } from "../plan/orphans.ts";
import type { Blocked } from "../plan/resource-claims.ts";
import type { WritePermission } from "../plan/writes.ts";
import { withAllRoles } from "./adoption.ts";
import { applyPlans } from "./apply.ts";
import { readAgain, readRecords } from "./control.ts";
import { withDocuments, withPolicyDetails } from "./details.ts";
import { afterRemovals, releaseNames } from "./freed.ts";
import { isStale, joined, withEarly } from "./join-passes.ts";
import { look, type Snapshot, snapshotOf } from "./observe.ts";
import { clearOrphans } from "./orphans.ts";
import type { Planning, Plans } from "./planning.ts";
import { makePlans } from "./plans.ts";
import type { RunContext } from "./run-context.ts";
import { withSecondLook } from "./second-look.ts";
import { withTemplates } from "./templates.ts";
import { withTrustRoom } from "./trust-room.ts";

type PassInput = {
  readonly all: readonly ControlEntry[];
  readonly entries: readonly ControlEntry[];
  readonly permission: Omit<WritePermission, "steps">;
  /** Reads what is kept beside the environments while the account is looked at. */
  readonly beside: () => Promise<ReadonlyMap<string, ControlEntry["record"]>>;
  /** Called with the plans before anything is written. */
  readonly beforeWrites: (plans: Plans) => Promise<void>;
};

/**
 * Observes, plans and applies once, and a second time for those environments whose account or
 * control surface moved between the read and the write: somebody else was at work too, or another
 * environment has just given up the name that they wait for.
 */
export async function runPasses(
  run: RunContext,
  input: PassInput,
): Promise<readonly AppliedPlan[]> {
  const passed = await onePass(run, input);
  if (input.permission.dryRun) return passed;
  const { applied: first, waiting } = await releaseNames(run, passed);
  const again = [...new Set([...first.filter(isStale), ...waiting])];
  if (again.length === 0) return first;
  const names = again.map(({ entry }) => entry.name);
  const entries = await readAgain(run.clients, run.installation, names).catch(() => null);
  if (entries === null || entries.length === 0) return first;
  const fresh = new Map(entries.map((entry) => [entry.name, entry]));
  const second = await onePass(run, {
    ...input,
    all: afterRemovals(input.all, first).map((entry) => fresh.get(entry.name) ?? entry),
    entries,
    beside: () => Promise.resolve(new Map()),
  });
  return Promise.all(
    first.map((before) => {
      const after = second.find(({ entry }) => entry.name === before.entry.name);
      return after === undefined ? before : withTakenNames(run, joined(before, after));
    }),
  );
}

/**
 * What still cannot be created because it exists, though it is not where it was looked for, may be
 * under that name at another path or in another case. Only a listing shows it.
 */
async function withTakenNames(run: RunContext, applied: AppliedPlan): Promise<AppliedPlan> {
  const refused = applied.results.filter(
    (result) =>
      result.outcome === "failed" &&
      hasCode(result.fault, "EntityAlreadyExists") &&
      (result.change.step.do === "create-role" || result.change.step.do === "create-policy"),
  );
  if (refused.length === 0) return applied;
  const account = await readAccount(run.clients);
  if (account.kind !== "found") return applied;
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
  if (taken.length === 0) return applied;
  const { plan } = applied;
  return { ...applied, plan: { ...plan, blocked: [...plan.blocked, ...taken] } };
}

async function onePass(run: RunContext, input: PassInput): Promise<readonly AppliedPlan[]> {
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
  const looked =
    soon === null
      ? await look(run.clients, sides.entries, {
          account,
          firstDocument: installation.firstDocument,
        })
      : seen;
  const planned = await plan(run, sides, snapshotOf(looked, targets));
  const noted = input.permission.dryRun ? Promise.resolve() : noting(input, planned.plans);
  const permission = { ...input.permission, steps: "all" } as const;
  const late = await applyPlans(run, planned.plans, permission, noted);
  await noted;
  const applied = late.map((each) => withEarly(each, early));
  return clearOrphans(run, applied, planned.planning);
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
): Promise<readonly AppliedPlan[]> {
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
  return applyPlans(run, plans, { ...input.permission, steps: "closing" }, noted);
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
        plan.kind === "unwritable" ||
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
