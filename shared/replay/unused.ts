import type { KnownRequest } from "../diagnose/request.ts";
import { appliesTo } from "../diagnose/statements.ts";
import { matches, type Pattern } from "../language/pattern.ts";
import type { PolicyCondition, TrustPolicy, TrustStatement } from "../policy/document.ts";

/** A pattern of the policy that no identity needed: nobody of those seen would miss it. */
export type UnusedPattern = {
  /** The path of the statement inside the document, such as `Statement[0]`. */
  readonly statement: string;
  /** The condition key as the document spells it. */
  readonly key: string;
  readonly pattern: string;
};

type Watched = UnusedPattern & {
  readonly statementOf: TrustStatement;
  readonly matcher: Pattern;
};

/** Notes which patterns of a policy the identities need that it admits. */
type PatternUse = {
  /** Takes the request of an identity that the policy admits, or may admit. */
  readonly note: (known: KnownRequest) => void;
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
    note: (known) => {
      for (const each of waiting) {
        if (appliesTo(each.statementOf, known) === "no") continue;
        const values = known.request.context.get(each.key.toLowerCase());
        // Where the record does not hold the value, it may be any.
        if (values === undefined || values.some((value) => matches(each.matcher, value))) {
          waiting.delete(each);
        }
      }
    },
    unused: () => [...waiting].map(({ statement, key, pattern }) => ({ statement, key, pattern })),
  };
}

function watchedIn(statement: TrustStatement): readonly Watched[] {
  if (statement.effect === "Deny") return [];
  return statement.conditions.flatMap((condition) => watchedOf(condition, statement));
}

function watchedOf(condition: PolicyCondition, statementOf: TrustStatement): readonly Watched[] {
  const { test, key, keyText, values, unclear } = condition;
  if (test.kind !== "string" || test.negated || !isRecorded(key)) return [];
  const open = new Set(unclear.map(({ text }) => text));
  const written = values.filter((value) => !open.has(value));
  return test.patterns.flatMap((matcher, place) => {
    const pattern = written[place];
    if (pattern === undefined) return [];
    return [{ statement: statementOf.where, key: keyText, pattern, statementOf, matcher }];
  });
}

/** Keys whose value a record of CloudTrail holds, or the subject that it holds. */
function isRecorded(key: string): boolean {
  return /\.[^:]*:(?:aud|sub|oidc\.circleci\.com\/project-id)$/.test(key);
}
