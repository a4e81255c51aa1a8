/**
 * How much work a question may cost, counted in steps of a search.
 *
 * Counted, not timed, so that one question always has one answer. A search that runs out says so;
 * nobody may read a verdict out of it.
 */
export type Budget = { stepsLeft: number };

/** A budget of so many steps. */
export function budgetOf(steps: number): Budget {
  return { stepsLeft: steps };
}

/** Takes steps from a budget; false once it is spent. */
export function spend(budget: Budget, steps: number): boolean {
  budget.stepsLeft -= steps;
  return budget.stepsLeft > 0;
}
