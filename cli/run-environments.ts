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
import { ready } from "./settings.ts";

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
};

/** The function's run, from a shell. */
export async function runEnvironments(asked: Asked, io: Io): Promise<Answer> {
  const { names, dryRun, force } = asked;
  checkNames(names);
  const { settings, invocation } = await ready(io);
  const { prefix, installation, channels } = settings;
  if (names.length > 0) await checkExist(invocation.clients, prefix, names);
  const payload = { dryRun, force, ...(names.length === 0 ? {} : { environments: names }) };
  const wake = wakeOf(payload, prefix, installation);
  if (wake.kind === "refused") {
    const { code, message } = wake.error;
    throw new CommandError(message, { code });
  }
  const assumed = assumptionsOf(io.environment);
  if (assumed !== null) await warn(io, [assumed]);
  const { report, undelivered } = await reconcile({
    ...invocation,
    wake,
    installation,
    channels,
    remainingMs: () => Number.POSITIVE_INFINITY,
    alive: new Set(),
    // A person sees the whole report.
    logRemoval: () => undefined,
  });
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
  return {
    exit: undelivered.length > 0 ? exitCodes.failed : exitOf(report),
    json: report,
    view: reportLines(report),
    warnings: undelivered.map(({ title }) => `no channel took this alert: ${title}`),
  };
}

function exitOf({ environments, errors }: Report): ExitCode {
  if (environments.some(({ outcome }) => outcome === "failed")) return exitCodes.failed;
  const isQuiet = environments.every(({ outcome }) => settled.includes(outcome));
  return isQuiet && errors.length === 0 ? exitCodes.ok : exitCodes.differs;
}
