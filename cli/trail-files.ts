import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { trailReader } from "../shared/trail/reader.ts";
import type { CallRecord } from "../shared/trail/records.ts";
import { CommandError } from "./command-error.ts";
import { nameOf, partsOf } from "./files.ts";
import type { Io } from "./io.ts";

/**
 * Gives every record in files of CloudTrail's events to `take`, and holds one part of a file at a
 * time: packed by gzip or not, whatever the name says; `-` is standard input.
 *
 * @returns false where the signal ended it
 * @throws CommandError for a file that cannot be read to its end
 */
export async function readTrailFiles(
  io: Io,
  files: readonly string[],
  given: { readonly take: (record: CallRecord) => void; readonly signal: AbortSignal },
): Promise<boolean> {
  for (const [index, file] of files.entries()) {
    const number = files.length === 1 ? "" : ` (${index + 1} of ${files.length})`;
    const isWhole = await readTrailFile(io, file, {
      ...given,
      progress: (records) => io.progress(`reading ${nameOf(file)}${number}: ${records} records`),
    });
    if (!isWhole) return false;
  }
  return true;
}

type Reading = {
  readonly take: (record: CallRecord) => void;
  readonly signal: AbortSignal;
  readonly progress: (records: string) => void;
};

async function readTrailFile(io: Io, file: string, reading: Reading): Promise<boolean> {
  let records = 0;
  const reader = trailReader((record) => {
    records += 1;
    reading.take(record);
  });
  const check = (wrong: string | null): void => {
    if (wrong !== null) throw unreadable(file, wrong);
  };
  for await (const part of unpacked(partsOf(io, file), file)) {
    if (reading.signal.aborted) return false;
    check(reader.push(part));
    reading.progress(records.toLocaleString("en"));
  }
  check(reader.end());
  return true;
}

function unreadable(file: string, why: string): CommandError {
  const message = `${nameOf(file)} cannot be read as CloudTrail's events: ${why}.`;
  return new CommandError(message, { code: "UnreadableEvents", where: file });
}

/** Unpacks what begins like gzip, and leaves anything else as it is. */
async function* unpacked(
  parts: AsyncGenerator<Uint8Array>,
  file: string,
): AsyncGenerator<Uint8Array> {
  const first: Uint8Array[] = [];
  let length = 0;
  while (length < 2) {
    const { value, done } = await parts.next();
    if (done === true) break;
    first.push(value);
    length += value.length;
  }
  const start = Buffer.concat(first);
  if (start[0] === 0x1f && start[1] === 0x8b) yield* unzipped(behind(start, parts), file);
  else yield* behind(start, parts);
}

async function* behind(
  start: Uint8Array,
  parts: AsyncGenerator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield start;
  yield* parts;
}

async function* unzipped(
  parts: AsyncGenerator<Uint8Array>,
  file: string,
): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip();
  // What ends one of the two ends the other; the loop below throws it.
  pipeline(Readable.from(parts), gunzip, () => undefined);
  try {
    for await (const part of gunzip) yield part;
  } catch (thrown) {
    if (thrown instanceof CommandError) throw thrown;
    throw unreadable(file, "it begins like gzip and cannot be unpacked to its end");
  }
}
