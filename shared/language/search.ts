import { type Budget, spend } from "./budget.ts";
import { type CharacterClass, classAt, type Machine, stepOn } from "./machine.ts";
import { anyOne, anyOneInField } from "./pattern.ts";

/** The result of a search: a shortest member, the certainty that there is none, or neither. */
export type Found =
  | { readonly kind: "found"; readonly text: string }
  | { readonly kind: "none" }
  | { readonly kind: "spent" };

export const none: Found = { kind: "none" };
export const spent: Found = { kind: "spent" };

/** Characters that a reader takes for a placeholder come first, then all others that print. */
const preferredCharacters =
  "xyzabcdefghijklmnopqrstuvw0123456789XYZABCDEFGHIJKLMNOPQRSTUVW-_./:@+=,!#$%&'()*;<>?[]^`{|}~ \"\\";

type Node = {
  readonly included: readonly (readonly number[])[];
  readonly excluded: readonly number[];
  readonly parent: Node | null;
  readonly character: number;
};

/**
 * A shortest non-empty string that every automaton of `included` accepts and `excluded` does not.
 *
 * Breadth first over sets of states that are built as they are met, so nothing is determinised
 * that the answer does not need. Two remedies against patterns whose subsets explode (`*a????…`):
 * an included automaton of that kind is followed one state at a time, and a node is dropped when a
 * node with the same included states and fewer excluded ones was met before.
 */
export function searchMember(input: {
  readonly included: readonly Machine[];
  readonly excluded: Machine;
  readonly budget: Budget;
}): Found {
  const { included, excluded, budget } = input;
  const mayExplode = excluded.mayExplode || included.some((machine) => machine.mayExplode);
  const seen = new Map<string, (readonly number[])[]>();
  const universal = universalStates(excluded);
  let frontier = startNodes(input).filter((node) => !isSeen(seen, node, mayExplode, budget));
  while (frontier.length > 0) {
    const next: Node[] = [];
    for (const node of frontier) {
      const characters = charactersAt(input, node);
      if (!spend(budget, 1 + characters.length * sizeOf(node))) return spent;
      for (const character of characters) {
        const excludedThen = stepOn(excluded, node.excluded, character);
        if (excludedThen.some((state) => universal[state])) continue;
        for (const includedThen of successors(included, node.included, character)) {
          const reached = {
            included: includedThen,
            excluded: excludedThen,
            parent: node,
            character,
          };
          if (isSeen(seen, reached, mayExplode, budget)) continue;
          if (isMember(input, reached)) return { kind: "found", text: textOf(reached) };
          next.push(reached);
        }
      }
    }
    frontier = next;
  }
  return none;
}

function startNodes(input: {
  readonly included: readonly Machine[];
  readonly excluded: Machine;
}): Node[] {
  let starts: (readonly number[])[][] = [[]];
  for (const machine of input.included) {
    const choices = machine.mayExplode ? machine.start.map((state) => [state]) : [machine.start];
    starts = starts.flatMap((start) => choices.map((choice) => [...start, choice]));
  }
  return starts.map((start) => ({
    included: start,
    excluded: input.excluded.start,
    parent: null,
    character: 0,
  }));
}

/** The included states after a character: one list for each way to guess in automata that may explode. */
function successors(
  machines: readonly Machine[],
  states: readonly (readonly number[])[],
  character: number,
): (readonly number[])[][] {
  let reached: (readonly number[])[][] = [[]];
  for (const [at, machine] of machines.entries()) {
    const after = stepOn(machine, states[at] ?? [], character);
    if (after.length === 0) return [];
    if (machine.mayExplode && after.length > 1) {
      reached = reached.flatMap((earlier) => after.map((state) => [...earlier, [state]]));
    } else {
      for (const earlier of reached) earlier.push(after);
    }
  }
  return reached;
}

/** States from which everything is accepted, whatever follows: the last run of a pattern. */
function universalStates(machine: Machine): readonly boolean[] {
  return machine.edges.map((edges, state) =>
    edges.some(
      (edge) =>
        edge.on === anyOne &&
        edge.to.includes(state) &&
        edge.to.some((to) => machine.accepting[to]),
    ),
  );
}

