import { withoutTokens } from "../shared/issuers/token.ts";
import { textOfBytes } from "../shared/language/file-text.ts";
import { visible } from "../shared/language/visible.ts";

/** What a command may touch; tests and other shells pass their own. */
export type CommandIo = {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
  readonly stdin: AsyncIterable<Uint8Array | string>;
  readonly readFile: (path: string) => Promise<string>;
  /** What time it is; the machine's where it is left out. */
  readonly clock?: () => Date;
};

/** The exit codes of `trust`: not wider, wider or undecided, refused or wrongly used. */
export const exitCodes = { notWider: 0, wider: 3, refused: 2 } as const;

/**
 * A mistake of whoever typed the command: told on stderr, exit code 2. A token that was given in place
 * of a file is not repeated.
 */
export class UsageError extends Error {
  /** What programs branch on. */
  readonly code: "WrongUsage" | "token-unreadable";

  constructor(message: string, code: UsageError["code"] = "WrongUsage") {
    super(visible(withoutTokens(message)));
    this.code = code;
  }
}

/** Writes an answer, in which no token is repeated, wherever in a policy or a request one stood. */
export function answer(io: CommandIo, text: string): void {
  io.stdout.write(withoutTokens(text));
}

export type Options = {
  readonly flags: ReadonlySet<string>;
  readonly values: ReadonlyMap<string, string>;
  readonly files: readonly string[];
};

/**
 * Reads a file that the user named, or standard input for `-`, without a byte order mark; a file that
 * cannot be read is a mistake in the command.
 */
export async function readNamed(io: CommandIo, path: string): Promise<string> {
  try {
    const text = path === "-" ? await readAll(io.stdin) : await io.readFile(path);
    return text.replace(/^\ufeff/, "");
  } catch (error) {
    throw new UsageError(
      `${path} cannot be read: ${error instanceof Error ? error.message : String(error)}.`,
    );
  }
}

async function readAll(stream: CommandIo["stdin"]): Promise<string> {
  const parts: Uint8Array[] = [];
  const encoder = new TextEncoder();
  for await (const part of stream)
    parts.push(typeof part === "string" ? encoder.encode(part) : part);
  return textOfBytes(Buffer.concat(parts));
}
