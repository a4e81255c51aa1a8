import type { Problem } from "../policy/problem.ts";
import type { Difference } from "../solve/difference.ts";

/** The first four are decided; `undecided` wherever one of the directions is not. */
export type Verdict = "equivalent" | "narrowed" | "widened" | "changed" | "undecided";

/** Why something is refused or not decided, and where: a path that begins with the side. */
export type Reason = Problem;

export type Side = "before" | "after";

/**
 * Whether a caller that can exist makes such a request, in either direction; null where that is not
 * decided, and then it counts as true.
 */
export type Possible = { readonly widens: boolean | null; readonly narrows: boolean | null };

/**
 * The answer to "what does `after` admit that `before` does not, and the other way round?"
 *
 * `widens` and `narrows` are null where that direction is not decided; whoever acts on the answer
 * treats null as true. `admitted` is there exactly when `widens` is true, `dropped` exactly when
 * `narrows` is.
 */
export type Comparison<Proof> =
  | {
      readonly kind: "compared";
      readonly verdict: Verdict;
      readonly widens: boolean | null;
      readonly narrows: boolean | null;
      readonly possible: Possible;
      readonly admitted: Proof | null;
      readonly dropped: Proof | null;
      readonly undecided: readonly Reason[];
    }
  | { readonly kind: "refused"; readonly side: Side; readonly error: Reason };

/** One direction: proved, disproved, or open for reasons. */
export type Direction<Proof> =
  | { readonly kind: "true"; readonly witness: Proof; readonly possible: boolean | null }
  | { readonly kind: "false" }
  | { readonly kind: "open"; readonly reasons: readonly Reason[]; readonly possible: false | null };

export function refusedComparison(side: Side, problem: Problem): Comparison<never> {
  return { kind: "refused", side, error: problem };
}

/**
 * What a search came to, as a direction. `show` makes the proof of a difference; it gives null
 * where the request at hand does not pass a plain evaluation, and then nothing is claimed.
 * `isImpossible` tells whether it is proved that no caller makes any such request; `isReal` whether
 * one makes the request that is shown.
 */
export function directionOf<Proof>(input: {
  readonly found: Difference;
  readonly doubts: readonly Reason[];
  readonly show: (found: Difference & { readonly kind: "some" }) => Proof | null;
  readonly isReal: (witness: Proof) => boolean;
  readonly isImpossible: () => boolean;
}): Direction<Proof> {
  const { found, doubts } = input;
  if (found.kind === "none") return { kind: "false" };
  const possible = (): false | null => (input.isImpossible() ? false : null);
  if (found.kind === "open") {
    const reasons = found.because === "doubts" ? doubts : [budgetSpent, ...doubts];
    return { kind: "open", reasons, possible: possible() };
  }
  const witness = input.show(found);
  if (witness === null) return { kind: "open", reasons: [unproved], possible: possible() };
  return { kind: "true", witness, possible: input.isReal(witness) || possible() };
}

const budgetSpent: Reason = {
  code: "budget-spent",
  message:
    "The search for a difference was given up: the patterns interlock in too many ways. Treat it as a widening.",
  where: "",
};

const unproved: Reason = {
  code: "unproved",
  message:
    "A difference was found, but the request for it did not pass a second evaluation. Treat it as a widening.",
  where: "",
};

export function concluded<Proof>(
  widening: Direction<Proof>,
  narrowing: Direction<Proof>,
): Comparison<Proof> {
  const widens = truthOf(widening);
  const narrows = truthOf(narrowing);
  const reasons = new Map<string, Reason>();
  for (const direction of [widening, narrowing]) {
    if (direction.kind !== "open") continue;
    for (const reason of direction.reasons) {
      reasons.set(`${reason.code} ${reason.where} ${reason.message}`, reason);
    }
  }
  return {
    kind: "compared",
    verdict: verdictOf(widens, narrows),
    widens,
    narrows,
    possible: { widens: possibleOf(widening), narrows: possibleOf(narrowing) },
    admitted: widening.kind === "true" ? widening.witness : null,
    dropped: narrowing.kind === "true" ? narrowing.witness : null,
    undecided: [...reasons.values()],
  };
}

function truthOf(direction: Direction<unknown>): boolean | null {
  return direction.kind === "open" ? null : direction.kind === "true";
}

function possibleOf(direction: Direction<unknown>): boolean | null {
  return direction.kind === "false" ? false : direction.possible;
}

function verdictOf(widens: boolean | null, narrows: boolean | null): Verdict {
  if (widens === null || narrows === null) return "undecided";
  if (widens) return narrows ? "changed" : "widened";
  return narrows ? "narrowed" : "equivalent";
}
