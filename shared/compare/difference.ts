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
const stepsPerAttempt = 20_000;

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
  readonly extra?: readonly Clause[];
}): Difference {
  const sure = attempt(input, "sure");
  if (sure.kind === "some" || !input.hasDoubts) return sure;
  const possible = attempt(input, "possible");
  if (possible.kind === "none") return possible;
  return { kind: "open", because: possible.kind === "open" ? "budget" : "doubts" };
}

function attempt(
  input: {
    readonly dimensions: readonly Dimension[];
    readonly allowedBy: Rules;
    readonly refusedBy: Rules;
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
      const solution = solve({ dimensions: input.dimensions, clauses, budget });
      if (solution.kind === "solved") return { kind: "some", assignments: solution.assignments };
      if (solution.kind === "unclear") open = true;
    }
  }
  return open ? { kind: "open", because: "budget" } : { kind: "none" };
}
