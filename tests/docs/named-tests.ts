import { imports, repositoryFiles, textOf } from "../source-files.ts";

/**
 * Whether a file has a test, or a group of tests, of this title, itself or by a file of tests that it
 * imports: as the first of several arguments, in the words of the source, so with `%s` or `$what` where
 * the title has a place for a value.
 */
export function hasTest(file: string, title: string): boolean {
  if (!file.endsWith(".test.ts") || !repositoryFiles.includes(file)) return false;
  const quoted = [JSON.stringify(title), `\`${title}\``]
    .map((text) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"))
    .join("|");
  const shared = imports
    .filter(({ from, to }) => from === file && to.startsWith("tests/"))
    .map(({ to }) => to);
  const titled = new RegExp(`\\(\\s*(?:${quoted})\\s*,`);
  return [file, ...shared].some((path) => titled.test(textOf(path)));
}
