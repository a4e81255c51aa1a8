import type { PolicyCondition, TrustStatement } from "../../policy/document.ts";
import { type Answer, conditionHolds } from "../../policy/evaluate.ts";
import { keyStateOf, type TokenSource } from "./issuer-keys.ts";

/** A statement as it reads for tokens of one source at one moment. */
export type SettledStatement = {
  /** Without the conditions that hold for each of these tokens. */
  readonly statement: TrustStatement;
  /** Conditions that hold for none of them. */
  readonly impossible: readonly PolicyCondition[];
};

/**
 * Decides the conditions on keys that are never there or always hold one value, so that only those
 * on what differs from token to token are left. The original audience is the audience for CircleCI,
 * whose tokens name no authorized party: both keys become one.
 */
export function settle(
  statement: TrustStatement,
  source: TokenSource,
  at: Date | null,
): SettledStatement {
  const kept: PolicyCondition[] = [];
  const impossible: PolicyCondition[] = [];
  for (const condition of statement.conditions) {
    const answer = answerFor(condition, source, at);
    if (answer === "no") impossible.push(condition);
    else if (answer !== "yes") kept.push(oneAudience(withoutType(condition, source), source));
  }
  return { statement: { ...statement, conditions: kept }, impossible };
}

function answerFor(condition: PolicyCondition, source: TokenSource, at: Date | null): Answer {
  const sample = samples.get(condition.key.slice(source.keyPrefix.length + 1));
  const isOwn = source.circleci !== null && condition.key.startsWith(`${source.keyPrefix}:`);
  if (isOwn && sample !== undefined && isOfOtherType(condition))
    return conditionHolds(condition, new Map([[condition.key, [sample]]]));
  if (condition.unclear.some(({ variables }) => variables.length > 0)) return "unclear";
  const state = keyStateOf(source, condition.key, at);
  switch (state.kind) {
    case "absent":
      return conditionHolds(condition, new Map());
    case "exactly":
      return conditionHolds(condition, new Map([[condition.key, [state.value]]]));
    case "present":
    case "either":
      return "unclear";
    default:
      return state satisfies never;
  }
}

/**
 * What is not documented about such an operator stays open, and makes no ARN of the key's values.
 */
function withoutType(condition: PolicyCondition, source: TokenSource): PolicyCondition {
  const [first] = condition.unclear;
  const isOwn = source.circleci !== null && condition.key.startsWith(`${source.keyPrefix}:`);
  if (!isOwn || first === undefined || condition.test.kind === "string") return condition;
  if (condition.test.kind === "null" || condition.test.kind === "unclear") return condition;
  return {
    ...condition,
    test: { kind: "unclear", negated: false, operands: condition.values, problem: first.problem },
    unclear: [],
  };
}

/** One subject or id stands for all, for an operator that none of them is of the type of. */
const samples: ReadonlyMap<string, string> = new Map([
  ["sub", "org/5b7f0a52-9d3c-4e1b-8a64-2f9c7d10e3b8/file-streaming/audit-logs"],
  ["oidc.circleci.com/project-id", "5b7f0a52-9d3c-4e1b-8a64-2f9c7d10e3b8"],
]);

/** ARNs, numbers, dates, addresses, truths: no subject and no project's id is one. */
function isOfOtherType({ test, unclear }: PolicyCondition): boolean {
  if (test.kind === "string" || test.kind === "null" || test.kind === "unclear") return false;
  return unclear.length === 0;
}

function oneAudience(condition: PolicyCondition, source: TokenSource): PolicyCondition {
  if (source.circleci === null || condition.key !== `${source.keyPrefix}:oaud`) return condition;
  return { ...condition, key: `${source.keyPrefix}:aud` };
}
