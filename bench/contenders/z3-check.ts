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
const pairs: readonly Known[] = [
  { operator: "StringEquals", key: sub, wide: "a*", narrow: "a*" },
  { operator: "StringLike", key: sub, wide: "a*", narrow: "a?b" },
  { operator: "StringLike", key: sub, wide: "a?", narrow: "ab" },
  { operator: "StringLike", key: sub, wide: "*", narrow: "*a*\u00e9" },
  { operator: "StringNotLike", key: sub, wide: "a?b", narrow: "a*" },
  { operator: "StringNotEquals", key: sub, wide: "a", narrow: "a" },
  { operator: "StringEqualsIgnoreCase", key: sub, wide: "Ab", narrow: "aB" },
  { operator: "StringNotEqualsIgnoreCase", key: sub, wide: "Ab", narrow: "aB" },
  { operator: "ArnLike", key: "aws:PrincipalArn", wide: `${arn}/*`, narrow: `${arn}/a` },
  { operator: "ArnEquals", key: "aws:PrincipalArn", wide: `${arn}/*`, narrow: `${arn}/a` },
  { operator: "ArnNotLike", key: "aws:PrincipalArn", wide: `${arn}/a`, narrow: `${arn}/*` },
  { operator: "ArnNotEquals", key: "aws:PrincipalArn", wide: `${arn}/a`, narrow: `${arn}/*` },
  { operator: "Bool", key: "aws:SecureTransport", wide: "true", narrow: "true" },
  { operator: "Null", key: sub, wide: "true", narrow: "true" },
  { operator: "IpAddress", key: "aws:SourceIp", wide: "10.0.0.0/8", narrow: "10.1.0.0/16" },
  { operator: "NotIpAddress", key: "aws:SourceIp", wide: "10.1.0.0/16", narrow: "10.0.0.0/8" },
  ...[
    "Equals",
    "NotEquals",
    "LessThan",
    "LessThanEquals",
    "GreaterThan",
    "GreaterThanEquals",
  ].flatMap((relation) => ordered(relation)),
];

/** Of two numbers, and of two moments, what a relation lets more through for. */
function ordered(relation: string): readonly Known[] {
  const pick = ([low, high]: readonly [string, string]) => {
    if (!relation.includes("Than")) return { wide: low, narrow: low };
    return relation.startsWith("Less") ? { wide: high, narrow: low } : { wide: low, narrow: high };
  };
  const moments = ["2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"] as const;
  return [
    { operator: `Numeric${relation}`, key: "aws:MultiFactorAuthAge", ...pick(["9", "10"]) },
    { operator: `Date${relation}`, key: "aws:CurrentTime", ...pick(moments) },
  ];
}

/** Their two values let the same through. */
const alike = new Set([
  "StringEquals",
  "StringNotEquals",
  "StringEqualsIgnoreCase",
  "StringNotEqualsIgnoreCase",
  "Bool",
  "Null",
  "NumericEquals",
  "NumericNotEquals",
  "DateEquals",
  "DateNotEquals",
]);

/** The operators that are asked about. */
export const checkedOperators: ReadonlySet<string> = new Set(pairs.map(({ operator }) => operator));

/**
 * Asks pairs whose answers are plain, one for each operator and each wildcard, and throws where one is
 * wrong: what a solver makes of `re.allchar` or of an escaped character may change with its version.
 */
export async function checkTranslation(contender: Contender): Promise<void> {
  for (const { operator, key, wide, narrow } of pairs) {
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
    if (wider.widens !== !alike.has(operator) || back.widens !== false) {
      throw new Error(
        `${contender.name} is asked wrongly about ${operator} ${wide} and ${narrow}: ${wider.widens}, ${back.widens}`,
      );
    }
  }
}
