import { allow, policy, sub } from "../../tests/compare/pairs/vocabulary.ts";
import type { Contender } from "../question.ts";

type Values = string | readonly string[];

type Known = {
  readonly operator: string;
  readonly key: string;
  readonly wide: Values;
  readonly narrow: Values;
};

const arn = "arn:aws:iam::123456789012:role";

/** For each operator, values that let more through than the others. */
const pairs: readonly Known[] = [
  // A star is a character here, or the second would be within the first.
  { operator: "StringEquals", key: sub, wide: ["a*", "ab"], narrow: "a*" },
  { operator: "StringLike", key: sub, wide: "a*", narrow: "a?b" },
  { operator: "StringLike", key: sub, wide: "a?", narrow: "ab" },
  { operator: "StringLike", key: sub, wide: "*", narrow: "*a*\u00e9" },
  { operator: "StringNotLike", key: sub, wide: "a?b", narrow: "a*" },
  { operator: "StringNotEquals", key: sub, wide: "a*", narrow: ["a*", "ab"] },
  { operator: "StringEqualsIgnoreCase", key: sub, wide: ["Ab", "c"], narrow: "aB" },
  { operator: "StringNotEqualsIgnoreCase", key: sub, wide: "Ab", narrow: ["aB", "c"] },
  { operator: "ArnLike", key: "aws:PrincipalArn", wide: `${arn}/*`, narrow: `${arn}/a` },
  { operator: "ArnEquals", key: "aws:PrincipalArn", wide: `${arn}/*`, narrow: `${arn}/a` },
  { operator: "ArnNotLike", key: "aws:PrincipalArn", wide: `${arn}/a`, narrow: `${arn}/*` },
  { operator: "ArnNotEquals", key: "aws:PrincipalArn", wide: `${arn}/a`, narrow: `${arn}/*` },
  { operator: "Bool", key: "aws:SecureTransport", wide: ["true", "false"], narrow: "true" },
  { operator: "Null", key: sub, wide: ["true", "false"], narrow: "true" },
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

/** Of numbers, and of moments, what a relation lets more through for. */
function ordered(relation: string): readonly Known[] {
  const pick = (low: string, high: string): Pick<Known, "wide" | "narrow"> => {
    if (relation === "Equals") return { wide: [low, high], narrow: low };
    if (relation === "NotEquals") return { wide: low, narrow: [low, high] };
    return relation.startsWith("Less") ? { wide: high, narrow: low } : { wide: low, narrow: high };
  };
  return [
    { operator: `Numeric${relation}`, key: "aws:MultiFactorAuthAge", ...pick("9", "10") },
    {
      operator: `Date${relation}`,
      key: "aws:CurrentTime",
      ...pick("2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"),
    },
  ];
}

/** Values that let the same through, in two spellings. */
const alike: readonly Known[] = [
  { operator: "StringEqualsIgnoreCase", key: sub, wide: "Ab", narrow: "aB" },
  { operator: "StringNotEqualsIgnoreCase", key: sub, wide: "Ab", narrow: "aB" },
  { operator: "NumericEquals", key: "aws:MultiFactorAuthAge", wide: "9", narrow: "9.0" },
];

/** The operators that are asked about. */
export const checkedOperators: ReadonlySet<string> = new Set(pairs.map(({ operator }) => operator));

/**
 * Asks pairs whose answers are plain, one for each operator and each wildcard, and throws where one is
 * wrong: what a solver makes of `re.allchar` or of an escaped character may change with its version.
 */
export async function checkTranslation(contender: Contender): Promise<void> {
  for (const known of [...pairs, ...alike]) {
    const { operator, key } = known;
    const [wide, narrow] = [known.wide, known.narrow].map((value) =>
      policy(allow({ [operator]: { [key]: value } })),
    );
    const asked = async (before = "", after = "", widens: boolean): Promise<void> => {
      const answer = await contender.answer({ title: operator, before, after, widens });
      if (answer.widens === widens) return;
      throw new Error(
        `${contender.name} is asked wrongly about ${operator} ${known.wide} and ${known.narrow}: ${answer.widens}`,
      );
    };
    await asked(narrow, wide, !alike.includes(known));
    await asked(wide, narrow, false);
  }
}
