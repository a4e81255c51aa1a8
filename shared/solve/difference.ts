import { type Budget, budgetOf } from "../language/budget.ts";
import type { Effect } from "../policy/document.ts";
import type { Assignment, Dimension } from "./dimension.ts";
import { type Clause, solve } from "./solve.ts";
import { clausesOf, type DoubtReading, type Formula, wayPast } from "./terms.ts";

/** A policy as formulas: it allows what an Allow says and no Deny says. */
export type Rules = readonly { readonly effect: Effect; readonly formula: Formula }[];

export type Difference =
  | { readonly kind: "some"; readonly assignments: readonly Assignment[] }
  | { readonly kind: "none" }
  /** `doubts`: it depends on what is not decided; `budget`: the search was given up. */
  | { readonly kind: "open"; readonly because: "doubts" | "budget" };

/** Policies that must all allow: what is granted, and the boundary that it stays within. */
export type Bounds = readonly Rules[];

type Search = {
  readonly dimensions: readonly Dimension[];
  readonly hasDoubts: boolean;
  /** What is known of the doubts; without it, more of them stay open. */
  readonly doubts?: KnownDoubts;
  /** What the dimensions' own searches draw on. */
  readonly stringBudget: Budget;
  readonly extra?: readonly Clause[];
};

/** What the doubts of a comparison are tied to, and how more is learnt of them. */
export type KnownDoubts = {
  readonly clauses: () => readonly Clause[];
  /** Takes from a solution that doubts might allow what can be known of them; false for nothing. */
  readonly learn: (assignments: readonly Assignment[]) => boolean;
};

/** So often a difference that doubts might allow is looked at for what can be learnt from it. */
const roundsMax = 6;

/** Steps for one attempt at a difference; a pair of ordinary policies takes some dozens. */
const stepsPerAttempt = 1_000_000;

/** One of `allowedBy` allows, and each of `refusedBy` refuses. */
type Question = { readonly allowedBy: readonly Bounds[]; readonly refusedBy: readonly Bounds[] };

/**
 * Is there a request that one of `allowedBy` allows and that each of `refusedBy` refuses?
 *
 * To allow it, all policies of a `Bounds` have to: an Allow of each, past its every Deny. To refuse
 * it, one is enough: the request is past its every Allow, or in one of its Denys.
 */
export function difference(input: Search & Question): Difference {
  let answer: Difference = { kind: "none" };
  for (const allowedBy of input.allowedBy) {
    const found = differenceWithin({ ...input, allowedBy });
    if (found.kind === "some") return found;
    if (found.kind === "open") answer = found;
  }
  return answer;
}

type OneQuestion = Omit<Question, "allowedBy"> & { readonly allowedBy: Bounds };

function differenceWithin(input: Search & OneQuestion): Difference {
  for (let round = 1; ; round += 1) {
    const sure = attempt(input, "sure");
    if (sure.kind === "some" || !input.hasDoubts) return sure;
    const possible = attempt(input, "possible");
    if (possible.kind !== "some") return possible;
    const hasLearned = round < roundsMax && input.doubts?.learn(possible.assignments) === true;
    if (!hasLearned) return { kind: "open", because: "doubts" };
  }
}

function attempt(input: Search & OneQuestion, reading: DoubtReading): Difference {
  const budget: Budget = budgetOf(stepsPerAttempt);
  const past = (rules: Rules, effect: Effect): readonly Clause[] =>
    rules.flatMap((rule) => (rule.effect === effect ? [wayPast(rule.formula, reading)] : []));
  const ownDenies = input.allowedBy.flatMap((rules) => past(rules, "Deny"));
  const ways = (rules: Rules, effect: Effect): readonly (readonly Clause[])[] =>
    rules.flatMap((rule) => (rule.effect === effect ? [clausesOf(rule.formula, reading)] : []));
  const allowed = input.allowedBy.map((rules) => ways(rules, "Allow"));
  const refused = input.refusedBy.map((bounds) =>
    bounds.flatMap((rules) => [past(rules, "Allow"), ...ways(rules, "Deny")]),
  );
  let open = false;
  const tied = reading === "possible" ? (input.doubts?.clauses() ?? []) : [];
  const common = [...(input.extra ?? []), ...ownDenies, ...tied];
  for (const clauses of eachOf([...allowed, ...refused])) {
    const solution = solve({ ...input, clauses: [...clauses, ...common], budget });
    if (solution.kind === "solved") return { kind: "some", assignments: solution.assignments };
    if (solution.kind === "unclear") open = true;
    // Several long policies have more combinations than there is time to look at.
    if (budget.stepsLeft <= 0 || input.stringBudget.stepsLeft <= 0) {
      return { kind: "open", because: "budget" };
    }
  }
  return open ? { kind: "open", because: "doubts" } : { kind: "none" };
}

/** Every choice of one way from each list, its clauses joined; the last list varies fastest. */
function* eachOf(lists: readonly (readonly (readonly Clause[])[])[]): Generator<readonly Clause[]> {
  const [first, ...others] = lists;
  if (first === undefined) {
    yield [];
    return;
  }
  for (const way of first) {
    for (const rest of eachOf(others)) yield [...way, ...rest];
  }
}
