/** A refusal in IAM's own words: the code that goes over the wire, and the message beside it. */
export type PolicyProblem = { readonly code: string; readonly message: string };

/** Every refusal of the grammar has this one code; only parameter checks have another. */
export function malformed(message: string): PolicyProblem {
  return { code: "MalformedPolicyDocument", message };
}

export const syntaxErrors: PolicyProblem = malformed("Syntax errors in policy.");

/** The first problem that a list of checks finds, each asked only if those before found none. */
export function firstProblem(checks: Iterable<() => PolicyProblem | null>): PolicyProblem | null {
  for (const check of checks) {
    const problem = check();
    if (problem !== null) return problem;
  }
  return null;
}
