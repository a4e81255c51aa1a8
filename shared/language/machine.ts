import { anyOne, anyOneInField, anyRun, isRun, type Pattern, unfoldCharacter } from "./pattern.ts";

/**
 * A non-deterministic automaton over characters.
 *
 * `on` says which characters an edge takes: a character (0 and up), any one (`anyOne`), any but a
 * colon (`anyOneInField`), or a class of the machine (`-10` and down, see `classAt`). States reached
 * by an edge are listed with everything that a run lets one skip to, so there are no empty edges.
 */
export type Edge = { readonly on: number; readonly to: readonly number[] };

export type Machine = {
  readonly edges: readonly (readonly Edge[])[];
  readonly start: readonly number[];
  readonly accepting: readonly boolean[];
  /** Character classes that edges name by number. */
  readonly classes: readonly CharacterClass[];
  /** Which states are of which pattern; null for other automata. */
  readonly layout: Layout | null;
  /** Patterns have many single wildcards after a run: its subsets can grow exponentially. */
  readonly mayExplode: boolean;
};

/**
 * For patterns in a row: the first state of the pattern that a state belongs to, and whether a state
 * is a plain run. Once a pattern is inside a later `*`, its earlier positions can be dropped: the `*`
 * matches whatever they would.
 */
type Layout = { readonly begin: readonly number[]; readonly run: readonly boolean[] };

/** A class of characters; the ones that read best come first. */
export type CharacterClass = {
  readonly characters: string;
  readonly has: (character: number) => boolean;
};

export function characterClass(characters: string): CharacterClass {
  const members = new Set<number>();
  for (let at = 0; at < characters.length; at += 1) members.add(characters.charCodeAt(at));
  return { characters, has: (character) => members.has(character) };
}

const firstClass = -10;

/** The class that an edge's `on` names, or null for every other kind of edge. */
export function classAt(machine: Machine, on: number): CharacterClass | null {
  return on <= firstClass ? (machine.classes[firstClass - on] ?? null) : null;
}

/**
 * So many single wildcards after a run do no harm: each at most doubles the subsets, and to follow
 * one state at a time costs more where several lists of patterns meet.
 */
const blindMax = 6;

/** An automaton while patterns are added to it. */
class Growing {
  readonly edges: Edge[][] = [];
  readonly accepting: boolean[] = [];
  readonly begin: number[] = [];
  readonly run: boolean[] = [];
  /** Where glyphs lead from the states that several patterns begin with. */
  readonly #shared = new Map<number, Map<number, number>>();

  add(begin: number, run: boolean, accepting: boolean): number {
    this.begin.push(begin);
    this.run.push(run);
    this.accepting.push(accepting);
    return this.edges.push([]) - 1;
  }

  connect(from: number, glyph: number, anyCase: boolean, to: readonly number[]): void {
    this.edges[from]?.push(...edgesOf(glyph, anyCase, to));
  }

  /** The state that a glyph leads to from one that other patterns may begin with as well. */
  next(from: number, glyph: number, anyCase: boolean): number {
    const ways = this.#shared.get(from) ?? new Map<number, number>();
    this.#shared.set(from, ways);
    const name = 2 * glyph + Number(anyCase);
    const known = ways.get(name);
    if (known !== undefined) return known;
    const next = this.add(this.edges.length, false, false);
    ways.set(name, next);
    this.connect(from, glyph, anyCase, [next]);
    return next;
  }
}

/**
 * One automaton for the union of patterns; size and time linear in their lengths together. What they begin with,
 * up to the first run, is shared, so that of many that begin alike no more is followed than of one.
 */
