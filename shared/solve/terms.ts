import { complement, type Literal } from "./dimension.ts";
import type { Clause, Conjunction } from "./parts.ts";

/**
 * A statement as a formula: every term must hold, and a term holds where one of its parts does.
 *
 * A part is a literal, a list of parts, or an unknown: something that may hold or not, except in the
 * cases that `holdsWhen` and `failsWhen` list. Unknowns of one name hold together or fail together.
 */
export type Part =
  | { readonly kind: "literal"; readonly literal: Literal }
  | {
      readonly kind: "unknown";
      /** "The unknown holds", as a literal of a dimension of its own. */
      readonly truth: Literal;
      readonly negated: boolean;
      readonly holdsWhen: readonly Conjunction[];
      readonly failsWhen: readonly Conjunction[];
    }
  /**
   * At least one of several parts. That none of them holds has a way for every choice of one way
   * for each, too many to write down: `failsWhen` lists the cases in which it is certain.
   */
  | {
      readonly kind: "list";
      readonly parts: readonly Part[];
      readonly failsWhen: readonly Conjunction[];
    };

export type Term = readonly Part[];
export type Formula = readonly Term[];

/**
 * How unknowns are read. `certain`: only what holds no matter what the unknowns are. `possible`: what
 * holds for some of their values.
 */
export type Reading = "certain" | "possible";

export function literalPart(literal: Literal): Part {
  return { kind: "literal", literal };
}

/** The formula with each literal read in another way. */
export function mapLiterals(formula: Formula, read: (literal: Literal) => Literal): Formula {
  return formula.map((term) => term.map((part) => mapPart(part, read)));
}

function mapPart(part: Part, read: (literal: Literal) => Literal): Part {
  if (part.kind === "literal") return literalPart(read(part.literal));
  const failsWhen = part.failsWhen.map((conjunction) => conjunction.map(read));
  if (part.kind === "list") {
    return { ...part, parts: part.parts.map((one) => mapPart(one, read)), failsWhen };
  }
  const holdsWhen = part.holdsWhen.map((conjunction) => conjunction.map(read));
  return { ...part, holdsWhen, failsWhen };
}

/** The ways in which a part holds (or, if `holds` is false, fails). */
function waysOf(part: Part, holds: boolean, reading: Reading): readonly Conjunction[] {
  if (part.kind === "literal") return [[holds ? part.literal : complement(part.literal)]];
  if (part.kind === "list") {
    if (holds) return part.parts.flatMap((one) => waysOf(one, true, reading));
    return reading === "certain" ? part.failsWhen : waysPast(part.parts, reading);
  }
  const isTrue = holds !== part.negated;
  if (reading === "certain") return isTrue ? part.holdsWhen : part.failsWhen;
  const truth = isTrue ? part.truth : complement(part.truth);
  const against = isTrue ? part.failsWhen : part.holdsWhen;
  const excluded = against.flatMap((conjunction) => {
    const [literal, ...more] = conjunction;
    // A conjunction of several has several ways to fail: a clause says so (see `clauseOfCase`).
    return literal === undefined || more.length > 0 ? [] : [complement(literal)];
  });
  return [[truth, ...excluded]];
}

/** The clauses under which a statement applies: all of them must hold. */
export function clausesOf(formula: Formula, reading: Reading): readonly Clause[] {
  return formula.map((term) => {
    const [only, ...more] = term;
    return only !== undefined && more.length === 0
      ? waysOf(only, true, reading)
      : term.flatMap((part) => waysOf(part, true, reading));
  });
}

/** The clause under which a statement does not apply: one way out is enough. */
export function wayPast(formula: Formula, reading: Reading): Clause {
  return formula.flatMap((term) => waysPast(term, reading));
}

/** Every choice of a way in which each of the parts fails. */
function waysPast(parts: readonly Part[], reading: Reading): readonly Conjunction[] {
  const [first, ...others] = parts;
  if (first === undefined) return [[]];
  if (others.length === 0) return waysOf(first, false, reading);
  let ways: Literal[][] = [[]];
  for (const part of parts) {
    const [out, ...more] = waysOf(part, false, reading);
    if (out === undefined) return [];
    // Of hundreds of parts most fail in one way.
    if (more.length === 0) for (const way of ways) way.push(...out);
    else ways = ways.flatMap((way) => [out, ...more].map((one) => [...way, ...one]));
  }
  return ways;
}

/**
 * What ties an unknown to a case of several literals in which it holds: a way by itself does not say it. With
 * the complement of the truth, to one in which it fails.
 */
export function clauseOfCase(truth: Literal, conjunction: Conjunction): Clause {
  return [[truth], ...conjunction.map((literal) => [complement(literal)])];
}
