import { visibleJson } from "../shared/language/visible.ts";
import { type Layout, type Line, layOut, line } from "../shared/report/layout.ts";
import type { Answer } from "./command.ts";
import { type CommandError, problemOf } from "./command-error.ts";
import type { Io, Output } from "./io.ts";
import { withoutSecrets } from "./secrets.ts";

/**
 * Prints lines for people as wide as their terminal; no secret is repeated, wherever one was.
 *
 * @returns false where nobody reads any more
 */
export async function printLines(
  output: Output,
  lines: readonly Line[],
  layout: Layout = output.layout,
): Promise<boolean> {
  if (lines.length === 0) return true;
  return output.write(`${layOut(shownOn(output, lines), layout)}\n`);
}

/** The lines as they may be shown: before they are cut, since a row may end within a secret. */
export function shownOn({ secrets }: Output, lines: readonly Line[]): readonly Line[] {
  return lines.map((each) => ({ ...each, text: withoutSecrets(each.text, secrets) }));
}

/** Prints a text letter by letter, but for secrets. */
export function printText(output: Output, text: string): Promise<boolean> {
  return output.write(withoutSecrets(text, output.secrets));
}

/** Prints what a command answers: the result to standard output, warnings to standard error. */
export async function printAnswer(
  { json, view, warnings = [] }: Answer,
  form: "text" | "one-line" | "indented",
  io: Pick<Io, "stdout" | "stderr">,
): Promise<void> {
  if (form !== "text") await printText(io.stdout, jsonText(json, form));
  else if (typeof view === "string") await printText(io.stdout, view);
  else await printLines(io.stdout, view);
  await warn(io, warnings);
}

/** Prints to standard error, beside the result. */
export async function warn(io: Pick<Io, "stderr">, warnings: readonly string[]): Promise<void> {
  await printLines(
    io.stderr,
    warnings.map((text) => line(text)),
  );
}

/** What `--json` prints where a command ends without an answer: one JSON value all the same. */
export function errorJson(error: CommandError): string {
  return jsonText({ error: problemOf(error) }, "one-line");
}

/** One JSON value with its line break, in which nothing turns a terminal's writing round. */
export function jsonText(value: object, form: "one-line" | "indented"): string {
  return `${visibleJson(JSON.stringify(value, null, form === "indented" ? 2 : 0))}\n`;
}
