import { type CharSet, JS } from "refa";

/**
 * Whether a regular expression can take more than linear time: the classic test for ambiguity of its
 * automaton (Weber and Seidl, "On the degree of ambiguity of finite automata", 1991). If from a state p
 * one word leads back to p and also to another state q, and from q back to q, then a text of that word
 * repeated can be cut in as many ways as it is long, and a search that fails tries them all. A search
 * that is not tied to the beginning begins again at each character, which counts as such a p.
 */
type Place = { readonly characters: CharSet | null; readonly id: number };
type Automaton = { readonly places: Place[]; readonly next: Map<number, Set<number>> };
type Part = {
  readonly first: readonly number[];
  readonly last: readonly number[];
  readonly empty: boolean;
};
type Concatenation = ReturnType<JS.Parser["parse"]>["expression"]["alternatives"][number];
type Element = Concatenation["elements"][number];

export function isSuperLinear(source: string, flags: string): boolean {
  const parser = JS.Parser.fromLiteral({ source, flags });
  const { expression } = parser.parse({ assertions: "parse", backreferences: "unknown" });
  const automaton: Automaton = { places: [], next: new Map() };
  const isTied = (each: Concatenation) => flags.includes("y") || beginsTied(each, flags);
  // Where the search begins again: any character.
  const again = add(automaton, null);
  link(automaton, [again], [again]);
  const parts = expression.alternatives.map((each) => ({
    part: concatenationOf(automaton, each),
    isTied: isTied(each),
    isEndTied: each.elements.some(({ type }) => type === "Assertion") && endsTied(each),
  }));
  const accepting = new Set(parts.flatMap(({ part, isEndTied }) => (isEndTied ? [] : part.last)));
  for (const { part } of parts.filter((each) => !each.isTied)) {
    link(automaton, [again], part.first);
  }
  return isAmbiguous(automaton, accepting);
}

function beginsTied({ elements: [first] }: Concatenation, flags: string): boolean {
  const isStart = first?.type === "Assertion" && first.kind === "behind" && first.negate;
  return isStart && !flags.includes("m");
}

/** Is there something to fail at behind the last character: the end of the text, or a look ahead? */
function endsTied({ elements }: Concatenation): boolean {
  const last = elements.at(-1);
  return last?.type === "Assertion" && last.kind === "ahead";
}

function add({ places }: Automaton, characters: CharSet | null): number {
  places.push({ characters, id: places.length });
  return places.length - 1;
}

function link({ next }: Automaton, from: readonly number[], to: readonly number[]): void {
  for (const place of from) next.set(place, (next.get(place) ?? new Set()).union(new Set(to)));
}

const nothing: Part = { first: [], last: [], empty: true };

function joined(automaton: Automaton, left: Part, right: Part): Part {
  link(automaton, left.last, right.first);
  return {
    first: left.empty ? [...left.first, ...right.first] : left.first,
    last: right.empty ? [...left.last, ...right.last] : right.last,
    empty: left.empty && right.empty,
  };
}

function concatenationOf(automaton: Automaton, { elements }: Concatenation): Part {
  return elements.reduce(
    (part, each) => joined(automaton, part, elementOf(automaton, each)),
    nothing,
  );
}

function alternativesOf(automaton: Automaton, all: readonly Concatenation[]): Part {
  const parts = all.map((each) => concatenationOf(automaton, each));
  return {
    first: parts.flatMap(({ first }) => first),
    last: parts.flatMap(({ last }) => last),
    empty: parts.some(({ empty }) => empty),
  };
}

function elementOf(automaton: Automaton, element: Element): Part {
  switch (element.type) {
    case "CharacterClass": {
      const place = add(automaton, element.characters);
      return { first: [place], last: [place], empty: false };
    }
    case "Alternation":
      return alternativesOf(automaton, element.alternatives);
    case "Quantifier": {
      const { min, max, alternatives } = element;
      if (max === 0) return nothing;
      const once = alternativesOf(automaton, alternatives);
      if (max === Number.POSITIVE_INFINITY) {
        link(automaton, once.last, once.first);
        return { ...once, empty: once.empty || min === 0 };
      }
      // Twice stands for any number of times: what is ambiguous between two is between the first two.
      const twice =
        max === 1 ? nothing : { ...alternativesOf(automaton, alternatives), empty: true };
      const both = joined(automaton, once, twice);
      return { ...both, empty: both.empty || min === 0 };
    }
    default:
      return nothing;
  }
}

function isAmbiguous(automaton: Automaton, accepting: ReadonlySet<number>): boolean {
  const { places, next } = automaton;
  const reach = places.map(({ id }) => reachable(next, id));
  const looping = places.filter(({ id }) => reach[id]?.has(id) === true);
  return looping.some((p) =>
    looping.some(
      (q) =>
        p.id !== q.id &&
        !accepting.has(q.id) &&
        reach[p.id]?.has(q.id) === true &&
        isPumped(automaton, reach, p.id, q.id),
    ),
  );
}

function reachable(next: Automaton["next"], from: number): ReadonlySet<number> {
  const found = new Set<number>();
  const waiting = [...(next.get(from) ?? [])];
  for (let place = waiting.pop(); place !== undefined; place = waiting.pop()) {
    if (found.has(place)) continue;
    found.add(place);
    waiting.push(...(next.get(place) ?? []));
  }
  return found;
}

/** Does one word lead from p to p, from p to q and from q to q? */
function isPumped(
  { places, next }: Automaton,
  reach: readonly ReadonlySet<number>[],
  p: number,
  q: number,
): boolean {
  const near = (place: number, home: number) => reach[place]?.has(home) === true;
  const seen = new Set<string>();
  const waiting: (readonly [number, number, number])[] = [[p, p, q]];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    for (const a of next.get(at[0]) ?? []) {
      if (!near(a, p)) continue;
      for (const b of next.get(at[1]) ?? []) {
        if (!near(b, q) || !share(places, a, b)) continue;
        for (const c of next.get(at[2]) ?? []) {
          if (!near(c, q) || !shareAll(places, a, b, c)) continue;
          if (a === p && b === q && c === q) return true;
          const key = `${a} ${b} ${c}`;
          if (!seen.has(key)) waiting.push([a, b, c]);
          seen.add(key);
        }
      }
    }
  }
  return false;
}

function share(places: readonly Place[], a: number, b: number): boolean {
  return shareAll(places, a, b, b);
}

function shareAll(places: readonly Place[], ...ids: readonly number[]): boolean {
  const sets = ids.flatMap((id) => places[id]?.characters ?? []);
  const [first, ...others] = sets;
  if (first === undefined) return true;
  return !others.reduce((common, each) => common.intersect(each), first).isEmpty;
}
