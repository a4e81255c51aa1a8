import { layOut, line } from "../../shared/report/layout.ts";
import type { Act } from "./acts.ts";
import { awsCall } from "./aws.ts";
import { jobSession } from "./jobs.ts";
import type { Block } from "./page.ts";
import { administratorIn, sessionOf } from "./persons.ts";
import { isPersona } from "./policies.ts";
import type { Stage, Variables } from "./stage.ts";
import { commandOutput, pageWidth } from "./terminal.ts";
import { commandLineOf, filtered } from "./words.ts";

/** What a person needs to read an output and to type the next command. */
const secondsBetween = 60;

/** Plays a page's blocks one after the other, with the acts that pages may name. */
export function playerOn(stage: Stage, acts: Readonly<Record<string, Act>>) {
  return async (block: Block): Promise<readonly string[]> => {
    switch (block.kind) {
      case "act": {
        const act = acts[block.name];
        if (act === undefined) throw new Error(`there is no act "${block.name}"`);
        await act(stage);
        await stage.watch();
        return [];
      }
      case "file":
        stage.files.set(block.name, block.text);
        return [];
      case "transcript":
        return transcript(stage, block);
      case "alert":
        return newestAlert(stage);
      default:
        throw new Error(`no such block: ${block satisfies never}`);
    }
  };
}

/** The subject of the newest message, and what it says. */
function newestAlert({ sandbox }: Stage): readonly string[] {
  const message = sandbox.messages.at(-1);
  if (message === undefined) throw new Error("no alert was sent");
  const { content }: { readonly content: { readonly description: string } } = JSON.parse(
    message.message,
  );
  const text = content.description.split("\n").map((each) => line(each));
  const laidOut = layOut(text, { width: pageWidth, colour: false });
  return [`Subject: ${message.subject ?? ""}`, "", ...laidOut.split("\n")];
}

async function transcript(
  stage: Stage,
  { by, types, commands }: Extract<Block, { readonly kind: "transcript" }>,
): Promise<readonly string[]> {
  const session = await sessionFor(stage, by);
  const answers = [...types];
  const lines: string[] = [];
  for (const [index, command] of commands.entries()) {
    const printed = await outputOf(stage, command, { session, answers });
    const isLast = index === commands.length - 1;
    lines.push(`$ ${command}`, ...printed, ...(isLast || printed.length === 0 ? [] : [""]));
    await stage.pass(secondsBetween * 1000);
    await stage.watch();
  }
  if (answers.length > 0) throw new Error(`nothing asks for the answer "${answers[0]}"`);
  return lines.flatMap((line) => line.split("\n"));
}

function sessionFor(stage: Stage, by: string | null): Variables | Promise<Variables> {
  const { sandbox } = stage;
  if (by === null) return administratorIn(sandbox);
  if (by === "job") return jobSession(stage);
  if (!isPersona(by)) throw new Error(`the pages have no ${by}`);
  return sessionOf(sandbox, by);
}

type Typed = {
  readonly session: Variables;
  readonly answers: string[];
  readonly isPiped: boolean;
};

async function outputOf(
  stage: Stage,
  command: string,
  typed: Omit<Typed, "isPiped">,
): Promise<readonly string[]> {
  const { words, to, through } = commandLineOf(command);
  const isPiped = to !== null || through.length > 0;
  const {
    before = "",
    out = "",
    after = "",
  } = await printedBy(stage, words, {
    ...typed,
    isPiped,
  });
  const left = through.reduce(filtered, linesOf(out));
  if (to === null) return [...linesOf(before), ...left, ...linesOf(after)];
  stage.files.set(to, left.map((line) => `${line}\n`).join(""));
  return [...linesOf(before), ...linesOf(after)];
}

function linesOf(text: string): readonly string[] {
  return text === "" ? [] : text.trimEnd().split("\n");
}

/** What goes on into a pipe or a file, and what is seen before and after, whatever follows. */
type Printed = { readonly before?: string; readonly out?: string; readonly after?: string };

async function printedBy(
  stage: Stage,
  words: readonly string[],
  { session, ...typed }: Typed,
): Promise<Printed> {
  const [program = "", ...args] = words;
  switch (program) {
    case "oidc-reconciler": {
      const variables = { ...session, ...Object.fromEntries(stage.exported) };
      const ended = await commandOutput({ stage, args, variables, ...typed });
      stage.exit = ended.code;
      return { ...ended, out: ended.piped };
    }
    case "aws": {
      const connection = connectionOf(session);
      return { out: (await awsCall({ words, files: stage.files, connection })).join("\n") };
    }
    case "export":
      for (const pair of args) {
        const [name = "", value = ""] = pair.split(/=(.*)/s);
        stage.exported.set(name, value);
      }
      return {};
    case "echo":
      return { out: args.join(" ").replaceAll("$?", String(stage.exit)) };
    case "cat":
      return { out: args.map((name) => stage.files.get(name) ?? "").join("") };
    default:
      throw new Error(`the pages' shell has no ${program}`);
  }
}

function connectionOf(session: Variables) {
  return {
    endpoint: session["AWS_ENDPOINT_URL"] ?? "",
    region: session["AWS_REGION"] ?? "",
    credentials: {
      accessKeyId: session["AWS_ACCESS_KEY_ID"] ?? "",
      secretAccessKey: session["AWS_SECRET_ACCESS_KEY"] ?? "",
      sessionToken: session["AWS_SESSION_TOKEN"] ?? "",
    },
  };
}
