import { type CircleciProvider, sendsProjectId } from "../circleci/tokens.ts";
import { type Budget, budgetOf } from "../language/budget.ts";
import type { TrustPolicy } from "../policy/document.ts";
import { allows } from "../policy/evaluate.ts";
import { parseTrustPolicy } from "../policy/parse.ts";
import type { Problem } from "../policy/problem.ts";
import { type Difference, difference, type Rules } from "../solve/difference.ts";
import type { Clause } from "../solve/solve.ts";
import type { Asked, Searched, Surroundings } from "./examples/search.ts";
import { showRequest, type Witness } from "./examples/witness.ts";
import { isImpossible } from "./possible.ts";
import { projectKey, tiedToSubject } from "./tied.ts";
import { TrustSpace } from "./trust-space.ts";
import {
  type Comparison,
  type Direction,
  directionOf,
  mayWiden,
  refusedComparison,
  type Side,
  type Within,
} from "./verdict.ts";

export type TrustComparison = Comparison<Witness>;

/** Steps that all searches for strings of one direction may take together. */
const stringSteps = 3_000_000;

/** Steps for finding a request that a reader knows, once there is one. */
const exampleSteps = 150_000;

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
  return comparePolicies({ ...policies, surroundings: input.surroundings ?? null }, isWithin);
}

/** Is it proved that a trust policy admits nobody? */
export function admitsNobody(trustPolicy: string): boolean {
  return !mayWiden(compareTrust({ before: [], after: [trustPolicy] }).widening);
}

type Sides = Readonly<Record<Side, readonly TrustPolicy[]>> & {
  readonly surroundings: Surroundings | null;
};

function comparePolicies(sides: Sides, isWithin: Within): TrustComparison {
  const budget = budgetOf(stringSteps);
  const { asked, space, doubts } = questionOf(sides, budget);
  const none: Difference = { kind: "none" };
  const widening = isWithin.widening ? none : asked("after", "before").seek([]);
  budget.stepsLeft = stringSteps;
  const narrowing = isWithin.narrowing ? none : asked("before", "after").seek([]);
  const tied = new Map<string, Question | null>();
  // Only now, so that a search for a fine example can never cost a verdict.
  const shown = (found: Difference, allowedBy: Side, refusedBy: Side): Direction<Witness> => {
    budget.stepsLeft = exampleSteps;
    const sought: Searched = {
      ...asked(allowedBy, refusedBy),
      policies: [...sides.before, ...sides.after],
      surroundings: sides.surroundings,
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
            sides[allowedBy].some((policy) => allows(policy, request) === "yes") &&
            sides[refusedBy].every((policy) => allows(policy, request) === "no"),
        }),
      isReal: ({ reachable }) => reachable,
      isImpossible: () => {
        budget.stepsLeft = stringSteps;
        return isImpossible(sought);
      },
    });
  };
  return {
    kind: "compared",
    widening: shown(widening, "after", "before"),
    narrowing: shown(narrowing, "before", "after"),
  };
}

type Question = {
  readonly space: TrustSpace;
  readonly doubts: readonly Problem[];
  /** What is allowed by one side and refused by the other. */
  readonly asked: (allowedBy: Side, refusedBy: Side) => Asked;
};

function questionOf(
  sides: Readonly<Record<Side, readonly TrustPolicy[]>>,
  budget: Budget,
): Question {
  const policies = [...sides.before, ...sides.after];
  const space = new TrustSpace(policies, budget);
  const rulesOfSide = (side: Side) => sides[side].map((policy) => [rulesOf(space, policy)]);
  const rules = { before: rulesOfSide("before"), after: rulesOfSide("after") };
  const conditions = policies.flatMap((policy) =>
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
  if (!sendsProjectId(provider) || ![...sides.before, ...sides.after].some(isTested)) return null;
  const tied = (policies: readonly TrustPolicy[]): readonly TrustPolicy[] =>
    policies.flatMap((policy) => tiedToSubject(policy, provider) ?? []);
  const [before, after] = [tied(sides.before), tied(sides.after)];
  const isWhole = before.length === sides.before.length && after.length === sides.after.length;
  return isWhole ? questionOf({ before, after }, budget) : null;
}

function rulesOf(space: TrustSpace, policy: TrustPolicy): Rules {
  return policy.statements.map((statement) => ({
    effect: statement.effect,
    formula: space.formulaOf(statement),
  }));
}
