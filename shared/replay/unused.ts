import { matches, type Pattern } from "../language/pattern.ts";
import type { PolicyCondition, TrustPolicy, TrustStatement } from "../policy/document.ts";
import { applies } from "../policy/evaluate.ts";
import type { Hearing } from "./judge.ts";

/** A pattern of the policy that no identity needed: nobody of those seen would miss it. */
export type UnusedPattern = {
  /** The path of the statement inside the document, such as `Statement[0]`. */
  readonly statement: string;
  /** The condition key as the document spells it. */
  readonly key: string;
  readonly pattern: string;
};

type Watched = UnusedPattern & {
  /** Which statement and condition it is of, by their places. */
  readonly at: readonly [number, number];
  readonly matcher: Pattern;
};

/** Notes which patterns of a policy the identities need that it admits. */
type PatternUse = {
  readonly note: (hearing: Hearing) => void;
  readonly unused: () => readonly UnusedPattern[];
};

/**
 * Watches the patterns of a policy's Allow statements on what a record holds of a token: audience,
 * subject, project. A Deny or a negated condition admits nobody, so nobody needs one.
 *
 * A pattern counts as needed where an admitted identity matches it, even where another pattern would
 * do: so all that is unused can be taken out together, and everybody who was seen still gets in.
 */
export function patternUse(policy: TrustPolicy): PatternUse {
  const waiting = new Set(policy.statements.flatMap(watchedIn));
  return {
    note: ({ policy: known, request, judgement }) => {
      if (waiting.size === 0 || judgement.kind === "refused") return;
      for (const each of waiting) {
        const [at] = each.at;
        const statement = known.statements[at];
        if (statement === undefined || applies(statement, request) === "no") continue;
        const values = request.context.get(each.key.toLowerCase());
        // Where the record does not hold the value, it may be any.
        if (values === undefined || values.some((value) => matches(each.matcher, value))) {
          waiting.delete(each);
        }
      }
    },
    unused: () => [...waiting].map(({ statement, key, pattern }) => ({ statement, key, pattern })),
  };
}

function watchedIn(statement: TrustStatement, at: number): readonly Watched[] {
  if (statement.effect === "Deny") return [];
  return statement.conditions.flatMap((condition, index) =>
    watchedOf(condition, index, statement, at),
  );
}

function watchedOf(
  condition: PolicyCondition,
  index: number,
  { where }: TrustStatement,
  at: number,
): readonly Watched[] {
  const { test, key, keyText, values, unclear } = condition;
  if (test.kind !== "string" || test.negated || !isRecorded(key)) return [];
  const open = new Set(unclear.map(({ text }) => text));
  const written = values.filter((value) => !open.has(value));
  return test.patterns.flatMap((matcher, place) => {
    const pattern = written[place];
    if (pattern === undefined) return [];
    return [{ statement: where, key: keyText, pattern, at: [at, index] as const, matcher }];
  });
}

/** Keys whose value a record of CloudTrail holds, or the subject that it holds. */
function isRecorded(key: string): boolean {
  return /\.[^:]*:(?:aud|sub|oidc\.circleci\.com\/project-id)$/.test(key);
}
