import { TrustSpace } from "../compare/trust-space.ts";
import type { TrustPolicy, TrustStatement } from "../policy/document.ts";
import { parseTrustPolicy } from "../policy/parse.ts";
import type { Problem } from "../policy/problem.ts";
import { beyondAws } from "./beyond-aws.ts";
import { sourcesIn } from "./findings/issuers.ts";
import { findingsIn, type LooseEnd } from "./loose-ends.ts";
import { actionPhrase, conditionPhrase, principalPhrase } from "./phrases.ts";

/** Who can assume a role, as data. */
export type Explanation =
  | {
      readonly kind: "explained";
      /** One for each statement, in the order of the document. */
      readonly statements: readonly StatementExplanation[];
      readonly looseEnds: readonly LooseEnd[];
      /** Parts whose meaning is not documented or depends on the request. */
      readonly undecided: readonly Problem[];
      /** Whose tokens the policy's Allows are about: host and path of each issuer. */
      readonly issuers: readonly string[];
      /** What no trust policy can enforce for CircleCI jobs, and what covers it; else nothing. */
      readonly beyondAws: readonly string[];
    }
  | { readonly kind: "refused"; readonly error: Problem };

type StatementExplanation = {
  readonly where: string;
  readonly effect: "Allow" | "Deny";
  readonly sentence: string;
  readonly principals: string;
  readonly actions: string;
  readonly conditions: readonly string[];
  /** Why no token makes the statement apply, as a sentence without a full stop; null where one does. */
  readonly nobody: string | null;
};

/**
 * Explains a trust policy, given as the raw text of its document.
 *
 * @param at the moment for which it is asked who gets in; null where none is meant: then a condition
 *   on the time is one that may hold
 */
export function explainTrust(text: string, at: Date | null = null): Explanation {
  const parsed = parseTrustPolicy(text);
  if (parsed.kind === "refused") return { kind: "refused", error: parsed.problem };
  const { policy } = parsed;
  const { looseEnds, nobody, undecided } = findingsIn(policy, at);
  const sources = sourcesIn(policy);
  return {
    kind: "explained",
    statements: policy.statements.map((statement) =>
      explainStatement(statement, nobody.get(statement.where) ?? null),
    ),
    looseEnds,
    undecided: [...undecidedParts(policy), ...undecided],
    issuers: [...new Set(sources.map(({ issuer }) => issuer.name))],
    beyondAws: sources.some(({ circleci }) => circleci !== null) ? Object.values(beyondAws) : [],
  };
}

function explainStatement(statement: TrustStatement, nobody: string | null): StatementExplanation {
  const principals = principalPhrase(statement);
  const actions = actionPhrase(statement);
  const conditions = statement.conditions.map(conditionPhrase);
  const verb = statement.effect === "Allow" ? "may call" : "may never call";
  const when = conditions.length === 0 ? "" : `, if ${conditions.join(", and ")}`;
  const dead = nobody === null ? "" : ` Nobody gets in by this: ${nobody}.`;
  const sentence = `${principals[0]?.toUpperCase() ?? ""}${principals.slice(1)} ${verb} ${actions}${when}.${dead}`;
  return {
    where: statement.where,
    effect: statement.effect,
    sentence,
    principals,
    actions,
    conditions,
    nobody,
  };
}

/** What a comparison would leave open of the policy, whatever the other policy is. */
function undecidedParts(policy: TrustPolicy): readonly Problem[] {
  const ofValues = policy.statements.flatMap(({ conditions }) =>
    conditions.flatMap((condition) => condition.unclear.map((value) => value.problem)),
  );
  const space = new TrustSpace([policy]);
  space.rulesOf(policy, null);
  const all = [...ofValues, ...space.requests.unknowns.problems];
  return [...new Map(all.map((each) => [`${each.code} ${each.where}`, each])).values()];
}
