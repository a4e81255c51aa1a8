import { ByLetters } from "./by-letters.ts";
import { lengthOf, matches, nameOfText, type Pattern } from "./pattern.ts";
import { surelyIncludes } from "./quick.ts";

/** A pattern, the length of the shortest text that it matches, and whether a run makes that longer. */
type Measured = { readonly pattern: Pattern; readonly least: number; readonly hasRun: boolean };

function measured(pattern: Pattern): Measured {
  return { pattern, ...lengthOf(pattern) };
}

/** So many texts are held against each pattern: for no more, looking patterns up is not worth its preparation. */
const fewTexts = 4;

/** Patterns, to ask whether one of them matches a text, or surely all that another pattern does. */
export class Cover {
  readonly #identities: ReadonlySet<string>;
  /** All but the texts: these match themselves alone. */
  readonly #wide: readonly Pattern[];
  #byLetters: ByLetters<Measured> | null = null;
  #textsAsked = 0;

  constructor(patterns: readonly Pattern[]) {
    this.#identities = new Set(patterns.map(({ identity }) => identity));
    this.#wide = patterns.filter(({ literal, anyCase }) => literal === null || anyCase);
  }

  #lettered(): ByLetters<Measured> {
    this.#byLetters ??= new ByLetters(this.#wide.map(measured), ({ pattern }) => pattern.name);
    return this.#byLetters;
  }

  /** Does one of them match the whole text? */
  match(text: string): boolean {
    if (this.#identities.has(nameOfText(text))) return true;
    this.#textsAsked += 1;
    return this.#byLetters === null && this.#textsAsked <= fewTexts
      ? this.#wide.some((pattern) => matches(pattern, text))
      : this.#lettered().some(text, ({ pattern }) => matches(pattern, text));
  }

  /** Does one of them match all that this pattern does? True is certain; false means "not seen". */
  has(narrow: Pattern): boolean {
    return this.#identities.has(narrow.identity) || this.hasWide(narrow, () => true);
  }

  /** Does one with wildcards or of any case do that, of those with which this is so? */
  hasWide(narrow: Pattern, isSo: (wide: Pattern) => boolean): boolean {
    if (this.#wide.length === 0) return false;
    const inner = lengthOf(narrow);
    return this.#lettered().some(
      narrow.name,
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
