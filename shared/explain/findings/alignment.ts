import type { Edge, Machine } from "../../language/machine.ts";
import { anyOne, isRun, type Pattern } from "../../language/pattern.ts";
import { claimsOf } from "./claimed-parts.ts";
import { type Part, tracker } from "./subject-tracker.ts";

/**
 * The subjects that a pattern seems to be about: those that it matches with each word that it names
 * (`/user/`, `/vcs-origin/`, `/vcs-ref/`, …) standing where CircleCI puts that word, and not in the
 * name of a branch. What a pattern matches beyond them, somebody can play by naming a branch.
 *
 * The automaton is the product of the pattern with one that follows where in a subject one is; it
 * means something for subjects of jobs only.
 */
export function seemingSubjects(pattern: Pattern): Machine {
  const claims = claimsOf(pattern);
  const product = new Product(pattern, claims);
  return product.build();
}

type Position = { readonly glyph: number; readonly place: number };

class Product {
  private readonly glyphs: readonly number[];
  private readonly claims: ReadonlyMap<number, ReadonlySet<Part>>;
  private readonly numbers = new Map<string, number>();
  private readonly positions: Position[] = [];

  constructor(pattern: Pattern, claims: ReadonlyMap<number, ReadonlySet<Part>>) {
    this.glyphs = pattern.glyphs;
    this.claims = claims;
  }

  build(): Machine {
    const start = this.entered(0, tracker.start);
    const edges: Edge[][] = [];
    for (let at = 0; at < this.positions.length; at += 1) {
      const position = this.positions[at];
      edges.push(position === undefined ? [] : this.edgesFrom(position));
    }
    return {
      edges,
      start,
      accepting: this.positions.map(({ glyph }) => glyph === this.glyphs.length),
      classes: [tracker.others],
      layout: null,
      mayExplode: true,
    };
  }

  /** The state of a position, and those that runs let one skip to from there. */
  private entered(glyph: number, place: number): number[] {
    const states: number[] = [];
    for (let at = glyph; ; at += 1) {
      const wanted = this.claims.get(at);
      const part = tracker.parts[place];
      if (wanted !== undefined && (part === undefined || !wanted.has(part))) break;
      states.push(this.numberOf({ glyph: at, place }));
      const sign = this.glyphs[at];
      if (sign === undefined || !isRun(sign)) break;
    }
    return states;
  }

  private numberOf(position: Position): number {
    const name = `${position.glyph} ${position.place}`;
    let number = this.numbers.get(name);
    if (number === undefined) {
      number = this.positions.push(position) - 1;
      this.numbers.set(name, number);
    }
    return number;
  }

  private edgesFrom({ glyph, place }: Position): Edge[] {
    const sign = this.glyphs[glyph];
    if (sign === undefined) return [];
    const then = isRun(sign) ? glyph : glyph + 1;
    return (tracker.edges[place] ?? []).flatMap(({ on, to }) => {
      const both = bothTake(sign, on);
      return both === null
        ? []
        : [{ on: both, to: to.flatMap((next) => this.entered(then, next)) }];
    });
  }
}

/** What a glyph and an edge of the tracker both take, as an edge's `on`; null for nothing. */
function bothTake(sign: number, on: number): number | null {
  if (sign < 0) return on;
  if (on >= 0) return on === sign ? on : null;
  if (on === anyOne) return sign;
  return tracker.others.has(sign) ? sign : null;
}
