import { type EnvironmentDocument, parseEnvironment } from "../../shared/document/index.ts";
import { type Line, line } from "../../shared/report/layout.ts";
import { type Answer, command } from "../command.ts";
import { CommandError } from "../command-error.ts";
import { appliedInRecord } from "../environment.ts";
import { checkNames } from "../environment-names.ts";
import { exitCodes } from "../exit-codes.ts";
import { nameOf, textIn } from "../files.ts";
import type { Io } from "../io.ts";
import { runExits } from "../report-answer.ts";
import { type AskedOfDocument, runEnvironments } from "../run-environments.ts";
import { seenLately } from "../seen-lately.ts";
import { ready, settingsIn } from "../settings.ts";

export const plan = command({
  name: "plan",
  summary: "Show what a run would do, and write nothing",
  usage: ["[NAME…]", "NAME --document FILE [--replay]"],
  description: [
    "Compares the documents of the named environments, or of all of them, with the account. Shows each change with its reason, and the whole of what an edit newly admits or grants.",
    "With --document it plans an edit before it is made: FILE, or standard input for -, is taken for the next version of NAME, which nobody has approved. NAME need not exist yet.",
  ],
  operands: { name: "NAME", least: 0, most: Number.POSITIVE_INFINITY },
  options: {
    document: { value: "FILE", summary: "Plan this document as the next version of NAME" },
    replay: {
      summary:
        "With --document: say who of those seen in the last 30 days it would refuse or admit",
    },
  },
  examples: [
    { line: "oidc-reconciler plan", does: "Plan all environments" },
    { line: "oidc-reconciler plan production --json", does: "Plan one, for a script" },
    {
      line: "oidc-reconciler plan production --document production.yaml",
      does: "See what an edit would do, before it is made",
    },
  ],
  exits: {
    ...runExits,
    failed: "Nothing could be decided: AWS refused or did not answer",
    usage: "Wrong usage or input, such as a document that is not valid",
  },
  run: async (input, io) => {
    const names = input.operands;
    const file = input.value("document");
    const asked = { names, dryRun: true, force: false };
    if (file === null) {
      if (!input.has("replay")) return runEnvironments(asked, io);
      throw new CommandError("--replay is about an edit: give the document with --document.");
    }
    const [name] = names;
    if (name === undefined || names.length > 1) {
      throw new CommandError(
        `--document is the next version of one environment: name exactly one; ${names.length} are named.`,
      );
    }
    const proposed = { name, text: await textIn(io, file, "text"), file: nameOf(file) };
    return planDocument({ ...asked, proposed }, input.has("replay"), io);
  },
});

/**
 * The file is wrong input whatever AWS says: a document that is not valid ends with 2, with the report
 * of what would become of it where AWS answers, and without one otherwise.
 */
async function planDocument(asked: AskedOfDocument, replays: boolean, io: Io): Promise<Answer> {
  const { name, text, file } = asked.proposed;
  checkNames([name]);
  const { region } = await settingsIn(io);
  const parsed = parseEnvironment({ parameter: file, version: 0, text, region });
  if (parsed.kind === "valid") {
    const answer = await runEnvironments(asked, io);
    if (!replays || typeof answer.view === "string") return answer;
    const lines = await seenFor(asked.proposed, parsed.document, io);
    return { ...answer, view: [...answer.view, line(""), ...lines] };
  }
  const answer = await runEnvironments(asked, io).catch(() => null);
  if (answer?.exit === exitCodes.usage) return answer;
  const [problem, ...others] = parsed.problems;
  const more =
    others.length === 0 ? "" : ` ${others.length} more: oidc-reconciler validate shows all.`;
  throw new CommandError(`${problem.message}${more}`, { code: problem.code, where: file });
}

/** Who was seen for the role in force, and what the document changes for them. */
async function seenFor(
  { name }: AskedOfDocument["proposed"],
  proposed: EnvironmentDocument,
  io: Io,
): Promise<readonly Line[]> {
  const at = await ready(io);
  const applied = await appliedInRecord(name, at).catch(() => null);
  if (applied?.parsed.kind !== "valid") {
    return [line(`Nothing is in force for ${name}, so nobody was seen for its role.`)];
  }
  const call = `oidc-reconciler trust replay ${name} --document FILE`;
  return seenLately({ inForce: applied.parsed.document, proposed, call }, io, at);
}
