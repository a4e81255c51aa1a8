import type { Group } from "../../cli/command.ts";
import type { Io, Output } from "../../cli/io.ts";
import { runCommand } from "../../cli/run.ts";
import type { Layout } from "../../shared/report/layout.ts";

/** What the command ended with and printed. */
export type Said = { readonly code: number; readonly out: string; readonly err: string };

/** What a call finds; each is empty where it is left out. */
export type Shell = {
  /** An error is what reading the file ends with. */
  readonly files?: Readonly<Record<string, string | Uint8Array | Error>>;
  readonly stdin?: Iterable<string | Uint8Array>;
  readonly environment?: Readonly<NodeJS.ProcessEnv>;
  readonly layout?: Layout;
  readonly now?: Date;
  readonly nodeVersion?: string;
  /** The reader of standard output has left. */
  readonly nobodyReads?: boolean;
};

/** Runs `oidc-reconciler` in this process, with files that exist for it alone. */
export async function say(
  args: readonly string[],
  shell: Shell = {},
  table?: Group,
): Promise<Said> {
  const printed = { out: "", err: "" };
  const { layout = { width: null, colour: false }, now, environment = {}, stdin = [] } = shell;
  const output = (to: keyof typeof printed): Output => ({
    write: async (text) => {
      printed[to] += text;
      return shell.nobodyReads !== true;
    },
    layout,
  });
  const io: Io = {
    stdout: output("out"),
    stderr: output("err"),
    stdin: piecesOf(stdin),
    openFile: (path) => fileIn(shell.files ?? {}, path),
    environment,
    clock: () => now ?? new Date(),
    useProfile: (name) => {
      throw new Error(`no profile ${name} in this process`);
    },
    nodeVersion: shell.nodeVersion ?? process.versions.node,
  };
  const code = await runCommand(args, io, table);
  return { code, ...printed };
}

async function* piecesOf<Piece>(pieces: Iterable<Piece>): AsyncGenerator<Piece> {
  yield* pieces;
}

async function* fileIn(files: NonNullable<Shell["files"]>, path: string) {
  const content = files[path];
  if (content === undefined) {
    throw Object.assign(new Error(`ENOENT, open '${path}'`), { code: "ENOENT", path });
  }
  if (content instanceof Error) throw content;
  yield content;
}
