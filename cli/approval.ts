import { addLabel } from "../shared/edge/add-label.ts";
import { keyOf, readHistory, readLabelled, readVersions } from "../shared/edge/parameters.ts";
import { approvalLabel } from "../shared/loop/further.ts";
import { documentVersionOf } from "../shared/loop/stored-version.ts";
import type { DocumentVersion } from "../shared/plan/control.ts";
import { type Line, line } from "../shared/report/layout.ts";
import type { ReportedExample, ReportedWidening } from "../shared/report/report.ts";
import { heldLines } from "../shared/versions/approval-lines.ts";
import { type Held, heldIn } from "../shared/versions/held.ts";
import { heldWidening } from "../shared/versions/held-widening.ts";
import { confirm } from "./ask.ts";
import { failureOf, inShort } from "./aws-failure.ts";
import type { Answer } from "./command.ts";
import { CommandError } from "./command-error.ts";
import { appliedInRecord, type EnvironmentAtHand, environmentAtHand } from "./environment.ts";
import { exitCodes } from "./exit-codes.ts";
import type { Io } from "./io.ts";
import { printLines } from "./output.ts";
import { approvedRun, runOnce } from "./run-environments.ts";
import { seenLately } from "./seen-lately.ts";
import type { Ready } from "./settings.ts";

type Asked = {
  readonly name: string;
  /** The version that must be the held one; `null` for whichever it is. */
  readonly version: number | null;
  /** Approves without asking. */
  readonly yes: boolean;
};

/** What `approve` answers. */
type Approval = {
  readonly name: string;
  readonly version: number;
  readonly admitted: ReportedExample["admitted"];
  readonly labelled: boolean;
};

/**
 * Shows what a held version changes and newly admits, asks, and labels exactly that version.
 *
 * @throws CommandError where nothing is held, another version is, or AWS refuses
 */
export async function approveHeld(asked: Asked, io: Io, at: Ready): Promise<Answer> {
  const { name } = asked;
  const environment = await environmentAtHand(name, at);
  const held = heldIn(environment.newest, environment.status);
  checkVersion(asked, environment);
  if (held.kind === "nothing") throw nothingHeld(environment);
  if (held.kind !== "held") return notLabelled(name, held);
  const { version } = held;
  if (await isLabelled(environment, version, at)) return labelledBefore(environment, version, at);
  const found = await judge(environment, version, io, at);
  await printLines(io.stderr, heldLines(found));
  if (!asked.yes) await printLines(io.stderr, await seenBefore(found, io, at));
  const answer = { name, version: version.version, admitted: admittedBy(found.widenings) };
  const question = `Approve version ${version.version} of ${name}?`;
  if (!asked.yes && !(await confirm(io, question, "--yes"))) {
    const view = [line(`Nothing is labelled: version ${version.version} of ${name} stays held.`)];
    return { exit: exitCodes.differs, json: { ...answer, labelled: false }, view };
  }
  // From here on Ctrl-C cannot leave it open whether the label is there.
  io.interrupted();
  const again = await environmentAtHand(name, at);
  const still = heldIn(again.newest, again.status);
  if (still.kind !== "held" || still.version.digest !== version.digest) {
    return notLabelled(name, still.kind === "held" ? { kind: "moved" } : still, version.version);
  }
  await label(environment, version.version, at);
  const json: Approval = { ...answer, labelled: true };
  const text = `Version ${version.version} of ${name} is labelled ${approvalLabel}.`;
  return { exit: exitCodes.ok, json, view: labelledLines(text, name, at) };
}

/** Somebody has approved it, and no run has looked at it since. */
async function isLabelled(
  { parameter }: EnvironmentAtHand,
  { version }: DocumentVersion,
  { invocation }: Ready,
): Promise<boolean> {
  const found = await readLabelled(invocation.clients, [parameter], approvalLabel).catch(
    (thrown: unknown) => {
      throw failureOf(thrown, "ssm:GetParameters");
    },
  );
  return found.get(parameter)?.version === version;
}

