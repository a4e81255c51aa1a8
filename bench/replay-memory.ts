/**
 * Replays a log file that is made as it is read, and prints what it took: in a process of its own, for
 * `replay.ts`. Run with --expose-gc and the number of records and of identities.
 */
import { peakMemoryMb } from "./peak-memory.ts";
import { logFile, replayed } from "./recorded.ts";

const [records = 0, identities = 1] = process.argv.slice(2).map(Number);
const from = performance.now();
const replay = replayed(logFile(records, identities));
const ms = performance.now() - from;
globalThis.gc?.();
console.log(
  JSON.stringify({
    ms,
    counted: replay.records(),
    fingerprints: replay.bytes(),
    heldMb: process.memoryUsage().heapUsed / 1024 / 1024,
    mostMb: peakMemoryMb(),
    listed: replay.result().newlyRefused.length,
  }),
);
