import type { Proposed } from "../shared/loop/control.ts";
import { reportLines } from "../shared/report/render.ts";
import type { Outcome, Report } from "../shared/report/report.ts";
import { reconcile } from "../shared/runs/reconcile.ts";
import { assumptionsOf } from "../shared/settings.ts";
import { wakeOf } from "../shared/wake/index.ts";
import { failureOf, withFailure } from "./aws-failure.ts";
import type { Answer } from "./command.ts";
import { CommandError } from "./command-error.ts";
import { checkExist, checkNames } from "./environment-names.ts";
import { type ExitCode, exitCodes } from "./exit-codes.ts";
import type { Io } from "./io.ts";
import { warn } from "./output.ts";
import { type Ready, ready } from "./settings.ts";

/** The document says so, or says that the environment is not to be touched. */
const settled: readonly Outcome[] = ["in-sync", "reconciled", "suspended"];

/** What `plan` and `reconcile` end with. */
export const runExits = {
  ok: "Everything is as the documents say",
  failed: "Nothing could be decided, or no channel took an alert",
  usage: "The command line, a setting or a name cannot be used",
  differs: "Something differs, or waits for a person",
} as const;

type Asked = {
  /** All of them where none is named. */
  readonly names: readonly string[];
  readonly dryRun: boolean;
  readonly force: boolean;
  /** Planned as if it were the next version of the only name; `file` is what messages call it. */
  readonly proposed?: Proposed & { readonly file: string };
};

export type AskedOfDocument = Asked & Required<Pick<Asked, "proposed">>;

/** The function's run, from a shell. */
export async function runEnvironments(asked: Asked, io: Io): Promise<Answer> {
  const { names, proposed } = asked;
  checkNames(names);
  const account = await ready(io);
  if (names.length > 0 && proposed === undefined) {
    await checkExist(account.invocation.clients, account.settings.prefix, names);
  }
  const assumed = assumptionsOf(io.environment);
  if (assumed !== null) await warn(io, [assumed]);
  const { report, undelivered } = await runOnce(asked, account);
  const [error] = report.errors;
  if (error !== undefined && report.environments.length === 0) {
    const failure = failureOf(error);
    const { message } = failure;
    return {
      exit: exitCodes.failed,
      json: withFailure(report, failure),
      view: reportLines(report),
      warnings: [message],
    };
  }
  if (proposed !== undefined) return answerOnDocument(report, proposed);
  return {
    exit: undelivered.length > 0 ? exitCodes.failed : exitOf(report),
    json: report,
    view: reportLines(report),
    warnings: undelivered.map(({ title }) => `no channel took this alert: ${title}`),
  };
}

/** A document that is not valid is wrong input, whatever would become of it as a version. */
function answerOnDocument(report: Report, { name, file }: NonNullable<Asked["proposed"]>): Answer {
  const [environment] = report.environments;
  const isInvalid = environment?.outcome === "invalid";
  const as = `version ${environment?.version ?? 1} of ${name}, which nobody has put or approved`;
  return {
    exit: isInvalid ? exitCodes.usage : exitOf(report),
    json: report,
    view: reportLines(report),
    warnings: [isInvalid ? `${file} is not a valid document.` : `${file} is planned as ${as}.`],
  };
}

/** One run with what the caller's environment says, without a word to anybody. */
export function runOnce(
  asked: Asked,
  { settings, invocation }: Ready,
): ReturnType<typeof reconcile> {
  const { names, dryRun, force, proposed } = asked;
  const { prefix, installation, channels } = settings;
  const payload = { dryRun, force, ...(names.length === 0 ? {} : { environments: names }) };
  const wake = wakeOf(payload, prefix, installation);
  if (wake.kind === "refused") {
    const { code, message } = wake.error;
    throw new CommandError(message, { code });
  }
  return reconcile({
    ...invocation,
    wake,
    installation,
    channels,
    remainingMs: () => Number.POSITIVE_INFINITY,
    alive: new Set(),
    // A person sees the whole report.
    logRemoval: () => undefined,
    ...(proposed === undefined ? {} : { proposed }),
  });
}

function exitOf({ environments, errors }: Report): ExitCode {
  if (environments.some(({ outcome }) => outcome === "failed")) return exitCodes.failed;
  const isQuiet = environments.every(({ outcome }) => settled.includes(outcome));
  return isQuiet && errors.length === 0 ? exitCodes.ok : exitCodes.differs;
}
