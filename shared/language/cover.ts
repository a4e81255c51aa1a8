import { ByLetters } from "./by-letters.ts";
import { isRunSign, literalPattern, matches, type Pattern } from "./pattern.ts";
import { surelyIncludes } from "./quick.ts";

/** A pattern with its name, the length of the shortest text that it matches, and whether a run makes that longer. */
type Named = {
  readonly pattern: Pattern;
  readonly name: string;
  readonly least: number;
  readonly hasRun: boolean;
};

function named(pattern: Pattern): Named {
  const name = pattern.identity.slice(1);
  let runs = 0;
  for (let at = 0; at < name.length; at += 1) if (isRunSign(name.charCodeAt(at))) runs += 1;
  return { pattern, name, least: name.length - runs, hasRun: runs > 0 };
}

/** Patterns, to ask whether one of them matches a text, or surely all that another pattern does. */
export class Cover {
  readonly #identities: ReadonlySet<string>;
  /** All but the texts: these match themselves alone. */
  readonly #wide: ByLetters<Named>;

  constructor(patterns: readonly Pattern[]) {
    this.#identities = new Set(patterns.map(({ identity }) => identity));
    const wide = patterns.filter(({ literal, anyCase }) => literal === null || anyCase);
    this.#wide = new ByLetters(wide.map(named), ({ name }) => name);
  }

  /** Does one of them match the whole text? */
  match(text: string): boolean {
    return (
      this.#identities.has(literalPattern(text).identity) ||
      this.#wide.some(text, ({ pattern }) => matches(pattern, text))
    );
  }

  /** Does one of them match all that this pattern does? True is certain; false means "not seen". */
  has(narrow: Pattern): boolean {
    return this.#identities.has(narrow.identity) || this.hasWide(narrow, () => true);
  }

  /** Does one with wildcards or of any case do that, of those with which this is so? */
  hasWide(narrow: Pattern, isSo: (wide: Pattern) => boolean): boolean {
    const inner = named(narrow);
    return this.#wide.some(
      inner.name,
      ({ pattern: wide, least, hasRun }) =>
        (hasRun ? least <= inner.least : least === inner.least) &&
        surelyIncludes({ wide, narrow }) &&
        isSo(wide),
    );
  }
}

const covers = new WeakMap<readonly Pattern[], Cover>();

/** The cover of a list, made once for each list. */
export function coverOf(patterns: readonly Pattern[]): Cover {
  const known = covers.get(patterns) ?? new Cover(patterns);
  covers.set(patterns, known);
  return known;
}
