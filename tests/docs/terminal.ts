import type { Io, Output } from "../../cli/io.ts";
import { runCommand } from "../../cli/run.ts";
import type { Stage, Variables } from "./stage.ts";
import { withEnvironment } from "./surroundings.ts";

/** Outputs fit the pages. */
export const pageWidth = 100;

type Typed = {
  readonly stage: Stage;
  readonly args: readonly string[];
  readonly variables: Variables;
  /** What the person types where the command asks, in its order. */
  readonly answers: string[];
  /** Standard output goes into a pipe or a file. */
  readonly isPiped: boolean;
};

export type Ended = {
  readonly code: number;
  /** What the person sees at once, before anything goes into the pipe and after. */
  readonly before: string;
  readonly after: string;
  /** What went into the pipe. */
  readonly piped: string;
};

/** Runs the command at a terminal. */
export async function commandOutput({
  stage,
  args,
  variables,
  answers,
  isPiped,
}: Typed): Promise<Ended> {
  const printed = { before: "", piped: "", after: "" };
  const show = (text: string) => {
    printed[printed.piped === "" ? "before" : "after"] += text;
  };
  const output = (to: "terminal" | "pipe"): Output => ({
    write: async (text) => {
      if (to === "pipe") printed.piped += text;
      else show(text);
      return true;
    },
    layout: { width: to === "terminal" ? pageWidth : null, colour: false },
    height: null,
    secrets: [],
  });
  const unanswered: string[] = [];
  const io: Io = {
    stdout: output(isPiped ? "pipe" : "terminal"),
    stderr: output("terminal"),
    stdin: nothing(),
    openFile: (path) => fileIn(stage.files, path),
    writeFile: async (path, text, where) => {
      if (where === "new" && stage.files.has(path)) return false;
      stage.files.set(path, text);
      return true;
    },
    terminal: {
      ask: async (question) => {
        const answer = answers.shift();
        // The command would take an exception for its own fault, and print it into the page.
        if (answer === undefined) unanswered.push(question);
        show(`${question}${answer ?? ""}\n`);
        return answer ?? null;
      },
    },
    progress: () => undefined,
    interrupted: () => new AbortController().signal,
    wait: stage.pass,
    environment: variables,
    clock: stage.sandbox.clock.now,
    useProfile: (name) => {
      throw new Error(`no profile ${name} on a page`);
    },
    nodeVersion: process.versions.node,
  };
  const code = await withEnvironment(variables, () => runCommand(args, io));
  if (unanswered.length > 0) throw new Error(`the page answers nothing to "${unanswered[0]}"`);
  return { code, ...printed };
}

async function* nothing(): AsyncGenerator<string> {
  // Nobody types anything but answers.
}

async function* fileIn(files: ReadonlyMap<string, string>, path: string): AsyncGenerator<string> {
  const content = files.get(path);
  if (content === undefined) {
    throw Object.assign(new Error(`ENOENT, open '${path}'`), { code: "ENOENT", path });
  }
  yield content;
}
