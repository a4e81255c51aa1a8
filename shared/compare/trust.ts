import { budgetOf } from "../language/budget.ts";
import type { TrustPolicy } from "../policy/document.ts";
import { parseTrustPolicy } from "../policy/parse.ts";
import type { Problem } from "../policy/problem.ts";
import { type Difference, difference, type Rules } from "./difference.ts";
import { allows } from "./evaluate.ts";
import type { TrustRequest } from "./request.ts";
import { TrustSpace } from "./trust-space.ts";
import { type Surroundings, showRequest, type Witness } from "./witness.ts";

/** The first four are decided; `undecided` wherever one of the directions is not. */
export type Verdict = "equivalent" | "narrowed" | "widened" | "changed" | "undecided";

export type Reason = Problem;

/**
 * The answer to "what does `after` admit that `before` does not, and the other way round?"
 *
 * `widens` and `narrows` are null where that direction is not decided. `admitted` is there exactly
 * when `widens` is true, `dropped` exactly when `narrows` is.
 */
export type TrustComparison =
  | {
      readonly kind: "compared";
      readonly verdict: Verdict;
      readonly widens: boolean | null;
      readonly narrows: boolean | null;
      readonly admitted: Witness | null;
      readonly dropped: Witness | null;
      readonly undecided: readonly Reason[];
    }
  | { readonly kind: "refused"; readonly side: "before" | "after"; readonly error: Reason };

/** A trust policy that nobody gets past, for a role that does not exist yet. */
export const admitsNobody: string = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Deny", Principal: "*", Action: "sts:*" }],
});

/** Steps that all searches for strings of one comparison may take together. */
const stringSteps = 400_000;

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
  const before = parseTrustPolicy(input.before ?? admitsNobody);
  if (before.kind === "refused") return refused("before", before.problem);
  const after = parseTrustPolicy(input.after);
  if (after.kind === "refused") return refused("after", after.problem);
  if (input.before === input.after) return concluded(none, none);
  return comparePolicies({
    before: before.policy,
    after: after.policy,
    surroundings: input.surroundings ?? null,
  });
}

function refused(side: "before" | "after", problem: Problem): TrustComparison {
  return { kind: "refused", side, error: { ...problem, where: placeIn(side, problem.where) } };
}

function placeIn(side: "before" | "after", where: string): string {
  if (where === "") return side;
  return where.startsWith("[") ? `${side}${where}` : `${side}.${where}`;
}

type Direction =
  | { readonly kind: "true"; readonly witness: Witness }
  | { readonly kind: "false" }
  | { readonly kind: "open"; readonly reasons: readonly Reason[] };

const none: Direction = { kind: "false" };

type Sides = {
  readonly before: TrustPolicy;
  readonly after: TrustPolicy;
  readonly surroundings: Surroundings | null;
};

function comparePolicies(sides: Sides): TrustComparison {
  const budget = budgetOf(stringSteps);
  const space = new TrustSpace([sides.before, sides.after], budget);
  const rulesOf = (
    policy: TrustPolicy,
    side: "before" | "after",
  ): { rules: Rules; doubts: Problem[] } => {
    const earlier = space.space.doubts.length;
    const rules = policy.statements.map((statement) => ({
      effect: statement.effect,
      formula: space.formulaOf(statement),
    }));
    const doubts = space.space.doubts
      .slice(earlier)
      .map((problem) => ({ ...problem, where: placeIn(side, problem.where) }));
    return { rules, doubts };
  };
  const before = rulesOf(sides.before, "before");
  const after = rulesOf(sides.after, "after");
  const doubts = [...before.doubts, ...after.doubts];
  const direction = (allowed: "before" | "after"): Direction => {
    const [more, less] = allowed === "after" ? [after, before] : [before, after];
    const policies =
      allowed === "after"
        ? { allowedBy: sides.after, refusedBy: sides.before }
        : { allowedBy: sides.before, refusedBy: sides.after };
    const seek = (extra: Parameters<typeof difference>[0]["extra"] = []): Difference =>
      difference({
        dimensions: space.space.dimensions,
        allowedBy: more.rules,
        refusedBy: less.rules,
        hasDoubts: doubts.length > 0,
        extra,
      });
    const found = seek();
    if (found.kind === "none") return none;
    if (found.kind === "open") return { kind: "open", reasons: reasonsOf(found.because, doubts) };
    const isWitness = (request: TrustRequest): boolean =>
      allows(policies.allowedBy, request) === "yes" && allows(policies.refusedBy, request) === "no";
    const plain = space.requestOf(found.assignments);
    const witness = showRequest({ plain, isWitness, space, seek, ...sides });
    if (witness === null) return { kind: "open", reasons: [unproved] };
    return { kind: "true", witness };
  };
  return concluded(direction("after"), direction("before"));
}

const unproved: Reason = {
  code: "unproved",
  message:
    "A difference was found, but the request for it did not pass a second evaluation. Treat it as a widening.",
  where: "",
};

function reasonsOf(because: "doubts" | "budget", doubts: readonly Reason[]): readonly Reason[] {
  if (because === "doubts") return doubts;
  const message =
    "The search for a difference was given up: the patterns interlock in too many ways. Treat it as a widening.";
  return [{ code: "budget-spent", message, where: "" }, ...doubts];
}

function concluded(widening: Direction, narrowing: Direction): TrustComparison {
  const widens = truthOf(widening);
  const narrows = truthOf(narrowing);
  const reasons = new Map<string, Reason>();
  for (const direction of [widening, narrowing]) {
    if (direction.kind !== "open") continue;
    for (const reason of direction.reasons)
      reasons.set(`${reason.code} ${reason.where} ${reason.message}`, reason);
  }
  return {
    kind: "compared",
    verdict: verdictOf(widens, narrows),
    widens,
    narrows,
    admitted: widening.kind === "true" ? widening.witness : null,
    dropped: narrowing.kind === "true" ? narrowing.witness : null,
    undecided: [...reasons.values()],
  };
}

function truthOf(direction: Direction): boolean | null {
  return direction.kind === "open" ? null : direction.kind === "true";
}

function verdictOf(widens: boolean | null, narrows: boolean | null): Verdict {
  if (widens === null || narrows === null) return "undecided";
  if (widens) return narrows ? "changed" : "widened";
  return narrows ? "narrowed" : "equivalent";
}
