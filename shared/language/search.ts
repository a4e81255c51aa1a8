import { type Budget, budgetOf, spend } from "./budget.ts";
import { kindsOf } from "./kinds.ts";
import { type Machine, nothing } from "./machine.ts";
import { type Place, Walk, walkOf } from "./walk.ts";

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
  isTaken: boolean;
};

/** After so many steps without a longer string to look at, any string will do, and not a shortest. */
const stepsForShortest = 2_000;

/**
 * A non-empty string that every automaton of `included` accepts and `excluded` does not: a shortest one,
 * where that does not take long.
 *
 * Best first: a node comes the sooner, the shorter a string through it can be by what each included
 * automaton still asks for (A*, Hart, Nilsson and Raphael 1968). After some steps a node comes the sooner,
 * the less all of them together ask for, which leads to a string straight away where many have to meet.
 * Sets of states are built as they are
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
  // One that is given twice is walked twice: each pays for its own steps.
  const walks = input.included.map((machine, at) =>
    input.included.indexOf(machine) < at
      ? new Walk(machine, "included")
      : walkOf(machine, "included"),
  );
  const excluded = walkOf(input.excluded, "excluded");
  const mayExplode = input.included.some((machine) => machine.mayExplode);
  const seen = new Seen(mayExplode || input.excluded.mayExplode);
  const queue = new Frontier();
  for (const start of startNodes(walks, excluded).reverse()) queue.add(start);
  let longest = 0;
  let patience = budget.stepsLeft - stepsForShortest;
  for (let node = queue.next(); node !== null; node = queue.next()) {
    if (node.length > longest) {
      longest = node.length;
      patience = budget.stepsLeft - stepsForShortest;
    }
    if (budget.stepsLeft < patience) queue.hurry();
    // The empty text does not count, and a longer one may lead back to where it began.
    if (node.length > 0 && !seen.isNew(node, budget)) continue;
    if (isMember(node)) return { kind: "found", text: textOf(node) };
    const characters = charactersAt(node);
    if (!spend(budget, 1 + characters.length * (1 + walks.length))) return spent;
    // What is added last comes first, so of equal ones the character that reads best is followed.
    for (let at = characters.length - 1; at >= 0; at -= 1) {
      const character = characters[at] ?? 0;
      const excludedThen = excluded.step(node.excluded, character, budget);
      if (excludedThen.universalAfter === 0) continue;
      const included = successor(walks, node, character, budget);
      // Where all that is still asked for is as long as that, the excluded automaton accepts whatever comes.
      if (included === null || excludedThen.universalAfter <= mostLeft(included)) continue;
      if (!mayExplode) queue.add(nodeOf(included, excludedThen, node, character));
      else
        for (const one of [...guesses(walks, included)].reverse())
          queue.add(nodeOf(one, excludedThen, node, character));
    }
  }
  return none;
}

const samples = new WeakMap<Machine, Found>();

/** Enough for the grammars that are known here; a search that ends before it gives no sample. */
const sampleSteps = 5_000;

/** A shortest text that an automaton accepts. It is searched for once, found or not, and nobody's budget pays for it. */
export function sampleOf(machine: Machine): Found {
  const sample =
    samples.get(machine) ??
    searchMember({ included: [machine], excluded: nothing, budget: budgetOf(sampleSteps) });
  samples.set(machine, sample);
  return sample;
}

/** Nodes by how much is asked of a string through them; of equal ones, the last added comes first. */
class Queue {
  readonly #asked: (node: Node) => number;
  readonly #nodes: Node[][] = [];
  #least = 0;

  constructor(asked: (node: Node) => number) {
    this.#asked = asked;
  }

  add(node: Node): void {
    const asked = this.#asked(node);
    if (asked === Number.POSITIVE_INFINITY) return;
    while (this.#nodes.length <= asked) this.#nodes.push([]);
    this.#nodes[asked]?.push(node);
    this.#least = Math.min(this.#least, asked);
  }

  next(from: "last" | "first"): Node | null {
    for (; this.#least < this.#nodes.length; this.#least += 1) {
      const nodes = this.#nodes[this.#least] ?? [];
      const node = from === "last" ? nodes.pop() : nodes.shift();
      if (node !== undefined) return node;
    }
    return null;
  }

  waiting(): readonly Node[] {
    return this.#nodes.flat();
  }
}

/** The least length of a string through a node. */
function shortest({ included, length }: Node): number {
  return length + mostLeft(included);
}

/** So many characters at least until all of them accept. */
function mostLeft(included: readonly Place[]): number {
  let most = 0;
  for (const { left } of included) if (left > most) most = left;
  return most;
}

/** The length that all automata would need one after the other, and the longest once more: none is to lag. */
function together({ included, length }: Node): number {
  let sum = length;
  let most = 0;
  for (const { left } of included) {
    sum += left;
    most = Math.max(most, left);
  }
  return sum + most;
}

/**
 * The nodes that are still to be looked at: at first by the shortest string. In a hurry three orders take
 * turns, for none is good at everything: the shortest string, and what all automata ask for together,
 * there both going on from the last node (where every way leads there) and back to the first (where few do).
 */
class Frontier {
  readonly #byShortest = new Queue(shortest);
  #byTogether: Queue | null = null;
  #turn = 0;

