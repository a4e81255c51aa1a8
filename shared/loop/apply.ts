import type { Fault } from "../aws/reading.ts";
import { applyChanges } from "../edge/apply.ts";
import { atMost } from "../edge/at-once.ts";
import {
  type AppliedPlan,
  faultsOf,
  notApplied,
  type PlannedEnvironment,
  type Writes,
  withFaults,
} from "../plan/applied.ts";
import type { Change, ChangeResult } from "../plan/change.ts";
import { versionOf } from "../plan/choice.ts";
import type { ControlEntry } from "../plan/control.ts";
import type { EnvironmentPlan } from "../plan/environment.ts";
import { opensTrustOf } from "../plan/opening.ts";
import type { Organisation } from "../plan/organisation.ts";
import { isPaused } from "../plan/quarrel.ts";
import { type Gate, gateOf } from "./gate.ts";
import type { Plans } from "./planning.ts";
import { isRealised } from "./read-back.ts";
import { isUnreleased } from "./released.ts";
import type { RunContext } from "./run-context.ts";

/** IAM is one global service with one set of rate limits, so only a few environments at a time. */
const environmentsAtOnce = 4;

export type Permission = {
  readonly dryRun: boolean;
  readonly force: boolean;
  /** What is applied: all of it, or only what closes, while targets are waited for. */
  readonly steps: "all" | "closing";
};

/**
 * Carries all plans out: first what closes the shared providers, then the environments, then what
 * opens the providers. One environment's fault stops no other.
 *
 * @param noted the journal being written: no correction goes before it, and records meanwhile do
 */
export async function applyPlans(
  run: RunContext,
  plans: Plans,
  permission: Permission,
  noted: Promise<void>,
): Promise<readonly AppliedPlan[]> {
  const opens = permission.steps === "all" && !permission.dryRun;
  const pass: Pass = {
    run,
    plans,
    noted,
    owners: new Map(plans.organisations.map((each) => [each, writerOf(each, plans, permission)])),
    gates: new Map(
      plans.environments.map((each) => [each.entry.name, gateOf(run, { ...each, opens })]),
    ),
    writing: plans.environments.filter(({ plan }) => writesOf(plan, permission) === "allowed"),
  };
  const early = await applyProviders(pass, "closing", []);
  const attempts = await atMost(environmentsAtOnce, plans.environments, (each) =>
    applyOne(run, each, gateIn(pass, each.entry.name), { permission, noted }),
  );
  const late = opens
    ? await applyProviders(pass, "opening", attempts)
    : new Map<string, readonly ChangeResult[]>();
  await Promise.all([...pass.gates.values()].map((gate) => gate.settle()));
  return attempts.map((attempt) => concluded(pass, attempt, early, late));
}

/** One pass over all plans, with what its parts share. */
type Pass = {
  readonly run: RunContext;
  readonly plans: Plans;
  readonly noted: Promise<void>;
  readonly owners: ReadonlyMap<Organisation, ReturnType<typeof writerOf>>;
  readonly gates: ReadonlyMap<string, Gate>;
  readonly writing: readonly PlannedEnvironment[];
};

function gateIn({ gates }: Pass, name: string): Gate {
  const gate = gates.get(name);
  if (gate === undefined) throw new Error(`there is no plan for ${name}`);
  return gate;
}

function concluded(
  pass: Pass,
  attempt: AppliedPlan,
  early: ByEnvironment,
  late: ByEnvironment,
): AppliedPlan {
  const { entry, plan } = attempt;
  const { plans, owners } = pass;
  const gate = gateIn(pass, entry.name);
  const organisation = plans.organisations.find(({ members }) => members.includes(entry.name));
  const left = plans.organisations.filter(({ leavers }) => leavers.includes(entry.name));
  const before = early.get(entry.name) ?? [];
  const after = late.get(entry.name) ?? [];
  const all = new Set([...(organisation === undefined ? [] : [organisation]), ...left]);
  const faults = new Set([...all].flatMap((each) => providerFaults(each, entry, early, late)));
  const reports = organisation !== undefined && reporterOf(organisation, owners) === entry.name;
  return {
    ...withFaults(attempt, [...gate.faults(), ...faults]),
    fence: gate.fence(),
    audienceWidenings: reports ? organisation.widenings : [],
    unreleased: isUnreleased(
      { entry, plan },
      {
        organisations: [...all],
        results: [...early.values()].flat(),
        account: pass.run.account,
      },
    ),
    results: [...before, ...attempt.results, ...after],
  };
}

