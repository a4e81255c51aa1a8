/** An error in IAM's own words: its code and its message. */
export type PolicyProblem = { readonly code: string; readonly message: string };

/** The one code of all errors of the grammar. Only checks of parameters have another. */
export function malformed(message: string): PolicyProblem {
  return { code: "MalformedPolicyDocument", message };
}

export const syntaxErrors: PolicyProblem = malformed("Syntax errors in policy.");

/** The first problem that a list of checks finds. A check runs only if those before it pass. */
export function firstProblem(checks: Iterable<() => PolicyProblem | null>): PolicyProblem | null {
  for (const check of checks) {
    const problem = check();
    if (problem !== null) return problem;
  }
  return null;
}
