/**
 * A page of docs/ as a play: comments say what happens in the account, what is in a file, and which
 * blocks of the page are shells whose output comes from a real run. Written so in Markdown:
 *
 *     <!-- act: deploy the stack -->           something happens off the page
 *     <!-- file: production.yaml -->           the next block is the content of a file
 *     <!-- transcript -->                      the next block is a shell; below each `$ ` its output
 *     <!-- transcript: by editor -->           … of a person with that policy
 *     <!-- transcript: by approver, types y -->    … who answers the questions
 *     <!-- alert -->                           the next block is the newest message of the alert topic
 */

export type Block =
  | { readonly kind: "act"; readonly name: string }
  | { readonly kind: "file"; readonly name: string; readonly text: string }
  | {
      readonly kind: "transcript";
      readonly by: string | null;
      readonly types: readonly string[];
      readonly commands: readonly string[];
    }
  | { readonly kind: "alert" };

/** Plays one block; the lines are what a transcript or an alert then shows. */
export type Player = (block: Block) => Promise<readonly string[]>;

/** The page with its outputs as they are now; everything else is left as it is. */
export async function playedPage(page: string, play: Player): Promise<string> {
  const lines = page.split("\n");
  const played: string[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? "";
    played.push(line);
    const comment = commentOf(line);
    if (comment === null) continue;
    if (comment.name === "act") {
      await play({ kind: "act", name: comment.rest });
      continue;
    }
    const end = lines.indexOf("```", at + 2);
    const [fence = "", ...inside] = lines.slice(at + 1, end);
    if (!fence.startsWith("```") || end < 0) throw new Error(`"${line}" has no block below it`);
    played.push(fence, ...(await playedBlock(comment, inside, play)), "```");
    at = end;
  }
  return played.join("\n");
}

type Comment = { readonly name: "act" | "file" | "transcript" | "alert"; readonly rest: string };

function commentOf(line: string): Comment | null {
  const [, name, rest = ""] = /^<!-- (\w+)(?:: (.*))? -->$/.exec(line) ?? [];
  return name === "act" || name === "file" || name === "transcript" || name === "alert"
    ? { name, rest }
    : null;
}

/** The lines between the fences as they are now. */
async function playedBlock(
  { name, rest }: Comment,
  inside: readonly string[],
  play: Player,
): Promise<readonly string[]> {
  if (name === "alert") return play({ kind: "alert" });
  if (name !== "transcript") {
    await play({ kind: "file", name: rest, text: inside.map((line) => `${line}\n`).join("") });
    return inside;
  }
  const [, by = null] = /\bby (\w+)/.exec(rest) ?? [];
  const types = [...rest.matchAll(/\btypes (\S+)/g)].map(([, text = ""]) => text.replace(",", ""));
  return play({ kind: "transcript", by, types, commands: commandsIn(inside) });
}

/** The commands of a shell, those of several lines as they are written. */
function commandsIn(lines: readonly string[]): readonly string[] {
  const commands: string[] = [];
  let goesOn = false;
  for (const line of lines) {
    if (goesOn) commands.push(`${commands.pop()}\n${line}`);
    else if (line.startsWith("$ ")) commands.push(line.slice(2));
    goesOn = (goesOn || line.startsWith("$ ")) && line.endsWith("\\");
  }
  return commands;
}
