import type { Problem } from "../policy/problem.ts";
import type { Difference } from "../solve/difference.ts";

/** Why something is refused or not decided, and where: a path that begins with the side. */
export type Reason = Problem;

export type Side = "before" | "after";

/**
 * One way of a comparison: does one side admit a request that the other does not?
 *
 * `possible` says whether a caller that can exist makes such a request; null where that is not
 * decided, and then it counts as true.
 */
export type Direction<Proof> =
  | { readonly kind: "proved"; readonly witness: Proof; readonly possible: boolean | null }
  | { readonly kind: "disproved" }
  | { readonly kind: "open"; readonly reasons: readonly Reason[]; readonly possible: false | null };

/**
 * What `after` admits and `before` does not, and the other way round. Where IAM would refuse one of
 * the documents, both ways are open, unless the texts are the same.
 */
export type Comparison<Proof> = {
  readonly widening: Direction<Proof>;
  readonly narrowing: Direction<Proof>;
} & (
  | { readonly kind: "compared" }
  | { readonly kind: "refused"; readonly side: Side; readonly error: Reason }
);

/** Is there a difference in this direction, or may there be one? What is open counts as true. */
export function mayWiden(direction: Direction<unknown>): boolean {
  return direction.kind !== "disproved";
}

/** Is it proved that no caller who can exist makes a request of this difference? */
export function isImpossible(direction: Direction<unknown>): boolean {
  return direction.kind === "disproved" || direction.possible === false;
}

/** Is it proved that both sides admit the same requests? */
export function isEquivalent({ widening, narrowing }: Comparison<unknown>): boolean {
  return !mayWiden(widening) && !mayWiden(narrowing);
}

/** The example that proves a direction; null where it has none. */
export function witnessOf<Proof>(direction: Direction<Proof>): Proof | null {
  return direction.kind === "proved" ? direction.witness : null;
}

/** Why some of these directions are open, each reason once; empty where none is. */
export function undecidedOf(...directions: readonly Direction<unknown>[]): readonly Reason[] {
  const reasons = directions.flatMap((direction) =>
    direction.kind === "open" ? direction.reasons : [],
  );
  const byText = new Map(reasons.map((one) => [`${one.code} ${one.where} ${one.message}`, one]));
  return [...byText.values()];
}

/** Directions that need no search, since no text on the one side is missing on the other. */
export type Within = { readonly widening: boolean; readonly narrowing: boolean };

/** The answer where one of the documents is not one that IAM takes. */
export function refusedComparison(side: Side, error: Reason, isWithin: Within): Comparison<never> {
  return { ...undecidedComparison(error, isWithin), kind: "refused", side, error };
}

/** The answer where both sides say the same. */
export const equivalent = {
  kind: "compared",
  widening: { kind: "disproved" },
  narrowing: { kind: "disproved" },
} as const satisfies Comparison<never>;

/** The answer where nothing is searched, for this reason. */
export function undecidedComparison(
  reason: Reason,
  isWithin: Within,
): Comparison<never> & { readonly kind: "compared" } {
  const direction = (isNone: boolean): Direction<never> =>
    isNone ? { kind: "disproved" } : { kind: "open", reasons: [reason], possible: null };
  return {
    kind: "compared",
    widening: direction(isWithin.widening),
    narrowing: direction(isWithin.narrowing),
  };
}

/**
 * The direction that a search has settled. `show` makes the witness of a difference; it gives null
 * where the request at hand does not pass a plain evaluation, and then nothing is claimed.
 * `isReal` says whether a caller makes the request that is shown, `isImpossible` whether it is
 * proved that no caller makes any such request.
 */
export function directionOf<Proof>(input: {
  readonly found: Difference;
  readonly problems: readonly Reason[];
  readonly show: (found: Difference & { readonly kind: "some" }) => Proof | null;
  readonly isReal: (witness: Proof) => boolean;
  readonly isImpossible: () => boolean;
}): Direction<Proof> {
  const { found, problems } = input;
  if (found.kind === "none") return { kind: "disproved" };
  const possible = (): false | null => (input.isImpossible() ? false : null);
  if (found.kind === "open") {
    const reasons = found.because === "unknowns" ? problems : [budgetSpent, ...problems];
    return { kind: "open", reasons, possible: possible() };
  }
  const witness = input.show(found);
  if (witness === null) return { kind: "open", reasons: [unproved], possible: possible() };
  return { kind: "proved", witness, possible: input.isReal(witness) || possible() };
}

const budgetSpent: Reason = {
  code: "budget-spent",
  message:
    "The search for a difference was given up: the patterns interlock in too many ways. Write fewer wildcards in one. Treat it as a widening.",
  where: "",
};

const unproved: Reason = {
  code: "unproved",
  message:
    "A difference was found, but the request for it did not pass a second evaluation. Treat it as a widening.",
  where: "",
};
