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

/** Steps for one attempt at a difference; a pair of ordinary policies takes some dozens. */
const stepsPerAttempt = 1_000_000;

/**
 * Is there a request that `allowedBy` allows and `refusedBy` does not?
 *
 * An Allow of the one, past its every Deny, and then either past every Allow of the other or into
 * one of its Denys. `extra` are clauses that the request has to satisfy besides.
 */
export function difference(input: {
  readonly dimensions: readonly Dimension[];
  readonly allowedBy: Rules;
  readonly refusedBy: Rules;
  readonly hasDoubts: boolean;
  /** What the dimensions' own searches draw on. */
  readonly stringBudget: Budget;
  readonly extra?: readonly Clause[];
}): Difference {
  const sure = attempt(input, "sure");
  if (sure.kind === "some" || !input.hasDoubts) return sure;
  const possible = attempt(input, "possible");
  return possible.kind === "some" ? { kind: "open", because: "doubts" } : possible;
}

function attempt(
  input: {
    readonly dimensions: readonly Dimension[];
    readonly allowedBy: Rules;
    readonly refusedBy: Rules;
    readonly stringBudget: Budget;
    readonly extra?: readonly Clause[];
  },
  reading: DoubtReading,
): Difference {
  const budget: Budget = budgetOf(stepsPerAttempt);
  const past = (rules: Rules, effect: Effect): readonly Clause[] =>
    rules.flatMap((rule) => (rule.effect === effect ? [wayPast(rule.formula, reading)] : []));
  const ownDenies = past(input.allowedBy, "Deny");
  const refusals: (readonly Clause[])[] = [past(input.refusedBy, "Allow")];
  for (const rule of input.refusedBy) {
    if (rule.effect === "Deny") refusals.push(clausesOf(rule.formula, reading));
  }
  let open = false;
  for (const rule of input.allowedBy) {
    if (rule.effect === "Deny") continue;
    const allowed = clausesOf(rule.formula, reading);
    for (const refused of refusals) {
      const clauses = [...(input.extra ?? []), ...allowed, ...ownDenies, ...refused];
      const solution = solve({ ...input, clauses, budget });
      if (solution.kind === "solved") return { kind: "some", assignments: solution.assignments };
      if (solution.kind === "unclear") open = true;
    }
  }
  if (!open) return { kind: "none" };
  const isSpent = budget.stepsLeft <= 0 || input.stringBudget.stepsLeft <= 0;
  return { kind: "open", because: isSpent ? "budget" : "doubts" };
}