function isMember(
  input: { readonly included: readonly Machine[]; readonly excluded: Machine },
  node: Node,
): boolean {
  if (node.excluded.some((state) => input.excluded.accepting[state])) return false;
  return node.included.every((states, at) =>
    states.some((state) => input.included[at]?.accepting[state]),
  );
}

/** To compare with so many sets costs about as much as one step to a new one. */
const comparedPerStep = 4;

function isSeen(
  seen: Map<string, (readonly number[])[]>,
  node: Node,
  mayExplode: boolean,
  budget: Budget,
): boolean {
  let key = "";
  for (const states of node.included) key += `${states.join()};`;
  if (!mayExplode) key += node.excluded.join();
  const earlier = seen.get(key);
  if (earlier === undefined) {
    seen.set(key, [node.excluded]);
    return false;
  }
  if (!mayExplode) return true;
  spend(budget, Math.floor(earlier.length / comparedPerStep));
  if (earlier.some((states) => isSubset(states, node.excluded))) return true;
  earlier.push(node.excluded);
  return false;
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

function sizeOf(node: Node): number {
  return node.included.reduce((size, states) => size + states.length, node.excluded.length);
}

/**
 * One character for each way in which characters can differ from here: those that some edge names,
 * one for each combination of character classes, and one of all the others.
 */
function charactersAt(
  input: { readonly included: readonly Machine[]; readonly excluded: Machine },
  node: Node,
): readonly number[] {
  const named: number[] = [];
  const classes: CharacterClass[] = [];
  let open = true;
  for (const [at, machine] of input.included.entries()) {
    // An included automaton that only takes named characters here shuts out all others.
    if (!look(machine, node.included[at] ?? [], named, classes)) open = false;
  }
  look(input.excluded, node.excluded, named, classes);
  if (!open) return named;
  let outside = false;
  for (const kind of kindsOf(classes)) {
    const other = kind.find((character) => !named.includes(character));
    if (other === undefined) continue;
    named.push(other);
    if (!classes.some((candidate) => candidate.has(other))) outside = true;
  }
  if (!outside) named.push(firstBeyond(named));
  return named;
}

/** Policies and classes hold Latin-1: beyond it there is always a character that nothing names. */
function firstBeyond(named: readonly number[]): number {
  let character = 0x100;
  while (named.includes(character)) character += 1;
  return character;
}

/** Notes what the edges of these states name; returns whether an edge accepts more than that. */
function look(
  machine: Machine,
  states: readonly number[],
  named: number[],
  classes: CharacterClass[],
): boolean {
  let open = false;
  const name = (character: number): void => {
    if (!named.includes(character)) named.push(character);
  };
  for (const state of states) {
    for (const { on } of machine.edges[state] ?? []) {
      if (on >= 0) {
        name(on);
        continue;
      }
      open = true;
      if (on === anyOneInField) name(58);
      const edgeClass = classAt(machine, on);
      if (edgeClass !== null && !classes.includes(edgeClass)) classes.push(edgeClass);
    }
  }
  return open;
}

/** Made once for each list of classes, of which a program has a handful; they never change. */
const knownKinds = new Map<string, readonly (readonly number[])[]>();

function kindsOf(classes: readonly CharacterClass[]): readonly (readonly number[])[] {
  const key = classes.map(({ characters }) => characters).join("\n");
  const known = knownKinds.get(key);
  if (known !== undefined) return known;
  const groups = new Map<string, number[]>();
  const add = (character: number): void => {
    const kind = classes.map((candidate) => (candidate.has(character) ? "1" : "0")).join("");
    const group = groups.get(kind);
    if (group === undefined) groups.set(kind, [character]);
    else group.push(character);
  };
  for (let at = 0; at < preferredCharacters.length; at += 1)
    add(preferredCharacters.charCodeAt(at));
  for (let character = 0xa1; character <= 0xff; character += 1) add(character);
  const kinds = [...groups.values()];
  knownKinds.set(key, kinds);
  return kinds;
}

function textOf(node: Node): string {
  let text = "";
  for (let at: Node | null = node; at?.parent; at = at.parent) {
    text = String.fromCharCode(at.character) + text;
  }
  return text;
}
