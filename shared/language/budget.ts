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

/** What several searches may take together: gives each a budget of so many steps, or of what is left. */
export function purseOf(steps: number): (most: number) => Budget {
  const given: { readonly budget: Budget; readonly steps: number }[] = [];
  return (most) => {
    let left = steps;
    for (const one of given) left -= one.steps - one.budget.stepsLeft;
    const own = Math.max(0, Math.min(most, left));
    const budget = budgetOf(own);
    given.push({ budget, steps: own });
    return budget;
  };
}
