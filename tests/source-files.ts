import { readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../", import.meta.url));

/** What `.gitignore` leaves out, and Git's own folder; the files need not be in a repository. */
const ignored = new Set([
  ".git",
  ...readFileSync(join(root, ".gitignore"), "utf8")
    .split("\n")
    .map((line) => line.replace(/\/$/, "")),
]);

/** Paths of the project's files, relative to its root, with `/` between the names. */
export const repositoryFiles: readonly string[] = filesBelow("");

function filesBelow(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter(({ name }) => !ignored.has(name) && !name.endsWith(".log"))
    .flatMap((entry) => {
      const path = posix.join(folder, entry.name);
      return entry.isDirectory() ? filesBelow(path) : [path];
    })
    .toSorted();
}

export function textOf(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

export type Import = {
  /** The importing file. */
  readonly from: string;
  /** A path from the root for a file of ours, otherwise the specifier as written. */
  readonly to: string;
  readonly isOurs: boolean;
};

/** Every module that a TypeScript text imports or re-exports, types included. */
export function importsIn(path: string, text: string): readonly Import[] {
  const specifiers = [
    ...text.matchAll(/^\s*(?:import|export)\b[^"';]*?\bfrom\s+"([^"]+)"/gm),
    ...text.matchAll(/^\s*import\s+"([^"]+)"/gm),
    ...text.matchAll(/\b(?:import|require)\(\s*"([^"]+)"\s*\)/g),
  ].map(([, specifier = ""]) => specifier);
  return specifiers.map((specifier) =>
    specifier.startsWith(".")
      ? { from: path, to: posix.join(posix.dirname(path), specifier), isOurs: true }
      : { from: path, to: specifier, isOurs: false },
  );
}

export const imports: readonly Import[] = repositoryFiles
  .filter((path) => path.endsWith(".ts"))
  .flatMap((path) => importsIn(path, textOf(path)));
