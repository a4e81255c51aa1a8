import { allow, policy, sub } from "../../tests/compare/pairs/vocabulary.ts";
import type { Contender } from "../question.ts";

type Known = {
  readonly operator: string;
  readonly key: string;
  readonly wide: string;
  readonly narrow: string;
};

const arn = "arn:aws:iam::123456789012:role";

/** For each operator, a value that lets more through than the other. */
const known: readonly Known[] = [
  { operator: "StringEquals", key: sub, wide: "a*", narrow: "a*" },
  { operator: "StringLike", key: sub, wide: "a*", narrow: "a?b" },
  { operator: "StringLike", key: sub, wide: "a?", narrow: "ab" },
  { operator: "StringLike", key: sub, wide: "*", narrow: "*a*\u00e9" },
  { operator: "StringNotLike", key: sub, wide: "a?b", narrow: "a*" },
  { operator: "StringNotEquals", key: sub, wide: "a", narrow: "a" },
  { operator: "StringEqualsIgnoreCase", key: sub, wide: "Ab", narrow: "aB" },
  { operator: "ArnLike", key: "aws:PrincipalArn", wide: `${arn}/*`, narrow: `${arn}/a` },
  { operator: "Bool", key: "aws:SecureTransport", wide: "true", narrow: "true" },
  { operator: "IpAddress", key: "aws:SourceIp", wide: "10.0.0.0/8", narrow: "10.1.0.0/16" },
  { operator: "NumericLessThan", key: "aws:MultiFactorAuthAge", wide: "10", narrow: "9" },
  {
    operator: "DateLessThan",
    key: "aws:CurrentTime",
    wide: "2027-01-01T00:00:00Z",
    narrow: "2026-01-01T00:00:00Z",
  },
];

/** Values that let the same through, under the operators of `known` where that is so. */
const alike = new Set(["StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "Bool"]);

/** What takes the solver long: there it may give up, but not be wrong. */
const slow = new Set(["ArnLike"]);

/**
 * Asks pairs whose answers are plain, one for each operator and each wildcard, and throws where one is
 * wrong: what a solver makes of `re.allchar` or of an escaped character may change with its version.
 */
export async function checkTranslation(contender: Contender): Promise<void> {
  for (const { operator, key, wide, narrow } of known) {
    const [one, other] = [wide, narrow].map((value) =>
      policy(allow({ [operator]: { [key]: value } })),
    );
    const pair = { title: operator, before: other ?? "", after: one ?? "" };
    const wider = await contender.answer({ ...pair, widens: true });
    const back = await contender.answer({
      title: operator,
      before: pair.after,
      after: pair.before,
      widens: false,
    });
    const isRight = (said: boolean | null, truth: boolean): boolean =>
      said === truth || (said === null && slow.has(operator));
    if (!isRight(wider.widens, !alike.has(operator)) || !isRight(back.widens, false)) {
      throw new Error(`${contender.name} is asked wrongly about ${operator} ${wide} and ${narrow}`);
    }
  }
}
