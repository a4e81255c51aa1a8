import { type CircleciProvider, sendsProjectId } from "../circleci/tokens.ts";
import { type Budget, budgetOf } from "../language/budget.ts";
import type { TrustPolicy } from "../policy/document.ts";
import { allows } from "../policy/evaluate.ts";
import { parseTrustPolicy } from "../policy/parse.ts";
import { type Difference, difference, type Rules } from "../solve/difference.ts";
import type { Clause } from "../solve/solve.ts";
import type { Asked, Searched, Surroundings } from "./examples/search.ts";
import { showRequest, type Witness } from "./examples/witness.ts";
import { isImpossible } from "./possible.ts";
import { projectKey, tiedToSubject } from "./tied.ts";
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
  const { asked, space, doubts } = questionOf(sides, budget);
  const widening = asked("after", "before").seek([]);
  budget.stepsLeft = stringSteps;
  const narrowing = asked("before", "after").seek([]);
  const tied = new Map<string, Question | null>();
  // Only now, so that a search for a fine example can never cost a verdict.
  const shown = (found: Difference, allowedBy: Side, refusedBy: Side): Direction<Witness> => {
    budget.stepsLeft = exampleSteps;
    const sought: Searched = {
      ...asked(allowedBy, refusedBy),
      ...sides,
      tied: (provider) => {
        const question = tied.get(provider.arn) ?? tiedQuestion(sides, provider, budget);
        tied.set(provider.arn, question);
        return question?.asked(allowedBy, refusedBy) ?? null;
      },
    };
    return directionOf({
      found,
      doubts,
      show: (difference) =>
        showRequest({
          ...sought,
          plain: space.requestOf(difference.assignments),
          isWitness: (request) =>
            allows(sides[allowedBy], request) === "yes" &&
            allows(sides[refusedBy], request) === "no",
        }),
      isReal: ({ reachable }) => reachable,
      isImpossible: () => {
        budget.stepsLeft = stringSteps;
        return isImpossible(sought);
      },
    });
  };
  return concluded(shown(widening, "after", "before"), shown(narrowing, "before", "after"));
}

type Question = {
  readonly space: TrustSpace;
  readonly doubts: readonly Reason[];
  /** What is allowed by one side and refused by the other. */
  readonly asked: (allowedBy: Side, refusedBy: Side) => Asked;
};

function questionOf(
  { before, after }: { readonly before: TrustPolicy; readonly after: TrustPolicy },
  budget: Budget,
): Question {
  const space = new TrustSpace([before, after], budget);
  const rules = { before: rulesOf(space, before), after: rulesOf(space, after) };
  const conditions = [before, after].flatMap((policy) =>
    policy.statements.flatMap((statement) => statement.conditions),
  );
  const seek =
    (allowedBy: Side, refusedBy: Side) =>
    (extra: readonly Clause[]): Difference =>
      difference({
        dimensions: space.space.dimensions,
        allowedBy: rules[allowedBy],
        refusedBy: rules[refusedBy],
        hasDoubts: space.space.doubts.length > 0,
        doubts: space.space.unsettled,
        stringBudget: budget,
        extra,
      });
  return {
    space,
    doubts: [...space.space.doubts, ...space.space.vague],
    asked: (allowedBy, refusedBy) => ({ space, conditions, seek: seek(allowedBy, refusedBy) }),
  };
}

/** The question of one provider's jobs; null where it is the same, or cannot be put. */
function tiedQuestion(sides: Sides, provider: CircleciProvider, budget: Budget): Question | null {
  const key = projectKey(provider);
  const isTested = (policy: TrustPolicy): boolean =>
    policy.statements.some(({ conditions }) => conditions.some((one) => one.key === key));
  if (!sendsProjectId(provider) || ![sides.before, sides.after].some(isTested)) return null;
  const before = tiedToSubject(sides.before, provider);
  const after = tiedToSubject(sides.after, provider);
  return before === null || after === null ? null : questionOf({ before, after }, budget);
}

function rulesOf(space: TrustSpace, policy: TrustPolicy): Rules {
  return policy.statements.map((statement) => ({
    effect: statement.effect,
    formula: space.formulaOf(statement),
  }));
}
