import { isObject, listOf } from "../document.ts";
import { problemOfCondition } from "./conditions.ts";
import { problemOfStatement, textsOf } from "./elements.ts";
import { problemOfPrincipal } from "./principals.ts";
import { firstProblem, malformed, type PolicyProblem, syntaxErrors } from "./problem.ts";
import { problemOfResources } from "./resources.ts";
import { readText } from "./text.ts";

export type { PolicyProblem } from "./problem.ts";
export { countedCharacters } from "./text.ts";

type Element = Readonly<Record<string, unknown>>;

/**
 * The error with which IAM refuses this text as a role's trust policy; null if IAM accepts it. The
 * account checks quotas (`ACLSizePerRole`) and whether a principal exists, not the grammar. Source:
 * IAM User Guide, "Grammar of the IAM JSON policy language" and its error texts.
 */
export function problemOfTrustPolicy(text: string): PolicyProblem | null {
  return problemOfDocument(text, problemOfTrustStatement);
}

/** The same for an identity policy: a version of a managed policy or an inline policy. */
export function problemOfPermissionPolicy(text: string): PolicyProblem | null {
  return problemOfDocument(text, problemOfPermissionStatement);
}

function problemOfDocument(
  text: string,
  problemOfKind: (statement: Element) => PolicyProblem | null,
): PolicyProblem | null {
  const read = readText(text);
  if (read.kind === "refused") return read.problem;
  const { document } = read;
  if (!isObject(document)) return syntaxErrors;
  const members = ["Version", "Id", "Statement"];
  if (Object.keys(document).some((name) => !members.includes(name))) return syntaxErrors;
  const version = document["Version"];
  if (version !== undefined && version !== "2012-10-17" && version !== "2008-10-17") {
    return syntaxErrors;
  }
  if (document["Id"] !== undefined && typeof document["Id"] !== "string") return syntaxErrors;
  return problemOfStatements(document["Statement"], problemOfKind);
}

function problemOfStatements(
  value: unknown,
  problemOfKind: (statement: Element) => PolicyProblem | null,
): PolicyProblem | null {
  if (value === undefined) return malformed("Missing required field Statement");
  const statements = listOf(value);
  if (statements.length === 0) {
    return malformed("Policy document must contain at least one statement.");
  }
  const problem = firstProblem(
    statements.map(
      (statement) => () =>
        problemOfStatement(statement) ??
        (isObject(statement) ? problemOfKind(statement) : syntaxErrors),
    ),
  );
  return problem ?? problemOfSids(statements);
}

function problemOfSids(statements: readonly unknown[]): PolicyProblem | null {
  const sids = statements
    .map((statement) => (isObject(statement) ? statement["Sid"] : undefined))
    .filter((sid) => typeof sid === "string" && sid !== "");
  if (new Set(sids).size === sids.length) return null;
  return malformed("Statement IDs (SID) in a single policy must be unique.");
}

function problemOfTrustStatement(statement: Element): PolicyProblem | null {
  for (const prohibited of ["Resource", "NotResource", "NotPrincipal"]) {
    if (Object.hasOwn(statement, prohibited)) {
      return malformed(`Has prohibited field ${prohibited}`);
    }
  }
  if (!Object.hasOwn(statement, "Principal")) return malformed("Missing required field Principal");
  return firstProblem([
    () => problemOfPrincipal(statement["Principal"]),
    () => problemOfTrustActions(statement["Action"] ?? statement["NotAction"]),
    () => problemOfCondition(statement["Condition"]),
  ]);
}

/**
 * The message mentions AssumeRole actions. AWS does not document which actions of STS it means.
 * Anything that begins with `sts:` passes, and `*` alone.
 */
function problemOfTrustActions(actions: unknown): PolicyProblem | null {
  const listed = actions === undefined ? [] : (textsOf(actions) ?? []);
  if (listed.every((action) => /^(\*+|sts:.+)$/i.test(action))) return null;
  return malformed("AssumeRole policy may only specify STS AssumeRole actions.");
}

function problemOfPermissionStatement(statement: Element): PolicyProblem | null {
  if (Object.hasOwn(statement, "Principal") || Object.hasOwn(statement, "NotPrincipal")) {
    return malformed("Policy document should not specify a principal.");
  }
  return firstProblem([
    () => problemOfResources(statement["Resource"] ?? statement["NotResource"]),
    () => problemOfCondition(statement["Condition"]),
  ]);
}
