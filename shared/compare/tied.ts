import type { Tie } from "../callers/situations.ts";
import type { TrustPolicy } from "../policy/document.ts";
import { complement, type Literal } from "../solve/dimension.ts";
import type { RequestSpace } from "../solve/formulas.ts";

/** Is the tied key tested at all, and only in ways that can be said of the subject? */
export function canBeTied(policies: readonly TrustPolicy[], { key }: Tie): boolean {
  const tests = policies
    .flatMap(({ statements }) => statements.flatMap(({ conditions }) => conditions))
    .filter((condition) => condition.key === key);
  return (
    tests.length > 0 &&
    tests.every(
      ({ test, unclear }) =>
        unclear.length === 0 && (test.kind === "string" || test.kind === "null"),
    )
  );
}

/**
 * What a literal comes to for tokens that have the tied value in their subject, always and once: a
 * test of the key is one of the subject, so that no search makes a token at odds with itself.
 */
export function tiedLiteral(literal: Literal, tie: Tie, requests: RequestSpace): Literal {
  if (requests.keys.get(tie.key) !== literal.dimension) return literal;
  const { set, inside, identity } = requests.constraintOf(literal);
  const isInside = (holds: Literal): Literal => (inside ? holds : complement(holds));
  const always = requests.isPresent(tie.subject);
  if (set.kind === "all") return isInside(always);
  if (set.kind !== "text" || set.set.kind !== "patterns") return isInside(complement(always));
  const machine = tie.subjectsWith(set.set.patterns);
  const subjects = { kind: "text", set: { kind: "machine", machine } } as const;
  const subject = requests.dimensionOf(tie.subject);
  return isInside(requests.within(subject, subjects, `${tie.key}|${identity}`));
}
