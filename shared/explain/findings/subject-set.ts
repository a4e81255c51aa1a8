import { globPattern } from "../../language/pattern.ts";
import type { StringSet } from "../../language/strings.ts";

/** A set of subjects with a name: equal names are equal sets. */
export type SubjectSet = { readonly set: StringSet; readonly identity: string };

/** A project, a user and a repository that no policy means. */
export const stranger = {
  project: "5b7f0a52-9d3c-4e1b-8a64-2f9c7d10e3b8",
  user: "c2e94f1d-06a7-4b58-9f3e-71d8ab45c690",
  origin: "github.com/example/fork",
  branch: "zq-nobody-named-this",
} as const;

/** A set of subjects by globs, under a name made of them. */
export function globs(...texts: readonly string[]): SubjectSet {
  const patterns = texts.map((text) => globPattern(text));
  return { set: { kind: "patterns", patterns }, identity: `globs|${texts.join("\n")}` };
}
