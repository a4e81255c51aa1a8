import type { Fault } from "../aws/reading.ts";
import type { EnvironmentDocument } from "../document/index.ts";
import {
  type AppliedPlan,
  faultsOf,
  type PlannedEnvironment,
  type Writes,
} from "../plan/applied.ts";
import type { Change, ChangeResult } from "../plan/change.ts";
import { comingOf, versionOf } from "../plan/choice.ts";
import { stillAsked } from "../plan/control.ts";
import { isCorrection } from "../plan/correction.ts";
import { audiencesOf } from "../plan/desired.ts";
import { isTrustUnseen } from "../plan/environment.ts";
import { admitsNoMore, opensTrustOf } from "../plan/opening.ts";
import type { Organisation } from "../plan/organisation.ts";
import { type WritePermission, writesOf } from "../plan/writes.ts";
import { describeChange } from "../report/describe.ts";
import { applyInOrder, leftAll } from "./apply-in-order.ts";
import { interruption, isInterrupted } from "./ending.ts";
import type { Gate } from "./gate.ts";
import type { Plans } from "./planning.ts";
import type { RunContext } from "./run-context.ts";

/** One pass over all plans, with what its parts share. */
export type Pass = {
  readonly run: RunContext;
  readonly plans: Plans;
  readonly noted: Promise<void>;
  /** In whose report the changes of each shared provider are. */
  readonly writers: ReadonlyMap<Organisation, ProviderWriter>;
  readonly gates: ReadonlyMap<string, Gate>;
  readonly writing: readonly PlannedEnvironment[];
};

export function gateIn({ gates }: Pass, name: string): Gate {
  const gate = gates.get(name);
  if (gate === undefined) throw new Error(`there is no plan for ${name}`);
  return gate;
}

/** The environment in whose report the changes of a shared provider are. */
type ProviderWriter = { readonly name: string; readonly writes: Writes };

/**
 * The environment in whose report the changes of a shared provider are; `null` where none may write.
 * What a leaving environment takes off is in its own report, or, if its mode forbids the write, in
 * that of one that stays.
 */
function writerOf(
  organisation: Organisation,
  plans: Plans,
  permission: WritePermission,
): ProviderWriter | null {
  const { members: staying, parting } = organisation;
  const names = parting === undefined ? staying : [parting, ...staying];
  const members = names
    .flatMap((name) => plans.environments.find(({ entry }) => entry.name === name) ?? [])
    .filter(({ plan }) => plan.faults.length === 0);
  const ready = members.filter(
    ({ plan }) => plan.blocked.length === 0 || plan.evidence.kind === "record",
  );
  const writing = ready.find(({ plan }) => writesOf(plan, permission) === "allowed");
  const owner = writing ?? ready[0];
  if (owner === undefined) return null;
  return { name: owner.entry.name, writes: writesOf(owner.plan, permission) };
}

/** The writer of each shared provider that has one. */
export function writersOf(
  plans: Plans,
  permission: WritePermission,
): ReadonlyMap<Organisation, ProviderWriter> {
  return new Map(
    plans.organisations.flatMap((each) => {
      const writer = writerOf(each, plans, permission);
      return writer === null ? [] : [[each, writer] as const];
    }),
  );
}

/** In whose report the widenings of a shared provider are. */
export function reporterOf(
  organisation: Organisation,
  { writers }: Pick<Pass, "writers">,
): string | undefined {
  return writers.get(organisation)?.name ?? organisation.members[0];
}

export type ByEnvironment = ReadonlyMap<string, readonly ChangeResult[]>;

/** Applies what closes shared providers, or what opens them, in the reports of their writers. */
export async function applyProviders(
  pass: Pass,
  phase: "closing" | "opening",
  done: readonly AppliedPlan[],
): Promise<ByEnvironment> {
  const byWriter = new Map<string, readonly ChangeResult[]>();
  for (const organisation of pass.plans.organisations) {
    const writer = pass.writers.get(organisation);
    if (writer === undefined) continue;
    const changes = changesOf(organisation, pass.plans, phase);
    if (changes.length === 0) continue;
    const results = isInterrupted(pass.run)
      ? changes.map((change): ChangeResult => {
          return { change, outcome: "failed", fault: interruption(writer.name) };
        })
      : writer.writes === "allowed"
        ? await applyProvider(pass, organisation, changes, { writer: writer.name, done })
        : leftAll(changes, "left");
    for (const result of results) {
      const name = editorOf(organisation, pass, result.change) ?? writer.name;
      byWriter.set(name, [...(byWriter.get(name) ?? []), result]);
    }
  }
  return byWriter;
}

