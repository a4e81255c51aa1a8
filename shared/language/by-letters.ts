import { foldCharacter } from "./pattern.ts";

/** So many letters in a row are looked at, where a pattern asks for as many. */
const lettersMax = 3;

/** Letters have so many places; those that share one cost a look, and nothing else. */
const places = 4096;

/** From here on, the characters of a pattern's name stand for wildcards. */
const firstSign = 0xf8f0;

/** Up to so many items, each is looked at. */
const fewItems = 8;

/**
 * Patterns by a few letters in a row that each of them asks for. A text that it matches has these letters,
 * and so has a pattern within it. So of a list of hundreds, only the few whose letters are there are
 * looked at.
 */
export class ByLetters<Item> {
  readonly #byLetters: Item[][] = [];
  /** Of how many letters: some patterns ask for no three in a row. */
  readonly #counts = new Set<number>();
  /** Those that ask for no letter at all. */
  readonly #others: Item[] = [];

  /** @param nameOf the name of an item's pattern (see `Pattern`) */
  constructor(items: readonly Item[], nameOf: (item: Item) => string) {
    if (items.length <= fewItems) {
      this.#others.push(...items);
      return;
    }
    const often = new Uint16Array(places);
    const named = items.map((item) => ({ item, name: nameOf(item) }));
    for (const { name } of named) {
      eachPlace(name, lettersIn(name), (place) => {
        often[place] = (often[place] ?? 0) + 1;
      });
    }
    for (const { item, name } of named) {
      const count = lettersIn(name);
      let rarest = -1;
      eachPlace(name, count, (place) => {
        if (rarest < 0 || (often[place] ?? 0) < (often[rarest] ?? 0)) rarest = place;
      });
      if (rarest < 0) {
        this.#others.push(item);
        continue;
      }
      this.#counts.add(count);
      const others = this.#byLetters[rarest];
      if (others === undefined) this.#byLetters[rarest] = [item];
      else others.push(item);
    }
  }

  /** Is this so with one of those whose letters are in a text, or in a pattern's name? */
  some(text: string, isSo: (item: Item) => boolean): boolean {
    for (const count of this.#counts) {
      for (let at = 0; at + count <= text.length; at += 1) {
        if (this.#byLetters[placeOf(text, at, count)]?.some(isSo) === true) return true;
      }
    }
    return this.#others.some(isSo);
  }
}

/** How many letters a pattern has in a row, by its name, as far as they are looked at. */
function lettersIn(name: string): number {
  let most = 0;
  let row = 0;
  for (let at = 0; at < name.length && most < lettersMax; at += 1) {
    row = name.charCodeAt(at) < firstSign ? row + 1 : 0;
    if (row > most) most = row;
  }
  return most;
}

/** The places of all so many letters in a row. */
function eachPlace(name: string, count: number, visit: (place: number) => void): void {
  if (count === 0) return;
  let row = 0;
  for (let at = 0; at < name.length; at += 1) {
    row = name.charCodeAt(at) < firstSign ? row + 1 : 0;
    if (row >= count) visit(placeOf(name, at + 1 - count, count));
  }
}

/** Whatever the letters' case. */
function placeOf(text: string, from: number, count: number): number {
  let place = count;
  for (let at = from; at < from + count; at += 1)
    place = (place * 31 + foldCharacter(text.charCodeAt(at))) % places;
  return place;
}
