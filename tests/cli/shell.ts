import type { Group } from "../../cli/command.ts";
import type { Io, Output } from "../../cli/io.ts";
import { runCommand } from "../../cli/run.ts";
import type { Layout } from "../../shared/report/layout.ts";

/** What the command ended with and printed. */
export type Said = { readonly code: number; readonly out: string; readonly err: string };

/** What a call finds; each is empty where it is left out. */
export type Shell = {
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  readonly stdin?: readonly (string | Uint8Array)[];
  readonly environment?: Readonly<NodeJS.ProcessEnv>;
  readonly layout?: Layout;
  readonly now?: Date;
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
      return true;
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
  };
  const code = await runCommand(args, io, table);
  return { code, ...printed };
}

async function* piecesOf<Piece>(pieces: readonly Piece[]): AsyncGenerator<Piece> {
  yield* pieces;
}

async function* fileIn(files: NonNullable<Shell["files"]>, path: string) {
  const content = files[path];
  if (content === undefined) {
    throw Object.assign(new Error(`ENOENT, open '${path}'`), { code: "ENOENT", path });
  }
  yield content;
}
