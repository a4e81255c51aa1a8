#!/usr/bin/env node
import { readFile } from "node:fs/promises";
import { argv, env, stderr, stdin, stdout } from "node:process";
import { auditCommand } from "./audit.ts";
import { diagnoseCommand } from "./diagnose.ts";
import type { Command } from "./io.ts";
import { reconcileCommand } from "./reconcile.ts";
import { trustCommand } from "./trust.ts";
import { validateCommand } from "./validate.ts";

const usage = `oidc-reconciler keeps an AWS account's CircleCI OIDC provider, role and policy right.

Usage:
  oidc-reconciler plan [NAME…] [--json]          what a run would do; writes nothing
  oidc-reconciler reconcile [NAME…] [--dry-run] [--force] [--json]
  oidc-reconciler audit [--json]                 who else trusts CircleCI, and what is loose
  oidc-reconciler diagnose FILE [--json]         why an AssumeRoleWithWebIdentity was refused
  oidc-reconciler validate FILE [--json]         checks an environment's document; needs no AWS
  oidc-reconciler trust compare|explain|admits … questions to a trust policy; needs no AWS

Settings come from the environment: OIDC_PARAMETER_PREFIX, OIDC_ALERT_TOPIC_ARN, OIDC_EVENT_BUS,
OIDC_FIRST_DOCUMENT, OIDC_ORGANIZATIONS, AWS_REGION and the AWS credentials. plan and reconcile exit with 0 when all is in order, 3 when
something differs or waits for a person, 1 when nothing could be decided, 2 for wrong usage.
`;

const commands = new Map<string, Command>([
  ["plan", (args, io) => reconcileCommand("plan", args, io)],
  ["reconcile", (args, io) => reconcileCommand("reconcile", args, io)],
  ["audit", auditCommand],
  ["diagnose", diagnoseCommand],
  ["validate", validateCommand],
  ["trust", trustCommand],
]);

async function main(): Promise<number> {
  const [name, ...args] = argv.slice(2);
  if (name === undefined || name === "help" || name === "--help") {
    (name === undefined ? stderr : stdout).write(usage);
    return name === undefined ? 2 : 0;
  }
  const command = commands.get(name);
  if (command === undefined) {
    stderr.write(`There is no command ${JSON.stringify(name)}.\n\n${usage}`);
    return 2;
  }
  const io = { stdout, stderr, stdin, environment: env, readFile: readText };
  try {
    return await command(args, io);
  } catch (thrown) {
    stderr.write(`${sentenceOf(thrown)}\n`);
    return 2;
  }
}

/** What is left is a wrong option, a file that is not there, or a bug: a sentence, no stack. */
function sentenceOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const code = "code" in thrown ? thrown.code : undefined;
  const path = "path" in thrown ? thrown.path : undefined;
  if (code === "ENOENT") return `There is no file ${String(path)}.`;
  if (code === "EISDIR") return "That is a folder, no file.";
  if (code === "ERR_PARSE_ARGS_UNKNOWN_OPTION") {
    return `${thrown.message.split(".")[0]}. oidc-reconciler --help lists what there is.`;
  }
  return thrown.message;
}

function readText(path: string): Promise<string> {
  return readFile(path, "utf8");
}

process.exitCode = await main();
