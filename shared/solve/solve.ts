import { type Budget, spend } from "../language/budget.ts";
import {
  type Assignment,
  complement,
  type Dimension,
  dimensionAt,
  type Literal,
  type Region,
} from "./dimension.ts";
import {
  type Clause,
  type Conjunction,
  type Ground,
  groundOf,
  literalsIn,
  partsOf,
} from "./parts.ts";

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
  readonly regions: Region[];
  /** What was on a dimension before each change, to be put back. */
  readonly trail: { readonly at: number; readonly before: Region }[];
  unclear: boolean;
};

/**
 * Finds a request that satisfies every clause, or proves that there is none.
 *
 * Each dimension always carries a value that satisfies what was put on it. What has one way only is put
 * on them first, all at once. Clauses that share no dimension are parts of their own (see parts.ts): one
 * that cannot be satisfied settles all. In each, the search looks for a clause that these values violate, takes
 * the one with the fewest ways out, and tries one after the other; a way that leaves a dimension without a value
 * is closed, and what it changed is taken back. When no clause is violated, the values are the request.
 */
export function solve(input: {
  readonly dimensions: readonly Dimension[];
  readonly clauses: readonly Clause[];
  /** What holds whatever these clauses say. */
  readonly ground: Ground;
  /** Of this search; one for each look at a literal. */
  readonly steps: Budget;
  /** Of the dimensions' own searches: once it is spent, nothing more can be found. */
  readonly budget: Budget;
}): Solution {
  const known = input.ground;
  const clauses = [...input.clauses, ...known.clauses];
  const ground = groundOf({ ...input, clauses }, known.regions);
  if (ground === null) return { kind: "impossible" };
  spend(input.steps, 3 * literalsIn(ground.clauses));
  let isUnclear = false;
  const regions = [...ground.regions];
  for (const part of partsOf(ground.clauses)) {
    const search: Search = { ...input, ...part, regions, trail: [], unclear: false };
    const isSatisfied = satisfyAll(search);
    if (!isSatisfied && !search.unclear) return { kind: "impossible" };
    if (!isSatisfied) isUnclear = true;
  }
  if (isUnclear || regions.some(({ feasible }) => feasible !== "yes")) return { kind: "unclear" };
  return { kind: "solved", assignments: regions.map((region) => region.assignment) };
}

function satisfyAll(search: Search): boolean {
  if (isSpent(search)) {
    search.unclear = true;
    return false;
  }
  const violated = tightestViolated(search);
  if (violated !== null) return branch(search, violated);
  const decided = search.named.every((at) => search.regions[at]?.feasible === "yes");
  if (!decided) search.unclear = true;
  return decided;
}

function isSpent({ steps, budget }: Search): boolean {
  return steps.stepsLeft <= 0 || budget.stepsLeft <= 0;
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
      const mark = search.trail.length;
      if (assert(search, conjunction)) ways += 1;
      takeBack(search, mark);
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
  search.steps.stepsLeft -= 1;
  const dimension = dimensionAt(search.dimensions, at);
  const region = search.regions[at] ?? dimension.start;
  if (region.ids.includes(id)) return true;
  return region.feasible === "yes" && dimension.holds(id, region.assignment);
}

/** Puts these on their dimensions; false where one of them is left without a value. */
function assert(search: Search, conjunction: Conjunction): boolean {
  const { regions, trail, steps } = search;
  for (const { dimension: at, id } of conjunction) {
    steps.stepsLeft -= 1;
    const dimension = dimensionAt(search.dimensions, at);
    const before = regions[at] ?? dimension.start;
    const narrowed = dimension.narrow(before, id, search.budget);
    if (narrowed.feasible === "no") return false;
    if (narrowed === before) continue;
    trail.push({ at, before });
    regions[at] = narrowed;
  }
  return true;
}

/** Gives the dimensions back what they had when the trail was as long as this. */
function takeBack({ trail, regions }: Search, mark: number): void {
  for (let last = trail.length; last > mark; last -= 1) {
    const change = trail.pop();
    if (change !== undefined) regions[change.at] = change.before;
  }
}

/** Tries each way; the ways after it exclude what was tried without success. */
function branch(search: Search, clause: Clause): boolean {
  const start = search.trail.length;
  for (const conjunction of clause) {
    const mark = search.trail.length;
    const isOpen = assert(search, conjunction);
    if (isOpen && satisfyAll(search)) return true;
    takeBack(search, mark);
    if (isSpent(search)) break;
    const [literal, ...more] = conjunction;
    if (!isOpen || literal === undefined || more.length > 0) continue;
    // Without the complement no other way is left either: the clause's own case was the only one.
    if (!assert(search, [complement(literal)])) break;
  }
  takeBack(search, start);
  return false;
}
