import { type Budget, spend } from "../language/budget.ts";
import {
  type Assignment,
  complement,
  type Dimension,
  dimensionAt,
  type Literal,
  type Region,
} from "./dimension.ts";
import { type Clause, type Conjunction, type Ground, groundOf, partsOf } from "./parts.ts";

type Solution =
  | { readonly kind: "solved"; readonly assignments: readonly Assignment[] }
  | { readonly kind: "impossible" }
  /** Nothing was found, but a budget ran out, or a dimension could not be decided. */
  | { readonly kind: "unclear" };

type Search = {
  readonly dimensions: readonly Dimension[];
  /** Those of one part of the question, and the dimensions that they name. */
  readonly clauses: readonly Clause[];
  readonly named: readonly number[];
  readonly steps: Budget;
  readonly budget: Budget;
  regions: Region[];
  unclear: boolean;
};

/**
 * Finds a request that satisfies every clause, or proves that there is none.
 *
 * Each dimension always carries a value that satisfies what was put on it. What has one way only is put
 * on them first, all at once. Clauses that share no dimension are parts of their own (see parts.ts): one
 * that cannot be satisfied settles all. In each, the search looks for a
 * clause that these values violate, takes the one with the fewest ways out, and tries one after the other; a
 * way that leaves a dimension without a value is closed. When no clause is violated, the values are
 * the request.
 */
export function solve(input: {
  readonly dimensions: readonly Dimension[];
  readonly clauses: readonly Clause[];
  /** What holds whatever these clauses say. */
  readonly ground: Ground;
  /** Of this search; one for each look at a clause. */
  readonly steps: Budget;
  /** Of the dimensions' own searches: once it is spent, nothing more can be found. */
  readonly budget: Budget;
}): Solution {
  const { regions, clauses } = input.ground;
  const ground = groundOf({ ...input, clauses: [...input.clauses, ...clauses] }, regions);
  if (ground === null) return { kind: "impossible" };
  let isUnclear = false;
  let reached = [...ground.regions];
  for (const part of partsOf(ground.clauses)) {
    const search: Search = { ...input, ...part, regions: reached, unclear: false };
    const isSatisfied = satisfyAll(search);
    if (!isSatisfied && !search.unclear) return { kind: "impossible" };
    if (!isSatisfied) isUnclear = true;
    reached = search.regions;
  }
  if (isUnclear || reached.some(({ feasible }) => feasible !== "yes")) return { kind: "unclear" };
  return { kind: "solved", assignments: reached.map((region) => region.assignment) };
}

function satisfyAll(search: Search): boolean {
  if (!spend(search.steps, 1 + search.clauses.length) || search.budget.stepsLeft <= 0) {
    search.unclear = true;
    return false;
  }
  const violated = tightestViolated(search);
  if (violated !== null) return branch(search, violated);
  const decided = search.named.every((at) => search.regions[at]?.feasible === "yes");
  if (!decided) search.unclear = true;
  return decided;
}

/** The violated clause that has the fewest ways out; null where no clause is violated. */
function tightestViolated(search: Search): Clause | null {
  const isViolated = (clause: Clause): boolean =>
    !clause.some((conjunction) => conjunction.every((literal) => holds(search, literal)));
  const violated = search.clauses.filter(isViolated);
  let tightest = violated[0] ?? null;
  if (violated.length < 2) return tightest;
  let fewest = Number.POSITIVE_INFINITY;
  for (const clause of violated) {
    let ways = 0;
    // No more are counted than make it the tightest: each costs a search.
    for (const conjunction of clause) {
      if (assert(search, conjunction) !== null) ways += 1;
      if (ways >= fewest) break;
    }
    if (ways >= fewest) continue;
    tightest = clause;
    fewest = ways;
    if (ways < 2) break;
  }
  return tightest;
}

function holds(search: Search, { dimension: at, id }: Literal): boolean {
  const dimension = dimensionAt(search.dimensions, at);
  const region = search.regions[at] ?? dimension.start;
  if (region.ids.includes(id)) return true;
  return region.feasible === "yes" && dimension.holds(id, region.assignment);
}

function assert(search: Search, conjunction: Conjunction): Region[] | null {
  let regions = search.regions;
  for (const { dimension: at, id } of conjunction) {
    const dimension = dimensionAt(search.dimensions, at);
    const narrowed = dimension.narrow(regions[at] ?? dimension.start, id, search.budget);
    if (narrowed.feasible === "no") return null;
    regions = regions.with(at, narrowed);
  }
  return regions;
}

/** Tries each way; the ways after it exclude what was tried without success. */
function branch(search: Search, clause: Clause): boolean {
  const before = search.regions;
  let closed = before;
  for (const conjunction of clause) {
    search.regions = closed;
    const regions = assert(search, conjunction);
    if (regions === null) continue;
    search.regions = regions;
    if (satisfyAll(search)) return true;
    const [literal, ...more] = conjunction;
    if (literal === undefined || more.length > 0) continue;
    search.regions = closed;
    const others = assert(search, [complement(literal)]);
    // Without the complement no other way is left either: the clause's own case was the only one.
    if (others === null) break;
    closed = others;
  }
  search.regions = before;
  return false;
}
