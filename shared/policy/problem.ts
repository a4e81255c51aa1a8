import type { PolicyCode } from "./codes.ts";

/**
 * Something to say about one place of a document: a code for machines, a sentence for people, and
 * the path of the place inside the document (`Statement[0].Principal`; empty for the whole).
 */
export type Problem = { readonly code: string; readonly message: string; readonly where: string };

/** Why IAM would refuse a document. */
export type PolicyProblem = Problem & { readonly code: PolicyCode };

/** What is open about a text with a policy variable in it. */
export function variableProblem(text: string, where: string): Problem {
  const message = `${JSON.stringify(text)} holds a variable: some value of it may make a difference. Write the values that it may have.`;
  return { code: "variable", message, where };
}

/** Adds a member's name to a path, in brackets where a dot would mislead. */
export function memberPath(path: string, name: string): string {
  if (!/^[A-Za-z_]\w*$/.test(name)) return `${path}[${JSON.stringify(name)}]`;
  return path === "" ? name : `${path}.${name}`;
}

export function elementPath(path: string, index: number): string {
  return `${path}[${index}]`;
}

/** A path inside a document as a path that begins with where the document came from. */
export function pathUnder(root: string, path: string): string {
  if (root === "" || path === "") return `${root}${path}`;
  return path.startsWith("[") ? `${root}${path}` : `${root}.${path}`;
}
