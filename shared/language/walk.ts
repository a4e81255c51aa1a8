import type { Budget } from "./budget.ts";
import { type CharacterClass, classAt, type Machine, stepOn } from "./machine.ts";
import { anyOne, anyOneInField, colon } from "./pattern.ts";

/** States that an automaton is in at once, as one state of the deterministic automaton. */
export type Place = {
  readonly number: number;
  /** Ascending. */
  readonly states: readonly number[];
  readonly accepting: boolean;
  /** Whatever follows is accepted: in the last run of a pattern. */
  readonly universal: boolean;
  /** So many characters at least until a text is accepted. */
  readonly left: number;
  /** The characters that some edge from here names, in the order of the edges. */
  readonly named: readonly number[];
  /** Does some edge from here take more than named characters? */
  readonly open: boolean;
  readonly classes: readonly CharacterClass[];
  /** Where each character that some edge from here names leads; null until somebody asks. */
  readonly next: (Place | null)[];
  /** Where any other leads, where there are no classes. */
  other: Place | null;
};

/**
 * An automaton made deterministic as far as somebody walks, each place and each step made once. What
 * is made is paid for from the budget.
 */
export class Walk {
  readonly machine: Machine;
  readonly start: Place;
  readonly #places = new Map<string, Place>();
  readonly #universal: readonly boolean[];
  readonly #left: readonly number[];

  /** What an excluded automaton still asks for is of no use, and nor is that an included one takes everything. */
  constructor(machine: Machine, side: "included" | "excluded") {
    this.machine = machine;
    this.#universal = side === "excluded" ? universalStates(machine) : [];
    this.#left = side === "included" ? leftOf(machine) : [];
    this.start = this.placeOf(machine.start);
  }

  /** The place of these states, which ascend. */
  placeOf(states: readonly number[]): Place {
    const key = states.join();
    const known = this.#places.get(key);
    if (known !== undefined) return known;
    const { machine } = this;
    const { named, open, classes } = edgesFrom(machine, states);
    const next: (Place | null)[] = [];
    for (const character of named) next[character] = null;
    const place: Place = {
      number: this.#places.size,
      states,
      accepting: states.some((state) => machine.accepting[state]),
      universal: states.some((state) => this.#universal[state]),
      left: states.reduce(
        (least, state) => Math.min(least, this.#left[state] ?? least),
        Number.POSITIVE_INFINITY,
      ),
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
    const known = from.next[character];
    const isOther = known === undefined && from.classes.length === 0;
    const place = isOther ? from.other : known;
    if (place !== undefined && place !== null) return place;
    budget.stepsLeft -= from.states.length;
    const made = this.placeOf(stepOn(this.machine, from.states, character));
    if (isOther) from.other = made;
    else from.next[character] = made;
    return made;
  }
}

const known = new WeakMap<Machine, readonly number[]>();

function leftOf(machine: Machine): readonly number[] {
  const left = known.get(machine) ?? charactersLeft(machine);
  known.set(machine, left);
  return left;
}

/** States from which everything is accepted, whatever follows: the last run of a pattern. */
export function universalStates(machine: Machine): readonly boolean[] {
  return machine.edges.map((edges, state) =>
    edges.some(
      (edge) =>
        edge.on === anyOne &&
        edge.to.includes(state) &&
        edge.to.some((to) => machine.accepting[to]),
    ),
  );
}

/** For each state, the length of a shortest text that is accepted from there. */
function charactersLeft({ edges, accepting }: Machine): readonly number[] {
  const left = accepting.map((accepts) => (accepts ? 0 : Number.POSITIVE_INFINITY));
  const sources: number[][] = edges.map(() => []);
  for (const [from, list] of edges.entries()) {
    for (const { to } of list) for (const target of to) sources[target]?.push(from);
  }
  const reached = [...accepting.keys()].filter((state) => accepting[state]);
  // The list grows while it is walked, nearest states first.
  for (const state of reached) {
    for (const source of sources[state] ?? []) {
      if (left[source] !== Number.POSITIVE_INFINITY) continue;
      left[source] = (left[state] ?? 0) + 1;
      reached.push(source);
    }
  }
  return left;
}

/** What the edges of these states name, and whether one of them takes more than that. */
function edgesFrom(
  machine: Machine,
  states: readonly number[],
): Pick<Place, "named" | "open" | "classes"> {
  const named = new Set<number>();
  const classes: CharacterClass[] = [];
  let open = false;
  for (const state of states) {
    for (const { on } of machine.edges[state] ?? []) {
      if (on >= 0) {
        named.add(on);
        continue;
      }
      open = true;
      if (on === anyOneInField) named.add(colon);
      const edgeClass = classAt(machine, on);
      if (edgeClass !== null && !classes.includes(edgeClass)) classes.push(edgeClass);
    }
  }
  return { named: [...named], open, classes };
}