export function machineOf(patterns: readonly Pattern[]): Machine {
  const made = new Growing();
  const start: number[] = [];
  let root: number | null = null;
  let blind = 0;
  for (const { glyphs, anyCase } of patterns) {
    const firstRun = glyphs.findIndex(isRun);
    let from: number | null = null;
    if (firstRun !== 0) {
      if (root === null) {
        root = made.add(made.edges.length, false, false);
        start.push(root);
      }
      from = root;
      // The last one before a run leads to states of its own.
      const before = firstRun < 0 ? glyphs : glyphs.slice(0, firstRun - 1);
      for (const glyph of before) from = made.next(from, glyph, anyCase);
      if (firstRun < 0) {
        made.accepting[from] = true;
        continue;
      }
    }
    const first = made.edges.length;
    const entered = (position: number): number[] => {
      const states = [first + position - firstRun];
      for (let at = position; isRun(glyphs[at]); at += 1) states.push(first + at + 1 - firstRun);
      return states;
    };
    if (from === null) start.push(...entered(0));
    else made.connect(from, glyphs[firstRun - 1] ?? anyOne, anyCase, entered(firstRun));
    for (let at = firstRun; at <= glyphs.length; at += 1) {
      const glyph = glyphs[at];
      const state = made.add(first, glyph === anyRun, glyph === undefined);
      if (glyph === undefined) continue;
      made.connect(state, glyph, anyCase, entered(isRun(glyph) ? at : at + 1));
      if (glyph < 0 && !isRun(glyph)) blind += 1;
    }
  }
  const { edges, accepting, begin, run } = made;
  const layout = { begin, run };
  return { edges, start, accepting, classes: [], layout, mayExplode: blind > blindMax };
}

/** Accepts no text. */
export const nothing: Machine = machineOf([]);

function edgesOf(glyph: number, anyCase: boolean, to: readonly number[]): Edge[] {
  if (isRun(glyph)) return [{ on: glyph === anyRun ? anyOne : anyOneInField, to }];
  const other = anyCase && glyph >= 0 ? unfoldCharacter(glyph) : glyph;
  return other === glyph
    ? [{ on: glyph, to }]
    : [
        { on: glyph, to },
        { on: other, to },
      ];
}

/** A step of a graph: on one character, or on each of a class. */
export type GraphEdge = {
  readonly from: number;
  readonly on: CharacterClass | string;
  readonly to: number;
};

/** A piece of a grammar: a fixed text, one character of a class, one or more, any number. */
export type Piece =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "one"; readonly of: CharacterClass }
  | { readonly kind: "some"; readonly of: CharacterClass }
  | { readonly kind: "any"; readonly of: CharacterClass }
  /** From state 0, to which no edge leads back, to one of `last`. */
  | {
      readonly kind: "graph";
      readonly edges: readonly GraphEdge[];
      readonly last: readonly number[];
    }
  /** Whatever follows, at least one character. */
  | { readonly kind: "rest" };

/** Segments with a slash between them, each one character of `first` and then any of `rest`. */
export function segments(first: CharacterClass, rest: CharacterClass): Piece {
  const edges = [
    { from: 0, on: first, to: 1 },
    { from: 1, on: rest, to: 1 },
    { from: 1, on: "/", to: 2 },
    { from: 2, on: first, to: 1 },
  ];
  return { kind: "graph", edges, last: [1] };
}

/**
 * The automaton of pieces in a row.
 */
export function grammarMachine(pieces: readonly Piece[]): Machine {
  const edges: Edge[][] = [[]];
  const classes: CharacterClass[] = [];
  const classNumber = (wanted: CharacterClass): number => {
    const known = classes.indexOf(wanted);
    return firstClass - (known >= 0 ? known : classes.push(wanted) - 1);
  };
  let end = 0;
  const step = (on: number): void => {
    edges[end]?.push({ on, to: [edges.length] });
    end = edges.push([]) - 1;
  };
  for (const piece of pieces) {
    switch (piece.kind) {
      case "text":
        for (let at = 0; at < piece.text.length; at += 1) step(piece.text.charCodeAt(at));
        break;
      case "one":
        step(classNumber(piece.of));
        break;
      case "some":
        step(classNumber(piece.of));
        edges[end]?.push({ on: classNumber(piece.of), to: [end] });
        break;
      case "any":
        edges[end]?.push({ on: classNumber(piece.of), to: [end] });
        break;
      case "graph": {
        const begin = end;
        end = edges.push([]) - 1;
        const states = new Map([[0, begin]]);
        const stateOf = (number: number): number => {
          const state = states.get(number) ?? edges.push([]) - 1;
          states.set(number, state);
          return state;
        };
        for (const { from, on, to } of piece.edges) {
          const number = typeof on === "string" ? on.charCodeAt(0) : classNumber(on);
          const target = stateOf(to);
          edges[stateOf(from)]?.push({
            on: number,
            to: piece.last.includes(to) ? [end, target] : [target],
          });
        }
        break;
      }
      case "rest":
        step(anyOne);
        edges[end]?.push({ on: anyOne, to: [end] });
        break;
      default:
        piece satisfies never;
    }
  }
  return {
    edges,
    start: [0],
    accepting: edges.map((_, state) => state === end),
    classes,
    layout: null,
    mayExplode: false,
  };
}

