import { literalPattern } from "../language/pattern.ts";
import type { TrustPolicy } from "../policy/document.ts";
import type { Difference } from "./difference.ts";
import type { Literal } from "./dimension.ts";
import { identityOfPatterns } from "./match.ts";
import type { TrustRequest } from "./request.ts";
import type { ValueSet } from "./space.ts";
import type { TrustSpace } from "./trust-space.ts";

/** What is known of the account beside the two documents. */
export type Surroundings = {
  readonly account: string;
  readonly providers: readonly { readonly arn: string; readonly audiences: readonly string[] }[];
};

export type Sought = {
  /** The request that the comparison came upon. */
  readonly plain: TrustRequest;
  readonly isWitness: (request: TrustRequest) => boolean;
  readonly space: TrustSpace;
  /** Asks for a difference that satisfies more clauses. */
  readonly seek: (extra: readonly (readonly (readonly Literal[])[])[]) => Difference;
  readonly before: TrustPolicy;
  readonly after: TrustPolicy;
  readonly surroundings: Surroundings | null;
};

/** A witness that satisfies the literals besides; null where there is none that is sure. */
export function requestWith(sought: Sought, literals: readonly Literal[]): TrustRequest | null {
  const found = sought.seek(literals.map((literal) => [[literal]]));
  if (found.kind !== "some") return null;
  const request = sought.space.requestOf(found.assignments);
  return sought.isWitness(request) ? request : null;
}

/** Is this provider there to be used? Without surroundings, those that a document names are. */
export function isInAccount({ surroundings }: Sought, arn: string): boolean {
  return surroundings === null || surroundings.providers.some((provider) => provider.arn === arn);
}

/** "The key is there, with one of these values." */
export function holdsOneOf(sought: Sought, key: string, texts: readonly string[]): Literal {
  const { space } = sought.space;
  const { set, identity } = textsSet(texts);
  return space.within(space.dimensionOf(key), set, identity);
}

/** The set of exactly these texts. */
function textsSet(texts: readonly string[]): {
  readonly set: ValueSet;
  readonly identity: string;
} {
  const patterns = texts.map((text) => literalPattern(text));
  const identity = `text|${identityOfPatterns(patterns)}`;
  return { set: { kind: "text", set: { kind: "patterns", patterns } }, identity };
}
