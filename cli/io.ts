import type { Layout } from "../shared/report/layout.ts";

/** Standard output or standard error. */
export type Output = {
  /** Resolves once the text is handed on: to false where nobody reads it any more. */
  readonly write: (text: string) => Promise<boolean>;
  readonly layout: Layout;
  /** Rows of the terminal; null where there is none, or it does not say. */
  readonly height: number | null;
  /** What is never written to it, wherever it comes from. */
  readonly secrets: readonly string[];
};

/** Someone at a terminal, who can be asked. */
export type Terminal = {
  /** The answer, without its line break; null where there is none: end of input, or Ctrl-C. */
  readonly ask: (question: string) => Promise<string | null>;
};

/** What a command may touch of the process: so that each can be run and read in a test. */
export type Io = {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly stdin: AsyncIterable<Uint8Array | string>;
  readonly openFile: (path: string) => AsyncIterable<Uint8Array | string>;
  /**
   * Writes a file whole or not at all.
   *
   * @param where `new`: only where there is none; resolves to false where there is one already
   */
  readonly writeFile: (path: string, text: string, where: "new" | "replace") => Promise<boolean>;
  /** Null unless standard input and standard error are terminals: then nobody can be asked. */
  readonly terminal: Terminal | null;
  /**
   * Shows how far long work is, in one line of standard error that the next one replaces and null
   * wipes. Where no terminal is, a line now and then of what takes long.
   */
  readonly progress: (text: string | null) => void;
  /**
   * Takes over the first Ctrl-C: a command that calls it ends in order when the signal aborts, and
   * says what was done and what was not. A second Ctrl-C ends the process at once, and so does the
   * first for commands that do not call it.
   */
  readonly interrupted: () => AbortSignal;
  /** Resolves after a time, or as soon as the signal of `interrupted`, or the one given, aborts. */
  readonly wait: (milliseconds: number, ended?: AbortSignal) => Promise<void>;
  readonly environment: Readonly<NodeJS.ProcessEnv>;
  readonly clock: () => Date;
  /** Makes AWS's SDK take credentials and Region from a profile of AWS's shared files. */
  readonly useProfile: (name: string) => void;
  /** The version of Node that runs it, such as `22.0.0`. */
  readonly nodeVersion: string;
};

/** What of a stream says how wide it is and whether a person reads it: `node:tty`'s WriteStream. */
type Stream = { readonly isTTY?: boolean; readonly columns?: number };

/**
 * How lines are laid out on a stream: to the terminal's width and in colours on a terminal, as they
 * are in a file or pipe. `NO_COLOR` (no-color.org) takes colours away, `FORCE_COLOR` (as Node reads
 * it) brings them into a pipe; where both are set, `FORCE_COLOR` wins, as in Node.
 */
export function layoutOf(stream: Stream, environment: Readonly<NodeJS.ProcessEnv>): Layout {
  const isTerminal = stream.isTTY === true;
  const { NO_COLOR, FORCE_COLOR, TERM } = environment;
  const colour =
    FORCE_COLOR !== undefined
      ? FORCE_COLOR !== "0" && FORCE_COLOR !== "false"
      : isTerminal && TERM !== "dumb" && (NO_COLOR ?? "") === "";
  return { width: isTerminal ? (stream.columns ?? null) : null, colour };
}
