import { type Budget, spend } from "./budget.ts";
import { kindsOf } from "./kinds.ts";
import type { CharacterClass, Machine } from "./machine.ts";
import { type Place, Walk } from "./walk.ts";

/** The result of a search: a shortest member, the certainty that there is none, or neither. */
export type Found =
  | { readonly kind: "found"; readonly text: string }
  | { readonly kind: "none" }
  | { readonly kind: "spent" };

export const none: Found = { kind: "none" };
export const spent: Found = { kind: "spent" };

type Node = {
  readonly included: readonly Place[];
  readonly excluded: Place;
  readonly parent: Node | null;
  readonly character: number;
  readonly length: number;
};

/**
 * A shortest non-empty string that every automaton of `included` accepts and `excluded` does not.
 *
 * Best first: a node comes the sooner, the shorter a string through it can be by what each included
 * automaton still asks for (A*, Hart, Nilsson and Raphael 1968). Sets of states are built as they are
 * met, so nothing is determinised that the answer does not need. Two remedies against patterns whose
 * subsets explode (`*a????…`): an included automaton of that kind is followed one state at a time, and
 * a node is dropped when a node with the same included states and fewer excluded ones was met before.
 */
export function searchMember(input: {
  readonly included: readonly Machine[];
  readonly excluded: Machine;
  readonly budget: Budget;
}): Found {
  const { budget } = input;
  const walks = input.included.map((machine) => new Walk(machine));
  const excluded = new Walk(input.excluded);
  const seen = new Seen([...input.included, input.excluded].some(({ mayExplode }) => mayExplode));
  const queue = new Queue();
  for (const start of startNodes(walks, excluded).reverse()) queue.add(start);
  for (let node = queue.next(); node !== null; node = queue.next()) {
    // The empty text does not count, and a longer one may lead back to where it began.
    if (node.length > 0 && !seen.isNew(node, budget)) continue;
    if (isMember(node)) return { kind: "found", text: textOf(node) };
    const characters = charactersAt(node);
    if (!spend(budget, 1 + characters.length * (1 + walks.length))) return spent;
    const reached: Node[] = [];
    for (const character of characters) {
      const excludedThen = excluded.step(node.excluded, character, budget);
      if (excludedThen.universal) continue;
      for (const one of successors(walks, node, { character, excluded: excludedThen }, budget))
        reached.push(one);
    }
    // What is added last comes first, so of equal ones the character that reads best is followed.
    for (const one of reached.reverse()) queue.add(one);
  }
  return none;
}

/** Nodes by the least length of a string through them; of equal ones, the last added comes first. */
class Queue {
  readonly #byLength: Node[][] = [];
  #least = 0;

  add(node: Node): void {
    let left = 0;
    for (const place of node.included) left = Math.max(left, place.left);
    if (left === Number.POSITIVE_INFINITY) return;
    const length = node.length + left;
    while (this.#byLength.length <= length) this.#byLength.push([]);
    this.#byLength[length]?.push(node);
    // What is left never shrinks by more than the step takes, so this only happens at the start.
    this.#least = Math.min(this.#least, length);
  }

  next(): Node | null {
    for (; this.#least < this.#byLength.length; this.#least += 1) {
      const node = this.#byLength[this.#least]?.pop();
      if (node !== undefined) return node;
    }
    return null;
  }
}

function startNodes(walks: readonly Walk[], excluded: Walk): Node[] {
  let starts: Place[][] = [[]];
  for (const walk of walks) {
    const choices = guesses(walk, walk.start);
    starts = starts.flatMap((start) => choices.map((choice) => [...start, choice]));
  }
  return starts.map((included) => ({
    included,
    excluded: excluded.start,
    parent: null,
    character: 0,
    length: 0,
  }));
}

/** The states of an automaton that may explode one by one; else all at once. */
function guesses(walk: Walk, place: Place): readonly Place[] {
  if (!walk.machine.mayExplode || place.states.length < 2) return [place];
  return place.states.map((state) => walk.placeOf([state]));
}

/** Where a node leads on a character: several nodes where an automaton is followed by guesses. */
function successors(
  walks: readonly Walk[],
  node: Node,
  to: { readonly character: number; readonly excluded: Place },
  budget: Budget,
): readonly Node[] {
  const after: Place[] = [];
  let ways: Place[][] = [after];
  for (let at = 0; at < walks.length; at += 1) {
    const walk = walks[at];
    const from = node.included[at];
    if (walk === undefined || from === undefined) return [];
    const place = walk.step(from, to.character, budget);
    if (place.left === Number.POSITIVE_INFINITY) return [];
    const choices = walk.machine.mayExplode ? guesses(walk, place) : null;
    if (choices === null) for (const way of ways) way.push(place);
    else ways = ways.flatMap((way) => choices.map((choice) => [...way, choice]));
  }
  const length = node.length + 1;
  return ways.map((included) => ({ ...to, included, parent: node, length }));
}

function isMember({ included, excluded, length }: Node): boolean {
  return length > 0 && !excluded.accepting && included.every(({ accepting }) => accepting);
}

/** To compare with so many sets costs about as much as one step to a new one. */
const comparedPerStep = 4;

/** The nodes that were met. */
class Seen {
  readonly #mayExplode: boolean;
  /** For each excluded place, by its number: the numbers of what was included. */
  readonly #met: Set<number>[] = [];
  /** The numbers of pairs of numbers. */
  readonly #pairs: Map<number, number>[] = [];
  #pairCount = 0;
  /** For what was included, by its number: the excluded places. */
  readonly #earlier: Place[][] = [];