/** What a run may write for an environment, from the mode of the version in force. */
export function writesOf(plan: EnvironmentPlan, permission: Permission): Writes {
  if (permission.dryRun) return "dry-run";
  const record = plan.evidence.kind === "record" ? plan.evidence.record.mode : null;
  // Of the newest version that is neither invalid nor held: the one chosen now, or chosen last.
  const chosen = versionOf(plan.choice)?.document.mode ?? null;
  const mode = (plan.choice.kind === "newest" ? chosen : (record ?? chosen)) ?? "enforce";
  switch (mode) {
    case "enforce":
      return "allowed";
    case "observe":
      return permission.force ? "allowed" : "observe";
    case "suspend":
      return "suspend";
    default:
      return mode satisfies never;
  }
}

async function applyOne(
  run: RunContext,
  each: PlannedEnvironment,
  gate: Gate,
  given: { readonly permission: Permission; readonly noted: Promise<void> },
): Promise<AppliedPlan> {
  const { entry, plan } = each;
  const writes = writesOf(plan, given.permission);
  const start = notApplied(each, writes, gate.fence());
  const outOfTime = run.remainingMs() < run.reserveMs && plan.changes.length > 0;
  const paused = pausedIn(run, plan);
  const due = plan.changes.filter((change) => !paused.includes(change));
  if (writes !== "allowed" || due.length === 0 || outOfTime) {
    const faults = outOfTime ? [timeUp(entry.name)] : [];
    return { ...start, results: leftAll(plan.changes, outOfTime ? "skipped" : "left"), faults };
  }
  await gate.begin();
  const results = await applyInOrder(run, due, {
    environment: entry.name,
    mayOpen: gate.mayOpen,
    noted: given.noted,
  });
  return { ...start, results: [...results, ...leftAll(paused, "left")] };
}

/** Changes that wait, because somebody undoes them again and again. */
export function pausedIn(
  run: RunContext,
  { changes, evidence }: EnvironmentPlan,
): readonly Change[] {
  if (evidence.kind !== "record") return [];
  const { quarrels } = evidence.record;
  const { periodMinutes } = run.installation;
  return changes.filter((change) =>
    isPaused(change, { quarrels, periodMinutes, now: run.clock() }),
  );
}

function timeUp(name: string): Fault {
  const message = `the function's time is nearly over: nothing was begun for ${name}, the next run goes on`;
  return { code: "TimeUp", message, kind: "transient" };
}

function leftAll(changes: readonly Change[], outcome: "left" | "skipped"): readonly ChangeResult[] {
  return changes.map((change) => ({ change, outcome }));
}

/**
 * Carries changes out in their order, telling the log before each what it takes away.
 *
 * @param given.mayOpen asked before each step that does not only close
 * @param given.noted awaited before the first: nothing is done that nobody could tell of
 */
export async function applyInOrder(
  run: RunContext,
  changes: readonly Change[],
  given: {
    readonly environment: string;
    readonly mayOpen: (change: Change) => Promise<boolean>;
    readonly noted: Promise<void>;
  },
): Promise<readonly ChangeResult[]> {
  return applyChanges(run.clients, changes, {
    beforeWrite: async (change) => {
      if (change.effect !== "closes" && !(await given.mayOpen(change))) return "stop";
      await given.noted;
      run.logRemoval(given.environment, change);
      return "go";
    },
    readBack: (change) => isRealised(run.clients, change),
  });
}

