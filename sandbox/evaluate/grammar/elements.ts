import { isObject, listOf } from "../document.ts";
import { firstProblem, malformed, type PolicyProblem, syntaxErrors } from "./problem.ts";

/** One or several texts, at least one; null for anything else. */
export function textsOf(value: unknown): readonly string[] | null {
  const texts: string[] = [];
  for (const item of listOf(value)) {
    if (typeof item !== "string") return null;
    texts.push(item);
  }
  return texts.length === 0 ? null : texts;
}

const elements = new Set([
  "Sid",
  "Effect",
  "Principal",
  "NotPrincipal",
  "Action",
  "NotAction",
  "Resource",
  "NotResource",
  "Condition",
]);

/** What every statement needs: known elements, an effect, actions and a valid Sid. */
export function problemOfStatement(statement: unknown): PolicyProblem | null {
  if (!isObject(statement)) return syntaxErrors;
  if (Object.keys(statement).some((name) => !elements.has(name))) return syntaxErrors;
  if (both(statement, "Action", "NotAction")) return syntaxErrors;
  if (both(statement, "Principal", "NotPrincipal")) return syntaxErrors;
  if (both(statement, "Resource", "NotResource")) return syntaxErrors;
  return firstProblem([
    () => problemOfSid(statement["Sid"]),
    () => problemOfEffect(statement["Effect"]),
    () => problemOfActions(statement["Action"] ?? statement["NotAction"]),
  ]);
}

function both(statement: object, first: string, second: string): boolean {
  return Object.hasOwn(statement, first) && Object.hasOwn(statement, second);
}

function problemOfSid(sid: unknown): PolicyProblem | null {
  if (sid === undefined) return null;
  if (typeof sid !== "string") return syntaxErrors;
  if (/^[0-9A-Za-z]*$/.test(sid)) return null;
  return malformed(
    "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*",
  );
}

function problemOfEffect(effect: unknown): PolicyProblem | null {
  if (effect === undefined) return malformed("Missing required field Effect");
  // "The Effect element is case sensitive": User Guide, IAM JSON policy elements: Effect.
  return effect === "Allow" || effect === "Deny"
    ? null
    : malformed(`Invalid effect: ${String(effect)}`);
}

function problemOfActions(actions: unknown): PolicyProblem | null {
  if (actions === undefined) return malformed("Policy statement must contain actions.");
  const texts = textsOf(actions);
  if (texts === null) return malformed("Policy statement must contain actions.");
  if (texts.every((text) => /^(\*+|[^:\s]+:[^:\s]+)$/.test(text))) return null;
  return malformed("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.");
}
