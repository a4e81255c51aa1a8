import type { Layout } from "../shared/report/layout.ts";

/** Standard output or standard error. */
export type Output = {
  /** Resolves once the text is handed on: to false where nobody reads it any more. */
  readonly write: (text: string) => Promise<boolean>;
  readonly layout: Layout;
};

/** What a command may touch of the process: so that each can be run and read in a test. */
export type Io = {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly stdin: AsyncIterable<Uint8Array | string>;
  readonly openFile: (path: string) => AsyncIterable<Uint8Array | string>;
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