  constructor(mayExplode: boolean) {
    this.#mayExplode = mayExplode;
  }

  /** Notes a node; false where a node was met that leads at least as far. */
  isNew({ included, excluded }: Node, budget: Budget): boolean {
    const number = this.#numberOf(included);
    if (!this.#mayExplode) {
      const met = at(this.#met, excluded.number, () => new Set<number>());
      const size = met.size;
      return met.add(number).size > size;
    }
    const earlier = at(this.#earlier, number, (): Place[] => []);
    budget.stepsLeft -= Math.floor(earlier.length / comparedPerStep);
    if (earlier.some((place) => isSubset(place.states, excluded.states))) return false;
    earlier.push(excluded);
    return true;
  }

  /** One number for some places, one of each automaton. */
  #numberOf(places: readonly Place[]): number {
    let number = places[0]?.number ?? 0;
    for (let next = 1; next < places.length; next += 1) {
      const second = places[next]?.number ?? 0;
      const pairs = at(this.#pairs, number * places.length + next, () => new Map<number, number>());
      const known = pairs.get(second);
      number = known ?? this.#pairCount;
      if (known === undefined) {
        pairs.set(second, number);
        this.#pairCount += 1;
      }
    }
    return number;
  }
}

/** What a list holds at a place, made where it holds nothing yet. */
function at<T>(list: T[], place: number, make: () => T): T {
  const known = list[place];
  if (known !== undefined) return known;
  const made = make();
  list[place] = made;
  return made;
}

function isSubset(small: readonly number[], large: readonly number[]): boolean {
  if (small.length > large.length) return false;
  let at = 0;
  for (const state of small) {
    let candidate = large[at];
    while (candidate !== undefined && candidate < state) {
      at += 1;
      candidate = large[at];
    }
    if (candidate !== state) return false;
  }
  return true;
}

/**
 * One character for each way in which characters can differ from here: those that some edge names,
 * one for each combination of character classes, and one of all the others.
 */
function charactersAt({ included, excluded }: Node): readonly number[] {
  let closed: Place | null = null;
  for (const place of included) {
    // An included automaton that only takes named characters here shuts out all others.
    if (!place.open && (closed === null || place.named.length < closed.named.length))
      closed = place;
  }
  if (closed !== null) return closed.named;
  const named = new Named();
  let classes: readonly CharacterClass[] = excluded.classes;
  for (const place of included) {
    named.add(place.named);
    if (classes.length === 0) classes = place.classes;
    else if (place.classes.length > 0) classes = [...new Set([...place.classes, ...classes])];
  }
  named.add(excluded.named);
  let isBeyond = true;
  for (const kind of kindsOf(classes)) {
    const other = kind.characters.find((character) => !named.has(character));
    if (other === undefined) continue;
    named.add([other]);
    if (kind.outside) isBeyond = false;
  }
  // Policies and classes hold Latin-1: beyond it there is always a character that nothing names.
  for (let character = 0x100; isBeyond; character += 1) {
    if (named.has(character)) continue;
    named.add([character]);
    isBeyond = false;
  }
  return named.characters;
}

/** So many are looked through faster than they are hashed. */
const fewCharacters = 16;

/** Characters in the order in which they were added, each once. */
class Named {
  readonly characters: number[] = [];
  #many: Set<number> | null = null;

  has(character: number): boolean {
    return this.#many?.has(character) ?? this.characters.includes(character);
  }

  add(characters: readonly number[]): void {
    for (const character of characters) {
      if (this.has(character)) continue;
      this.characters.push(character);
      if (this.#many !== null) this.#many.add(character);
      else if (this.characters.length > fewCharacters) this.#many = new Set(this.characters);
    }
  }
}

function textOf(node: Node): string {
  let text = "";
  for (let at: Node | null = node; at?.parent; at = at.parent) {
    text = String.fromCharCode(at.character) + text;
  }
  return text;
}
