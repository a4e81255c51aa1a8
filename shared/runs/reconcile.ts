import { accountBy, accountIdOf } from "../edge/caller.ts";
import { isEntryAffected, isNobodyAffected } from "../loop/affected.ts";
import { conclude } from "../loop/conclude.ts";
import { type ControlSurface, listControl, readFurther } from "../loop/control.ts";
import { beginNotes } from "../loop/notes.ts";
import { runPasses } from "../loop/pass.ts";
import { runContext } from "../loop/run-context.ts";
import type { RunInput } from "../loop/run-input.ts";
import type { ControlEntry } from "../plan/control.ts";
import type { Alert, Report, ReportedError } from "../report/report.ts";
import type { Account } from "../trust/index.ts";
import { type Wake, whyNoEnvironment } from "../wake/index.ts";
import { envelope, type TaskResult } from "./envelope.ts";

/** What a run's report does not say. */
type Beside = {
  /** Alerts that no channel took yet: they stay in the journal, and the next run sends them. */
  readonly undelivered: readonly Alert[];
  /** Was a heartbeat written? Only runs over all environments write one. */
  readonly heartbeat: boolean;
};

const nothingBeside: Beside = { undelivered: [], heartbeat: false };

type RunResult = Beside & { readonly report: Report };

/**
 * One run of the loop: desired, observed, plan, applied, report, alerts. It never throws for what
 * AWS says: a fault is an environment's, a channel's, or, where nothing could be read at all, the
 * report's own error.
 */
export async function reconcile(given: RunInput): Promise<RunResult> {
  const input = { ...given, wake: withoutForeign(given.wake, given.functionArn) };
  const { trigger, dryRun, errors } = input.wake;
  const { undelivered, heartbeat, ...report } = await envelope<Beside>(input, {
    name: "reading what is desired",
    trigger,
    dryRun,
    run: () => find(input),
    failed: { ...nothingBeside, errors },
  });
  return { report, undelivered, heartbeat };
}

/** An event of another account affects nobody here, and costs no read. */
function withoutForeign(wake: Wake, functionArn: string | null): Wake {
  const own = accountIdOf(functionArn);
  if (own === null) return wake;
  const isOurs = (account: string | null) => account === null || account === own;
  const scopes = wake.scopes.filter((scope) => scope.kind === "every" || isOurs(scope.account));
  const writes = wake.writes.filter(({ account }) => isOurs(account));
  const rest = { ...wake, scopes, writes };
  const nothingLeft = scopes.length + writes.length === 0 && wake.ignored === null;
  return nothingLeft ? { ...rest, ignored: "The event comes from another account." } : rest;
}

async function find(input: RunInput): Promise<TaskResult & Beside> {
  const { wake } = input;
  if (wake.ignored !== null) {
    // An ignored event costs no call, and the function that it came to has its ARN.
    return ignoring(accountIdOf(input.functionArn), wake, wake.ignored);
  }
  const surface = await surfaceOf(input);
  const { account } = surface;
  const control =
    input.asIfApproved === true && wake.dryRun ? approved(surface.control) : surface.control;
  if (surface.nobody) return ignoring(account.id, wake, whyNoEnvironment(wake.scopes));
  const entries = control.entries.filter((entry) => isEntryAffected(entry, wake, account));
  const context = runContext(input, account);
  const notes = beginNotes(context, entries);
  const applied = await runPasses(context, {
    all: control.entries,
    entries,
    permission: { dryRun: wake.dryRun, force: wake.force },
    beside: notes.beside,
    beforeWrites: notes.beforeWrites,
  });
  return conclude(context, {
    notes,
    applied,
    errors: [...wake.errors, ...control.errors, ...unknownNames(wake, control.entries)],
  });
}

/** Every newest version with the label, whether or not it waits for one. */
function approved(control: ControlSurface): ControlSurface {
  const entries = control.entries.map((entry) => ({
    ...entry,
    approvedVersion: entry.newest?.version ?? null,
  }));
  return { ...control, entries };
}

/** What is left of a run that ignores its event. A message that nobody could read is an error instead. */
function ignoring(account: string | null, { errors }: Wake, ignored: string): TaskResult & Beside {
  const why = errors.length > 0 ? {} : { ignored };
  return { account, errors, ...why, ...nothingBeside };
}

type Surface = {
  readonly control: ControlSurface;
  readonly account: Account;
  /** Is the event about no environment? Then no more was read than was needed to say so. */
  readonly nobody: boolean;
};

const noSurface: ControlSurface = { entries: [], errors: [], anyArn: null };

/** The control surface, read only as far as the wake needs it. */
async function surfaceOf(input: RunInput): Promise<Surface> {
  const { clients, wake, installation } = input;
  // A write of state that all share, and nothing else: no environment is looked at.
  if (wake.scopes.length === 0) {
    const account = await accountBy(clients, [input.functionArn]);
    return { control: noSurface, account, nobody: false };
  }
  const listed = await listControl(clients, installation, input.proposed);
  const account = await accountBy(clients, [listed.anyArn, input.functionArn]);
  const touched = touchedBy(wake);
  if (!mayAffectNobody(wake)) {
    const control = await readFurther(clients, installation, listed, { touched });
    return { control, account, nobody: false };
  }
  const { entries } = listed;
  const { nobody, records } = await isNobodyAffected(clients, installation, {
    entries,
    wake,
    account,
  });
  if (nobody) return { control: listed, account, nobody };
  const control = await readFurther(clients, installation, listed, { touched, records });
  return { control, account, nobody };
}

/** A person gets an error for a name that does not exist, and a write of state is always reported. */
function mayAffectNobody({ source, scopes, writes }: Wake): boolean {
  return source !== "hand" && writes.length === 0 && scopes.every(({ kind }) => kind !== "every");
}

/** Environments of which somebody has just edited or labelled the parameter. */
function touchedBy(wake: Wake): (name: string) => boolean {
  if (wake.trigger !== "parameter") return () => false;
  const names = new Set(
    wake.scopes.flatMap((scope) => (scope.kind === "named" ? scope.environments : [])),
  );
  return (name) => names.has(name);
}

function unknownNames(wake: Wake, entries: readonly ControlEntry[]): readonly ReportedError[] {
  if (wake.trigger !== "manual") return [];
  const known = new Set(entries.map(({ name }) => name));
  return wake.scopes
    .flatMap((scope) => (scope.kind === "named" ? scope.environments : []))
    .filter((name) => !known.has(name))
    .map((name) => ({
      code: "EnvironmentNotFound",
      message: `there is no environment ${name}; there are: ${[...known].join(", ") || "none"}`,
    }));
}
