#!/usr/bin/env node
import { readFile } from "node:fs/promises";
import { argv, stderr, stdin, stdout } from "node:process";
import { trustCommand } from "./trust.ts";

const usage = `Usage: oidc-reconciler trust compare|explain|admits …
`;

const [command, ...args] = argv.slice(2);
if (command === "trust") {
  const io = { stdout, stderr, stdin, readFile: (path: string) => readFile(path, "utf8") };
  process.exitCode = await trustCommand(args, io);
} else {
  stderr.write(usage);
  process.exitCode = 2;
}
