import type { Installation } from "../shared/document/index.ts";
import type { Proposed } from "../shared/loop/control.ts";
import { type Line, line } from "../shared/report/layout.ts";
import { reportLines } from "../shared/report/render.ts";
import type { Report } from "../shared/report/report.ts";
import { reconcile } from "../shared/runs/reconcile.ts";
import { approvedLines } from "../shared/versions/approval-lines.ts";
import { wakeOf } from "../shared/wake/index.ts";
import type { Answer } from "./command.ts";
import { CommandError } from "./command-error.ts";
import { checkExist, checkNames } from "./environment-names.ts";
import { exitCodes } from "./exit-codes.ts";
import type { Io } from "./io.ts";
import { warn } from "./output.ts";
import { removalsAhead } from "./removal-ahead.ts";
import { exitOf, reportAnswer } from "./report-answer.ts";
import { type Ready, readyAsInstalled } from "./settings.ts";
import { callsLine, whileWorking } from "./while-working.ts";

type Asked = {
  /** All of them where none is named. */
  readonly names: readonly string[];
  readonly dryRun: boolean;
  readonly force: boolean;
  /** Planned as if it were the next version of the only name; `file` is what messages call it. */
  readonly proposed?: Proposed & { readonly file: string };
};

/** The same question, as if what is held had been approved; a first document too. */
type Approved = Asked & { readonly asIfApproved?: true };

export type AskedOfDocument = Asked & Required<Pick<Asked, "proposed">>;

/** The function's run, from a shell. */
export async function runEnvironments(asked: Asked, io: Io): Promise<Answer> {
  const { names, proposed } = asked;
  checkNames(names);
  const account = await readyAsInstalled(io);
  if (names.length > 0 && proposed === undefined) {
    await checkExist(account.invocation.clients, account.settings.prefix, names);
  }
  const { assumed } = account;
  if (assumed !== null) await warn(io, [assumed]);
  const { clients } = account.invocation;
  // Ctrl-C ends at once what writes nothing.
  const signal = asked.dryRun ? null : io.interrupted();
  const doing = () =>
    signal === null
      ? "planning"
      : signal.aborted
        ? "finishing what is begun"
        : "reconciling (Ctrl-C ends it in order)";
  const { report, undelivered } = await whileWorking(io, callsLine(doing, clients), () =>
    runOnce(asked, account, signal),
  );
  const answer = reportAnswer(report);
  const decided = report.environments.length > 0 || report.errors.length === 0;
  if (proposed !== undefined && decided) {
    const isHeld = report.environments.some(({ outcome }) => outcome === "held");
    const then = isHeld ? await approvedRun(asked, account) : [];
    return answerOnDocument(report, then, proposed);
  }
  const warnings = [
    ...(answer.warnings ?? []),
    ...(asked.dryRun ? removalsAhead(report) : []),
    ...undelivered.map(({ title }) => `no channel took this alert: ${title}`),
    ...(asked.dryRun ? [] : withoutTopic(report, account)),
    ...(signal?.aborted === true ? [interruptedText(report)] : []),
  ];
  return { ...answer, warnings };
}

/** Who subscribes to the topic of a stack hears nothing of a run that does not know it. */
function withoutTopic({ alerts }: Report, { settings: { channels } }: Ready): readonly string[] {
  if (alerts.length === 0 || channels.topicArn !== null) return [];
  const what = alerts.length === 1 ? "The alert went" : `The ${alerts.length} alerts went`;
  return [
    `${what} to the event bus ${channels.bus} alone, since OIDC_ALERT_TOPIC_ARN is not set. Beside a deployed function use --lambda, which sends them to its topic.`,
  ];
}

/** What Ctrl-C left undone. */
function interruptedText({ environments }: Report): string {
  const left = environments.filter(({ errors }) =>
    errors.some(({ code }) => code === "Interrupted"),
  );
  if (left.length === 0)
    return "Interrupted, when nothing was left to begin: all is in the report.";
  const names = left.map(({ name }) => name).join(", ");
  return `Interrupted: not everything was begun for ${names}. What was begun is finished and in the report; run it again for the rest.`;
}

/** What a run would write once what is held has been approved; nothing where it would stay held. */
export async function approvedRun(asked: Asked, account: Ready): Promise<readonly Line[]> {
  const { report } = await runOnce({ ...asked, dryRun: true, asIfApproved: true }, account);
  const [environment] = report.environments;
  return environment === undefined || environment.outcome === "held"
    ? []
    : approvedLines(environment);
}

/** A document that is not valid is wrong input, whatever would become of it as a version. */
function answerOnDocument(
  report: Report,
  then: readonly Line[],
  { name, file, text }: NonNullable<Asked["proposed"]>,
): Answer {
  const [environment] = report.environments;
  const isInvalid = environment?.outcome === "invalid";
  const as = `version ${environment?.version ?? 1} of ${name}, which nobody has put or approved`;
  return {
    exit: isInvalid ? exitCodes.usage : exitOf(report),
    json: report,
    view: [...reportLines(report), ...(then.length === 0 ? [] : [line(""), ...then])],
    warnings: isInvalid
      ? [`${file} is not a valid document.`]
      : [`${file} is planned as ${as}.`, ...removalsAhead(report), ...tierWarnings(file, text)],
  };
}

/**
 * One run with what the caller's environment says, without a word to anybody.
 *
 * @param signal once it aborts, nothing new is begun
 */
export function runOnce(
  asked: Approved,
  { settings, invocation }: Ready,
  signal: AbortSignal | null = null,
): ReturnType<typeof reconcile> {
  const { names, dryRun, force, proposed, asIfApproved } = asked;
  const { prefix, channels } = settings;
  const installation: Installation =
    asIfApproved === true
      ? { ...settings.installation, firstDocument: "apply" }
      : settings.installation;
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
    interrupted: () => signal?.aborted === true,
    alive: new Set(),
    // A person sees the whole report.
    logRemoval: () => undefined,
    ...(proposed === undefined ? {} : { proposed }),
    ...(asIfApproved === undefined ? {} : { asIfApproved }),
  });
}

/** A standard parameter holds 4 KB, and Parameter Store refuses more without another tier. */
const standardBytesMax = 4096;

function tierWarnings(file: string, text: string): readonly string[] {
  const bytes = Buffer.byteLength(text);
  if (bytes <= standardBytesMax) return [];
  return [
    `${file} has ${bytes} bytes, more than a standard parameter holds: put it with --tier Intelligent-Tiering.`,
  ];
}
