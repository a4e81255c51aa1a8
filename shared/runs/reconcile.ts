import { accountIdOf } from "../edge/caller.ts";
import { askAhead, type Done } from "../loop/asked-ahead.ts";
import { conclude } from "../loop/conclude.ts";
import { beginNotes } from "../loop/notes.ts";
import { runPasses } from "../loop/pass.ts";
import { type RunContext, reserveOf, runContext } from "../loop/run-context.ts";
import type { RunInput } from "../loop/run-input.ts";
import { type Surface, surfaceOf } from "../loop/surface.ts";
import type { ControlEntry } from "../plan/control.ts";
import { type Alert, type Report, type ReportedError, reportedError } from "../report/report.ts";
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
  const reserveMs = reserveOf(input);
  const ifAllIsAsLeft = askAhead(input);
  const surface = await surfaceOf(input);
  const { account, control, others, nobody } = surface;
  if (nobody) return ignoring(account.id, wake, whyNoEnvironment(wake.scopes));
  const isApproved = input.asIfApproved === true && wake.dryRun;
  const all = isApproved ? approved(control.entries) : control.entries;
  const entries = isApproved ? approved(surface.entries) : surface.entries;
  const context = runContext(input, account, reserveMs);
  const done =
    (await ifAllIsAsLeft(context, entries)) ??
    (await passesOf(context, { ...surface, all, entries }));
  const missed = others?.missed() ?? null;
  return conclude(context, {
    ...done,
    errors: [
      ...wake.errors,
      ...control.errors,
      ...unknownNames(wake, control.entries),
      ...(missed === null ? [] : [reportedError(missed)]),
    ],
  });
}

async function passesOf(
  context: RunContext,
  given: Pick<Surface, "entries" | "others" | "ahead" | "beside"> & {
    readonly all: readonly ControlEntry[];
  },
): Promise<Done> {
  const { all, entries, others, ahead, beside } = given;
  const { dryRun, force } = context.wake;
  // Whose writes these were is asked beside all else, and not before the alert.
  if (context.wake.writes.length > 0) void context.ownArn();
  const notes = beginNotes(context, entries, {
    all: others === null ? all : null,
    ahead: beside,
  });
  const passed = await runPasses(context, {
    all,
    entries,
    others,
    ahead,
    permission: { dryRun, force },
    beside: notes.beside,
    turn: notes.turn,
    beforeWrites: notes.beforeWrites,
    noteAhead: notes.noteAhead,
  });
  return { notes, ...passed };
}

/** Every newest version with the label, whether or not it waits for one. */
function approved(entries: readonly ControlEntry[]): readonly ControlEntry[] {
  return entries.map((entry) => ({ ...entry, approvedVersion: entry.newest?.version ?? null }));
}

/** What is left of a run that ignores its event. A message that nobody could read is an error instead. */
function ignoring(account: string | null, { errors }: Wake, ignored: string): TaskResult & Beside {
  const why = errors.length > 0 ? {} : { ignored };
  return { account, errors, ...why, ...nothingBeside };
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