/**
 * The member whose edit asks for more audiences, fewer, or other thumbprints, or the environment that leaves and had
 * pinned some: elsewhere it would pass for drift.
 */
function editorOf(
  { members, leavers }: Organisation,
  { writing, plans }: Pass,
  { step }: Change,
): string | undefined {
  const isEditor = (each: PlannedEnvironment) => {
    if (!isEdit(each)) return false;
    const { choice, evidence } = each.plan;
    const now = versionOf(choice)?.document;
    const applied = evidence.kind === "record" ? evidence.record.applied : null;
    const was = applied === null ? undefined : stillAsked(evidence, applied);
    switch (step.do) {
      case "add-audience":
        return now !== undefined && audiencesOf(now).includes(step.audience);
      case "remove-audience":
        return was !== undefined && audiencesOf(was).includes(step.audience);
      case "set-thumbprints":
        return pinsOf(now, step.arn) !== pinsOf(was, step.arn);
      default:
        return false;
    }
  };
  // Who is removed leaves, whatever its mode was.
  const removed = plans.environments.filter(({ plan }) => plan.choice.kind === "orphaned");
  return [...members, ...leavers].find((name) =>
    [...writing, ...removed].some((each) => each.entry.name === name && isEditor(each)),
  );
}

/** What a document pins at a provider, as one text. */
function pinsOf(document: EnvironmentDocument | undefined, arn: string): string {
  const { organizationId = "", thumbprints = [] } = document?.circleci ?? {};
  return arn.endsWith(`/${organizationId}`) ? thumbprints.toSorted().join().toLowerCase() : "";
}

/** Is a version written that is not the one applied last, be it the newest or one that had begun before it? */
function isEdit({ plan }: PlannedEnvironment): boolean {
  const { choice, evidence } = plan;
  return !isCorrection(plan) || (choice.kind === "applied" && comingOf(choice, evidence) !== null);
}

/**
 * A change that would open the trust of a member that is not right yet waits; the others do not. A provider
 * that nobody shares waits for all that its one member has to close: it lets no one else in.
 */
async function applyProvider(
  pass: Pass,
  organisation: Organisation,
  changes: readonly Change[],
  given: { readonly writer: string; readonly done: readonly AppliedPlan[] },
): Promise<readonly ChangeResult[]> {
  const doubted = await recordEdits(pass, organisation, changes);
  const [only, ...others] = organisation.members;
  const isLeftOpen =
    others.length === 0 &&
    given.done.some(
      ({ entry, results }) =>
        entry.name === only &&
        results.some(({ change, outcome }) => change.effect === "closes" && outcome !== "applied"),
    );
  const waits = (change: Change) =>
    !doubted.includes(change) &&
    ((isLeftOpen && change.effect === "opens") ||
      waitsForTrust(organisation, pass.plans, {
        change,
        isUncorrected: ({ entry }) =>
          given.done
            .find((each) => each.entry.name === entry.name)
            ?.results.some(
              ({ change: { resource }, outcome }) =>
                resource === "trust-policy" && outcome !== "applied",
            ) ?? false,
      }));
  const results = await applyInOrder(
    pass.run,
    changes.filter((change) => !(doubted.includes(change) || waits(change))),
    {
      environment: given.writer,
      mayOpen: (change) => mayOpenFor(pass, organisation, change),
      noted: pass.noted,
    },
  );
  return [...results, ...leftAll(doubted, "left"), ...leftAll(changes.filter(waits), "skipped")];
}

/**
 * A version is recorded before the first write that it brings, be it at a provider that others share (FRAME 1), and a
 * removal before what it takes off, whatever the mode was.
 *
 * @returns changes of one that leaves whose document may be there, and only a listing lack it
 */
async function recordEdits(
  pass: Pass,
  organisation: Organisation,
  changes: readonly Change[],
): Promise<readonly Change[]> {
  const editorIn = (change: Change) => editorOf(organisation, pass, change) ?? organisation.parting;
  const editors = changes.map(editorIn);
  const doubted: string[] = [];
  for (const { entry, plan } of pass.plans.environments) {
    if (!editors.includes(entry.name)) continue;
    const gate = gateIn(pass, entry.name);
    await gate.begin();
    if (plan.choice.kind === "orphaned" && gate.faults().length > 0) doubted.push(entry.name);
  }
  return changes.filter((change) => doubted.includes(editorIn(change) ?? ""));
}

