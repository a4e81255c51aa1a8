/** The commands of a page: each line of its blocks for the shell, as words, with what it exports put in. */
export function commandsOf(page: string): readonly (readonly string[])[] {
  const lines = blocksOf(page, "sh").flatMap((block) =>
    block
      .replaceAll(/\\\n\s*/g, "")
      .trim()
      .split("\n"),
  );
  const exported = new Map(
    lines.flatMap((line) => {
      const [, name, value] = /^export (\w+)=(\S+)$/.exec(line) ?? [];
      return name === undefined || value === undefined ? [] : [[name, value] as const];
    }),
  );
  return lines
    .filter((line) => !line.startsWith("export "))
    .map((line) =>
      wordsOf(line).map((word) =>
        word.replaceAll(/\$(\w+)/g, (_, name) => exported.get(name) ?? ""),
      ),
    );
}

/** The blocks of a page in a language. */
export function blocksOf(page: string, language: string): readonly string[] {
  const blocks = page.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, "gm"));
  return [...blocks].map(([, block = ""]) => block);
}

/** The files that a page shows, by the names that it gives them. */
export function filesOf(page: string): ReadonlyMap<string, string> {
  const files = page.matchAll(/^<!-- file: (\S+) -->\n```\w+\n([\s\S]*?)^```$/gm);
  return new Map([...files].map(([, name = "", text = ""]) => [name, text]));
}

function wordsOf(line: string): readonly string[] {
  return (line.match(/(?:[^\s"']|"[^"]*"|'[^']*')+/g) ?? []).map((word) =>
    word.replaceAll(/["']/g, ""),
  );
}

/** What follows a word up to the next option. */
export function following(words: readonly string[], option: string): readonly string[] {
  const rest = words.slice(words.indexOf(option) + 1);
  const end = rest.findIndex((word) => word.startsWith("--"));
  return rest.slice(0, end < 0 ? rest.length : end);
}

/** `NAME=VALUE` as a pair. */
export function pairOf(word: string): readonly [string, string] {
  const at = word.indexOf("=");
  return [word.slice(0, at), word.slice(at + 1)];
}
