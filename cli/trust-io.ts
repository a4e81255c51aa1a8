/** What a command may touch; tests and other shells pass their own. */
export type CommandIo = {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
  readonly stdin: AsyncIterable<Uint8Array | string>;
  readonly readFile: (path: string) => Promise<string>;
};

/** The exit codes of `trust`: not wider, wider or undecided, refused or wrongly used. */
export const exitCodes = { notWider: 0, wider: 3, refused: 2 } as const;

/** A mistake of whoever typed the command: told on stderr, exit code 2. */
export class UsageError extends Error {}

export type Options = {
  readonly flags: ReadonlySet<string>;
  readonly values: ReadonlyMap<string, string>;
  readonly files: readonly string[];
};

/** Reads a file that the user named; a file that cannot be read is a mistake in the command. */
export async function readNamed(io: CommandIo, path: string): Promise<string> {
  try {
    return await io.readFile(path);
  } catch (error) {
    throw new UsageError(
      `${path} cannot be read: ${error instanceof Error ? error.message : String(error)}.`,
    );
  }
}
