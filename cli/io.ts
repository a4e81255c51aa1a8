import type { Layout } from "../shared/report/layout.ts";
import type { CommandIo } from "./trust.ts";

/** What a command may touch of the process: so that each can be run and read in a test. */
export type Io = CommandIo & {
  /** A file as it is, packed ones too; without it files are read as text. */
  readonly readBytes?: (path: string) => Promise<Uint8Array>;
  readonly environment: Readonly<NodeJS.ProcessEnv>;
  /** How what goes to standard output is laid out. */
  readonly layout: Layout;
};

/** A command and its exit code. */
export type Command = (args: readonly string[], io: Io) => Promise<number>;
