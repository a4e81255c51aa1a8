/**
 * The command `oidc-reconciler`: a command line in, an exit code out. `main.ts` gives it the process's
 * streams, `commands.ts` is the table of commands, `command.ts` what an entry of it is made of. A command
 * answers with data, lines and an exit code; `output.ts` prints them.
 *
 * Imports `shared/` only.
 */

import manifest from "../package.json" with { type: "json" };
import { line } from "../shared/report/layout.ts";
import { isPrefix, prefixRule } from "../shared/settings.ts";
import { asksFor, firstOperand, inputOf, strangeOption } from "./arguments.ts";
import type { Command, Group } from "./command.ts";
import { CommandError, wrongUsage } from "./command-error.ts";
import { commands } from "./commands.ts";
import { type ExitCode, exitCodes } from "./exit-codes.ts";
import { helpLayout, helpLines, usageLines } from "./help.ts";
import type { Io } from "./io.ts";
import { nearestName } from "./nearest.ts";
import { errorJson, jsonText, printAnswer, printLines, printText } from "./output.ts";

/** An entry of the table, how it is called, and the arguments that are left for it. */
type Found = {
  readonly entry: Command | Group;
  readonly path: readonly string[];
  readonly args: readonly string[];
  /** The name that no entry has; null where each was found. */
  readonly unknown: string | null;
};

/**
 * Runs the command that the arguments name.
 *
 * @param args what follows the program's name on the command line
 * @returns the exit code: the command's own, 0 for help, 2 for a wrong option, command or file
 */
export async function runCommand(
  args: readonly string[],
  io: Io,
  table: Group = commands,
): Promise<ExitCode> {
  const asksForJson = asksFor(args, "json");
  const found = find({ entry: table, path: [table.name], args, unknown: null });
  const { entry, path } = found;
  try {
    if (found.unknown !== null) throw unknownCommand(found, found.unknown);
    if (asksFor(found.args, "help")) {
      await printLines(io.stdout, helpLines(path, entry), helpLayout(io.stdout.layout));
      return exitCodes.ok;
    }
    if (entry === table && asksFor(found.args, "version")) {
      const { version } = manifest;
      await io.stdout.write(asksForJson ? jsonText({ version }, "one-line") : `${version}\n`);
      return exitCodes.ok;
    }
    if (entry.kind === "group") {
      throw new CommandError(strangeOption(found.args) ?? "Name a command.");
    }
    return await answer(entry, found.args, io);
  } catch (thrown) {
    const error = thrown instanceof CommandError ? thrown : unexpected(thrown);
    if (asksForJson) await printText(io.stdout, errorJson(error));
    await explain(error, found, io);
    return error.details.exit;
  }
}

/** Goes down the table as far as the arguments name entries; `help NAME` is `NAME --help`. */
function find(from: Found): Found {
  const { entry, path, args } = from;
  const next = entry.kind === "group" ? firstOperand(args) : null;
  if (entry.kind === "command" || next === null) return from;
  const named = entry.commands.find(({ name }) => name === next.name);
  if (named !== undefined) {
    return find({ entry: named, path: [...path, named.name], args: next.rest, unknown: null });
  }
  return next.name === "help"
    ? find({ ...from, args: ["--help", ...next.rest] })
    : { ...from, unknown: next.name };
}

async function answer(command: Command, args: readonly string[], io: Io): Promise<ExitCode> {
  checkNode(io.nodeVersion);
  const input = inputOf(args, command);
  const profile = input.value("profile");
  if (profile !== null) io.useProfile(profile);
  const prefix = input.value("prefix");
  if (prefix !== null && !isPrefix(prefix)) throw new CommandError(`--prefix ${prefixRule}.`);
  const answered = await command.run(input, {
    ...io,
    environment: {
      ...io.environment,
      ...variable("OIDC_PARAMETER_PREFIX", prefix),
      ...variable("AWS_REGION", input.value("region")),
      ...variable("AWS_PROFILE", profile),
    },
  });
  if (typeof answered === "number") return answered;
  const form = command.oneLine === true ? "one-line" : "indented";
  await printAnswer(answered, input.has("json") ? form : "text", io);
  return answered.exit;
}

/** An older Node would stop in the middle of a run, at the first function that it does not have. */
function checkNode(version: string): void {
  const oldest = Number(manifest.engines.node.replace(">=", ""));
  if (Number.parseInt(version, 10) >= oldest) return;
  const message = `oidc-reconciler needs Node ${oldest} or newer, and this is ${version}.`;
  throw new CommandError(message, { exit: exitCodes.failed, code: "NodeTooOld" });
}

function variable(name: string, value: string | null): Readonly<Record<string, string>> {
  return value === null ? {} : { [name]: value };
}

function unknownCommand({ entry, path }: Found, name: string): CommandError {
  const called = [...path.slice(1), name].join(" ");
  const meant = entry.kind === "group" ? meantBy(name, entry) : null;
  const hint = meant === null ? "" : ` Did you mean "${meant}"?`;
  return new CommandError(`There is no command "${called}".${hint}`);
}

/** A name of the group with a slip or cut short, or one that a group in it has: `explain`. */
function meantBy(name: string, { commands }: Group): string | null {
  const names = commands.map((each) => each.name);
  const [begun = null, ...others] = names.filter((each) => each.startsWith(name));
  const below = commands.find(
    (each) => each.kind === "group" && each.commands.some((inner) => inner.name === name),
  );
  if (below !== undefined) return `${below.name} ${name}`;
  return others.length === 0 && begun !== null ? begun : nearestName(name, names);
}

/** A bug of ours: a sentence, no stack. */
function unexpected(thrown: unknown): CommandError {
  const what = thrown instanceof Error ? thrown.message : String(thrown);
  const details = { exit: exitCodes.failed, code: "Unexpected" } as const;
  return new CommandError(`The command failed in a way that it should not: ${what}`, details);
}

/** Says to people what was wrong and, where it was the command line, how it is used. */
async function explain(error: CommandError, found: Found, io: Io): Promise<void> {
  const { entry, path, unknown } = found;
  const layout = helpLayout(io.stderr.layout);
  if (entry.kind === "group" && unknown === null && strangeOption(found.args) === null) {
    await printLines(io.stderr, helpLines(path, entry), layout);
    return;
  }
  await printLines(io.stderr, [line(error.message)]);
  const { code, where } = error.details;
  if (code !== wrongUsage || where !== "") return;
  const more = line(`Run "${path.join(" ")} --help" for more.`);
  await printLines(io.stderr, [line(""), ...usageLines(path, entry), more], layout);
}
