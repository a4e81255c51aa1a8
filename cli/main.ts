#!/usr/bin/env node
import { readFile } from "node:fs/promises";
import { argv, env, stderr, stdin, stdout } from "node:process";
import { textOfBytes } from "../shared/language/file-text.ts";
import { runCommand } from "./command.ts";
import { layoutOf } from "./terminal.ts";

process.exitCode = await runCommand(argv.slice(2), {
  stdout,
  stderr,
  stdin,
  environment: env,
  layout: layoutOf(stdout, env),
  readFile: async (path) => textOfBytes(await readFile(path)),
  readBytes: (path) => readFile(path),
});
