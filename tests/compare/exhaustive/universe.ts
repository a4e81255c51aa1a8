import type { Context } from "./atom.ts";
import { expression } from "./values.ts";

/** Two letters that patterns use, and one that stands for all others. */
const alphabet = ["a", "b", "x"] as const;

/** Every text over the alphabet of 1 to so many characters, the short ones first. */
export function texts(longest: number): readonly string[] {
  const all: string[] = [];
  let last: readonly string[] = [""];
  for (let length = 1; length <= longest; length += 1) {
    last = last.flatMap((text) => alphabet.map((character) => text + character));
    all.push(...last);
  }
  return all;
}

/**
 * The length up to which texts show every way in which these patterns can tell texts apart.
 *
 * Each pattern is an automaton of its places, followed for all patterns at once. Once no character
 * leads to a set of places that a shorter text has not led to, a longer text ends in one that a
 * shorter text ends in too, and so matches just what that one matches. Any character that no pattern
 * names moves like any other, so the one that stands for them is enough.
 */
export function lengthThatTells(patterns: readonly string[]): number {
  const start = patterns.map((pattern) => closed(pattern, new Set([0])));
  const name = (state: readonly ReadonlySet<number>[]): string =>
    state.map((places) => [...places].sort((one, other) => one - other).join()).join("|");
  const seen = new Set<string>();
  let frontier = [start];
  for (let length = 0; ; length += 1) {
    const next = frontier.flatMap((state) =>
      alphabet.map((character) =>
        state.map((places, at) => stepped(patterns[at] ?? "", places, character)),
      ),
    );
    frontier = next.filter((state) => {
      const isNew = !seen.has(name(state));
      seen.add(name(state));
      return isNew;
    });
    if (frontier.length === 0) return length;
  }
}

function closed(pattern: string, places: Set<number>): ReadonlySet<number> {
  for (const place of places) if (pattern[place] === "*") places.add(place + 1);
  return places;
}

function stepped(
  pattern: string,
  places: ReadonlySet<number>,
  character: string,
): ReadonlySet<number> {
  const reached = new Set<number>();
  for (const place of places) {
    const glyph = pattern[place];
    if (glyph === "*") reached.add(place);
    else if (glyph === "?" || glyph === character) reached.add(place + 1);
  }
  return closed(pattern, reached);
}

/** One text for each way in which the patterns match: the shortest. */
export function tellingTexts(patterns: readonly string[]): readonly string[] {
  const none: Context = new Map();
  const tests = patterns.map(
    (pattern) =>
      new RegExp(`^${expression(pattern, { version: "2008-10-17", wild: true }, none)}$`, "s"),
  );
  const byMatches = new Map<string, string>();
  for (const text of texts(lengthThatTells(patterns))) {
    const matches = tests.map((test) => (test.test(text) ? "1" : "0")).join("");
    if (!byMatches.has(matches)) byMatches.set(matches, text);
  }
  return [...byMatches.values()];
}

/** Every set of one and more of these values: a key of several values has one of them. */
export function valueSets(values: readonly string[]): readonly (readonly string[])[] {
  return Array.from({ length: 2 ** values.length - 1 }, (_, at) =>
    values.filter((_, place) => ((at + 1) >> place) % 2 === 1),
  );
}

/** Every context in which each key is absent or has one of its lists of values. */
export function contextsOf(
  keys: Readonly<Record<string, readonly (readonly string[])[]>>,
): readonly Context[] {
  return Object.entries(keys).reduce<readonly Context[]>(
    (contexts, [key, lists]) =>
      contexts.flatMap((context) => [
        context,
        ...lists.map((values) => new Map([...context, [key.toLowerCase(), values]])),
      ]),
    [new Map()],
  );
}