/** One automaton that accepts whatever one of these does. */
export function unionOf(machines: readonly Machine[]): Machine {
  const edges: (readonly Edge[])[] = [];
  const start: number[] = [];
  const accepting: boolean[] = [];
  const classes: CharacterClass[] = [];
  const begin: number[] = [];
  const run: boolean[] = [];
  for (const machine of machines) {
    const first = edges.length;
    const classesBefore = classes.length;
    const moved = (states: readonly number[]): number[] => states.map((state) => first + state);
    for (const [state, list] of machine.edges.entries()) {
      edges.push(
        list.map(({ on, to }) => ({
          on: on <= firstClass ? on - classesBefore : on,
          to: moved(to),
        })),
      );
      accepting.push(machine.accepting[state] ?? false);
      begin.push(first + (machine.layout?.begin[state] ?? state));
      run.push(machine.layout?.run[state] ?? false);
    }
    start.push(...moved(machine.start));
    classes.push(...machine.classes);
  }
  const layout = machines.every((machine) => machine.layout === null) ? null : { begin, run };
  return {
    edges,
    start,
    accepting,
    classes,
    layout,
    mayExplode: machines.some(({ mayExplode }) => mayExplode),
  };
}

/** Does the automaton accept a text that begins as the pattern does, or is the pattern's one? */
export function canBegin(machine: Machine, { head, literal, anyCase }: Pattern): boolean {
  const states = statesAfter(machine, head, anyCase);
  return literal === null ? states.length > 0 : states.some((state) => machine.accepting[state]);
}

/** What the edges take that lead to the end of a text, found once for each automaton. */
const endings = new WeakMap<Machine, readonly number[]>();

/** Does the automaton accept a text that ends with the last character that the pattern asks for? */
export function canEnd(machine: Machine, { glyphs, anyCase }: Pattern): boolean {
  const { edges, accepting } = machine;
  const last =
    endings.get(machine) ??
    edges.flatMap((list) =>
      list.flatMap(({ on, to }) => (to.some((state) => accepting[state]) ? [on] : [])),
    );
  endings.set(machine, last);
  const glyph = glyphs.at(-1) ?? anyOne;
  const other = anyCase ? unfoldCharacter(glyph) : glyph;
  return glyph < 0 || last.some((on) => takes(machine, on, glyph) || takes(machine, on, other));
}

function statesAfter(machine: Machine, text: string, anyCase = false): readonly number[] {
  let states: readonly number[] = machine.start;
  for (let at = 0; at < text.length && states.length > 0; at += 1) {
    const character = text.charCodeAt(at);
    const other = unfoldCharacter(character);
    const reached = stepOn(machine, states, character);
    states =
      anyCase && other !== character
        ? ascending([...reached, ...stepOn(machine, states, other)])
        : reached;
  }
  return states;
}

/** The states after one more character, in ascending order. */
export function stepOn(
  machine: Machine,
  states: readonly number[],
  character: number,
): readonly number[] {
  const reached: number[] = [];
  for (const state of states) {
    for (const edge of machine.edges[state] ?? []) {
      if (takes(machine, edge.on, character)) for (const target of edge.to) reached.push(target);
    }
  }
  const distinct = ascending(reached);
  return machine.layout === null ? distinct : withoutSuperfluous(machine.layout, distinct);
}

/** In ascending order, each once. The edges of a pattern mostly lead on in order already. */
function ascending(numbers: readonly number[]): readonly number[] {
  for (let at = 1; at < numbers.length; at += 1) {
    if ((numbers[at] ?? 0) <= (numbers[at - 1] ?? 0))
      return [...new Set(numbers)].sort((left, right) => left - right);
  }
  return numbers;
}

function takes(machine: Machine, on: number, character: number): boolean {
  if (on >= 0) return on === character;
  if (on === anyOne) return true;
  if (on === anyOneInField) return character !== 58;
  return classAt(machine, on)?.has(character) ?? false;
}

function withoutSuperfluous({ begin, run }: Layout, states: readonly number[]): readonly number[] {
  const kept: number[] = [];
  for (const state of states) {
    if (run[state]) {
      // States ascend, so those of the same pattern that are left are earlier positions.
      let last = kept.at(-1);
      while (last !== undefined && begin[last] === begin[state]) {
        kept.pop();
        last = kept.at(-1);
      }
    }
    kept.push(state);
  }
  return kept;
}
