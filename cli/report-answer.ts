import type { Line } from "../shared/report/layout.ts";
import { reportLines } from "../shared/report/render.ts";
import type { Outcome, Report } from "../shared/report/report.ts";
import { failureOf, withFailure } from "./aws-failure.ts";
import type { Answer } from "./command.ts";
import { CommandError } from "./command-error.ts";
import { type ExitCode, exitCodes } from "./exit-codes.ts";

/** The document says so, or says that the environment is not to be touched. */
const settled: ReadonlySet<string> = new Set<Outcome>(["in-sync", "reconciled", "suspended"]);

/** What `plan` and `reconcile` end with. */
export const runExits = {
  ok: "Everything is as the documents say",
  failed: "Nothing could be decided, or no channel took an alert",
  usage: "The command line, a setting or a name cannot be used",
  differs: "Something differs, or waits for a person",
} as const;

/** A run's report as a command answers it, wherever the run was. */
export function reportAnswer(report: Report): Answer {
  return outlineAnswer(report, reportLines(report));
}

/** What of a report decides the exit code. */
type ReportOutline = {
  readonly environments: readonly { readonly outcome: string }[];
  readonly errors: Report["errors"];
};

/** The same of a report that may have other members than ours, shown as these lines. */
export function outlineAnswer(report: ReportOutline, view: readonly Line[]): Answer {
  const { environments, errors } = report;
  const unknown = errors.find(({ code }) => code === "EnvironmentNotFound");
  const [error] = errors;
  const failure = unknown ?? (environments.length === 0 ? error : undefined);
  if (failure === undefined) return { exit: exitOf(report), json: report, view };
  const said = unknown === undefined ? failureOf(failure) : unknownEnvironments(failure);
  return {
    exit: unknown === undefined ? exitCodes.failed : exitCodes.usage,
    json: withFailure(report, said),
    view,
    warnings: [said.message],
  };
}

/** The run did what it could for the others: the report is printed all the same. */
function unknownEnvironments({ message }: Report["errors"][number]): CommandError {
  const sentence = `${message.charAt(0).toUpperCase()}${message.slice(1)}.`;
  return new CommandError(sentence, { code: "UnknownEnvironment" });
}

export function exitOf({ environments, errors }: ReportOutline): ExitCode {
  if (environments.some(({ outcome }) => outcome === "failed")) return exitCodes.failed;
  if (errors.some(({ code }) => code === "AlertUndelivered")) return exitCodes.failed;
  const isQuiet = environments.every(({ outcome }) => settled.has(outcome));
  return isQuiet && errors.length === 0 ? exitCodes.ok : exitCodes.differs;
}
