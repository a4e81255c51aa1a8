import { foldCharacter, isRun, type Pattern } from "./pattern.ts";
import { surelyIncludes } from "./quick.ts";

/** What a wide pattern must not exceed in a narrow one: a quick look before the patterns themselves. */
type Marks = {
  /** The length of the shortest text that matches. */
  readonly least: number;
  readonly hasRun: boolean;
  /** A bit for each pair of neighbouring characters, by a hash, whatever their case. */
  readonly pairs: number;
};

const known = new WeakMap<Pattern, Marks>();

function marksOf(pattern: Pattern): Marks {
  const made = known.get(pattern) ?? makeMarks(pattern.glyphs);
  known.set(pattern, made);
  return made;
}

function makeMarks(glyphs: readonly number[]): Marks {
  let least = 0;
  let pairs = 0;
  let before = -1;
  for (const glyph of glyphs) {
    if (!isRun(glyph)) least += 1;
    const character = glyph < 0 ? -1 : foldCharacter(glyph);
    if (before >= 0 && character >= 0) pairs |= 1 << ((before * 31 + character * 17) % 32);
    before = character;
  }
  return { least, hasRun: least < glyphs.length, pairs };
}

type Wide = { readonly pattern: Pattern; readonly marks: Marks };

/** Patterns, to ask whether one of them surely matches all that another pattern does. */
export class Cover {
  readonly #identities = new Set<string>();
  /** By their heads, for what is within one of them begins with its head. */
  readonly #byHead = new Map<string, Wide[]>();
  /** The lengths that heads have. */
  readonly #lengths = new Set<number>();
  readonly #ofAnyCase: Wide[] = [];

  constructor(patterns: readonly Pattern[]) {
    for (const pattern of patterns) this.add(pattern);
  }

  add(pattern: Pattern): void {
    if (this.#identities.has(pattern.identity)) return;
    this.#identities.add(pattern.identity);
    // A text is within another pattern only where that is the same text.
    if (pattern.literal !== null && !pattern.anyCase) return;
    const wide = { pattern, marks: marksOf(pattern) };
    if (pattern.anyCase) {
      this.#ofAnyCase.push(wide);
      return;
    }
    this.#lengths.add(pattern.head.length);
    const others = this.#byHead.get(pattern.head);
    if (others === undefined) this.#byHead.set(pattern.head, [wide]);
    else others.push(wide);
  }

  /** True is certain; false means "not seen". */
  has(narrow: Pattern): boolean {
    if (this.#identities.has(narrow.identity)) return true;
    if (this.#byHead.size === 0 && this.#ofAnyCase.length === 0) return false;
    const marks = marksOf(narrow);
    const isIn = (wide: Wide): boolean =>
      (wide.marks.hasRun ? wide.marks.least <= marks.least : wide.marks.least === marks.least) &&
      (wide.marks.pairs & ~marks.pairs) === 0 &&
      surelyIncludes({ wide: wide.pattern, narrow });
    for (const length of this.#lengths) {
      if (length > narrow.head.length) continue;
      if (this.#byHead.get(narrow.head.slice(0, length))?.some(isIn) === true) return true;
    }
    return this.#ofAnyCase.some(isIn);
  }
}
