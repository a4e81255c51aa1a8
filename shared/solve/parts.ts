import { type Budget, spend } from "../language/budget.ts";
import { complement, type Dimension, type Literal, type Region } from "./dimension.ts";

/** All of these must hold. */
export type Conjunction = readonly Literal[];
/** At least one of these must hold; an empty clause cannot. */
export type Clause = readonly Conjunction[];

/** What is put on each dimension, and the clauses that still leave a choice. */
export type Ground = { readonly regions: readonly Region[]; readonly clauses: readonly Clause[] };

/** Clauses of which none shares a dimension with a clause of another part, and those dimensions. */
type Part = { readonly clauses: readonly Clause[]; readonly named: readonly number[] };

type Question = {
  readonly dimensions: readonly Dimension[];
  readonly clauses: readonly Clause[];
  readonly steps: Budget;
  readonly budget: Budget;
};

/**
 * Puts on the dimensions whatever a clause leaves no choice about; null where some clause, or some
 * dimension, is left without a way.
 *
 * All that is certain about a dimension is put on it at once, so that it costs one search and not one for
 * each clause.
 */
export function groundOf(question: Question, before: readonly Region[]): Ground | null {
  const { dimensions, budget, steps } = question;
  const regions = [...before];
  const known = knownIn(dimensions, regions);
  let { clauses } = question;
  while (spend(steps, looksAtEach * (1 + literalsIn(clauses)))) {
    const left = withoutClosed(clauses, known);
    if (left === null) return null;
    const certain = certainIn(left);
    clauses = left.filter((clause) => clause.length > 1);
    if (certain.length > 0) {
      // What these shut by their names alone costs no search.
      const open = withoutClosed(clauses, namedIn(certain));
      if (open === null) return null;
      if (!putOn({ dimensions, regions, budget }, [...certain, ...certainIn(open)])) return null;
      clauses = open;
      continue;
    }
    // What several clauses ask is worth a search.
    const shared = sharedLiterals(clauses);
    if (shared.size === 0) break;
    const searched = withoutClosed(clauses, (literal) => {
      const { dimension: at, id } = literal;
      const [dimension, region] = [dimensions[at], regions[at]];
      const isShared = shared.has(nameOf(literal));
      if (!isShared || dimension === undefined || region === undefined) return known(literal);
      return dimension.narrow(region, id, budget).feasible === "no" ? "closed" : known(literal);
    });
    if (searched === null) return null;
    clauses = searched;
    if (searched.every((clause) => clause.length > 1)) break;
  }
  return { regions, clauses };
}

/** So often each literal is looked at: whether it is shut, by a region and by a name, and whether it is in several clauses. */
const looksAtEach = 3;

/** How much there is to look at in these. */
export function literalsIn(clauses: readonly Clause[]): number {
  let count = 0;
  for (const clause of clauses) for (const { length } of clause) count += length;
  return count;
}

/** What the clauses ask that leave no choice. */
export function certainIn(clauses: readonly Clause[]): readonly Literal[] {
  const certain: Literal[] = [];
  for (const clause of clauses) if (clause.length === 1) certain.push(...(clause[0] ?? []));
  return certain;
}

type Known = ReturnType<Dimension["known"]>;

/** What is plain about literals where certain others hold. */
function namedIn(certain: readonly Literal[]): (literal: Literal) => Known {
  const names = new Set(certain.map(nameOf));
  return (literal) => {
    if (names.has(nameOf(complement(literal)))) return "closed";
    return names.has(nameOf(literal)) ? "certain" : "open";
  };
}

/** What is plain about literals in these regions, without a search. */
export const knownIn =
  (dimensions: readonly Dimension[], regions: readonly Region[]) =>
  ({ dimension, id }: Literal): Known => {
    const region = regions[dimension];
    return (region && dimensions[dimension]?.known(region, id)) ?? "open";
  };

/**
 * Do certain literals leave one of these clauses without a way, by their names alone? A clause is looked at
 * only where its first way is shut, so that hundreds of statements are not each held against hundreds.
 */
