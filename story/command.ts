import { runCommand } from "../cli/run.ts";
import { StoryBroken } from "./check.ts";
import type { Page } from "./page.ts";
import type { Person } from "./people.ts";
import type { Stage } from "./stage.ts";

/** What someone types behind `oidc-reconciler`, and what it then reads. */
type Typed = {
  readonly args: readonly string[];
  /** What is on standard input. */
  readonly stdin?: string;
  /** What the person answers, question by question. */
  readonly answers?: readonly string[];
};

type Ended = { readonly code: number; readonly rows: readonly string[] };

/** What fits between the page's margins in 80 columns. */
const columns = 72;

/** A person runs the command with their own credentials. Returns what it ended with and printed. */
export async function runAs(
  { sandbox }: Stage,
  page: Page,
  person: Person,
  { args, stdin = "", answers = [] }: Typed,
): Promise<Ended> {
  page.command(person.name, `oidc-reconciler ${args.join(" ")}`);
  let printed = "";
  const left = [...answers];
  const output = {
    write: async (text: string) => {
      printed += text;
      return true;
    },
    layout: { width: columns, colour: false },
    height: null,
    secrets: [],
  };
  const ask = async (question: string) => {
    const answer = left.shift();
    if (answer === undefined) throw new StoryBroken(`nobody expected the question ${question}`);
    printed += `${question}${answer}\n`;
    return answer;
  };
  const { credentials } = person;
  const environment = {
    ...sandbox.environment,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: credentials.sessionToken,
  };
  const nothing = async () => undefined;
  const code = await within(environment, () =>
    runCommand(args, {
      stdout: output,
      stderr: output,
      stdin: piecesOf(stdin),
      openFile: (path) => {
        throw new StoryBroken(`nobody has a file ${path}`);
      },
      writeFile: async (path) => {
        throw new StoryBroken(`nobody writes a file ${path}`);
      },
      terminal: { ask },
      progress: () => undefined,
      interrupted: () => new AbortController().signal,
      wait: nothing,
      environment,
      clock: sandbox.clock.now,
      useProfile: (name) => {
        throw new StoryBroken(`nobody has a profile ${name}`);
      },
      nodeVersion: process.versions.node,
    }),
  );
  return { code, rows: printed.trimEnd().split("\n") };
}

async function* piecesOf(text: string): AsyncGenerator<string> {
  yield text;
}

/** The SDK takes credentials from the process, which is the function's at other times. */
async function within<Given>(
  variables: Readonly<Record<string, string>>,
  task: () => Promise<Given>,
): Promise<Given> {
  const before = Object.keys(variables).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, variables);
  try {
    return await task();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}
