import { repositoryFiles, textOf } from "../source-files.ts";

/**
 * Whether a file has a test, or a group of tests, of this title: as the first of several arguments, in
 * the words of the source, so with `%s` or `$what` where the title has a place for a value.
 */
export function hasTest(file: string, title: string): boolean {
  if (!file.endsWith(".test.ts") || !repositoryFiles.includes(file)) return false;
  const quoted = [JSON.stringify(title), `\`${title}\``]
    .map((text) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"))
    .join("|");
  return new RegExp(`\\(\\s*(?:${quoted})\\s*,`).test(textOf(file));
}
