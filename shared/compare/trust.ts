import type { Tie } from "../callers/situations.ts";
import { type Budget, purseOf } from "../language/budget.ts";
import type { TrustPolicy, TrustStatement } from "../policy/document.ts";
import { allows } from "../policy/evaluate.ts";
import { parseTrustPolicy } from "../policy/parse.ts";
import { type Bounds, type Difference, difference, isMet } from "../solve/difference.ts";
import type { DifferenceSearch, Surroundings } from "./examples/search.ts";
import { showRequest, type Witness } from "./examples/witness.ts";
import { isMadeByNobody } from "./possible.ts";
import { isReordered } from "./reordered.ts";
import { canBeTied } from "./tied.ts";
import { tooManyUnclear } from "./too-many.ts";
import { TrustSpace } from "./trust-space.ts";
import {
  type Comparison,
  type Direction,
  directionOf,
  equivalent,
  mayWiden,
  refusedComparison,
  type Side,
  undecidedComparison,
  type Within,
} from "./verdict.ts";

export type TrustComparison = Comparison<Witness>;

/** What the searches for one direction may take together. */
type Limits = readonly [
  /** Of searches for strings. Seven take about a microsecond. */
  steps: number,
  /** At what a request asks. As many take as long. */
  looks: number,
];

/** What all searches of a comparison may take together: it is given up within 20 ms. */
const together = 110_000;

const toDecide: Limits = [50_000, 80_000];

/** For finding a request that a reader knows, once there is one. */
const forExample: Limits = [22_000, 20_000];

/** For a proof that nobody who can exist makes such a request. */
const forPossible: Limits = [12_000, 20_000];

/**
 * Compares what trust policies admit, given as the raw text of their documents. Several on one side
 * are alternatives: what any of them admits counts as admitted. An empty side admits nobody.
 *
 * Exact: a direction that is proved has a request to show for it, one that is disproved has none, and
 * what is neither is open, with the reasons.
 */
export function compareTrust(input: {
  readonly before: readonly string[];
  readonly after: readonly string[];
  readonly surroundings?: Surroundings;
}): TrustComparison {
  const isWithin = {
    widening: input.after.every((text) => input.before.includes(text)),
    narrowing: input.before.every((text) => input.after.includes(text)),
  };
  const policies: Record<Side, TrustPolicy[]> = { before: [], after: [] };
  for (const side of ["before", "after"] as const) {
    for (const [index, text] of input[side].entries()) {
      const where = input[side].length === 1 ? side : `${side}[${index}]`;
      const parsed = parseTrustPolicy(text, where);
      if (parsed.kind === "refused") return refusedComparison(side, parsed.problem, isWithin);
      policies[side].push(parsed.policy);
    }
  }
  if (isReorderedPolicy(input, policies)) return equivalent;
  const sides = { ...policies, surroundings: input.surroundings ?? null };
  const tooMany = tooManyUnclear([...policies.before, ...policies.after].flatMap(statementsOf));
  return tooMany === null
    ? comparePolicies(sides, isWithin)
    : undecidedComparison(tooMany, isWithin);
}

const statementsOf = ({ statements }: TrustPolicy): readonly TrustStatement[] => statements;

/** Is it one policy on each side, with the same statements? Those of several are alternatives, and stay apart. */
function isReorderedPolicy(
  input: Readonly<Record<Side, readonly string[]>>,
  { before, after }: Readonly<Record<Side, readonly TrustPolicy[]>>,
): boolean {
  const [[one, ...more], [other, ...others]] = [before, after];
  if (one === undefined || other === undefined || more.length + others.length > 0) return false;
  return isReordered(input, { before: one.statements, after: other.statements });
}

/** Is it proved that a trust policy admits nobody? */
export function admitsNobody(trustPolicy: string): boolean {
  return !mayWiden(compareTrust({ before: [], after: [trustPolicy] }).widening);
}

type Sides = Readonly<Record<Side, readonly TrustPolicy[]>> &
  Pick<DifferenceSearch, "surroundings">;

