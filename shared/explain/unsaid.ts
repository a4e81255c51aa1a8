import { isIssuersKey } from "../issuers/keys.ts";
import { everything } from "../language/pattern.ts";
import type { PolicyCondition, TrustPolicy } from "../policy/document.ts";
import type { TrustRequest } from "../policy/request.ts";
import { variablesIn } from "../policy/variables.ts";
import { keyStateOf, tokenSourceOf } from "./findings/issuer-keys.ts";

/**
 * The policy with a question in place of each condition that asks for something which a token does not
 * say and which differs from request to request, such as the caller's address or the session's name.
 *
 * @param moment what is known beside the token, by key in lower case
 */
export function withUnsaid(
  policy: TrustPolicy,
  { principal }: TrustRequest,
  moment: ReadonlyMap<string, string>,
): TrustPolicy {
  const source = tokenSourceOf(principal.id);
  if (source === null) return policy;
  const stateOf = (key: string): "known" | "present" | "either" => {
    if (moment.has(key) || isIssuersKey(key)) return "known";
    const { kind } = keyStateOf(source, key, null);
    return kind === "present" || kind === "either" ? kind : "known";
  };
  const isUnsaid = (condition: PolicyCondition): boolean => {
    const state = stateOf(condition.key);
    if (state === "either") return true;
    if (state === "present" && !holdsAnyValue(condition)) return true;
    return condition.unclear.some((value) =>
      (variablesIn([value]) ?? []).some((key) => stateOf(key) !== "known"),
    );
  };
  const statements = policy.statements.map((statement) => ({
    ...statement,
    conditions: statement.conditions.map((condition) =>
      isUnsaid(condition) ? questionOf(condition) : condition,
    ),
  }));
  return { ...policy, statements };
}

/** Is it the same for every value that a key which is there can have? */
function holdsAnyValue({ test }: PolicyCondition): boolean {
  if (test.kind === "null") return true;
  return (
    test.kind === "string" && test.patterns.some(({ identity }) => identity === everything.identity)
  );
}

function questionOf(condition: PolicyCondition): PolicyCondition {
  const message = "The token does not say what the request has there.";
  const problem = { code: "unclear-value", message, where: condition.where } as const;
  return {
    ...condition,
    test: { kind: "unclear", negated: false, operands: [], problem },
    unclear: [],
  };
}