async function labelledBefore(
  environment: EnvironmentAtHand,
  version: DocumentVersion,
  at: Ready,
): Promise<Answer> {
  const { name } = environment;
  const applied = await appliedVersion(environment, at);
  const admitted = admittedBy(heldWidening({ ...environment, applied, version }) ?? []);
  const json: Approval = { name, version: version.version, admitted, labelled: true };
  const text = `Version ${version.version} of ${name} is labelled ${approvalLabel} already.`;
  return { exit: exitCodes.ok, json, view: labelledLines(text, name, at) };
}

function admittedBy(widenings: readonly ReportedWidening[]): Approval["admitted"] {
  return widenings.find((each) => each.admitted !== null)?.admitted ?? null;
}

/**
 * For a version that was just put: waits until a run has announced it as held, and then asks as
 * `approve` does. A label before that releases nothing.
 *
 * @returns `null` where no run announces it in time, or somebody presses Ctrl-C
 */
export async function offerApproval(
  { name, version }: { readonly name: string; readonly version: number },
  io: Io,
  at: Ready,
): Promise<Answer | null> {
  const ended = io.interrupted();
  for (let look = 0; look < looksMax && !ended.aborted; look += 1) {
    const { newest, status } = await environmentAtHand(name, at);
    const held = heldIn(newest, status);
    if (held.kind === "held" && held.version.version === version) {
      io.progress(null);
      return approveHeld({ name, version, yes: false }, io, at);
    }
    io.progress(`waiting until a run has looked at version ${version} of ${name} (Ctrl-C to stop)`);
    await io.wait(lookEveryMs);
  }
  io.progress(null);
  return null;
}

/** A minute: where edits wake the loop, it takes seconds. */
const looksMax = 20;
const lookEveryMs = 3_000;

function checkVersion({ name, version }: Asked, { status }: EnvironmentAtHand): void {
  const held = status?.heldVersion ?? null;
  if (version === null || held === null || version === held) return;
  const message = `Version ${version} of ${name} is not the held one: that is version ${held}.`;
  throw new CommandError(message, { code: "NotHeld", where: name });
}

function nothingHeld({ name, newest, status }: EnvironmentAtHand): CommandError {
  const why =
    newest === null
      ? "Its document is gone."
      : newest.version === status?.appliedVersion
        ? `Version ${newest.version} is applied.`
        : newest.parsed.kind === "invalid"
          ? `Version ${newest.version} is not valid.`
          : `No run has held version ${newest.version}, and a label releases only what a run has held. Wait for the next run, or start one with oidc-reconciler reconcile ${name}. Look why it waits with oidc-reconciler status ${name}.`;
  return new CommandError(`Nothing of ${name} is held. ${why}`, { code: "NotHeld", where: name });
}

type NotHeld =
  | Exclude<Held, { readonly kind: "held" }>
  /** Another content was announced under the number while somebody looked at the one before. */
  | { readonly kind: "moved" };

function notLabelled(name: string, held: NotHeld, shown = 0): Answer {
  const version = "heldVersion" in held ? held.heldVersion : shown;
  const json: Approval = { name, version, admitted: null, labelled: false };
  const view = [line(`Nothing is labelled: ${whyNot(name, held)}`, { tone: "warning" })];
  return { exit: exitCodes.differs, json, view };
}

function whyNot(name: string, held: NotHeld): string {
  switch (held.kind) {
    case "overtaken":
      return `version ${held.heldVersion} is held, and somebody has put version ${held.newest} since, which no run has judged yet. A label on an older version releases nothing. Wait for the next run, and look again.`;
    case "other-content":
      return `version ${held.heldVersion} has not the content that was announced as held: the document was deleted and put again. The next run announces what it is now; look again then.`;
    case "moved":
      return "the document was deleted and put again while you looked at it. Look again.";
    case "nothing":
      return `nothing of ${name} is held any more.`;
    default:
      return held satisfies never;
  }
}

/** Who was really seen for the role, and what the version changes for them. */
async function seenBefore(
  { name, version, applied }: Awaited<ReturnType<typeof judge>>,
  io: Io,
  at: Ready,
): Promise<readonly Line[]> {
  // Nobody has asked for the role of a first document.
  if (version.parsed.kind !== "valid" || applied?.parsed.kind !== "valid") return [];
  const call = `oidc-reconciler trust replay ${name} --version ${version.version}`;
  const { document: proposed } = version.parsed;
  const { document: inForce } = applied.parsed;
  return [...(await seenLately({ inForce, proposed, call }, io, at)), line("")];
}