  add(node: Node): void {
    this.#byShortest.add(node);
    this.#byTogether?.add(node);
  }

  next(): Node | null {
    for (;;) {
      const node = this.#pick();
      if (node === null || !node.isTaken) {
        if (node !== null) node.isTaken = true;
        return node;
      }
    }
  }

  #pick(): Node | null {
    if (this.#byTogether === null) return this.#byShortest.next("last");
    this.#turn = (this.#turn + 1) % 4;
    if (this.#turn === 0) return this.#byShortest.next("last");
    return this.#byTogether.next(this.#turn === 1 ? "first" : "last");
  }

  hurry(): void {
    if (this.#byTogether !== null) return;
    this.#byTogether = new Queue(together);
    for (const node of this.#byShortest.waiting()) this.#byTogether.add(node);
  }
}

function startNodes(walks: readonly Walk[], excluded: Walk): Node[] {
  const starts = walks.map(({ start }) => start);
  return guesses(walks, starts).map((included) => nodeOf(included, excluded.start, null, 0));
}

function nodeOf(
  included: readonly Place[],
  excluded: Place,
  parent: Node | null,
  character: number,
): Node {
  const length = parent === null ? 0 : parent.length + 1;
  return { included, excluded, parent, character, length, isTaken: false };
}

/** The ways to go on from these places: an automaton that may explode goes on from one state of several. */
function guesses(walks: readonly Walk[], places: readonly Place[]): readonly (readonly Place[])[] {
  let ways = [places];
  for (const [at, walk] of walks.entries()) {
    const states = walk.machine.mayExplode ? (places[at]?.states ?? []) : [];
    if (states.length < 2) continue;
    const choices = states.map((state) => walk.placeOf([state]));
    ways = ways.flatMap((way) => choices.map((choice) => way.with(at, choice)));
  }
  return ways;
}

/** Where included automata lead from a node; null where one of them accepts nothing more. */
function successor(
  walks: readonly Walk[],
  { included }: Node,
  character: number,
  budget: Budget,
): readonly Place[] | null {
  const after = included.slice();
  for (let at = 0; at < walks.length; at += 1) {
    const walk = walks[at];
    const from = included[at];
    if (walk === undefined || from === undefined) return null;
    const place = walk.step(from, character, budget);
    if (place.left === Number.POSITIVE_INFINITY) return null;
    after[at] = place;
  }
  return after;
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
  turn += 1;
  const named: number[] = [];
  let classes = excluded.classes;
  for (const place of included) {
    addNew(place.named, named);
    if (classes.length === 0) classes = place.classes;
    else if (place.classes.length > 0) classes = [...new Set([...place.classes, ...classes])];
  }
  addNew(excluded.named, named);
  let isBeyond = true;
  for (const kind of kindsOf(classes)) {
    const other = kind.characters.find((character) => addedIn[character] !== turn);
    if (other === undefined) continue;
    addNew([other], named);
    if (kind.outside) isBeyond = false;
  }
  // Policies and classes hold Latin-1: beyond it there is always a character that nothing names.
  for (let character = 0x100; isBeyond; character += 1) {
    isBeyond = addedIn[character] === turn;
    addNew([character], named);
  }
  return named;
}

function addNew(characters: readonly number[], named: number[]): void {
  for (const character of characters) {
    if (addedIn[character] === turn) continue;
    addedIn[character] = turn;
    named.push(character);
  }
}

/** For each character, when it was added last: what is added is in the order in which it was. */
const addedIn = new Uint32Array(0x10000);
let turn = 0;

function textOf(node: Node): string {
  let text = "";
  for (let at: Node | null = node; at?.parent; at = at.parent) {
    text = String.fromCharCode(at.character) + text;
  }
  return text;
}