/** Does a change wait, because it would open the trust of a member that is not right yet? */
export function waitsForTrust(
  { members, others, doubtful }: Organisation,
  { environments }: Plans,
  given: {
    readonly change: Change;
    /** Does its trust policy differ, and was it, or will it be, left so in this run? */
    readonly isUncorrected: (member: PlannedEnvironment) => boolean;
  },
): boolean {
  const { change, isUncorrected } = given;
  return (
    !admitsNoMore(change) &&
    (others.length > 0 ||
      environments.some(
        (each) =>
          (members.includes(each.entry.name) &&
            opensTrustOf({ change, plan: each.plan, isUncorrected: isUncorrected(each) })) ||
          (doubtful.includes(each.entry.name) &&
            (isTrustUnseen(each.plan) ||
              each.plan.widenings.some(({ resource }) => resource === "trust-policy"))),
      ))
  );
}

/** A shared provider may open where a member that wants it so is not overtaken. */
async function mayOpenFor(
  pass: Pass,
  organisation: Organisation,
  change: Change,
): Promise<boolean> {
  const { members } = organisation;
  const editor = editorOf(organisation, pass, change);
  const writing = pass.writing.filter(({ entry }) => members.includes(entry.name));
  const { step } = change;
  const wanting = writing.filter(({ entry, plan }) =>
    step.do === "add-audience"
      ? (versionOf(plan.choice)?.document.circleci.audiences.includes(step.audience) ?? false)
      : editor === undefined || editor === entry.name,
  );
  for (const { entry } of wanting.length === 0 ? writing : wanting) {
    if (await gateIn(pass, entry.name).mayOpen()) return true;
  }
  return false;
}

/**
 * A provider that does not exist yet is made before the roles that name it, unless a role is
 * there already that is not right: it may name that very provider, and without it nobody got in.
 */
function changesOf(
  organisation: Organisation,
  plans: Plans,
  phase: "closing" | "opening",
): readonly Change[] {
  const { closing, opening } = organisation.plan;
  const loose = plans.environments.some(
    ({ entry, plan }) =>
      organisation.members.includes(entry.name) &&
      (plan.faults.length > 0 ||
        (plan.changes.length > 0 && !plan.changes.some(({ step }) => step.do === "create-role"))),
  );
  if (opening.some(({ step }) => step.do === "create-provider") && !loose)
    return phase === "closing" ? [...closing, ...opening] : [];
  return phase === "closing" ? closing : opening;
}

/**
 * A provider's fault is every sharing environment's, and so is what it lacks for now. The writer's own changes have
 * a fault already, and say nothing of why they wait.
 */
export function providerFaults(
  organisation: Organisation,
  planned: Pick<PlannedEnvironment, "entry" | "plan">,
  ...phases: readonly ByEnvironment[]
): readonly Fault[] {
  if (organisation.observed.kind === "unreadable") return [organisation.observed.fault];
  const { name } = planned.entry;
  const sharing = [...organisation.members, ...organisation.leavers];
  const resultsOf = (writers: readonly string[]) =>
    phases.flatMap((phase) =>
      writers.flatMap((writer) =>
        (phase.get(writer) ?? []).filter(({ change }) => change.id === organisation.providerArn),
      ),
    );
  const faults = faultsOf(resultsOf(sharing.filter((writer) => writer !== name)));
  if (faults.length > 0 || !organisation.members.includes(name)) return faults;
  const all = resultsOf(sharing);
  if (faultsOf(all).length > 0) return [];
  return all.flatMap(({ change, outcome }): readonly Fault[] => {
    if (outcome !== "skipped" || !isAskedBy(planned, change)) return [];
    const unseen = organisation.others.join(", ");
    const why = unseen
      ? `it may open roles that this run does not look at, and waits for one that does: ${unseen}`
      : "it would open a trust policy that is not right, and waits until that is corrected";
    const message = `${describeChange(change)}: ${why}`;
    return [{ code: "ProviderWaits", message, kind: "refused" }];
  });
}

/** Does an environment need a change of its provider? */
function isAskedBy({ plan }: Pick<PlannedEnvironment, "plan">, { step }: Change): boolean {
  const document = versionOf(plan.choice)?.document;
  if (document === undefined || step.do === "tag-provider") return false;
  return step.do !== "add-audience" || audiencesOf(document).includes(step.audience);
}