/** The side that allows, and the one that refuses. */
const ways = { widening: ["after", "before"], narrowing: ["before", "after"] } as const;

type Compared = Sides &
  Pick<DifferenceSearch, "space" | "policies" | "conditions"> & {
    readonly budgetOf: (most: number) => Budget;
  };

/** What was found in one direction, and what it was searched in. */
type Found = { readonly compared: Compared; readonly difference: Difference };

function comparePolicies(sides: Sides, isWithin: Within): TrustComparison {
  const policies = [...sides.before, ...sides.after];
  const conditions = policies.flatMap(statementsOf).flatMap((statement) => statement.conditions);
  const budgetOf = purseOf(together);
  const comparedIn = (space: TrustSpace): Compared => ({
    ...sides,
    policies,
    conditions,
    space,
    budgetOf,
  });
  const grouped = comparedIn(new TrustSpace(policies, true));
  let alone: Compared | null = null;
  /** First with many unclear values in groups, which takes less; where that leaves the direction open, one by one. */
  const find = (way: keyof typeof ways): Found => {
    if (isWithin[way]) return { compared: grouped, difference: { kind: "none" } };
    const difference = searchOf(grouped, way, toDecide).seek([]);
    const isSettled = difference.kind !== "open" || difference.because === "budget";
    if (isSettled || !grouped.space.requests.isGrouped) return { compared: grouped, difference };
    alone ??= comparedIn(new TrustSpace(policies));
    return { compared: alone, difference: searchOf(alone, way, toDecide).seek([]) };
  };
  const found = { widening: find("widening"), narrowing: find("narrowing") };
  // Only now, so that a search for a fine example can never cost a verdict.
  const [widening, narrowing] = [
    direction(found.widening, "widening"),
    direction(found.narrowing, "narrowing"),
  ];
  return { kind: "compared", widening, narrowing };
}

function direction({ compared, difference }: Found, way: keyof typeof ways): Direction<Witness> {
  const { space } = compared;
  const [allowedBy, refusedBy] = ways[way];
  const plain = difference.kind === "some" ? space.requestOf(difference.assignments) : null;
  let answer: boolean | null = null;
  const isImpossible = (): boolean => {
    answer ??= isMadeByNobody(searchOf(compared, way, forPossible), plain?.principal ?? null);
    return answer;
  };
  return directionOf({
    found: difference,
    problems: space.requests.problems,
    show: ({ assignments }) =>
      showRequest({
        ...searchOf(compared, way, forExample),
        plain: space.requestOf(assignments),
        plainHas: (literals) => isMet([literals], space.requests.dimensions, assignments),
        isImpossible,
        isWitness: (request) =>
          compared[allowedBy].some((policy) => allows(policy, request) === "yes") &&
          compared[refusedBy].every((policy) => allows(policy, request) === "no"),
      }),
    isReal: ({ reachable }) => reachable,
    isImpossible,
  });
}

/** A search that draws on one budget, whatever it is asked. */
function searchOf(compared: Compared, way: keyof typeof ways, limits: Limits): DifferenceSearch {
  const { before, after, policies, space, budgetOf } = compared;
  const [budget, looks] = [budgetOf(limits[0]), budgetOf(limits[1])];
  const tiedBy = (tie: Tie | null): DifferenceSearch => {
    const rulesOf = (policy: TrustPolicy): Bounds => [space.rulesOf(policy, tie)];
    // In this order, whichever way is asked: a document is not to be read in two ways.
    const rules = { before: before.map(rulesOf), after: after.map(rulesOf) };
    const [allowedBy, refusedBy] = [rules[ways[way][0]], rules[ways[way][1]]];
    const search: DifferenceSearch = {
      ...compared,
      seek: (extra, own = budget) =>
        difference({ requests: space.requests, allowedBy, refusedBy, extra, budget: own, looks }),
      tiedBy: (other) => (other === null || !canBeTied(policies, other) ? search : tiedBy(other)),
    };
    return search;
  };
  return tiedBy(null);
}
