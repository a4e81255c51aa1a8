import * as z from "zod/mini";
import { noted } from "../schema/fields.ts";

/** The words of one part's `may`: at least one, each once and in the order of the table. */
export function mayList<const Words extends readonly [string, ...string[]]>(
  words: Words,
  notes: { readonly about: string; readonly example: string },
) {
  const word = noted(z.enum(words), { about: "One of the words.", allowed: words.join(", ") });
  const list = z
    .array(word)
    .check(z.minLength(1))
    .check(
      z.overwrite((written) => {
        return [...new Set(written)].sort(
          (one, other) => words.indexOf(one) - words.indexOf(other),
        );
      }),
    );
  return noted(list, { ...notes, allowed: `a list of at least one of ${words.join(", ")}` });
}

/**
 * Do these words mean what a name alone means, the guide's permissions? The first word of each kind
 * is that.
 */
export function isPlain(words: readonly [string, ...string[]], may: readonly string[]): boolean {
  return may.length === 1 && may[0] === words[0];
}

/** Each target once: the schema refuses a name that is listed twice with two meanings. */
export function onceEach<Target>(
  targets: readonly Target[],
  nameOf: (target: Target) => string,
): readonly Target[] {
  return [...new Map(targets.map((target) => [nameOf(target), target])).values()];
}

/** The name of an entry, what the entry means, and where in it the name is. */
type ListedName = {
  readonly name: string;
  /** `null`: the name may be in one entry only, whatever it means there. */
  readonly meaning: string | null;
  readonly at: readonly string[];
};

/** A name that is listed again with another meaning: nobody could say which of them counts. */
export function listedTwice(
  entries: readonly ListedName[],
  belongs: string,
): readonly z.core.$ZodRawIssue[] {
  const seen = new Map<string, string | null>();
  return entries.flatMap(({ name, meaning, at }, index) => {
    const before = seen.get(name);
    if (before === undefined) seen.set(name, meaning);
    if (before === undefined || (meaning !== null && before === meaning)) return [];
    const message = `is listed twice; ${belongs}`;
    const params = { code: "contradiction" };
    return [{ code: "custom", input: name, path: [index, ...at], message, params } as const];
  });
}

/** What to do with words of one target that are in two entries. */
export const wordsBelong = "its words belong into one entry";
