import type { Pattern } from "./pattern.ts";

/**
 * Patterns by what they begin with: of a list of hundreds, only the few that begin like another pattern are
 * looked at.
 */
class ByHead {
  readonly #byHead = new Map<string, Pattern[]>();
  /** The lengths that heads have, and the heads in order. */
  readonly #lengths: readonly number[];
  readonly #heads: readonly string[];
  readonly #ofAnyCase: Pattern[] = [];

  constructor(patterns: readonly Pattern[]) {
    for (const pattern of patterns) {
      if (pattern.anyCase) {
        this.#ofAnyCase.push(pattern);
        continue;
      }
      const others = this.#byHead.get(pattern.head);
      if (others === undefined) this.#byHead.set(pattern.head, [pattern]);
      else others.push(pattern);
    }
    this.#heads = [...this.#byHead.keys()].sort();
    this.#lengths = [...new Set(this.#heads.map((head) => head.length))];
  }

  /** Is there one of those that may begin as this pattern does, with which this is so? */
  some(pattern: Pattern, isSo: (other: Pattern) => boolean): boolean {
    if (this.#ofAnyCase.some(isSo)) return true;
    const { head } = pattern;
    if (pattern.anyCase) return [...this.#byHead.values()].some((others) => others.some(isSo));
    for (const length of this.#lengths) {
      if (length >= head.length) continue;
      if (this.#byHead.get(head.slice(0, length))?.some(isSo) === true) return true;
    }
    for (let at = this.#firstFrom(head); this.#heads[at]?.startsWith(head) === true; at += 1) {
      if (this.#byHead.get(this.#heads[at] ?? "")?.some(isSo) === true) return true;
    }
    return false;
  }

  /** The place of the first head that is this one or comes after it. */
  #firstFrom(head: string): number {
    let [low, high] = [0, this.#heads.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#heads[middle] ?? "") < head) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

const made = new WeakMap<readonly Pattern[], ByHead>();

/** The patterns of a list by their heads, made once for each list. */
export function byHead(patterns: readonly Pattern[]): ByHead {
  const known = made.get(patterns) ?? new ByHead(patterns);
  made.set(patterns, known);
  return known;
}
