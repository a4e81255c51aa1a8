import { withoutTokens } from "../shared/issuers/token.ts";
import { visible } from "../shared/language/visible.ts";
import { auditCommand, auditUsage } from "./audit.ts";
import { diagnoseCommand, diagnoseUsage } from "./diagnose.ts";
import type { Command, Io } from "./io.ts";
import { errorJson } from "./json-output.ts";
import { planUsage, reconcileCommand, reconcileUsage } from "./reconcile.ts";
import { trustCommand, trustUsage } from "./trust.ts";
import { validateCommand, validateUsage } from "./validate.ts";

/** One command: what the list says of it, what its `--help` prints, what it does. */
export type CommandEntry = {
  readonly name: string;
  readonly arguments: string;
  readonly summary: string;
  readonly usage: string;
  readonly run: Command;
};

export const commands: readonly CommandEntry[] = [
  {
    name: "plan",
    arguments: "[NAME…] [--json]",
    summary: "what a run would do; writes nothing",
    usage: planUsage,
    run: (args, io) => reconcileCommand("plan", args, io),
  },
  {
    name: "reconcile",
    arguments: "[NAME…] [--dry-run] [--force] [--json]",
    summary: "a run, as the function's",
    usage: reconcileUsage,
    run: (args, io) => reconcileCommand("reconcile", args, io),
  },
  {
    name: "audit",
    arguments: "[--json]",
    summary: "who else trusts CircleCI, and what is loose",
    usage: auditUsage,
    run: auditCommand,
  },
  {
    name: "diagnose",
    arguments: "FILE|- [--json]",
    summary: "why an AssumeRoleWithWebIdentity was refused",
    usage: diagnoseUsage,
    run: diagnoseCommand,
  },
  {
    name: "validate",
    arguments: "FILE [--json]",
    summary: "checks an environment's document; needs no AWS",
    usage: validateUsage,
    run: validateCommand,
  },
  {
    name: "trust",
    arguments: "compare|explain|admits …",
    summary: "questions to a trust policy; needs no AWS",
    usage: trustUsage,
    run: trustCommand,
  },
];

/** Every command on a line or two, and where settings come from. */
export function usageOfAll(): string {
  const rows = commands.map(
    ({ name, arguments: taken, summary }) => `  oidc-reconciler ${name} ${taken}\n      ${summary}`,
  );
  return `oidc-reconciler keeps an AWS account's CircleCI OIDC provider, role and policy right.

Usage:
${rows.join("\n")}
  oidc-reconciler COMMAND --help
      what the command takes, and what its exit codes say

Settings come from the environment: OIDC_PARAMETER_PREFIX, OIDC_ALERT_TOPIC_ARN, OIDC_EVENT_BUS,
OIDC_FIRST_DOCUMENT, OIDC_ORGANIZATIONS, AWS_REGION and the AWS credentials.
`;
}

/**
 * Runs the command that the arguments name.
 *
 * @param args what stands on the command line behind the program's name
 * @returns the exit code: the command's own, 0 for help, 2 for a wrong option, command or file
 */
export async function runCommand(args: readonly string[], io: Io): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined) {
    io.stderr.write(usageOfAll());
    return 2;
  }
  const command = commands.find((each) => each.name === name);
  if (command === undefined && name !== "help" && !asksForHelp([name])) {
    const message = `There is no command "${visible(withoutTokens(name))}".`;
    if (args.includes("--json")) io.stdout.write(errorJson("WrongUsage", message));
    io.stderr.write(`${message}\n\n${usageOfAll()}`);
    return 2;
  }
  if (command === undefined || asksForHelp(rest)) {
    const asked = command ?? commands.find((each) => each.name === rest[0]);
    io.stdout.write(asked?.usage ?? usageOfAll());
    return 0;
  }
  try {
    return await command.run(rest, io);
  } catch (thrown) {
    const message = visible(withoutTokens(sentenceOf(thrown, command.name)));
    if (rest.includes("--json")) io.stdout.write(errorJson("WrongUsage", message));
    io.stderr.write(`${message}\n`);
    return 2;
  }
}

/** What stands behind `--` is no option. */
function asksForHelp(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  const options = end === -1 ? args : args.slice(0, end);
  return options.some((arg) => arg === "--help" || arg === "-h");
}

/** What is left is a wrong option, a file that is not there, or a bug: a sentence, no stack. */
function sentenceOf(thrown: unknown, command: string): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const code = "code" in thrown ? thrown.code : undefined;
  const path = "path" in thrown ? thrown.path : undefined;
  if (code === "ENOENT") return `There is no file ${String(path)}.`;
  if (code === "EISDIR") return "That is a folder, no file.";
  if (code === "ERR_PARSE_ARGS_UNKNOWN_OPTION") {
    return `${thrown.message.split(".")[0]}. oidc-reconciler ${command} --help lists what there is.`;
  }
  return thrown.message;
}
