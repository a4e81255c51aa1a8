#!/usr/bin/env node
import { createReadStream } from "node:fs";
import { argv, env, stderr, stdin, stdout, versions } from "node:process";
import { exitCodes } from "./exit-codes.ts";
import { layoutOf, type Output } from "./io.ts";
import { runCommand } from "./run.ts";

let isLost = false;

/** A pipe whose reader has left, such as `head`, is not a failure; a full disk is. */
function outputOf(stream: NodeJS.WriteStream, name: string): Output {
  stream.on("error", (fault: NodeJS.ErrnoException) => {
    if (fault.code === "EPIPE" || isLost) return;
    isLost = true;
    stderr.write(`${name} cannot be written: ${fault.message}.\n`);
  });
  return {
    write: (text) => new Promise((resolve) => stream.write(text, (fault) => resolve(!fault))),
    layout: layoutOf(stream, env),
  };
}

/** The SDK reads its own variables; keys among them would be meant for another account. */
function useProfile(name: string): void {
  for (const key of ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"])
    delete env[key];
  env["AWS_PROFILE"] = name;
}

const code = await runCommand(argv.slice(2), {
  stdout: outputOf(stdout, "standard output"),
  stderr: outputOf(stderr, "standard error"),
  stdin,
  openFile: (path) => createReadStream(path),
  environment: env,
  clock: () => new Date(),
  useProfile,
  nodeVersion: versions.node,
});
process.exitCode = isLost ? exitCodes.failed : code;
