import { accountOfArn } from "../aws/arn.ts";
import { within } from "../edge/time.ts";
import type { AppliedPlan } from "../plan/applied.ts";
import { type ControlEntry, isQuiet } from "../plan/control.ts";
import { unknownAttribution } from "../report/attribution.ts";
import { reportEnvironment } from "../report/environment.ts";
import { parseJournal } from "../report/journal.ts";
import type { EnvironmentReport } from "../report/report.ts";
import { isEventful } from "../report/settled.ts";
import type { Account } from "../trust/index.ts";
import type { Wake } from "../wake/index.ts";
import { applyPlans } from "./apply.ts";
import { mayBeUnnamed } from "./listed-records.ts";
import { beginNotes, type ReadParameters, type RunNotes, readBeside } from "./notes.ts";
import { look, type Snapshot, snapshotOf } from "./observe.ts";
import { clearOrphans } from "./orphans.ts";
import { areOutputsRight } from "./outputs.ts";
import { isIdle, type Planning } from "./planning.ts";
import { makePlans } from "./plans.ts";
import { withRecords } from "./records.ts";
import type { RunContext } from "./run-context.ts";
import type { RunInput } from "./run-input.ts";

/** What a run asks for together with the documents, by what its process remembers. */
type Asked = {
  readonly account: Account;
  /** The environments as the last run left them. */
  readonly left: readonly ControlEntry[];
  /** Never rejects; `null` where something could not be read. */
  readonly answers: Promise<Answers | null>;
};

type Answers = { readonly snapshot: Snapshot; readonly beside: ReadParameters };

/** What a run has done for its environments, and what it notes of them. */
export type Done = {
  readonly notes: RunNotes;
  readonly applied: readonly AppliedPlan[];
  /** The reports of environments for which nothing was to be done. */
  readonly settled: readonly EnvironmentReport[];
};

/**
 * Ends a run where all is as the last one left it, once the documents are known.
 *
 * @param all every environment there is
 * @returns `null` where something is to be written or said, or may be
 */
type IfAllIsAsLeft = (run: RunContext, all: readonly ControlEntry[]) => Promise<Done | null>;

/** Begins to look at the account before the documents are known, as far as the last run knew them. */
export function askAhead(input: RunInput): IfAllIsAsLeft {
  const asked = askedBy(input);
  return async (run, all) => (asked === null ? null : ifAllIsAsLeft(run, all, asked));
}

/** `null`: only the documents say what to ask. */
function askedBy(input: RunInput): Asked | null {
  const { clients, memory, functionArn, installation, wake, clock } = input;
  const left = memory?.left ?? [];
  const account = functionArn === null ? null : accountOfArn(functionArn);
  if (left.length === 0 || account === null || !isLookAtAll(wake)) return null;
  const looked = look(clients, left, { account, installation, now: clock(), memory });
  const answers = Promise.all([
    looked.then(async (seen) => snapshotOf(seen, await seen.targets)),
    readBeside(input, left),
  ]).then(
    ([snapshot, beside]) => ({ snapshot, beside }),
    () => null,
  );
  return { account, left, answers };
}

/** Is the run about all environments, and about nothing that somebody has just done? */
function isLookAtAll({ scopes, dryRun, force, calls, writes }: Wake): boolean {
  const isAll = scopes.length > 0 && scopes.every(({ kind }) => kind === "every");
  return isAll && !dryRun && !force && calls.length + writes.length === 0;
}

/**
 * What was asked ahead may be older than the documents: IAM shows some things late, and another run may
 * have been at work meanwhile. So it serves for this conclusion alone, and only where documents and
 * statuses are those that it was asked by. Anything else is for a look that begins after the documents; so are
 * answers that are not there when the deploy targets' grace is over.
 */
async function ifAllIsAsLeft(
  run: RunContext,
  all: readonly ControlEntry[],
  asked: Asked,
): Promise<Done | null> {
  const isSame = asked.account.id === run.account.id && asked.left.length === all.length;
  if (!isSame || !all.every((entry) => asked.left.some((left) => isAsLeft(entry, left)))) {
    return null;
  }
  const answers = await within(asked.answers, run.targetsGraceMs, run.clients.time);
  if (answers === null || !isEmptyJournal(run, answers.beside)) return null;
  if (mayBeUnnamed(run, answers.beside, all)) return null;
  const notes = beginNotes(run, all, { all, ahead: answers.beside });
  const { records } = await notes.beside();
  const entries = withRecords(all, records);
  const applied = await idlePlans(run, entries, answers.snapshot);
  if (applied === null || !isNothingToSay(run, applied, notes)) return null;
  return { notes, applied, settled: [] };
}

function isAsLeft(entry: ControlEntry, left: ControlEntry): boolean {
  return (
    entry.name === left.name &&
    entry.newest?.version === left.newest?.version &&
    entry.newest?.digest === left.newest?.digest &&
    entry.statusDigest === left.statusDigest &&
    isQuiet(entry)
  );
}

/** Nobody is at work, and no run was interrupted. */
function isEmptyJournal({ installation }: RunContext, beside: ReadParameters): boolean {
  const journal = parseJournal(beside.get(`${installation.prefix}/journal`)?.value ?? "{}");
  return journal !== null && Object.keys(journal).length === 0;
}

/** The plans of environments none of which has to be touched; `null` where one has. */
async function idlePlans(
  run: RunContext,
  entries: readonly ControlEntry[],
  snapshot: Snapshot,
): Promise<readonly AppliedPlan[] | null> {
  const { account, installation } = run;
  const planning: Planning = {
    all: entries,
    entries,
    snapshot,
    unseen: new Map(),
    account,
    installation,
    settling: null,
    force: false,
    now: run.clock(),
  };
  const plans = makePlans(planning);
  if (!isIdle(plans)) return null;
  const permission = { dryRun: false, force: false, steps: "all" } as const;
  const applied = await applyPlans(run, plans, permission, Promise.resolve());
  return clearOrphans(run, applied, planning);
}

function isNothingToSay(
  run: RunContext,
  applied: readonly AppliedPlan[],
  notes: RunNotes,
): boolean {
  const results = applied.map((each) =>
    reportEnvironment({
      ...each,
      attribute: () => unknownAttribution,
      undone: () => ({ kind: "unknown" }),
      ownSession: null,
      shut: [],
      account: run.account,
      installation: run.installation,
      now: run.clock(),
    }),
  );
  const isUneventful = results.every(
    (result) => !isEventful(result) && result.report.widenings.length === 0,
  );
  return isUneventful && areOutputsRight(run, results, notes.outputs());
}