/**
 * The environment in whose report a shared provider's changes stand; null where none may write. What
 * one takes off who leaves stands in his own, or, where his mode forbids it, in that of one who stays.
 */
export function writerOf(
  organisation: Organisation,
  plans: Plans,
  permission: Permission,
): { readonly name: string; readonly writes: Writes } | null {
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

function reporterOf(organisation: Organisation, owners: Pass["owners"]): string | undefined {
  return owners.get(organisation)?.name ?? organisation.members[0];
}

type ByEnvironment = ReadonlyMap<string, readonly ChangeResult[]>;

async function applyProviders(
  pass: Pass,
  phase: "closing" | "opening",
  done: readonly AppliedPlan[],
): Promise<ByEnvironment> {
  const byOwner = new Map<string, readonly ChangeResult[]>();
  for (const organisation of pass.plans.organisations) {
    const owner = pass.owners.get(organisation) ?? null;
    if (owner === null) continue;
    const changes = changesOf(organisation, pass.plans, phase);
    if (changes.length === 0) continue;
    const results =
      owner.writes === "allowed"
        ? await applyProvider(pass, organisation, changes, { owner: owner.name, done })
        : leftAll(changes, "left");
    byOwner.set(owner.name, [...(byOwner.get(owner.name) ?? []), ...results]);
  }
  return byOwner;
}

/** A change that would open the trust of a member that is not right yet waits; the others do not. */
async function applyProvider(
  pass: Pass,
  organisation: Organisation,
  changes: readonly Change[],
  given: { readonly owner: string; readonly done: readonly AppliedPlan[] },
): Promise<readonly ChangeResult[]> {
  const members = pass.plans.environments.filter(({ entry }) =>
    organisation.members.includes(entry.name),
  );
  const waits = (change: Change) =>
    change.effect !== "closes" &&
    members.some(({ entry, plan }) => {
      const ended = given.done.find((each) => each.entry.name === entry.name);
      const failed = ended?.results.some(
        ({ change: { resource }, outcome }) => resource === "trust-policy" && outcome !== "applied",
      );
      return opensTrustOf({ change, plan, isUncorrected: failed ?? false });
    });
  const results = await applyInOrder(
    pass.run,
    changes.filter((change) => !waits(change)),
    {
      environment: given.owner,
      mayOpen: (change) => mayOpenFor(pass, organisation, change),
      noted: pass.noted,
    },
  );
  return [...results, ...leftAll(changes.filter(waits), "skipped")];
}

/** A shared provider may open where a member that wants it so is not overtaken. */
async function mayOpenFor(pass: Pass, { members }: Organisation, change: Change): Promise<boolean> {
  const writing = pass.writing.filter(({ entry }) => members.includes(entry.name));
  const { step } = change;
  const wanting = writing.filter(({ plan }) =>
    step.do === "add-audience"
      ? (versionOf(plan.choice)?.document.circleci.audiences.includes(step.audience) ?? false)
      : true,
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
  if (creates(opening) && !loose) return phase === "closing" ? [...closing, ...opening] : [];
  return phase === "closing" ? closing : opening;
}

function creates(changes: readonly Change[]): boolean {
  return changes.some(({ step }) => step.do === "create-provider");
}

/** A provider's fault is every sharing environment's, and told in the owner's changes only once. */
function providerFaults(
  organisation: Organisation,
  entry: ControlEntry,
  ...phases: readonly ByEnvironment[]
): readonly Fault[] {
  if (organisation.observed.kind === "unreadable") return [organisation.observed.fault];
  const sharing = [...organisation.members, ...organisation.leavers];
  return phases.flatMap((phase) =>
    [...phase]
      .filter(([name]) => sharing.includes(name) && name !== entry.name)
      .flatMap(([, results]) =>
        faultsOf(results.filter(({ change }) => change.id === organisation.providerArn)),
      ),
  );
}
