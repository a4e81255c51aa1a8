import { foldCharacter, isNameSign } from "./pattern.ts";

/** Up to so many items, each is looked at. */
const fewItems = 8;

/**
 * Patterns by three letters in a row that each of them asks for. A text that it matches has these letters,
 * and so has a pattern within it. So of a list of hundreds, only the few whose letters are there are
 * looked at.
 */
export class ByLetters<Item> {
  readonly #byLetters = new Map<number, Item[]>();
  /** Those that ask for no three letters. */
  readonly #others: Item[];

  /** @param nameOf the name of an item's pattern (see `Pattern`) */
  constructor(items: readonly Item[], nameOf: (item: Item) => string) {
    this.#others = items.length <= fewItems ? [...items] : [];
    if (items.length <= fewItems) return;
    often.fill(0);
    for (const item of items) {
      somePlace(nameOf(item), (place) => {
        often[place] = (often[place] ?? 0) + 1;
        return false;
      });
    }
    for (const item of items) {
      let rarest = -1;
      let least = Number.POSITIVE_INFINITY;
      somePlace(nameOf(item), (place) => {
        const count = often[place] ?? 0;
        if (count < least) [rarest, least] = [place, count];
        return false;
      });
      const others = rarest < 0 ? this.#others : (this.#byLetters.get(rarest) ?? []);
      if (rarest >= 0) this.#byLetters.set(rarest, others);
      others.push(item);
    }
  }

  /** Is this so with one of those whose letters are in a text, or in a pattern's name? */
  some(text: string, isSo: (item: Item) => boolean): boolean {
    if (this.#others.some(isSo)) return true;
    if (this.#byLetters.size === 0) return false;
    return somePlace(text, (place) => this.#byLetters.get(place)?.some(isSo) === true);
  }
}

const placesMax = 0x1000;
/** How many items ask for the letters of each place, while they are put in order. */
const often = new Uint32Array(placesMax);

/**
 * Is this so of one of the numbers of a text, one for each three letters in a row, whatever their case? Some
 * share one, which costs a look. A sign of names begins a new row, also in a text: what is asked for has none.
 */
function somePlace(text: string, isSo: (place: number) => boolean): boolean {
  let place = 0;
  let row = 0;
  for (let at = 0; at < text.length; at += 1) {
    const character = foldCharacter(text.charCodeAt(at));
    place = ((place << 4) ^ character) % placesMax;
    row = isNameSign(character) ? 0 : row + 1;
    if (row > 2 && isSo(place)) return true;
  }
  return false;
}
