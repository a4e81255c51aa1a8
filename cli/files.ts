import { textOfBytes } from "../shared/language/file-text.ts";
import { CommandError } from "./command-error.ts";
import type { Io } from "./io.ts";

/** In MB. No file that holds one thing comes near it: what is larger would only fill the memory. */
const largest = {
  /** A token, a provider, a set of keys. */
  small: 1,
  /** A document or a policy, alone or in a tool's state of everything. */
  text: 16,
  /** CloudTrail's records. */
  log: 64,
} as const;

/**
 * Reads a file that the user named, standard input for `-`.
 *
 * @throws CommandError with one sentence where it cannot be read
 */
export async function bytesIn(
  io: Io,
  path: string,
  kind: keyof typeof largest,
): Promise<Uint8Array> {
  const fileBytesMax = largest[kind] * 1024 * 1024;
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const bytes of partsOf(io, path)) {
    length += bytes.length;
    if (length > fileBytesMax) break;
    chunks.push(bytes);
  }
  if (length > fileBytesMax) {
    const message = `${nameOf(path)} is larger than ${largest[kind]} MB.`;
    throw new CommandError(message, { where: path });
  }
  return Buffer.concat(chunks);
}

/**
 * The bytes of a file that the user named, part by part, so that it may have any length.
 *
 * @throws CommandError with one sentence where it cannot be read
 */
export async function* partsOf(io: Io, path: string): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of path === "-" ? io.stdin : io.openFile(path)) {
      yield Buffer.from(chunk);
    }
  } catch (thrown) {
    throw new CommandError(`${reasonOf(thrown, nameOf(path))}.`, { where: path });
  }
}

/** The same as text, without byte order marks. */
export async function textIn(io: Io, path: string, kind: "small" | "text"): Promise<string> {
  return textOfBytes(await bytesIn(io, path, kind)).replace(/^\ufeff/, "");
}

/**
 * Writes a file whole or not at all.
 *
 * @param where `new`: a file that is there already is wrong input, and stays as it is
 * @throws CommandError with one sentence where it cannot be written
 */
export async function writeText(
  io: Pick<Io, "writeFile">,
  path: string,
  text: string,
  where: "new" | "replace",
): Promise<void> {
  const written = await io.writeFile(path, text, where).catch((thrown: unknown) => {
    throw new CommandError(`${writeReasonOf(thrown, path)}.`, { where: path });
  });
  if (written) return;
  const message = `There is a file ${path} already, and it stays as it is: name another one.`;
  throw new CommandError(message, { code: "FileExists", where: path });
}

/** What a message calls a file. */
export function nameOf(path: string): string {
  return path === "-" ? "standard input" : path;
}

function writeReasonOf(thrown: unknown, path: string): string {
  const code = thrown instanceof Error && "code" in thrown ? thrown.code : null;
  switch (code) {
    case "ENOENT":
    case "ENOTDIR":
      return `There is no folder for the file ${path}`;
    case "EISDIR":
      return `${path} is a folder, not a file`;
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return `You are not allowed to write ${path}`;
    default:
      return `${path} cannot be written: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
  }
}

function reasonOf(thrown: unknown, name: string): string {
  const code = thrown instanceof Error && "code" in thrown ? thrown.code : null;
  switch (code) {
    case "ENOENT":
      return `There is no file ${name}`;
    case "EISDIR":
      return `${name} is a folder, not a file`;
    case "EACCES":
    case "EPERM":
      return `You are not allowed to read ${name}`;
    default:
      return `${name} cannot be read: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
  }
}
