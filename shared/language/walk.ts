import type { Budget } from "./budget.ts";
import { type CharacterClass, classAt, type Machine, stepOn } from "./machine.ts";
import { anyOne, anyOneInField, colon } from "./pattern.ts";

/** States that an automaton is in at once, as one state of the deterministic automaton. */
export type Place = {
  readonly number: number;
  /** Ascending. */
  readonly states: readonly number[];
  readonly accepting: boolean;
  /** Whatever follows is accepted, so many characters at least: in the last run of a pattern, or just before it. */
  readonly universalAfter: number;
  /** So many characters at least until a text is accepted. */
  readonly left: number;
  /** The characters that some edge from here names, in the order of the edges. */
  readonly named: readonly number[];
  /** Does some edge from here take more than named characters? */
  readonly open: boolean;
  readonly classes: readonly CharacterClass[];
  /** Where each character that some edge from here names leads; null until somebody asks. */
  readonly next: (Step | null)[];
  /** Where any other leads, where there are no classes. */
  other: Step | null;
};

/** To where, and which search was the last to pay for it. */
type Step = { readonly to: Place; paidBy: number };

type Side = "included" | "excluded";

/**
 * An automaton made deterministic as far as somebody walks, each place and each step made once. Each
 * search pays for the steps that it takes, whichever search they were made for.
 */
export class Walk {
  readonly machine: Machine;
  readonly start: Place;
  readonly #places = new Map<string, Place>();
  readonly #universalAfter: readonly number[];
  readonly #left: readonly number[];
  #searches = 1;

  /** What an excluded automaton still asks for is of no use, and nor is that an included one takes everything. */
  constructor(machine: Machine, side: Side) {
    this.machine = machine;
    this.#universalAfter = side === "excluded" ? charactersToUniversal(machine) : [];
    this.#left = side === "included" ? charactersLeft(machine) : [];
    this.start = this.placeOf(machine.start);
  }

  /** The place of these states, which ascend. */
  placeOf(states: readonly number[]): Place {
    const key = this.machine.edges.length > 0x4000 ? states.join() : String.fromCharCode(...states);
    const known = this.#places.get(key);
    if (known !== undefined) return known;
    const { machine } = this;
    const named: number[] = [];
    const next: (Step | null)[] = [];
    const classes: CharacterClass[] = [];
    let [accepting, open] = [false, false];
    let [universalAfter, left] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
    const name = (character: number): void => {
      if (next[character] === undefined) named.push(character);
      next[character] = null;
    };
    for (const state of states) {
      accepting ||= machine.accepting[state] === true;
      universalAfter = Math.min(universalAfter, this.#universalAfter[state] ?? universalAfter);
      left = Math.min(left, this.#left[state] ?? left);
      for (const { on } of machine.edges[state] ?? []) {
        if (on >= 0) {
          name(on);
          continue;
        }
        open = true;
        if (on === anyOneInField) name(colon);
        const edgeClass = classAt(machine, on);
        if (edgeClass !== null && !classes.includes(edgeClass)) classes.push(edgeClass);
      }
    }
    const number = this.#places.size;
    const place = {
      number,
      states,
      accepting,
      universalAfter,
      left,
      named,
      open,
      classes,
      next,
      other: null,
    };
    this.#places.set(key, place);
    return place;
  }

  step(from: Place, character: number, budget: Budget): Place {
    const named = from.next[character];
    const isOther = named === undefined && from.classes.length === 0;
    let step = isOther ? from.other : named;
    if (step === undefined || step === null) {
      step = { to: this.placeOf(stepOn(this.machine, from.states, character)), paidBy: 0 };
      if (isOther) from.other = step;
      else from.next[character] = step;
    }
    if (step.paidBy !== this.#searches) {
      step.paidBy = this.#searches;
      budget.stepsLeft -= from.states.length;
    }
    return step.to;
  }

  /** Another search begins; null where so much was made that it is better forgotten. */
  again(): Walk | null {
    this.#searches += 1;
    return this.#places.size > placesMax ? null : this;
  }
}

/** A walk of more is not kept for another search: grammars have fewer, and what patterns make has no end. */
const placesMax = 500;

const walks = { included: new WeakMap<Machine, Walk>(), excluded: new WeakMap<Machine, Walk>() };

/** The walk of an automaton: one comparison asks for the same again and again. */
export function walkOf(machine: Machine, side: Side): Walk {
  const known = walks[side].get(machine)?.again() ?? new Walk(machine, side);
  walks[side].set(machine, known);
  return known;
}

/** Does the automaton accept the whole text? */
export function accepts(machine: Machine, text: string): boolean {
  const walk = walkOf(machine, "included");
  const free: Budget = { stepsLeft: 0 };
  let place = walk.start;
  for (let at = 0; at < text.length && place.left < Number.POSITIVE_INFINITY; at += 1)
    place = walk.step(place, text.charCodeAt(at), free);
  return place.accepting;
}

/** States from which everything is accepted, whatever follows: the last run of a pattern. */
export function universalStates({ edges, accepting }: Machine): readonly boolean[] {
  const accepts = (state: number): boolean => accepting[state] === true;
  return edges.map((list, state) => {
    for (const { on, to } of list)
      if (on === anyOne && to.includes(state) && to.some(accepts)) return true;
    return false;
  });
}

/**
 * For each state, how long a text has to be for it to be accepted from there, whatever it is: none where it is
 * in the last run of a pattern, one more for each single wildcard before that.
 */
function charactersToUniversal(machine: Machine): readonly number[] {
  const after = universalStates(machine).map((is) => (is ? 0 : Number.POSITIVE_INFINITY));
  // The edges of a pattern lead on, so that one pass from the end finds them all.
  for (let state = after.length - 1; state >= 0; state -= 1) {
    for (const { on, to } of machine.edges[state] ?? []) {
      if (on !== anyOne) continue;
      for (const target of to) after[state] = Math.min(after[state] ?? 0, 1 + (after[target] ?? 0));
    }
  }
  return after;
}

/** For each state, the length of a shortest text that is accepted from there. */
function charactersLeft({ edges, accepting }: Machine): readonly number[] {
  const left = accepting.map((accepts) => (accepts ? 0 : Number.POSITIVE_INFINITY));
  // Edges mostly lead on in order, so that nearly all is found in one pass from the end.
  for (let isKnown = false; !isKnown; ) {
    isKnown = true;
    for (let state = edges.length - 1; state >= 0; state -= 1) {
      for (const { to } of edges[state] ?? []) {
        for (const target of to) {
          const through = 1 + (left[target] ?? 0);
          if (through >= (left[state] ?? 0)) continue;
          left[state] = through;
          isKnown = false;
        }
      }
    }
  }
  return left;
}
