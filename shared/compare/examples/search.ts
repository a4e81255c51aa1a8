import { sessionNames } from "../../callers/asking.ts";
import type { Tie } from "../../callers/situations.ts";
import type { Budget } from "../../language/budget.ts";
import { literalPattern, type Pattern } from "../../language/pattern.ts";
import type { PolicyCondition, TrustPolicy } from "../../policy/document.ts";
import type { TrustRequest } from "../../policy/request.ts";
import type { Difference } from "../../solve/difference.ts";
import { type Literal, matchedBy } from "../../solve/dimension.ts";
import type { Clause } from "../../solve/parts.ts";
import type { TrustSpace } from "../trust-space.ts";

/** What is known about the account, other than the documents. */
export type Surroundings = {
  readonly account: string;
  readonly providers: readonly { readonly arn: string; readonly audiences: readonly string[] }[];
};

/** A search for what one side admits and the other does not. */
export type DifferenceSearch = {
  readonly space: TrustSpace;
  /** Looks for a difference that satisfies more clauses, with the steps of all looks or of its own. */
  readonly seek: (extra: readonly Clause[], own?: Budget) => Difference;
  /** The same search among tokens that a tie binds; itself where there is nothing to tie. */
  readonly tiedBy: (tie: Tie | null) => DifferenceSearch;
  /** Those of both sides, and all their conditions. */
  readonly policies: readonly TrustPolicy[];
  readonly conditions: readonly PolicyCondition[];
  readonly surroundings: Surroundings | null;
};

/** A search for the example to show of a difference that was found. */
export type ExampleSearch = DifferenceSearch & {
  /** The request that the comparison found. */
  readonly plain: TrustRequest;
  /** Does it satisfy these literals? */
  readonly plainHas: (literals: readonly Literal[]) => boolean;
  /** Is it proved that nobody makes any request of this difference? Asked once, and paid from a budget of its own. */
  readonly isImpossible: () => boolean;
  readonly isWitness: (request: TrustRequest) => boolean;
};

/** A verified example that also satisfies these literals, or null. */
export function requestWith(
  search: ExampleSearch,
  literals: readonly Literal[],
): TrustRequest | null {
  // Mostly the one that was found is one already, and a search takes as long as the comparison itself.
  if (search.plainHas(literals) && search.isWitness(search.plain)) return search.plain;
  const found = search.seek(literals.map((literal) => [[literal]]));
  if (found.kind !== "some") return null;
  const request = search.space.requestOf(found.assignments);
  return search.isWitness(request) ? request : null;
}

/** Does the account have this provider? Without surroundings, it has those that a document names. */
export function isInAccount(
  { surroundings }: Pick<DifferenceSearch, "surroundings">,
  arn: string,
): boolean {
  return surroundings === null || surroundings.providers.some((provider) => provider.arn === arn);
}

/** "The key is there, with a value that one of these matches." */
export function matchesOneOf(
  { space: { requests } }: DifferenceSearch,
  key: string,
  patterns: readonly Pattern[],
): Literal {
  return requests.literal(requests.dimensionOf(key), matchedBy(patterns));
}

/** "The key is there, with one of these values." */
export function holdsOneOf(
  search: DifferenceSearch,
  key: string,
  texts: readonly string[],
): Literal {
  return matchesOneOf(
    search,
    key,
    texts.map((text) => literalPattern(text)),
  );
}

/** "The session has a name that STS takes." */
export function isSessionName({ space: { requests } }: DifferenceSearch): Literal {
  const key = "sts:rolesessionname";
  const names = { kind: "text", set: { kind: "machine", machine: sessionNames } } as const;
  return requests.within(requests.dimensionOf(key), names, key);
}
