import { sessionNames } from "../../callers/asking.ts";
import type { CircleciProvider } from "../../circleci/tokens.ts";
import { literalPattern, type Pattern } from "../../language/pattern.ts";
import type { PolicyCondition, TrustPolicy } from "../../policy/document.ts";
import type { TrustRequest } from "../../policy/request.ts";
import type { Difference } from "../../solve/difference.ts";
import { type Literal, matchedBy } from "../../solve/dimension.ts";
import type { Clause } from "../../solve/solve.ts";
import type { TrustSpace } from "../trust-space.ts";

/** What is known of the account beside the two documents. */
export type Surroundings = {
  readonly account: string;
  readonly providers: readonly { readonly arn: string; readonly audiences: readonly string[] }[];
};

/** A question about two policies that more clauses can be put to. */
export type Asked = {
  readonly space: TrustSpace;
  /** Asks for a difference that satisfies more clauses. */
  readonly seek: (extra: readonly Clause[]) => Difference;
  /** All conditions of both policies. */
  readonly conditions: readonly PolicyCondition[];
};

export type Searched = Asked & {
  /** The same question of one provider's jobs, whose project is said by their subject alone. */
  readonly tied: (provider: CircleciProvider) => Asked | null;
  /** Those of both sides. */
  readonly policies: readonly TrustPolicy[];
  readonly surroundings: Surroundings | null;
};

/** A difference that was found, and what proves it. */
export type Sought = Searched & {
  /** The request that the comparison came upon. */
  readonly plain: TrustRequest;
  readonly isWitness: (request: TrustRequest) => boolean;
};

/** A witness that satisfies the literals besides; null where there is none that is sure. */
export function requestWith(
  asked: Asked & Pick<Sought, "isWitness">,
  literals: readonly Literal[],
): TrustRequest | null {
  const found = asked.seek(literals.map((literal) => [[literal]]));
  if (found.kind !== "some") return null;
  const request = asked.space.requestOf(found.assignments);
  return asked.isWitness(request) ? request : null;
}

/** Is this provider there to be used? Without surroundings, those that a document names are. */
export function isInAccount(
  { surroundings }: Pick<Searched, "surroundings">,
  arn: string,
): boolean {
  return surroundings === null || surroundings.providers.some((provider) => provider.arn === arn);
}

/** "The key is there, with a value that one of these matches." */
export function matchesOneOf(asked: Asked, key: string, patterns: readonly Pattern[]): Literal {
  const { space } = asked.space;
  return space.literal(space.dimensionOf(key), matchedBy(patterns));
}

/** "The key is there, with one of these values." */
export function holdsOneOf(asked: Asked, key: string, texts: readonly string[]): Literal {
  return matchesOneOf(
    asked,
    key,
    texts.map((text) => literalPattern(text)),
  );
}

/** "The session has a name that STS takes." */
export function isSessionName({ space: { space } }: Asked): Literal {
  const key = "sts:rolesessionname";
  const names = { kind: "text", set: { kind: "machine", machine: sessionNames } } as const;
  return space.within(space.dimensionOf(key), names, key);
}
