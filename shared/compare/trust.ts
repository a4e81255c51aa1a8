import { budgetOf } from "../language/budget.ts";
import type { TrustPolicy } from "../policy/document.ts";
import { parseTrustPolicy } from "../policy/parse.ts";
import { type Difference, difference, type Rules } from "./difference.ts";
import { allows } from "./evaluate.ts";
import type { Clause } from "./solve.ts";
import type { Surroundings } from "./sought.ts";
import { TrustSpace } from "./trust-space.ts";
import {
  type Comparison,
  concluded,
  type Direction,
  directionOf,
  type Reason,
  refusedComparison,
  type Side,
} from "./verdict.ts";
import { showRequest, type Witness } from "./witness.ts";

export type TrustComparison = Comparison<Witness>;

/** A trust policy that nobody gets past, for a role that does not exist yet. */
export const admitsNobody: string = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Deny", Principal: "*", Action: "sts:*" }],
});

/** Steps that all searches for strings of one direction may take together. */
const stringSteps = 3_000_000;

/** Steps for finding a request that a reader knows, once there is one. */
const exampleSteps = 150_000;

/**
 * Compares two trust policies, given as the raw text of their documents; `before` is null where
 * there is no role yet, so that nobody was admitted.
 *
 * Exact: a direction that is true has a request to show for it, one that is false has none, and
 * what is neither proved nor disproved is null with the reasons under `undecided`.
 */
export function compareTrust(input: {
  readonly before: string | null;
  readonly after: string;
  readonly surroundings?: Surroundings;
}): TrustComparison {
  const before = parseTrustPolicy(input.before ?? admitsNobody, "before");
  if (before.kind === "refused") return refusedComparison("before", before.problem);
  const after = parseTrustPolicy(input.after, "after");
  if (after.kind === "refused") return refusedComparison("after", after.problem);
  if (input.before === input.after) return concluded<Witness>({ kind: "false" }, { kind: "false" });
  const surroundings = input.surroundings ?? null;
  return comparePolicies({ before: before.policy, after: after.policy, surroundings });
}

type Sides = {
  readonly before: TrustPolicy;
  readonly after: TrustPolicy;
  readonly surroundings: Surroundings | null;
};

function comparePolicies(sides: Sides): TrustComparison {
  const budget = budgetOf(stringSteps);
  const space = new TrustSpace([sides.before, sides.after], budget);
  const rules = { before: rulesOf(space, sides.before), after: rulesOf(space, sides.after) };
  const doubts: readonly Reason[] = [...space.space.doubts, ...space.space.vague];
  const seek = (allowedBy: Side, refusedBy: Side, extra: readonly Clause[] = []): Difference =>
    difference({
      dimensions: space.space.dimensions,
      allowedBy: rules[allowedBy],
      refusedBy: rules[refusedBy],
      hasDoubts: space.space.doubts.length > 0,
      stringBudget: budget,
      extra,
    });
  const widening = seek("after", "before");
  budget.stepsLeft = stringSteps;
  const narrowing = seek("before", "after");
  // Only now, so that a search for a fine example can never cost a verdict.
  const shown = (found: Difference, allowedBy: Side, refusedBy: Side): Direction<Witness> => {
    budget.stepsLeft = exampleSteps;
    return directionOf({
      found,
      doubts,
      show: (difference) =>
        showRequest({
          plain: space.requestOf(difference.assignments),
          isWitness: (request) =>
            allows(sides[allowedBy], request) === "yes" &&
            allows(sides[refusedBy], request) === "no",
          space,
          seek: (extra) => seek(allowedBy, refusedBy, extra),
          ...sides,
        }),
    });
  };
  return concluded(shown(widening, "after", "before"), shown(narrowing, "before", "after"));
}

function rulesOf(space: TrustSpace, policy: TrustPolicy): Rules {
  return policy.statements.map((statement) => ({
    effect: statement.effect,
    formula: space.formulaOf(statement),
  }));
}
