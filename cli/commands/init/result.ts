import { createParameter } from "../../../shared/edge/parameters.ts";
import type { SeenJobs } from "../../../shared/replay/seen-jobs.ts";
import { type Line, line } from "../../../shared/report/layout.ts";
import type { Report } from "../../../shared/report/report.ts";
import { isWhole, permissionsJson, type Takeover } from "../../../shared/takeover/comparison.ts";
import { offerApproval } from "../../approval.ts";
import { confirm } from "../../ask.ts";
import { failureOf } from "../../aws-failure.ts";
import type { Answer } from "../../command.ts";
import { CommandError } from "../../command-error.ts";
import { comparisonJson } from "../../comparison-json.ts";
import { exitCodes } from "../../exit-codes.ts";
import { writeText } from "../../files.ts";
import type { Io } from "../../io.ts";
import { printLines } from "../../output.ts";
import type { Ready } from "../../settings.ts";
import { seenLines } from "./seen.ts";
import { comments, documentLines, existingRole, runLines, takeoverLines } from "./view.ts";

/** A document that was made, with what it would change. */
export type Result = {
  readonly name: string;
  readonly parameter: string;
  readonly text: string;
  /** A dry run of it. */
  readonly report: Report;
  /** What follows an approval; null where none is needed, or nobody knows. */
  readonly then: Report | null;
  /** The role that it was made from, held against it; null where it was made from options. */
  readonly from: {
    readonly role: string;
    readonly takeover: Takeover;
    readonly seen: readonly SeenJobs[];
  } | null;
};

/** Where a document goes. */
export type Target = {
  readonly file: string | null;
  readonly write: boolean;
  /** Is the answer to every question yes? */
  readonly yes: boolean;
  readonly json: boolean;
};

/** Shows the document, and writes it where the options or a person at the terminal say so. */
export async function answerWith(
  result: Result,
  target: Target,
  { io, started }: { readonly io: Io; readonly started: Ready },
): Promise<Answer> {
  const { parameter, text } = result;
  const shown = resultLines(result);
  const isAsked = io.terminal !== null && (target.file === null || target.write) && !target.yes;
  if (isAsked) await printLines(target.json ? io.stderr : io.stdout, shown);
  const isWanted = isAsked ? await confirm(io, `Write it to ${parameter}?`, "--yes") : target.write;
  // From here on Ctrl-C waits until what is begun is done, and the answer says what that is.
  const ended = isWanted || target.file !== null ? io.interrupted() : null;
  if (target.file !== null) await writeText(io, target.file, text, "new");
  if (isWanted && ended?.aborted === true) throw stopped(parameter);
  const written = isWanted ? await write(parameter, text, started) : null;
  const done = [
    ...(target.file === null ? [] : [line(`Written to ${target.file}.`, { tone: "good" })]),
    ...(written === null ? [] : writtenLines(written, result)),
    ...(isAsked && written === null ? [line(`Nothing was written to ${parameter}.`)] : []),
  ];
  const mayOffer = io.terminal !== null && !target.yes && ended?.aborted !== true;
  const offers = written !== null && isHeldIn(result.report) && mayOffer;
  if (offers) await printLines(io.stderr, done);
  const approval = offers ? await offer(result.name, written, { io, started }) : [];
  return {
    exit: exitOf(result),
    json: jsonOf(result, written),
    view: isAsked ? [] : shown,
    warnings: (offers ? approval : done).map(({ text: says }) => says),
  };
}

/**
 * Offers to approve what was just written. Who may not is refused by AWS; the document is written
 * all the same, and somebody else approves it.
 */
async function offer(
  name: string,
  version: number,
  { io, started }: { readonly io: Io; readonly started: Ready },
): Promise<readonly Line[]> {
  const question = "Wait until a run has looked at it, and approve it here if you may?";
  if (!(await confirm(io, question, "--yes"))) return [];
  const later = `Approve it later: oidc-reconciler approve ${name}`;
  try {
    const answer = await offerApproval({ name, version }, io, started);
    if (answer === null) return [line(`No run has looked at it yet. ${later}`)];
    return typeof answer.view === "string" ? [line(answer.view)] : answer.view;
  } catch (thrown) {
    if (!(thrown instanceof CommandError)) throw thrown;
    return [line(thrown.message), line(later)];
  }
}

function exitOf({ from }: Result): Answer["exit"] {
  return from === null || isWhole(from.takeover) ? exitCodes.ok : exitCodes.differs;
}

function jsonOf({ name, parameter, text, report, from }: Result, written: number | null): object {
  const trust = from?.takeover.trust;
  return {
    name,
    parameter,
    document: text,
    report,
    comparison: trust === undefined ? null : comparisonJson({ ...trust, kind: "compared" }),
    permissions: from === null ? null : permissionsJson(from.takeover.permissions),
    notCarried: from?.takeover.notCarried ?? [],
    written,
  };
}

function resultLines(result: Result): readonly Line[] {
  const { text, report, then, from } = result;
  return [
    ...documentLines(text),
    ...(from === null ? [] : [line(""), ...takeoverLines(from.takeover, from.role)]),
    ...(from === null ? [] : comments(seenLines(from.seen))),
    line(""),
    ...runLines(report, then),
    ...comments([...otherNameLines(result), ...takeOverLines(result)]),
  ];
}

/** Where somebody else has what the document names. A role that is taken over keeps its name. */
function otherNameLines({ report, from }: Result): readonly Line[] {
  const isTaken = report.environments.some(({ outcome }) => outcome === "conflict");
  if (from !== null || !isTaken) return [];
  const says = "If a name is taken, --role NAME and --policy NAME choose others.";
  return [line(says, { tone: "warning" })];
}

/** A role that is there may be in use: what it has today is worth a look. */
function takeOverLines({ name, report, then, from }: Result): readonly Line[] {
  const role = from === null ? existingRole(then ?? report) : null;
  if (role === null) return [];
  const says = `Role ${role} exists already. To begin with what it has: oidc-reconciler init ${name} --from-role ${role}`;
  return [line(says, { tone: "warning" })];
}

async function write(parameter: string, text: string, { invocation }: Ready): Promise<number> {
  const version = await createParameter(invocation.clients, parameter, text).catch(
    (thrown: unknown) => {
      throw failureOf(thrown, "ssm:PutParameter");
    },
  );
  if (version === null) throw parameterExists(parameter);
  return version;
}

function stopped(parameter: string): CommandError {
  const message = `Ended by Ctrl-C. Nothing was written to ${parameter}.`;
  return new CommandError(message, { exit: exitCodes.failed, code: "Interrupted" });
}

/** The error for a document that is there already. */
export function parameterExists(parameter: string): CommandError {
  const message = `${parameter} exists, and a document is never overwritten: edit it, or choose another NAME.`;
  return new CommandError(message, { code: "ParameterExists", where: parameter });
}

/** Does the document wait for an approval? */
export function isHeldIn({ environments }: Report): boolean {
  return environments.some(({ outcome }) => outcome === "held");
}

function writtenLines(version: number, { name, parameter, report }: Result): readonly Line[] {
  const isHeld = isHeldIn(report);
  const waits = `A first document waits for approval: nothing is written in IAM until somebody approves version ${version}, with "oidc-reconciler approve ${name}".`;
  return [
    line(`Written as version ${version} of ${parameter}.`, { tone: "good" }),
    ...(isHeld ? [line(waits)] : []),
  ];
}
