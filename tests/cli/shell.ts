import type { Group } from "../../cli/command.ts";
import type { Io, Output, Terminal } from "../../cli/io.ts";
import { runCommand } from "../../cli/run.ts";
import { secretsIn } from "../../cli/secrets.ts";
import type { Layout } from "../../shared/report/layout.ts";
import { checkJson } from "./published-schemas.ts";

/** What the command ended with and printed. */
export type Said = { readonly code: number; readonly out: string; readonly err: string };

/** An answer; null for none; or one that comes late, after what happens meanwhile. */
type Reply = string | null | (() => Promise<string>);

/** What a call finds; each is empty where it is left out. */
export type Shell = {
  /** An error is what reading the file ends with. */
  readonly files?: Readonly<Record<string, string | Uint8Array | Error>>;
  readonly stdin?: Iterable<string | Uint8Array>;
  readonly environment?: Readonly<NodeJS.ProcessEnv>;
  readonly layout?: Layout;
  /** Rows of the terminal; left out: there is none. */
  readonly height?: number;
  readonly now?: Date;
  /** A clock that goes; left out: `now`, or the real time. */
  readonly clock?: () => Date;
  readonly nodeVersion?: string;
  /** The reader of standard output has left. */
  readonly nobodyReads?: boolean;
  /** What someone at the terminal answers, question by question; left out: there is no terminal. */
  readonly answers?: readonly Reply[];
  /** Takes what the command writes; a file in `files` or here is there already. */
  readonly written?: Map<string, string>;
  /** Takes each line of progress. */
  readonly progress?: string[];
  /** Aborts as Ctrl-C does. */
  readonly interrupted?: AbortSignal;
  /** What passes while the command waits; left out: nothing, at once. */
  readonly wait?: Io["wait"];
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
    secrets: secretsIn(environment),
    height: shell.height ?? null,
  });
  const io: Io = {
    stdout: output("out"),
    stderr: output("err"),
    stdin: piecesOf(stdin),
    openFile: (path) => fileIn(shell.files ?? {}, path),
    writeFile: async (path, text, where) => {
      const written = shell.written ?? new Map<string, string>();
      const isThere = written.has(path) || shell.files?.[path] !== undefined;
      if (where === "new" && isThere) return false;
      written.set(path, text);
      return true;
    },
    terminal: shell.answers === undefined ? null : terminalOf([...shell.answers], printed),
    progress: (text) => {
      if (text !== null) shell.progress?.push(text);
    },
    interrupted: () => shell.interrupted ?? new AbortController().signal,
    wait: shell.wait ?? (async () => undefined),
    environment,
    clock: shell.clock ?? (() => now ?? new Date()),
    useProfile: (name) => {
      throw new Error(`no profile ${name} in this process`);
    },
    nodeVersion: shell.nodeVersion ?? process.versions.node,
  };
  const code = await runCommand(args, io, table);
  if (table === undefined && shell.nobodyReads !== true) checkJson(args, code, printed.out);
  return { code, ...printed };
}

/** Someone who answers in order; the questions are in what was printed to standard error. */
function terminalOf(answers: Reply[], printed: { err: string }): Terminal {
  return {
    ask: async (question) => {
      const reply = answers.shift();
      if (reply === undefined) throw new Error(`nobody answers ${JSON.stringify(question)}`);
      const answer = typeof reply === "function" ? await reply() : reply;
      printed.err += `${question}${answer ?? ""}\n`;
      return answer;
    },
  };
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