/** What a person sees before the question. */
async function judge(environment: EnvironmentAtHand, version: DocumentVersion, io: Io, at: Ready) {
  const { name, status } = environment;
  io.progress(`comparing version ${version.version} of ${name} with what is in force`);
  try {
    const [applied, by, planned] = await Promise.all([
      appliedVersion(environment, at),
      putBy(environment, version, at),
      heldInPlan(name, at),
    ]);
    const isFirst = (status?.appliedVersion ?? null) === null;
    const alone =
      planned.kind === "held" ? null : heldWidening({ ...environment, applied, version });
    return {
      name,
      version,
      by,
      applied,
      isFirst,
      widenings: planned.kind === "held" ? planned.widenings : (alone ?? []),
      released:
        planned.kind === "held"
          ? await approvedRun({ names: [name], dryRun: true, force: false }, at)
          : [],
      beside: planned.kind === "held" ? null : planned.why,
    };
  } finally {
    io.progress(null);
  }
}

/** The text that is in force: from the history, else from the record; `null` where neither shows it. */
async function appliedVersion(
  { parameter, name, status }: EnvironmentAtHand,
  at: Ready,
): Promise<DocumentVersion | null> {
  const number = status?.appliedVersion ?? null;
  if (number === null) return null;
  const { invocation, settings } = at;
  const wanted = { name: parameter, version: number };
  const found = await readVersions(invocation.clients, [wanted]).catch((thrown: unknown) => {
    throw failureOf(thrown, "ssm:GetParameters");
  });
  const stored = found.get(keyOf(wanted));
  const read = stored === undefined ? null : documentVersionOf(stored, settings.installation);
  if (read !== null && read.digest === status?.appliedDigest) return read;
  // The record is another parameter, which an approver need not be allowed to read.
  return appliedInRecord(name, at).catch(() => null);
}

/** Who put the version; `null` where the history may not be read. */
async function putBy(
  { parameter }: EnvironmentAtHand,
  { version }: DocumentVersion,
  { invocation }: Ready,
): Promise<string | null> {
  const entries = await readHistory(invocation.clients, parameter).catch(() => []);
  return entries.find((entry) => entry.version === version)?.by ?? null;
}

type Planned =
  | { readonly kind: "held"; readonly widenings: readonly ReportedWidening[] }
  | { readonly kind: "not-shown"; readonly why: string };

/** What a run would say of the hold: compared with the account too, which the documents do not show. */
async function heldInPlan(name: string, at: Ready): Promise<Planned> {
  const { report } = await runOnce({ names: [name], dryRun: true, force: false }, at);
  const [environment] = report.environments;
  const error = report.errors[0] ?? environment?.errors[0];
  const widenings =
    environment?.widenings.filter(({ disposition }) => disposition === "held") ?? [];
  if (environment?.outcome === "held" && widenings.length > 0) return { kind: "held", widenings };
  const why =
    error === undefined
      ? `a run from here ends with ${environment?.outcome ?? "nothing"} instead of held`
      : `the account could not be read (${inShort(error)})`;
  return { kind: "not-shown", why };
}

async function label({ parameter, name }: EnvironmentAtHand, version: number, at: Ready) {
  const { clients } = at.invocation;
  const taken = await addLabel(clients, parameter, version, approvalLabel).catch(
    (thrown: unknown) => {
      throw failureOf(thrown, "ssm:LabelParameterVersion");
    },
  );
  if (taken) return;
  const message = `Parameter Store did not take the label ${approvalLabel} on version ${version} of ${name}.`;
  throw new CommandError(message, { exit: exitCodes.failed, code: "LabelRefused", where: name });
}

function labelledLines(text: string, name: string, { settings }: Ready): readonly Line[] {
  const { periodMinutes } = settings.installation;
  return [
    line(text, { tone: "good" }),
    line(
      `Where edits wake the loop it applies it within seconds, otherwise in its next scheduled run (every ${periodMinutes} minutes). To see it come into force: oidc-reconciler status ${name} --watch`,
    ),
  ];
}
