import { foldCharacter } from "./pattern.ts";

/** From here on, the characters of a pattern's name stand for wildcards. */
const firstSign = 0xf8f0;

/** Up to so many items, each is looked at. */
const fewItems = 8;

/**
 * Patterns by three letters in a row that each of them asks for. A text that it matches has these letters,
 * and so has a pattern within it. So of a list of hundreds, only the few whose letters are there are
 * looked at.
 */
export class ByLetters<Item> {
  readonly #byLetters: Item[][] = [];
  /** Those that ask for no three letters. */
  readonly #others: Item[] = [];

  /** @param nameOf the name of an item's pattern (see `Pattern`) */
  constructor(items: readonly Item[], nameOf: (item: Item) => string) {
    const asked = items.map((item) => (items.length > fewItems ? placesIn(nameOf(item)) : []));
    const often = new Map<number, number>();
    for (const place of asked.flat()) often.set(place, (often.get(place) ?? 0) + 1);
    for (const [at, item] of items.entries()) {
      let rarest = -1;
      let least = Number.POSITIVE_INFINITY;
      for (const place of asked[at] ?? []) {
        const count = often.get(place) ?? 0;
        if (count < least) [rarest, least] = [place, count];
      }
      const others = rarest < 0 ? this.#others : (this.#byLetters[rarest] ?? []);
      if (rarest >= 0) this.#byLetters[rarest] = others;
      others.push(item);
    }
  }

  /** Is this so with one of those whose letters are in a text, or in a pattern's name? */
  some(text: string, isSo: (item: Item) => boolean): boolean {
    return (
      this.#others.some(isSo) ||
      (this.#byLetters.length > 0 &&
        placesIn(text).some((place) => this.#byLetters[place]?.some(isSo)))
    );
  }
}

/** One number for each three letters in a row, whatever their case. Some share one, which costs a look. */
function placesIn(text: string): readonly number[] {
  const places: number[] = [];
  let place = 0;
  let row = 0;
  for (let at = 0; at < text.length; at += 1) {
    const character = foldCharacter(text.charCodeAt(at));
    place = ((place << 4) ^ character) & 0xfff;
    row = character < firstSign ? row + 1 : 0;
    if (row > 2) places.push(place);
  }
  return places;
}
