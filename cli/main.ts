#!/usr/bin/env node
import { exitCodes } from "./exit-codes.ts";
import { processIo } from "./process-io.ts";
import { runCommand } from "./run.ts";

const { io, isLost } = processIo(process);
const code = await runCommand(process.argv.slice(2), io);
process.exitCode = isLost() ? exitCodes.failed : code;
