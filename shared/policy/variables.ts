import type { Pattern } from "../language/pattern.ts";
import type { UnclearValue } from "./document.ts";
import { fillTemplate, type Template } from "./template.ts";

/** What variables stand for in a request, by their keys: null where the key is absent. */
export type Given = ReadonlyMap<string, string | null>;

/** The keys of the variables in some values; null where a value is not clear even with theirs. */
export function variablesIn(values: readonly UnclearValue[]): readonly string[] | null {
  const keys: string[] = [];
  for (const { template } of values) {
    if (template === null) return null;
    for (const piece of template.pieces) if (typeof piece !== "number") keys.push(piece.key);
  }
  return keys;
}

/**
 * What values become with these variables; one whose variable has no value is left out. Null where
 * that is not documented for one of them.
 */
export function filledWith(
  values: readonly UnclearValue[],
  given: Given,
): readonly Pattern[] | null {
  const patterns: Pattern[] = [];
  for (const { template } of values) {
    if (template === null) return null;
    const pattern = fillTemplate(template, (key) => given.get(key) ?? null);
    if (pattern === "unclear") return null;
    if (pattern !== "nothing") patterns.push(pattern);
  }
  return patterns;
}

/**
 * Values for the variables with which a template may match a text: each runs up to where the
 * template's own next characters are in the text. A guess, which the caller has to try.
 */
export function guessed({ pieces }: Template, text: string): ReadonlyMap<string, string> {
  const given = new Map<string, string>();
  let from = 0;
  for (const [at, piece] of pieces.entries()) {
    if (typeof piece === "number") {
      if (text.charCodeAt(from) === piece) from += 1;
      continue;
    }
    const next = pieces[at + 1];
    const isCharacter = typeof next === "number" && next >= 0;
    const found = isCharacter ? text.indexOf(String.fromCharCode(next), from + 1) : -1;
    const end = found < 0 ? text.length : found;
    if (end > from) given.set(piece.key, text.slice(from, end));
    from = end;
  }
  return given;
}