export function closersOf(clauses: readonly Clause[]): (certain: readonly Literal[]) => boolean {
  const shutBy = new Map<number, Clause[]>();
  for (const clause of clauses) {
    for (const literal of clause[0] ?? []) {
      const name = nameOf(complement(literal));
      const others = shutBy.get(name);
      if (others === undefined) shutBy.set(name, [clause]);
      else others.push(clause);
    }
  }
  const isEmpty = clauses.some((clause) => clause.length === 0);
  return (certain) => {
    let known: ReturnType<typeof namedIn> | null = null;
    return (
      isEmpty ||
      certain.some((literal) =>
        shutBy.get(nameOf(literal))?.some((clause) =>
          clause.every((way) => {
            known ??= namedIn(certain);
            return knownOfAll(way, known) === "closed";
          }),
        ),
      )
    );
  };
}

/** The clauses that may still fail, with the ways that may still hold; null where one has none left. */
export function withoutClosed(
  clauses: readonly Clause[],
  known: (literal: Literal) => Known,
): readonly Clause[] | null {
  const left: Clause[] = [];
  for (const clause of clauses) {
    const open: Conjunction[] = [];
    let isCertain = false;
    for (const conjunction of clause) {
      const all = knownOfAll(conjunction, known);
      if (all === "open") open.push(conjunction);
      isCertain = all === "certain";
      if (isCertain) break;
    }
    if (isCertain) continue;
    if (open.length === 0) return null;
    left.push(open.length === clause.length ? clause : open);
  }
  return left;
}

function knownOfAll(conjunction: Conjunction, known: (literal: Literal) => Known): Known {
  let all: Known = "certain";
  for (const literal of conjunction) {
    const one = known(literal);
    if (one === "closed") return one;
    if (one === "open") all = one;
  }
  return all;
}

/** One number for each literal: a dimension has far fewer constraints than this. */
const nameOf = ({ dimension, id }: Literal): number => dimension * 2 ** 24 + id;

/** The literals that more than one clause has. */
function sharedLiterals(clauses: readonly Clause[]): ReadonlySet<number> {
  const metIn = new Map<number, Clause>();
  const shared = new Set<number>();
  for (const clause of clauses) {
    for (const conjunction of clause) {
      for (const literal of conjunction) {
        const name = nameOf(literal);
        const first = metIn.get(name) ?? clause;
        if (first === clause) metIn.set(name, clause);
        else shared.add(name);
      }
    }
  }
  return shared;
}

/** Puts these on their dimensions, first where there is least to put; false where one is left empty. */
function putOn(
  {
    dimensions,
    regions,
    budget,
  }: Pick<Question, "dimensions" | "budget"> & { readonly regions: Region[] },
  literals: readonly Literal[],
): boolean {
  const byDimension = new Map<number, { readonly at: number; readonly ids: number[] }>();
  for (const { dimension: at, id } of literals) {
    const known = byDimension.get(at);
    if (known === undefined) byDimension.set(at, { at, ids: [id] });
    else known.ids.push(id);
  }
  const groups = [...byDimension.values()].sort((one, other) => one.ids.length - other.ids.length);
  for (const { at, ids } of groups) {
    const region = regions[at];
    const narrowed = region && dimensions[at]?.narrowBy(region, ids, budget);
    if (narrowed === undefined) continue;
    if (narrowed.feasible === "no") return false;
    regions[at] = narrowed;
  }
  return true;
}

/** Clauses by what they depend on: those that name a dimension, or name one that another names, and so on. */
export function partsOf(clauses: readonly Clause[]): readonly Part[] {
  /** For each dimension, another one of its part; the one that is its own stands for all of them. */
  const towards = new Map<number, number>();
  const standsFor = (dimension: number): number => {
    let at = dimension;
    for (let next = towards.get(at) ?? at; next !== at; next = towards.get(at) ?? at) {
      // Half of the way each time it is gone, so that a long one is long only once.
      const beyond = towards.get(next) ?? next;
      towards.set(at, beyond);
      at = beyond;
    }
    return at;
  };
  for (const clause of clauses) {
    const [first, ...others] = clause.flat();
    if (first === undefined) continue;
    for (const { dimension } of others)
      towards.set(standsFor(dimension), standsFor(first.dimension));
  }
  const parts = new Map<number, { clauses: Clause[]; named: Set<number> }>();
  for (const clause of clauses) {
    const literals = clause.flat();
    const name = standsFor(literals[0]?.dimension ?? -1);
    const part = parts.get(name) ?? { clauses: [], named: new Set<number>() };
    parts.set(name, part);
    part.clauses.push(clause);
    for (const { dimension } of literals) part.named.add(dimension);
  }
  return [...parts.values()].map((part) => ({ clauses: part.clauses, named: [...part.named] }));
}
