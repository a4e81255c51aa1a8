/** A command line as a shell takes it apart: only what the pages use of it. */
export type CommandLine = {
  readonly words: readonly string[];
  /** The file that takes the output. */
  readonly to: string | null;
  /** What the output is piped through, such as `["head", "-3"]`. */
  readonly through: readonly (readonly string[])[];
};

/** Words with their quotes taken off, a redirection at the end, and pipes. */
export function commandLineOf(text: string): CommandLine {
  const [first = [], ...through] = piecesOf(text);
  const arrow = first.indexOf(">");
  if (arrow < 0) return { words: first, to: null, through };
  return { words: first.slice(0, arrow), to: first[arrow + 1] ?? null, through };
}

function piecesOf(text: string): readonly (readonly string[])[] {
  const pieces: string[][] = [[]];
  for (const [word] of text.replaceAll("\\\n", " ").matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g)) {
    if (word === "|") pieces.push([]);
    else pieces.at(-1)?.push(word.replaceAll(/'([^']*)'|"([^"]*)"/g, "$1$2"));
  }
  return pieces;
}

/** The lines that `head -N`, `tail -N` or `grep TEXT` leaves. */
export function filtered(
  lines: readonly string[],
  [name, argument = ""]: readonly string[],
): readonly string[] {
  switch (name) {
    case "head":
      return lines.slice(0, Number(argument.slice(1)));
    case "tail":
      return lines.slice(-Number(argument.slice(1)));
    case "grep":
      return lines.filter((line) => line.includes(argument));
    default:
      throw new Error(`the pages' shell has no ${name}`);
  }
}
