import {
  type Comparison,
  type Direction,
  type Reason,
  undecidedOf,
  witnessOf,
} from "../shared/compare/index.ts";

/** Widens, narrows, both, neither; `undecided` wherever one of the directions is not decided. */
export type Verdict = "equivalent" | "narrowed" | "widened" | "changed" | "undecided";

/** What `trust compare --json` prints, a contract; null is "not decided". */
export type ComparisonJson<Proof> = {
  readonly verdict: Verdict;
  readonly widens: boolean | null;
  readonly narrows: boolean | null;
  /** Whether a caller that can exist makes such a request. */
  readonly possible: { readonly widens: boolean | null; readonly narrows: boolean | null };
  /** The witness of a widening, and of a narrowing, where it is proved. */
  readonly admitted: Proof | null;
  readonly dropped: Proof | null;
  readonly undecided: readonly Reason[];
};

/** A comparison whose documents IAM would both take. */
type Compared<Proof> = Extract<Comparison<Proof>, { readonly kind: "compared" }>;

/** The one place where a comparison becomes the JSON contract. */
export function comparisonJson<Proof>({
  widening,
  narrowing,
}: Compared<Proof>): ComparisonJson<Proof> {
  const [widens, narrows] = [truthOf(widening), truthOf(narrowing)];
  return {
    verdict: verdictOf(widens, narrows),
    widens,
    narrows,
    possible: { widens: possibleOf(widening), narrows: possibleOf(narrowing) },
    admitted: witnessOf(widening),
    dropped: witnessOf(narrowing),
    undecided: undecidedOf(widening, narrowing),
  };
}

function truthOf(direction: Direction<unknown>): boolean | null {
  return direction.kind === "open" ? null : direction.kind === "proved";
}

function possibleOf(direction: Direction<unknown>): boolean | null {
  return direction.kind === "disproved" ? false : direction.possible;
}

function verdictOf(widens: boolean | null, narrows: boolean | null): Verdict {
  if (widens === null || narrows === null) return "undecided";
  if (widens) return narrows ? "changed" : "widened";
  return narrows ? "narrowed" : "equivalent";
}
